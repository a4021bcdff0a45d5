"""Clients: for whom projects are done."""
