"""The verbs of the second factor: setting it up, using a code, taking it away.

The secret leaves once, when it is set up, and is encrypted ever after. A code is good once: its time
step is noted in the transaction that accepts it, and a recovery code goes out of the list.
"""

import msgspec

from hourbook.access import one_time_codes
from hourbook.access.actors import SECOND_FACTOR as MARK
from hourbook.access.secrets import SecretBox
from hourbook.core.errors import InvalidValue
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.sign_in import rules_second_factor as rules
from hourbook.resources.sign_in import store
from hourbook.resources.sign_in.rules_second_factor import SecondFactor
from hourbook.resources.users import actions as users
from hourbook.resources.users.rules import User

PURPOSE = "second factor"


class Enrolment(msgspec.Struct):
    """What the device has to know: the secret to type, and the address that a picture holds."""

    secret: str
    address: str


def find_factor(tx: ReadTx, user_id: str) -> SecondFactor | None:
    """The second factor of an account, confirmed or not."""
    return tx.find(store.SECOND_FACTOR, user_id)


def is_on(tx: ReadTx, user_id: str) -> bool:
    """Whether signing in needs a code."""
    factor = find_factor(tx, user_id)
    return factor is not None and factor.is_on


def enrol(tx: Tx, user: User, *, box: SecretBox) -> Enrolment:
    """A new secret, which counts once it is confirmed; InvalidValue while another one counts."""
    before: SecondFactor | None = tx.find(store.SECOND_FACTOR, user.id, locked=True)
    if before is not None and before.is_on:
        raise InvalidValue("A second factor is set up already. Take it away first")
    secret = one_time_codes.new_secret()
    factor = SecondFactor(user.id, box.encrypt(secret.encode(), PURPOSE), None, rules.NO_STEP, "[]")
    users.go_home(tx, user.id)
    if before is None:
        tx.insert(store.SECOND_FACTOR, factor, subject=user.id)
    else:
        tx.update(store.SECOND_FACTOR, before, factor, subject=user.id)
    return Enrolment(secret, one_time_codes.enrolment_address(secret, user.email))


def confirm(tx: Tx, code: str, *, box: SecretBox) -> list[str]:
    """Makes the acting account's new secret count and returns recovery codes, told this once.

    The session that asks is one with a second factor from here on. InvalidValue for a wrong code.
    """
    user = users.get_user(tx, tx.actor.id)
    before: SecondFactor | None = tx.find(store.SECOND_FACTOR, user.id, locked=True)
    if before is None or before.is_on:
        raise InvalidValue("There is no second factor that waits to be confirmed")
    used = rules.use_step(before, _step(tx, before, code, box))
    if used is None:
        raise InvalidValue("The code is wrong. Check the clock of the device")
    codes = one_time_codes.new_recovery_codes()
    digests = rules.encode_digests([one_time_codes.recovery_digest(one) for one in codes])
    after = msgspec.structs.replace(used, confirmed_at_us=tx.now_us, recovery_digests=digests)
    users.go_home(tx, user.id)
    tx.update(store.SECOND_FACTOR, before, after, subject=user.id)
    users.note_second_factor(tx, user, is_on=True)
    _mark_sessions(tx, user.id, is_on=True)
    return codes


def use_code(tx: Tx, user_id: str, code: str, *, box: SecretBox) -> bool:
    """Whether a code of the device or a recovery code is right; it is never right again."""
    before: SecondFactor | None = tx.find(store.SECOND_FACTOR, user_id, locked=True)
    if before is None or not before.is_on:
        return False
    after = rules.use_step(before, _step(tx, before, code, box))
    after = after or rules.use_recovery(before, one_time_codes.recovery_digest(code))
    if after is None:
        return False
    users.go_home(tx, user_id)
    tx.update(store.SECOND_FACTOR, before, after, subject=user_id)
    return True


def take_away(tx: Tx, user: User) -> None:
    """Signing in needs the password alone from here on. InvalidValue when there is no second factor."""
    before: SecondFactor | None = tx.find(store.SECOND_FACTOR, user.id, locked=True)
    if before is None:
        raise InvalidValue("There is no second factor")
    users.go_home(tx, user.id)
    tx.delete(store.SECOND_FACTOR, before, subject=user.id)
    users.note_second_factor(tx, user, is_on=False)
    _mark_sessions(tx, user.id, is_on=False)


def _step(tx: ReadTx, factor: SecondFactor, code: str, box: SecretBox) -> int | None:
    secret = box.decrypt(factor.secret, PURPOSE).decode()
    return one_time_codes.find_step(secret, code, tx.now_us)


def _mark_sessions(tx: Tx, user_id: str, *, is_on: bool) -> None:
    """The session that confirmed has a second factor now; without one, none of the account's sessions has."""
    pairs = []
    for session in store.list_open_sessions(tx, user_id):
        plain = session.method.removesuffix(MARK)
        proved = is_on and session.id == tx.actor.credential_id
        method = plain + MARK if proved else session.method if is_on else plain
        pairs.append((session, msgspec.structs.replace(session, method=method)))
    tx.update_all(store.SESSION, pairs, subject=user_id)
