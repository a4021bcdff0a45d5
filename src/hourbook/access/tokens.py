"""New random credentials.

A credential is shown once, by whoever made it, and kept as a digest (`access/actors.py`).
Nothing else in the project invents secrets.
"""

import secrets
import string

API_KEY_LENGTH = 48
_ALPHABET = string.ascii_letters + string.digits


def new_api_key() -> str:
    """48 random letters and digits (285 bits); shown once, stored as a digest."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(API_KEY_LENGTH))
