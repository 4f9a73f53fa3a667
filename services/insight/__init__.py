"""How good the answers are: query sets, measures, and what a smaller vector costs."""
