"""The key pairs that tokens of add-ons are signed with: RSA of 2048 bits, the private halves encrypted.

They belong to the server. The newest signs; older public halves stay, because an installation token never ends.
Two servers that make the first key at once get one: the number is the table's key.
"""

import base64
import hashlib
from typing import Any

import msgspec
import sqlalchemy as sa

from hourbook.access.secrets import SecretBox
from hourbook.core.errors import SecretsUnavailable
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.addons import addon_keys
from hourbook.db.tx import ReadTx, Tx

PURPOSE = "addon_keys.private_pem"
BITS = 2048
EXPONENT = 65_537
KEY_ID_LENGTH = 22


class SigningKey(msgspec.Struct, frozen=True):
    """A key pair as it is stored; `private_pem` is encrypted, and None when the key only verifies."""

    number: int
    key_id: str
    public_pem: str
    private_pem: bytes | None
    created_at_us: int


class MadeKey(msgspec.Struct, frozen=True):
    """A new pair that has no number yet."""

    key_id: str
    public_pem: str
    private_pem: bytes


_k = addon_keys.c
_COLUMNS = [_k[name] for name in SigningKey.__struct_fields__]
LIST_ALL = Statement(sa.select(*_COLUMNS).order_by(_k.number.desc()), into=SigningKey)
INSERT = Statement(sa.insert(addon_keys).values({name: bind(name) for name in SigningKey.__struct_fields__}))
RETIRE = Statement(sa.update(addon_keys).where(_k.number < bind("before_number")).values(private_pem=sa.null()))
FORGET = Statement(sa.delete(addon_keys).where(_k.number < bind("before_number")))


def list_keys(tx: ReadTx) -> list[SigningKey]:
    """All keys, the one that signs first."""
    return tx.rows(LIST_ALL)


def make_key(box: SecretBox) -> MadeKey:
    """A new pair. It takes a tenth of a second or several: never inside a transaction."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    made = rsa.generate_private_key(EXPONENT, BITS)
    private = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = made.public_key()
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    key_id = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).decode()[:KEY_ID_LENGTH]
    return MadeKey(key_id, pem.decode(), box.encrypt(private, PURPOSE))


def first_key(read: Any, box: SecretBox) -> MadeKey | None:
    """A pair to be kept when there is none yet; `read` runs a read of the database."""
    return None if read(list_keys) else make_key(box)


def keep_first(tx: Tx, made: MadeKey | None) -> SigningKey:
    """The key that signs; `made` where there was none. SecretsUnavailable when there is neither."""
    found = list_keys(tx)
    if found:
        return found[0]
    if made is None:
        raise SecretsUnavailable("The key that tokens are signed with is just being made.", 1)
    return _add(tx, made, number=1)


def rotate(tx: Tx, made: MadeKey, *, forgets_old: bool) -> SigningKey:
    """From now on `made` signs. With `forgets_old` every token that was signed before is worth nothing."""
    before = list_keys(tx)
    key = _add(tx, made, number=before[0].number + 1 if before else 1)
    tx.write_derived(FORGET if forgets_old else RETIRE, before_number=key.number)
    return key


def _add(tx: Tx, made: MadeKey, *, number: int) -> SigningKey:
    key = SigningKey(number, made.key_id, made.public_pem, made.private_pem, tx.now_us)
    tx.write_derived(INSERT, **{name: getattr(key, name) for name in key.__struct_fields__})
    return key


def private_half(key: SigningKey, box: SecretBox) -> Any:
    """The key as the signing library wants it. What was checked when it was made is not checked again."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if key.private_pem is None:
        raise SecretsUnavailable("The key that signs has lost its private half.")
    return load_pem_private_key(box.decrypt(key.private_pem, PURPOSE), None, unsafe_skip_rsa_key_validation=True)


def as_jwk(key: SigningKey) -> dict[str, str]:
    """The public half as a JSON Web Key (RFC 7517)."""
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    public: Any = load_pem_public_key(key.public_pem.encode())
    numbers = public.public_numbers()
    return {
        "kty": "RSA",
        "use": "sig",
        "alg": "RS256",
        "kid": key.key_id,
        "n": _base64(numbers.n),
        "e": _base64(numbers.e),
    }


def _base64(number: int) -> str:
    octets = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")
