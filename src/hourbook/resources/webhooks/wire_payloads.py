"""The bodies of events: flat, as they were recorded; one function for each family, from what `actions_fanout` gathered.

This is the payload registry: besides routes the one place that knows the JSON of other slices. Where only a few keys
of a body are known, it is what a read answers for the thing, and those keys (wire-events section 8).
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from hourbook.core.calendar import format_instant
from hourbook.http.wire import Out, RateOut
from hourbook.resources.clients.wire import client_out
from hourbook.resources.groups.wire import GroupOut, group_out
from hourbook.resources.projects.wire import ProjectOut, project_out
from hourbook.resources.tags.wire import TagOut, tag_out
from hourbook.resources.tasks.wire import task_out
from hourbook.resources.users.wire import UserOut, user_out
from hourbook.resources.webhooks.rules import EVENTS, Family
from hourbook.resources.webhooks.rules_fanout import (
    ClientState,
    GroupState,
    InvitedState,
    Message,
    RateState,
    Told,
    UserState,
)
from hourbook.resources.webhooks.rules_spoiled import ERRORS, Spoiled
from hourbook.resources.webhooks.wire_payloads_entries import entry_body

_encode = msgspec.json.Encoder().encode


class TaskBody(Out):
    """A task as reads answer it, with its workspace. `assignee_id`: of the first, empty without any (recorded)."""

    id: str
    name: str
    project_id: str
    workspace_id: str
    assignee_ids: list[str]
    assignee_id: str
    user_group_ids: list[str]
    estimate: str
    status: str
    budget_estimate: int
    billable: bool
    hourly_rate: RateOut | None
    cost_rate: RateOut | None
    progress: None
    duration: str


class UserEmailBody(UserOut, kw_only=True):
    old_email: str | None


class InvitedBody(Out):
    workspace_id: str
    inviter: UserOut | None
    invited_user_emails: list[str]


class LimitedUsersBody(Out):
    workspace_id: str
    inviter: UserOut | None
    invited_user_names: list[str]


class CurrencyBody(Out):
    id: str
    code: str


class RatedBody(Out):
    """Where a rate stands; only the kind of rate that changed is there."""

    user_id: str | None
    hourly_rate: RateOut | None
    cost_rate: RateOut | None
    target_id: str
    membership_type: str
    membership_status: str


class RateBody(Out):
    workspace_id: str
    rate_change_source: str
    modified_entity: RatedBody
    currency: CurrencyBody
    amount: int | None
    since: str


def task_body(shown: Any) -> TaskBody:
    """Progress is null, as it was recorded: an estimate says nothing of how far a task is."""
    plain = task_out(shown)
    fields = {name: getattr(plain, name) for name in plain.__struct_fields__ if name != "assignee_id"}
    first = plain.assignee_ids[0] if plain.assignee_ids else ""
    return TaskBody(**fields, assignee_id=first, workspace_id=shown.task.workspace_id, progress=None)


def user_body(state: UserState) -> UserOut | None:
    return None if state.person is None else user_out(state.person, [])


def user_email_body(state: UserState) -> UserEmailBody | None:
    plain = user_body(state)
    if plain is None:
        return None
    return UserEmailBody(**{name: getattr(plain, name) for name in plain.__struct_fields__}, old_email=state.old_email)


def _inviter(state: InvitedState) -> UserOut | None:
    return None if state.inviter is None else user_out(state.inviter, [])


def invited_body(state: InvitedState) -> InvitedBody:
    return InvitedBody(
        workspace_id=state.workspace_id, inviter=_inviter(state), invited_user_emails=sorted(state.words)
    )


def limited_users_body(state: InvitedState) -> LimitedUsersBody:
    return LimitedUsersBody(workspace_id=state.workspace_id, inviter=_inviter(state), invited_user_names=state.words)


def group_body(state: GroupState) -> GroupOut:
    return group_out(state.group, state.managers)


def rate_body(state: RateState) -> RateBody:
    """`rateChangeSource` is where the rate stands: WORKSPACE, MEMBER, PROJECT, PROJECT_MEMBER or TASK."""
    rate = None if state.amount_minor is None else RateOut(amount=state.amount_minor, currency=state.currency)
    return RateBody(
        workspace_id=state.workspace_id,
        rate_change_source=state.level,
        modified_entity=RatedBody(
            user_id=state.user_id,
            hourly_rate=None if state.is_cost else rate,
            cost_rate=rate if state.is_cost else None,
            target_id=state.target_id,
            membership_type="WORKSPACE" if state.level in ("WORKSPACE", "MEMBER") else "PROJECT",
            membership_status=state.status,
        ),
        currency=CurrencyBody(id=state.currency_id, code=state.currency),
        amount=state.amount_minor,
        since=format_instant(state.since_s),
    )


def _client_body(state: ClientState) -> Any:
    return client_out(state.client, state.currency_codes)


def _project_body(shown: Any) -> ProjectOut:
    return project_out(shown)


def _tag_body(tag: Any) -> TagOut:
    return tag_out(tag)


BODIES: dict[Family, Callable[[Any], Any]] = {
    Family.TIME_ENTRY: entry_body,
    Family.PROJECT: _project_body,
    Family.TASK: task_body,
    Family.CLIENT: _client_body,
    Family.TAG: _tag_body,
    Family.USER: user_body,
    Family.USER_EMAIL: user_email_body,
    Family.INVITATION: invited_body,
    Family.LIMITED_USERS: limited_users_body,
    Family.GROUP: group_body,
    Family.RATE: rate_body,
}


def messages(told: Sequence[Told]) -> tuple[list[Message], list[tuple[Told, Exception]]]:
    """Events with their bodies; and those that cannot be made, with why."""
    found: list[Message] = []
    spoiled: list[tuple[Told, Exception]] = []
    for one in told:
        try:
            found.append(message(one))
        except ERRORS as error:
            spoiled.append((one, error))
    return found, spoiled


def message(told: Told) -> Message:
    """The event with its body, rendered once for everybody who gets it."""
    if isinstance(told.state, Spoiled):
        raise told.state.error
    body = BODIES[EVENTS[told.event].family](told.state)
    return Message(told.revision, told.part, told.event, _encode(body), told.webhook_ids)
