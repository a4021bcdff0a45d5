"""The operations of workspaces."""
