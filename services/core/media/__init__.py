"""Untrusted media: fetched safely, recognised by content, normalised, and stored."""
