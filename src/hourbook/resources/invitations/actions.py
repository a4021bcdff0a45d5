"""The verbs of invitations.

An action looks things up, lets the rules decide and writes through `tx`. It has no effect outside
of its transaction, because it may be run again.
"""

from itertools import groupby

import msgspec

from hourbook.access.actors import hash_key
from hourbook.access.passwords import check_password, hash_password
from hourbook.access.tokens import csrf_token, new_token
from hourbook.core.errors import InvalidValue, NotFound
from hourbook.core.types import Page, Role
from hourbook.db.tx import ReadTx, Tx, reacts_to
from hourbook.resources.groups import actions as groups
from hourbook.resources.invitations import rules, store
from hourbook.resources.invitations.rules import Invitation, InvitationStatus, Link, Listed, Shown, Wanted
from hourbook.resources.mail import actions as mail
from hourbook.resources.mail.rules import Mail
from hourbook.resources.projects import actions as projects
from hourbook.resources.sign_in import actions as sign_in
from hourbook.resources.sign_in.actions import Started
from hourbook.resources.sign_in.rules import Device
from hourbook.resources.users import actions as users
from hourbook.resources.users.rules import AccountStatus, Guest, User, decode_settings
from hourbook.resources.workspaces import actions as workspaces

METHOD = "invitation"
INVITED = "USERS_INVITED_TO_WORKSPACE"

# --- inviting ----------------------------------------------------------------------------------


def create_invitation(tx: Tx, wanted: Wanted) -> Link:
    """Invites by e-mail address; a newer link for the same person takes the place of older ones.

    InvalidValue for a member, NotFound for an unknown group or project. Whether the address has an account
    somewhere makes no difference to what is answered.
    """
    rules.check_wanted(wanted)
    user = users.place_guest(tx, wanted.email, may_be_pending=True)
    if wanted.role is not None:
        tx.actor.check("role.grant_admin")
        workspaces.grant_role(tx, user.id, Role(wanted.role), entity_id=tx.workspace_id)
    groups.add_to_groups(tx, wanted.group_ids, user.id)
    projects.add_to_projects(tx, wanted.project_ids, user.id)
    return _make(tx, user, sends_mail=wanted.sends_mail, event=INVITED)


def resend_invitation(tx: Tx, invitation_id: str, *, sends_mail: bool) -> Link:
    """A new link in the place of an open or expired one; the old one stops working."""
    return _make(tx, users.get_user(tx, _get_pending(tx, invitation_id).user_id), sends_mail=sends_mail)


def revoke_invitation(tx: Tx, invitation_id: str) -> None:
    """Takes it back: the link stops working, and the person is no longer expected."""
    found = _get_pending(tx, invitation_id)
    _close(tx, found, InvitationStatus.REVOKED)
    workspaces.answer_invitation(tx, found.user_id, accepts=False)


def list_invitations(tx: ReadTx, page: Page) -> list[Listed]:
    """Those nobody has answered, oldest first, expired ones included; one more than the page if there are more."""
    return store.list_open(tx, page)


@reacts_to("MEMBER", "invite")
def _make_for_guest(tx: Tx, _: None, guest: Guest) -> None:
    """Whoever is invited over the contract's interface gets a link too."""
    _make(tx, guest.user, sends_mail=guest.sends_mail, event=INVITED)


def _make(tx: Tx, user: User, *, sends_mail: bool, event: str | None = None) -> Link:
    for older in store.list_pending_of(tx, user.id):
        _close(tx, older, InvitationStatus.REPLACED)
    token = tx.workspace_id + new_token()
    expires_at_us = rules.expires_at_us(tx.now_us, tx.facts.deployment.invitation_days)
    made = Invitation(
        tx.workspace_id, tx.new_id(), user.id, tx.actor.id, InvitationStatus.PENDING, hash_key(token), expires_at_us
    )
    tx.insert(store.INVITATION, made, event=event, subject=user.id)
    address = rules.link_address(tx.facts.deployment.base_url, token)
    if not sends_mail or not mail.is_on(tx):
        return Link(made, user.email, address)
    mail.queue(tx, _mail(tx, user, address, expires_at_us=expires_at_us))
    return Link(made, user.email, None)


