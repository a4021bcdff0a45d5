"""The operations of users."""
