"""Permissions, shown: what one may do, and why somebody may or may not."""
