"""The verbs of signing in: proving a password, starting sessions, ending them.

Whoever signs in proves first (`look_up`, then `prove`, which takes a tenth of a second and holds
nothing) and is let in or counted afterwards, in one transaction. An action has no effect outside of its
transaction, because it may be run again. What is written before a refusal is returned, stays.
"""

import msgspec

from hourbook.access import passwords
from hourbook.access.actors import SECOND_FACTOR, hash_key
from hourbook.access.secrets import SecretBox
from hourbook.access.tokens import csrf_token, new_token
from hourbook.core.errors import BadCredential, DomainError, InvalidValue, NotFound, WrongSignIn
from hourbook.core.text import fold
from hourbook.db.tx import ReadTx, Tx, reacts_to
from hourbook.resources.mail import actions as mail
from hourbook.resources.mail.rules import Mail
from hourbook.resources.sign_in import actions_second_factor as second_factors
from hourbook.resources.sign_in import rules, rules_attempts, store
from hourbook.resources.sign_in.actions_second_factor import Enrolment
from hourbook.resources.sign_in.rules import Device, Lifetimes, ListedSession, Session, SignedIn
from hourbook.resources.sign_in.rules_attempts import Count, Key
from hourbook.resources.users import actions as users
from hourbook.resources.users.rules import User, decode_settings
from hourbook.resources.workspaces import actions as workspaces
from hourbook.resources.workspaces.rules import Member, MemberStatus

NOBODYS_ID = "0" * 24
WRONG_PASSWORD = "The password is wrong"  # noqa: S105 (a sentence)


class Claim(msgspec.Struct):
    """Somebody who says who they are: the account, if there is one, and what a failure is counted under."""

    user: User | None
    keys: tuple[Key, ...]


class Proof(msgspec.Struct):
    """What became of a claim. `new_hash`: the password at today's cost, when it was stored at another."""

    claim: Claim
    is_right: bool
    new_hash: str | None = None


class Started(msgspec.Struct):
    """A session that just began; its token is told this once."""

    user: User
    session: Session
    token: str


# --- proving -----------------------------------------------------------------------------------


def look_up(tx: ReadTx, email: str, device: Device) -> Claim:
    """The account of an address; TooManyAttempts while its failures, or those of the place, ask for a wait.

    The same statements run whether there is such an account or not.
    """
    user = users.find_user_by_email(tx, email)
    return _claim(tx, user, fold(email), device)


def look_up_self(tx: ReadTx, device: Device) -> Claim:
    """The acting account, as somebody who has to prove the password again."""
    user = users.get_user(tx, tx.actor.id)
    return _claim(tx, user, fold(user.email), device)


def _claim(tx: ReadTx, user: User | None, account: str, device: Device) -> Claim:
    address = rules.network_of(device.address)
    since_us = tx.now_us - rules.KNOWN_DAYS * 86_400 * rules.MICROSECONDS
    is_known = store.is_known_place(tx, NOBODYS_ID if user is None else user.id, address, since_us=since_us)
    keys = rules_attempts.keys_of_sign_in(account, address, is_known_place=is_known)
    rules_attempts.check_open(store.find_counts(tx, [key.digest for key in keys]).values(), tx.now_us)
    return Claim(user, keys)


def prove(claim: Claim, password: str) -> Proof:
    """Whether the password is that of the account. Slow; needs no database. It takes as long for nobody."""
    stored = claim.user.password_hash if claim.user is not None else None
    is_right = passwords.is_password(password, stored)
    is_old = is_right and stored is not None and passwords.needs_rehash(stored)
    return Proof(claim, is_right, passwords.hash_password(password) if is_old else None)


def check_proof(tx: Tx, proof: Proof) -> tuple[User | None, dict[bytes, Count]]:
    """The account that was proved, None (and a failure counted) when it was not; and the counts before.

    TooManyAttempts when others failed meanwhile: what many ask at once is answered as if one after the other.
    """
    counts = hold_counts(tx, proof.claim)
    claimed = proof.claim.user
    # Only who is right is looked at again, so that a wrong try runs the same statements for known and unknown accounts.
    user = _usable(tx, claimed) if claimed is not None and proof.is_right else None
    if user is None:
        count_failure(tx, proof.claim, counts)
        return None, counts
    if proof.new_hash is not None:
        user = users.set_password(tx, user, proof.new_hash)
    return user, counts


def _usable(tx: ReadTx, claimed: User) -> User | None:
    """The account as it is now; None when it cannot sign in, or its password was changed meanwhile."""
    try:
        user = users.get_user(tx, claimed.id)
    except NotFound:
        return None
    is_same = user.password_hash == claimed.password_hash
    return user if is_same and user.status in rules.USABLE_STATUSES else None


