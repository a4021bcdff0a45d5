"""Add-ons: programs of others that are installed into a workspace and act in it."""
