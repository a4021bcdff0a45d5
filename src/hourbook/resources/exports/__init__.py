"""Exports: reports as files, made in the background."""
