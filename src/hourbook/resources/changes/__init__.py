"""Entity changes: what was created, updated and deleted, read from the journal."""
