"""Undo: one journaled operation is reverted if its things are unchanged since."""
