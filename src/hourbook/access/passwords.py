"""Passwords, hashed with argon2id.

The library is imported when first needed, because the start is measured. No password is stored
or logged here.
"""


def hash_password(password: str) -> str:
    """The stored form of a password."""
    from argon2 import PasswordHasher

    return PasswordHasher().hash(password)


def is_password(password: str, stored: str) -> bool:
    """Whether the password is the stored one."""
    from argon2 import PasswordHasher
    from argon2.exceptions import Argon2Error, InvalidHashError

    try:
        return PasswordHasher().verify(stored, password)
    except (Argon2Error, InvalidHashError):
        return False
