"""The test suite. It is started from the root of the repository."""
