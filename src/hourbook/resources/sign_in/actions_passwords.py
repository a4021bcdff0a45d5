"""The verbs of passwords: changing one, and setting a new one with a link that was sent.

A link's token is kept as a digest, is good once and for an hour, and is over when the password is
changed in any way. Asking for a link is answered alike for every address.
"""

import msgspec

from hourbook.access import passwords
from hourbook.access.actors import hash_key
from hourbook.access.tokens import new_token
from hourbook.core.errors import DomainError, InvalidValue
from hourbook.core.text import fold
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.mail import actions as mail
from hourbook.resources.sign_in import actions as sessions
from hourbook.resources.sign_in import rules, rules_attempts, store
from hourbook.resources.sign_in.actions import Claim, Proof
from hourbook.resources.sign_in.rules import Device, PasswordReset
from hourbook.resources.sign_in.rules_attempts import ACCOUNT, RESET_ACCOUNT, RESET_ADDRESS, Count, key_of
from hourbook.resources.users import actions as users
from hourbook.resources.users.rules import User

OVER = "This link is not good any more. Ask for a new one"


class Change(msgspec.Struct):
    """A proof of the old password, and the stored form of the new one if the old one is right."""

    proof: Proof
    password_hash: str = ""


def make_hash(password: str, email: str) -> str:
    """The stored form of a new password; slow. InvalidValue when it is not good enough."""
    return passwords.hash_password(passwords.check_password(password, email))


def prove_and_hash(claim: Claim, current: str, new: str) -> Change:
    """Both hashes of a change; slow. InvalidValue for a new password that is not good enough."""
    proof = sessions.prove(claim, current)
    if claim.user is None or not proof.is_right:
        return Change(proof)
    return Change(proof, make_hash(new, claim.user.email))


def change_password(tx: Tx, change: Change) -> DomainError | None:
    """Replaces the acting account's password and ends its other sessions; the refusal otherwise."""
    user, _ = sessions.check_proof(tx, change.proof)
    if user is None:
        return InvalidValue("The current password is wrong")
    _set(tx, user, change.password_hash, but=tx.actor.credential_id)
    return None


def set_password(tx: Tx, user: User, password_hash: str) -> None:
    """Sets a password for somebody; all sessions end, and what failed before is forgotten. For the operator."""
    _set(tx, user, password_hash)
    store.forget_counts(tx, [key_of(ACCOUNT, fold(user.email)).digest])


def _set(tx: Tx, user: User, password_hash: str, *, but: str = "") -> None:
    users.set_password(tx, user, password_hash)
    sessions.end_sessions_of(tx, user.id, but=but)
    _end_links(tx, user)
    values: dict[str, str | int] = {"changed_at_us": tx.now_us, "link": tx.facts.deployment.base_url}
    sessions.queue_mail(tx, user, "password_changed", values=values)


# --- links -------------------------------------------------------------------------------------


def request_reset(tx: Tx, email: str, device: Device) -> None:
    """Sends a link to the address if it is that of an account; nothing tells whether it is.

    TooManyAttempts for a place that asks too often; an account that is asked for too often gets no more mail.
    """
    place = key_of(RESET_ADDRESS, rules.network_of(device.address))
    account = key_of(RESET_ACCOUNT, fold(email))
    counts = store.find_counts(tx, [place.digest, account.digest], locked=True)
    rules_attempts.check_open([counts.get(place.digest, Count())], tx.now_us)
    is_quiet = rules_attempts.is_open(counts, account, tx.now_us)
    asked = [place, account] if is_quiet else [place]
    for key in sorted(asked, key=lambda key: key.digest):
        after = rules_attempts.after_failure(key.limit, counts.get(key.digest, Count()), tx.now_us)
        store.write_count(tx, key.digest, after, is_new=key.digest not in counts)
    user = users.find_user_by_email(tx, email)
    if is_quiet and user is not None and user.status in rules.USABLE_STATUSES and mail.is_on(tx):
        ends_at_us = tx.now_us + rules.RESET_SECONDS * rules.MICROSECONDS
        values: dict[str, str | int] = {"link": create_link(tx, user), "expires_at_us": ends_at_us}
        sessions.queue_mail(tx, user, "password_reset", values=values)


def create_link(tx: Tx, user: User) -> str:
    """The address of a page where the account's password can be set, once, for an hour.

    Older links go on, or whoever asks for links of somebody else would keep theirs from working; one use ends all.
    """
    token = new_token()
    ends_at_us = tx.now_us + rules.RESET_SECONDS * rules.MICROSECONDS
    users.go_home(tx, user.id)
    tx.insert(
        store.PASSWORD_RESET, PasswordReset(tx.new_id(), user.id, hash_key(token), ends_at_us, None), subject=user.id
    )
    return rules.reset_address(tx.facts.deployment.base_url, token)


def look_up_link(tx: ReadTx, token: str) -> User:
    """Whose password a link sets; InvalidValue when it is not good any more."""
    reset = store.find_reset(tx, hash_key(token))
    if reset is None or not rules.is_reset_usable(reset, tx.now_us):
        raise InvalidValue(OVER)
    return users.get_user(tx, reset.user_id)


def use_link(tx: Tx, token: str, password_hash: str) -> None:
    """Sets the password of a link's account; InvalidValue when the link was used meanwhile."""
    reset = store.find_reset(tx, hash_key(token), locked=True)
    if reset is None or not rules.is_reset_usable(reset, tx.now_us):
        raise InvalidValue(OVER)
    user = users.get_user(tx, reset.user_id)
    if user.status not in rules.USABLE_STATUSES:
        raise InvalidValue(OVER)
    set_password(tx, user, password_hash)


def _end_links(tx: Tx, user: User) -> None:
    users.go_home(tx, user.id)
    unused = store.list_unused_resets(tx, user.id)
    pairs = [(reset, msgspec.structs.replace(reset, used_at_us=tx.now_us)) for reset in unused]
    tx.update_all(store.PASSWORD_RESET, pairs, subject=user.id)
