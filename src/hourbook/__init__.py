"""Hourbook: a self-hosted time-tracking server that speaks the Clockify REST API."""

__version__ = "0.1.0"
