"""Users: accounts, their settings and API keys, and the people of a workspace."""
