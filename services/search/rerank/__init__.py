"""The stages that put a page of candidates into a better order, and can only permute it."""