def hold_counts(tx: Tx, claim: Claim) -> dict[bytes, Count]:
    """The failures so far, kept from changing until the transaction ends."""
    counts = store.find_counts(tx, [key.digest for key in claim.keys], locked=True)
    rules_attempts.check_open(counts.values(), tx.now_us)
    return counts


def count_failure(tx: Tx, claim: Claim, counts: dict[bytes, Count]) -> None:
    """One failure more under every key of the claim."""
    for key in sorted(claim.keys, key=lambda key: key.digest):
        after = rules_attempts.after_failure(key.limit, counts.get(key.digest, Count()), tx.now_us)
        store.write_count(tx, key.digest, after, is_new=key.digest not in counts)


# --- the second factor, after the password -----------------------------------------------------


def enrol(tx: Tx, proof: Proof, *, box: SecretBox) -> Enrolment | DomainError:
    """A secret for an authenticator app, or the refusal to answer with."""
    user, _ = check_proof(tx, proof)
    return InvalidValue(WRONG_PASSWORD) if user is None else second_factors.enrol(tx, user, box=box)


def disable_second_factor(tx: Tx, proof: Proof, code: str, *, box: SecretBox) -> DomainError | None:
    """Takes the second factor away; the refusal when password or code are wrong. What was counted stays."""
    user, counts = check_proof(tx, proof)
    if user is None:
        return InvalidValue(WRONG_PASSWORD)
    if second_factors.is_on(tx, user.id) and not second_factors.use_code(tx, user.id, code, box=box):
        count_failure(tx, proof.claim, counts)
        return InvalidValue("The code is wrong, or was used before")
    second_factors.take_away(tx, users.get_user(tx, user.id))
    return None


# --- sessions ----------------------------------------------------------------------------------


def sign_in(tx: Tx, proof: Proof, device: Device, *, code: str | None, box: SecretBox) -> Started | DomainError:
    """A new session, or the refusal to answer with; what was counted stays."""
    user, counts = check_proof(tx, proof)
    if user is None:
        return WrongSignIn("password")
    method = rules.PASSWORD
    if second_factors.is_on(tx, user.id):
        if not code:
            return WrongSignIn("no_code")
        if not second_factors.use_code(tx, user.id, code, box=box):
            count_failure(tx, proof.claim, counts)
            return WrongSignIn("code")
        method += SECOND_FACTOR
    # Later slices may have a say in whether a password is enough.
    tx.announce("USER", "password_proved", before=None, after=user)
    _forget_own_mistakes(tx, proof.claim)
    _tell_of_new_place(tx, user, proof.claim, device)
    return start_session(tx, user, device, method=method)


def _forget_own_mistakes(tx: Tx, claim: Claim) -> None:
    """Who got in from here is not held up by what they mistyped here; the other counts go on."""
    store.forget_counts(tx, [key.digest for key in claim.keys if key.limit is rules_attempts.PAIR])


def _tell_of_new_place(tx: Tx, user: User, claim: Claim, device: Device) -> None:
    """A mail to whoever signed in from elsewhere before: it may not be them."""
    is_new = any(key.limit is rules_attempts.ACCOUNT for key in claim.keys)
    if not is_new or not mail.is_on(tx) or not store.has_signed_in_before(tx, user.id):
        return
    values: dict[str, str | int] = {
        "signed_in_at_us": tx.now_us,
        "client_address": rules.network_of(device.address),
        "user_agent": device.user_agent,
        "link": tx.facts.deployment.base_url,
    }
    queue_mail(tx, user, "new_sign_in", values=values)


def queue_mail(tx: Tx, user: User, template: str, *, values: dict[str, str | int]) -> None:
    """A mail about the account itself, in its language and time zone; nothing where this server sends none."""
    settings = decode_settings(user.settings)
    letter = Mail(to=user.email, template=template, values=values, account_id=user.id)
    if settings is not None:
        letter = msgspec.structs.replace(letter, language=settings.lang, zone=settings.time_zone)
    mail.queue(tx, letter)


def start_session(tx: Tx, user: User, device: Device, *, method: str) -> Started:
    """A session of somebody who proved who they are. The one their browser had before ends."""
    users.go_home(tx, user.id)
    if device.session_token:
        end_session_of_token(tx, device.session_token)
    token = new_token()
    session = Session(
        id=tx.new_id(),
        user_id=user.id,
        token_hash=hash_key(token),
        expires_at_us=rules.session_end_us(tx.now_us, tx.now_us, lifetimes(tx)),
        revoked_at_us=None,
        last_seen_at_us=tx.now_us,
        client_address=rules.network_of(device.address),
        user_agent=device.user_agent[: rules.AGENT_LIMIT],
        method=method,
    )
    open_ones = store.list_open_sessions(tx, user.id)
    _end(tx, open_ones[: max(0, len(open_ones) - rules.SESSIONS_LIMIT + 1)])
    tx.insert(store.SESSION, session, subject=user.id)
    return Started(user, session, token)


