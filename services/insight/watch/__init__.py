"""Watching what is searched, what is found and what there is for change that nobody made."""
