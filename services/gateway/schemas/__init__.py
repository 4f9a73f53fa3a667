"""What travels over HTTP, as pydantic models that refuse unknown fields."""