def lifetimes(tx: ReadTx) -> Lifetimes:
    """How long sessions last on this server."""
    deployment = tx.facts.deployment
    return Lifetimes(deployment.session_days * 86_400, deployment.session_idle_hours * 3600)


def csrf_of(token: str | None) -> str | None:
    """What changes must carry beside the session's cookie."""
    return None if token is None else csrf_token(token)


def show_started(tx: ReadTx, started: Started) -> SignedIn:
    """Who just signed in."""
    return _shown(tx, started.user, started.session)


def show_self(tx: ReadTx) -> SignedIn:
    """Who asks."""
    return _shown(tx, users.get_user(tx, tx.actor.id), get_own_session(tx))


def _shown(tx: ReadTx, user: User, session: Session | None) -> SignedIn:
    return SignedIn(
        user_id=user.id,
        email=user.email,
        name=user.name,
        active_workspace_id=user.active_workspace_id,
        default_workspace_id=user.default_workspace_id,
        method=tx.actor.auth if session is None else session.method,
        expires_at_us=None if session is None else session.expires_at_us,
        has_second_factor=second_factors.is_on(tx, user.id),
    )


def get_own_session(tx: ReadTx) -> Session | None:
    """The session of this request; None when it was asked with an API key. BadCredential when it just ended."""
    if tx.actor.auth != "session":
        return None
    for session in store.list_open_sessions(tx, tx.actor.id):
        if session.id == tx.actor.credential_id:
            return session
    raise BadCredential("bad_session")


def list_sessions(tx: ReadTx) -> list[ListedSession]:
    """The acting account's sessions, oldest first."""
    return store.list_sessions(tx, tx.actor.id)


def end_session_of_token(tx: Tx, token: str) -> None:
    """Ends the session of a cookie; nothing happens when there is none."""
    session = store.find_session(tx, hash_key(token))
    if session is not None:
        users.go_home(tx, session.user_id)
        _end(tx, [session])


def end_session(tx: Tx, session_id: str) -> None:
    """Ends one of the acting account's sessions; NotFound when it has no such session."""
    found = [session for session in store.list_open_sessions(tx, tx.actor.id) if session.id == session_id]
    if not found:
        raise NotFound(store.SESSION.word, "Account")
    users.go_home(tx, tx.actor.id)
    _end(tx, found)


def end_other_sessions(tx: Tx) -> int:
    """Ends all sessions of the acting account but the one that asks; how many that were."""
    return end_sessions_of(tx, tx.actor.id, but=tx.actor.credential_id)


def end_sessions_of(tx: Tx, user_id: str, *, but: str = "", method: str = "") -> int:
    """Ends all sessions of an account, but perhaps one; with `method` only those whose method begins so."""
    users.go_home(tx, user_id)
    found = [one for one in store.list_open_sessions(tx, user_id) if one.id != but and one.method.startswith(method)]
    return _end(tx, found)


def _end(tx: Tx, sessions: list[Session]) -> int:
    pairs = [(session, msgspec.structs.replace(session, revoked_at_us=tx.now_us)) for session in sessions]
    tx.update_all(store.SESSION, pairs, subject=sessions[0].user_id if sessions else None)
    return len(pairs)


def touch_sessions(tx: Tx, used_at_us: dict[str, int]) -> None:
    """Notes when sessions were last used: {session id: microseconds}; called now and then with what gathered."""
    lasting = lifetimes(tx)
    store.touch_sessions(
        tx,
        used_at_us,
        idle_us=lasting.idle_seconds * rules.MICROSECONDS,
        longest_us=lasting.longest_seconds * rules.MICROSECONDS,
    )


def forget_over(tx: Tx, before_us: int, limit: int) -> int:
    """Removes sessions, password links and failures that were over before; how many, 0 when none is left."""
    statements = (store.FORGET_SESSIONS, store.FORGET_RESETS, store.FORGET_FAILURES)
    return sum(store.forget_over(tx, statement, before_us=before_us, limit=limit) for statement in statements)


# --- reactions ---------------------------------------------------------------------------------


@reacts_to("USER", "update")
def _end_sessions_of_closed_accounts(tx: Tx, before: User, after: User) -> None:
    if before.status in rules.USABLE_STATUSES and after.status not in rules.USABLE_STATUSES:
        end_sessions_of(tx, after.id)


@reacts_to("MEMBER", "update")
def _end_sessions_of_the_deactivated(tx: Tx, before: Member, after: Member) -> None:
    """Somebody who can enter no workspace any more is signed out; another workspace's decision signs nobody out."""
    if before.status is MemberStatus.ACTIVE and after.status is not MemberStatus.ACTIVE:
        memberships = workspaces.memberships_of(tx, after.user_id)
        if not any(member.status is MemberStatus.ACTIVE for member in memberships):
            end_sessions_of(tx, after.user_id)
