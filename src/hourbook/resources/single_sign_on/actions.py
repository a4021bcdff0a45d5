"""The verbs of single sign-on: signing in through a workspace's provider, linking it to an account.

What asks the provider (`answered`) holds no transaction; afterwards one transaction ends the attempt and lets the
person in. An action has no effect outside of its transaction, because it may be run again.
"""

import hmac
from collections.abc import Callable
from typing import Any

import msgspec

from hourbook.access import oidc
from hourbook.access.actors import BY_LINKED_PROVIDER, BY_PROVIDER, Actor, hash_key
from hourbook.access.oidc import Claims, Client, NotProved
from hourbook.access.outgoing import NoAnswer, Outgoing
from hourbook.access.secrets import SecretBox
from hourbook.access.tokens import new_token
from hourbook.core.errors import NotFound, SignOnRefused, SingleSignOnRequired, TryLater
from hourbook.db.tx import ReadTx, Tx, reacts_to
from hourbook.resources.invitations import actions as invitations
from hourbook.resources.sign_in import actions as sign_in
from hourbook.resources.sign_in.actions import Started
from hourbook.resources.sign_in.rules import Device
from hourbook.resources.single_sign_on import rules, store
from hourbook.resources.single_sign_on.actions_provider import SECRET_PURPOSE, redirect_uri
from hourbook.resources.single_sign_on.rules import Attempt, Identity, Provider, Standing, Verdict, Way
from hourbook.resources.users import actions as users
from hourbook.resources.users import actions_keys as keys
from hourbook.resources.users.rules import AccountStatus, User
from hourbook.resources.workspaces import actions as workspaces
from hourbook.resources.workspaces.rules import Member, MemberStatus
from hourbook.resources.workspaces.rules_settings import decode_settings

USABLE = (AccountStatus.ACTIVE, AccountStatus.PENDING_EMAIL_VERIFICATION)


class Callback(msgspec.Struct, frozen=True):
    """What a browser brings back from the provider, and the secret it kept."""

    state: str
    code: str | None
    error: str | None
    issuer: str | None
    browser_secret: str | None


class Proven(msgspec.Struct, frozen=True):
    """Whom the provider proved, in which attempt."""

    attempt: Attempt
    claims: Claims


# --- beginning ---------------------------------------------------------------------------------


def begin(tx: Tx, workspace_id: str) -> Way:
    """Where to send a browser that signs in; NotFound when the workspace has no provider."""
    tx.workspace_id = workspace_id
    return _begin(tx, None)


def begin_linking(tx: Tx) -> Way:
    """The same for somebody signed in, who will be meant from then on when the provider names them.

    SignOnRefused for whom the provider itself let in, and for a key that was lent: neither is the account's holder
    saying so, and what they began would outlast them.
    """
    actor: Actor = tx.actor
    is_lent = actor.auth == "api_key" and actor.credential_ends_at_us is not None
    if actor.is_bound_to is not None or is_lent:
        raise SignOnRefused(rules.NOT_BY_HOLDER)
    return _begin(tx, actor.id)


def _begin(tx: Tx, user_id: str | None) -> Way:
    provider = store.find_provider(tx)
    if provider is None:
        raise NotFound(store.PROVIDER.word)
    store.forget_over(tx)
    if store.count_attempts(tx) >= rules.ATTEMPTS_LIMIT:
        raise TryLater("Too many people are signing in.", retry_after_seconds=60)
    state, browser_secret = tx.workspace_id + new_token(), new_token()
    attempt = Attempt(
        workspace_id=tx.workspace_id,
        state_hash=hash_key(state),
        browser_hash=hash_key(browser_secret),
        issuer=provider.issuer,
        user_id=user_id,
        expires_at_us=rules.expires_at_us(tx.now_us),
    )
    store.add_attempt(tx, attempt)
    # The secret is not needed for this step, and nothing of it is sent.
    client = Client(provider.client_id, "", redirect_uri(tx))
    secrets = oidc.secrets_of(browser_secret, state)
    return Way(oidc.authorization_address(provider.authorization_endpoint, client, secrets), browser_secret)


# --- the provider's answer ---------------------------------------------------------------------


def answered(
    read: Callable[[Callable[[ReadTx], Any]], Any], callback: Callback, *, outgoing: Outgoing, box: SecretBox
) -> Proven:
    """Asks the provider whom the code stands for; SignOnRefused when anything does not hold. Slow."""
    attempt, provider, client, now_us = read(lambda tx: _look_up(tx, callback, box))
    if callback.error is not None or not callback.code:
        raise SignOnRefused(rules.REFUSED_THERE)
    secrets = oidc.secrets_of(callback.browser_secret or "", callback.state)
    try:
        found = oidc.discover(outgoing, provider.issuer)
        # Answers of another provider cannot be passed off as this one's (RFC 9207).
        if callback.issuer not in (None, found.issuer):
            raise SignOnRefused(rules.NOT_PROVED)
        if callback.issuer is None and found.authorization_response_iss_parameter_supported:
            raise SignOnRefused(rules.NOT_PROVED)
        claims = oidc.prove(
            outgoing, found, client, code=callback.code, secrets=secrets, now_seconds=now_us / rules.MICROSECONDS
        )
    except NotProved:
        raise SignOnRefused(rules.NOT_PROVED) from None
    except NoAnswer:
        raise SignOnRefused(rules.NO_ANSWER) from None
    return Proven(attempt, claims)


