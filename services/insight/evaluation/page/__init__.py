"""The parts of the page that shows a comparison: each a function of the report to HTML."""
