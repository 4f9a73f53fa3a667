"""`make bench`: Margay beside a bare floor, measured in the same run, reported as ratios."""
