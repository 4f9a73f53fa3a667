"""Everything we check, in the same tree shape as the code."""
