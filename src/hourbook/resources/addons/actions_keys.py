"""The verbs of the keys that tokens are signed with: telling the public halves, and making a new pair.

Keys belong to the server and not to a workspace. The private halves are told to nobody.
"""

from hourbook.access import addon_keys
from hourbook.access.addon_keys import MadeKey, SigningKey
from hourbook.core.errors import InvalidValue
from hourbook.db.tx import ReadTx, Tx

NO_KEY = "There is no key yet: it is made with the first add-on, or by the command `hourbook addons key`"


def jwks(tx: ReadTx) -> list[dict[str, str]]:
    """The public halves as JSON Web Keys, the one that signs first."""
    return [addon_keys.as_jwk(key) for key in addon_keys.list_keys(tx)]


def pem(tx: ReadTx) -> str:
    """The public half of the key that signs; InvalidValue when there is none yet."""
    found = addon_keys.list_keys(tx)
    if not found:
        raise InvalidValue(NO_KEY)
    return found[0].public_pem


def list_keys(tx: ReadTx) -> list[SigningKey]:
    """For the operator's commands alone."""
    return addon_keys.list_keys(tx)


def keep_first(tx: Tx, made: MadeKey | None) -> SigningKey:
    """The key that signs, `made` where there was none."""
    return addon_keys.keep_first(tx, made)


def rotate(tx: Tx, made: MadeKey, *, forgets_old: bool) -> SigningKey:
    """From now on `made` signs; what older keys signed stays good unless they are forgotten."""
    return addon_keys.rotate(tx, made, forgets_old=forgets_old)
