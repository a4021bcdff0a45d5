"""Other programs, installed from their own packages and measured beside Hourbook in one run."""
