"""The wire: operations, routing, one request from bytes to bytes, errors as JSON."""
