"""What a second factor is: a secret that is shared with a device, and recovery codes. Pure.

It counts from the moment its owner has confirmed it with a code. A time step whose code was used is
over, and so are those before it; a recovery code goes out of the list when it was used.
"""

import msgspec

_decode = msgspec.json.Decoder(tuple[str, ...]).decode
_encode = msgspec.json.Encoder().encode
NO_STEP = -1


class SecondFactor(msgspec.Struct):
    """The second factor of an account. `secret` is encrypted, `recovery_digests` JSON."""

    user_id: str
    secret: bytes
    confirmed_at_us: int | None
    last_step: int
    recovery_digests: str

    @property
    def is_on(self) -> bool:
        return self.confirmed_at_us is not None

    @property
    def recovery_left(self) -> tuple[str, ...]:
        """Digests of the recovery codes that were not used."""
        return _decode(self.recovery_digests)


def encode_digests(digests: list[str] | tuple[str, ...]) -> str:
    return _encode(digests).decode()


def use_step(factor: SecondFactor, step: int | None) -> SecondFactor | None:
    """The factor after a code of this time step; None when the code was wrong or its step is over."""
    if step is None or step <= factor.last_step:
        return None
    return msgspec.structs.replace(factor, last_step=step)


def use_recovery(factor: SecondFactor, digest: str) -> SecondFactor | None:
    """The factor without this recovery code; None when it has no such code."""
    left = factor.recovery_left
    if digest not in left:
        return None
    return msgspec.structs.replace(factor, recovery_digests=encode_digests([one for one in left if one != digest]))
