"""Who acts and what they may do: credentials, the permission table, scopes."""
