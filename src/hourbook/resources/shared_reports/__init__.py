"""Shared reports: a stored request for a report, opened by link, seen with the eyes of its author."""
