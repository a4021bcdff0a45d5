"""Workspaces: their settings, currencies, members and roles."""
