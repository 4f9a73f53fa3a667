"""One class of tests per port: every implementation passes the same ones."""
