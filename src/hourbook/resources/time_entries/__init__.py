"""Time entries and the running timer."""
