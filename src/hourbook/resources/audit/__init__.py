"""The audit log, read from the journal, and the chain of digests that shows it unaltered."""
