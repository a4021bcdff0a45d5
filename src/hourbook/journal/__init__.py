"""The journal: every change, recorded in the transaction that makes it (design section 6)."""
