"""Invitations: links by which people come into a workspace."""
