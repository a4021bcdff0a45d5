"""Codes that change every thirty seconds (RFC 6238), and recovery codes for when the device is lost.

The codes are those every authenticator app makes: SHA-1, six digits, thirty seconds. Whether a code
was used before is known to whoever keeps the steps; here is only arithmetic.
"""

import hashlib
import secrets

STEP_SECONDS = 30
# A code of the step before or after is good too: clocks differ, and people type slowly.
NEIGHBOURS = 1
RECOVERY_CODES = 10
ISSUER = "Hourbook"
# Without the letters and digits that look like others.
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def new_secret() -> str:
    """A new secret in base 32, as people type it into an app that cannot read the picture (160 bits)."""
    import pyotp

    return pyotp.random_base32()


def enrolment_address(secret: str, email: str) -> str:
    """The `otpauth:` address that apps read from a picture."""
    import pyotp

    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def code_at(secret: str, now_us: int) -> str:
    """The code of an instant; for tests and for commands."""
    import pyotp

    return pyotp.TOTP(secret).generate_otp(step_at(now_us))


def step_at(now_us: int) -> int:
    return now_us // 1_000_000 // STEP_SECONDS


def find_step(secret: str, code: str, now_us: int) -> int | None:
    """The time step a code belongs to, among now and its neighbours; None for a wrong code."""
    import pyotp

    codes = pyotp.TOTP(secret)
    digits = code.replace(" ", "")
    found = None
    for step in range(step_at(now_us) - NEIGHBOURS, step_at(now_us) + NEIGHBOURS + 1):
        # All of them are compared, so that the time taken says nothing.
        if pyotp.utils.strings_equal(digits, codes.generate_otp(step)):
            found = step
    return found


def new_recovery_codes() -> list[str]:
    """Codes like `k3h9-x2mq-7vwp` (59 bits); each is good once."""
    return [
        "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3)) for _ in range(RECOVERY_CODES)
    ]


def recovery_digest(code: str) -> str:
    """How a recovery code is kept. It is random, and guesses are limited, so a plain digest will do."""
    plain = code.replace("-", "").replace(" ", "").lower()
    return hashlib.sha256(b"hourbook recovery " + plain.encode("utf-8", "surrogatepass")).hexdigest()
