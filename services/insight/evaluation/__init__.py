"""Measures judged queries against configurations, and says which is better and how surely."""
