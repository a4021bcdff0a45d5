"""Custom fields: what a workspace asks for beyond the fixed fields, of time entries and of people."""
