"""The command `hourbook`: one module per group of commands, registered in `main.py`."""