def _mail(tx: Tx, user: User, address: str, *, expires_at_us: int) -> Mail:
    settings = decode_settings(user.settings)
    workspace_name, inviter = store.find_names(tx, tx.actor.id)
    return Mail(
        to=user.email,
        template="invitation",
        values={
            "workspace": workspace_name,
            "inviter": inviter or workspace_name,
            "link": address,
            "expires_at_us": expires_at_us,
        },
        language=settings.lang if settings else "EN",
        zone=settings.time_zone if settings else "UTC",
    )


# --- answering ---------------------------------------------------------------------------------


def show_invitation(tx: ReadTx, token: str) -> Shown:
    """What whoever holds the link may know; InvalidValue when it does not work (any more)."""
    found = _find_open(tx, token, locked=False)
    user = users.get_user(tx, found.user_id)
    return Shown(*store.find_names(tx, found.inviter_id), user.email, found.expires_at_us)


def accept_as_new(tx: Tx, token: str, device: Device, *, name: str | None, password_hash: str, zone: str) -> Started:
    """Makes the account usable and the person a member, and signs them in.

    InvalidValue when the link does not work, or when the address has an account: whoever it belongs to
    signs in and accepts then.
    """
    found = _find_open(tx, token, locked=True)
    user = users.get_user(tx, found.user_id)
    if user.status is not AccountStatus.NOT_REGISTERED:
        raise InvalidValue("This address has an account. Sign in with it, then accept the invitation.")
    person = rules.check_person_name(name)
    registered = users.register(tx, user, email=user.email, name=person, password_hash=password_hash, zone=zone)
    _accept(tx, found)
    return sign_in.start_session(tx, registered, device, method=METHOD)


def csrf_of(started: Started) -> str:
    """What a page sends beside the session's cookie."""
    return csrf_token(started.token)


def accept_as_member(tx: Tx, token: str) -> str:
    """The acting account becomes a member; InvalidValue unless the invitation is for it. Returns the workspace's id."""
    found = _find_open(tx, token, locked=True)
    if found.user_id != tx.actor.id:
        raise InvalidValue("This invitation is for another account")
    _accept(tx, found)
    return found.workspace_id


def accept_for(tx: Tx, user_id: str) -> None:
    """Somebody invited comes in by another proof of who they are; the link is of no use any more."""
    for found in store.list_pending_of(tx, user_id):
        _close(tx, found, InvitationStatus.ACCEPTED)
    workspaces.answer_invitation(tx, user_id, accepts=True)


def decline_invitation(tx: Tx, token: str) -> None:
    """Says no; the link does not work again."""
    found = _find_open(tx, token, locked=True)
    _close(tx, found, InvitationStatus.DECLINED)
    workspaces.answer_invitation(tx, found.user_id, accepts=False)


def email_of(tx: ReadTx, token: str) -> str:
    """The address an open invitation is for."""
    return users.get_user(tx, _find_open(tx, token, locked=False).user_id).email


def hash_new_password(email: str, password: str) -> str:
    """The stored form of a password for a new account; InvalidValue when it is no good one. Slow on purpose."""
    return hash_password(check_password(password, email))


def _accept(tx: Tx, found: Invitation) -> None:
    _close(tx, found, InvitationStatus.ACCEPTED)
    workspaces.answer_invitation(tx, found.user_id, accepts=True)


def _find_open(tx: ReadTx, token: str, *, locked: bool) -> Invitation:
    tx.workspace_id = rules.workspace_of(token)
    found = store.find_by_token(tx, hash_key(token), locked=locked)
    if found is None or not rules.is_open(found, tx.now_us):
        raise InvalidValue(rules.OVER)
    return found


def _get_pending(tx: Tx, invitation_id: str) -> Invitation:
    found = store.find(tx, invitation_id)
    if found is None or found.status is not InvitationStatus.PENDING:
        raise NotFound(store.INVITATION.word)
    return found


def _close(tx: Tx, found: Invitation, status: InvitationStatus) -> None:
    tx.update(store.INVITATION, found, msgspec.structs.replace(found, status=status), subject=found.user_id)


# --- for the janitor ---------------------------------------------------------------------------


def forget_over(tx: Tx, before_us: int, limit: int) -> int:
    """Removes invitations that were answered or taken back before; how many, 0 when none is left. Open ones stay."""
    here, over = tx.workspace_id, store.list_over(tx, before_us, limit)
    for workspace_id, found in groupby(over, key=lambda one: one.workspace_id):
        # Each workspace has its own journal.
        tx.workspace_id = workspace_id
        tx.delete_many(store.INVITATION, list(found), cascade=True)
    tx.workspace_id = here
    return len(over)
