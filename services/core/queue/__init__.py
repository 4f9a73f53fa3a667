"""Task names and the queues that carry them."""
