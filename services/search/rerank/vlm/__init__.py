"""The listwise stage: a vision language model looks at a grid of candidates and reorders them."""
