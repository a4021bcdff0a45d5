"""Scheduled reports: a report that is mailed as a file, again and again."""
