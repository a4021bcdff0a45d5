"""New random credentials.

A credential is shown once, by whoever made it, and kept as a digest (`access/actors.py`).
Nothing else in the project invents secrets.
"""

import base64
import hashlib
import secrets
import string

API_KEY_LENGTH = 48
TOKEN_BYTES = 32
WEBHOOK_TOKEN_LENGTH = 32
_ALPHABET = string.ascii_letters + string.digits


def new_api_key() -> str:
    """48 random letters and digits (285 bits); shown once, stored as a digest."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(API_KEY_LENGTH))


def new_webhook_token() -> str:
    """What receivers of webhooks compare: 32 random letters and digits (190 bits)."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(WEBHOOK_TOKEN_LENGTH))


def new_random_bytes() -> bytes:
    """256 random bits, for a secret that is spelled elsewhere."""
    return secrets.token_bytes(TOKEN_BYTES)


def new_token() -> str:
    """A session's, invitation's or reset link's secret: 256 random bits that fit into an address."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def csrf_token(session_token: str) -> str:
    """What a page must send beside its session cookie. It follows from the session and tells nothing about it."""
    digest = hashlib.sha256(b"hourbook csrf " + session_token.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