def _look_up(tx: ReadTx, callback: Callback, box: SecretBox) -> tuple[Attempt, Provider, Client, int]:
    """The attempt that this browser began here, its provider, and us."""
    tx.workspace_id = rules.workspace_of(callback.state)
    attempt = store.find_attempt(tx, hash_key(callback.state))
    provider = store.find_provider(tx)
    if attempt is None or provider is None or attempt.issuer != provider.issuer:
        raise SignOnRefused(rules.NOT_BEGUN)
    is_same_browser = hmac.compare_digest(attempt.browser_hash, hash_key(callback.browser_secret or ""))
    if not is_same_browser or attempt.expires_at_us <= tx.now_us:
        raise SignOnRefused(rules.NOT_BEGUN)
    secret = box.decrypt(provider.client_secret, SECRET_PURPOSE).decode()
    return attempt, provider, Client(provider.client_id, secret, redirect_uri(tx)), tx.now_us


# --- letting in --------------------------------------------------------------------------------


def finish(tx: Tx, proven: Proven, device: Device) -> Started:
    """A session for whom the provider proved; SignOnRefused when that does not let anybody in here."""
    attempt, claims = proven.attempt, proven.claims
    tx.workspace_id = attempt.workspace_id
    provider = store.find_provider(tx, locked=True)
    if not store.take_attempt(tx, attempt.state_hash) or provider is None or provider.issuer != attempt.issuer:
        raise SignOnRefused(rules.NOT_BEGUN)
    identity = store.find_identity(tx, provider.issuer, claims.subject)
    if attempt.user_id is not None:
        user, identity = _link(tx, attempt.user_id, provider, claims, identity=identity)
    elif identity is not None:
        user = _known(tx, identity)
    else:
        user, identity = _new(tx, provider, claims)
    method = BY_LINKED_PROVIDER if identity.is_linked_by_person else BY_PROVIDER
    return sign_in.start_session(tx, user, device, method=method + tx.workspace_id)


def _link(
    tx: Tx, user_id: str, provider: Provider, claims: Claims, *, identity: Identity | None
) -> tuple[User, Identity]:
    """Somebody signed in says that the provider means them. A subject that means another account is refused."""
    user = users.get_user(tx, user_id)
    if identity is not None and identity.user_id != user_id:
        raise SignOnRefused(rules.NOT_HERE)
    rules.judge_known(_standing(tx, user), is_linked_by_person=True)
    if identity is None:
        return user, _identify(tx, user, provider, claims, by_person=True)
    after = msgspec.structs.replace(identity, is_linked_by_person=True)
    tx.update(store.IDENTITY, identity, after, subject=user.id)
    return user, after


def _known(tx: Tx, identity: Identity) -> User:
    user = users.get_user(tx, identity.user_id)
    rules.judge_known(_standing(tx, user), is_linked_by_person=identity.is_linked_by_person)
    return user


def _new(tx: Tx, provider: Provider, claims: Claims) -> tuple[User, Identity]:
    """Somebody who comes for the first time: a member, somebody invited, or a new one of an allowed domain."""
    if claims.email is None or not claims.is_email_verified:
        raise SignOnRefused(rules.NOT_VERIFIED)
    found = users.find_user_by_email(tx, claims.email)
    domains = rules.decode_domains(provider.allowed_domains)
    verdict = rules.judge_new(_standing(tx, found), claims.email, domains=domains, auto_join=provider.auto_join)
    user = _let_in(tx, found, claims, verdict=verdict)
    return user, _identify(tx, user, provider, claims, by_person=False)


def _let_in(tx: Tx, found: User | None, claims: Claims, *, verdict: Verdict) -> User:
    email = claims.email or ""
    name = rules.name_of(claims.name, email)
    if found is None:
        return users.create_member(tx, email, name=name)
    if verdict is Verdict.REGISTER:
        found = users.register(tx, found, email=email, name=name)
    if verdict is not Verdict.SIGN_IN:
        invitations.accept_for(tx, found.id)
    return found


def _identify(tx: Tx, user: User, provider: Provider, claims: Claims, *, by_person: bool) -> Identity:
    made = Identity(tx.workspace_id, tx.new_id(), user.id, provider.issuer, claims.subject, by_person)
    tx.insert(store.IDENTITY, made, subject=user.id)
    return made


@reacts_to("MEMBER", "insert")
@reacts_to("MEMBER", "update")
def _close_to_others(tx: Tx, before: Member | None, after: Member) -> None:
    """Who comes into another workspace is not to be reached there by somebody else's provider."""
    was_in = before is not None and before.status is MemberStatus.ACTIVE
    if not was_in and after.status is MemberStatus.ACTIVE:
        sign_in.end_sessions_of(tx, after.user_id, method=BY_PROVIDER)
        keys.revoke_bound_keys(tx, after.user_id)


@reacts_to("USER", "password_proved")
def _refuse_password(tx: Tx, _: None, user: User) -> None:
    """A password is no way in for somebody whose every workspace asks for its provider; owners keep it."""
    homes = store.open_to(tx, user.id)
    if homes and all(not owns and decode_settings(text).single_sign_on_required for text, owns in homes):
        raise SingleSignOnRequired


def _standing(tx: ReadTx, user: User | None) -> Standing:
    if user is None:
        return Standing()
    members = {member.workspace_id: member.status for member in workspaces.memberships_of(tx, user.id)}
    here = members.pop(tx.workspace_id, None)
    return Standing(
        is_account=user.status in USABLE,
        is_guest=user.status is AccountStatus.NOT_REGISTERED,
        is_closed=user.status not in (*USABLE, AccountStatus.NOT_REGISTERED),
        here=None if here is None else here.value,
        is_elsewhere=MemberStatus.ACTIVE in members.values(),
    )
