"""The operations of invitations.

Each is one declared record. A handler takes its arguments apart, calls an action and shows the
result; it decides nothing. Those of whoever holds a link need no credential but the link.
"""

from hourbook.http.operation import Call, CredentialUse, Preparation, operation
from hourbook.resources.invitations import actions
from hourbook.resources.invitations.wire import (
    AcceptedOut,
    AcceptIn,
    InvitationIn,
    InvitationListQuery,
    InvitationOut,
    JoinedOut,
    LinkOut,
    SendQuery,
    ShownInvitationOut,
    invitation_out,
    link_out,
    shown_out,
)

COOKIE = "hourbook_session"
_INVITATIONS = "/workspaces/{workspace_id}/invitations"
_INVITATION = _INVITATIONS + "/{invitation_id}"
_LINK = "/invitations/{token}"


def _hashed(preparation: Preparation, token: str, body: AcceptIn) -> str:
    """The password's stored form; refused first when the link does not work or the password is no good one."""
    return actions.hash_new_password(preparation.read(lambda tx: actions.email_of(tx, token)), body.password)


@operation(
    "POST",
    _INVITATIONS,
    contract=None,
    action="member.invite",
    status=201,
    journals=("USERS_INVITED_TO_WORKSPACE",),
)
def create_invitation(call: Call, query: SendQuery, body: InvitationIn) -> LinkOut:
    """Invites somebody by e-mail address; the link is mailed, or shown where no mail is sent."""
    return link_out(actions.create_invitation(call.write, body.wanted(sends_mail=query.send_email)))


@operation("GET", _INVITATIONS, contract=None, action="member.invite")
def list_invitations(call: Call, query: InvitationListQuery) -> list[InvitationOut]:
    """Lists invitations that nobody has answered."""
    page = query.to_page()
    return [invitation_out(listed) for listed in call.paged(actions.list_invitations(call.read, page), page)]


@operation("POST", _INVITATION + "/resend", contract=None, action="member.invite", journals=("INVITATION",))
def resend_invitation(call: Call, invitation_id: str, query: SendQuery) -> LinkOut:
    """Makes a new link in the place of an old one."""
    return link_out(actions.resend_invitation(call.write, invitation_id, sends_mail=query.send_email))


@operation("DELETE", _INVITATION, contract=None, action="member.invite", status=204, journals=("INVITATION", "MEMBER"))
def revoke_invitation(call: Call, invitation_id: str) -> None:
    """Takes an invitation back."""
    actions.revoke_invitation(call.write, invitation_id)


@operation("GET", _LINK, contract=None, action="invitation.answer", credential=CredentialUse.NONE)
def show_invitation(call: Call, token: str) -> ShownInvitationOut:
    """Shows whoever holds the link what it is for."""
    return shown_out(actions.show_invitation(call.read, token))


@operation(
    "POST",
    _LINK + "/accept",
    contract=None,
    action="invitation.answer",
    status=201,
    journals=("INVITATION", "USER", "SESSION", "USER_JOINED_WORKSPACE"),
    credential=CredentialUse.NONE,
    prepare=_hashed,
    lane="hashes",
)
def accept_invitation(call: Call, token: str, body: AcceptIn, prepared: str) -> AcceptedOut:
    """Makes an account for the invited address and a member of it, and signs in."""
    started = actions.accept_as_new(
        call.write, token, call.visitor, name=body.name, password_hash=prepared, zone=body.time_zone
    )
    call.cookies[COOKIE] = started.token
    return AcceptedOut(
        user_id=started.user.id, workspace_id=call.write.workspace_id, csrf_token=actions.csrf_of(started)
    )


@operation(
    "POST",
    _LINK + "/join",
    contract=None,
    action="user.read_self",
    journals=("INVITATION", "USER_JOINED_WORKSPACE"),
)
def join_by_invitation(call: Call, token: str) -> JoinedOut:
    """Makes the signed-in account a member of the workspace that invited it."""
    return JoinedOut(workspace_id=actions.accept_as_member(call.write, token))


@operation(
    "POST",
    _LINK + "/decline",
    contract=None,
    action="invitation.answer",
    status=204,
    journals=("INVITATION", "MEMBER"),
    credential=CredentialUse.NONE,
)
def decline_invitation(call: Call, token: str) -> None:
    """Declines an invitation."""
    actions.decline_invitation(call.write, token)
