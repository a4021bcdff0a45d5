"""Jobs: work that the worker does under a lease."""
