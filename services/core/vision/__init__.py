"""The adapter to servers that speak OpenAI's chat completions with pictures."""
