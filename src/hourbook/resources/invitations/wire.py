"""The JSON of invitations: an own surface, so these spellings are ours.

Only this file knows them. It converts and refuses what cannot be converted; it decides nothing.
"""

from typing import Annotated

from hourbook.core.calendar import format_instant
from hourbook.core.clock import seconds_of
from hourbook.core.types import Role
from hourbook.http.wire import CredentialField, In, Out, Paged, Query
from hourbook.resources.invitations.rules import Link, Listed, Shown, Wanted


class InvitationIn(In):
    """`role`: WORKSPACE_ADMIN or none; `groups`, `projects`: ids the person is put into."""

    email: str | None = None
    role: Role | None = None
    groups: list[str] | None = None
    projects: list[str] | None = None

    def wanted(self, *, sends_mail: bool) -> Wanted:
        return Wanted(
            email=self.email,
            role=self.role,
            group_ids=tuple(dict.fromkeys(self.groups or ())),
            project_ids=tuple(dict.fromkeys(self.projects or ())),
            sends_mail=sends_mail,
        )


class SendQuery(Query):
    send_email: bool = True


class InvitationListQuery(Paged):
    pass


class LinkOut(Out):
    """`link` null when it was mailed."""

    id: str
    user_id: str
    email: str
    expires_at: str
    link: Annotated[str | None, CredentialField]


class InvitationOut(Out):
    id: str
    email: str
    inviter: str | None
    created_at: str
    expires_at: str


class ShownInvitationOut(Out):
    workspace_name: str
    inviter: str | None
    email: str
    expires_at: str


class AcceptIn(In):
    """`timeZone`: the new account's; UTC when it is left out."""

    name: str | None = None
    password: str = ""
    time_zone: str = "UTC"


class AcceptedOut(Out):
    """`csrfToken`: what changes need beside the cookie that comes with this answer."""

    user_id: str
    workspace_id: str
    csrf_token: str


class JoinedOut(Out):
    workspace_id: str


def link_out(link: Link) -> LinkOut:
    made = link.invitation
    return LinkOut(
        id=made.id, user_id=made.user_id, email=link.email, expires_at=_instant(made.expires_at_us), link=link.address
    )


def invitation_out(listed: Listed) -> InvitationOut:
    return InvitationOut(
        id=listed.id,
        email=listed.email,
        inviter=listed.inviter,
        created_at=_instant(listed.created_at_us),
        expires_at=_instant(listed.expires_at_us),
    )


def shown_out(shown: Shown) -> ShownInvitationOut:
    return ShownInvitationOut(
        workspace_name=shown.workspace_name,
        inviter=shown.inviter,
        email=shown.email,
        expires_at=_instant(shown.expires_at_us),
    )


def _instant(at_us: int) -> str:
    return format_instant(seconds_of(at_us))
