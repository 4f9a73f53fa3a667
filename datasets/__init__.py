"""Readers of public catalogs and the generator of our sample catalog."""
