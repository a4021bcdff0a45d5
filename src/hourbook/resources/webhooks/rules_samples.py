"""What a test event says: for each family a body of the right shape about things that nobody has.

Pure. A receiver can be tried out with it before anything happens; ids that begin with zeros are of nothing.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from hourbook.core.calendar import format_instant
from hourbook.resources.webhooks.rules import EVENTS, Family

_NAME = "Test of a webhook"


class About(msgspec.Struct, frozen=True):
    """Where the test happens, who asked for it, and when (seconds)."""

    workspace_id: str
    user_id: str
    at_s: int


Fields = dict[str, Any]


def sample_body(event: str, about: About) -> str:
    """The body of a test of this event, as JSON."""
    fields = _SAMPLES[EVENTS[event].family](about)
    return msgspec.json.encode(fields).decode()


def sample_id(number: int) -> str:
    return f"{number:024x}"


def _time_entry(about: About) -> Fields:
    start, end = format_instant(about.at_s - 3600), format_instant(about.at_s)
    interval = {"start": start, "end": end, "duration": "PT1H", "timeZone": "UTC", "offsetStart": 0, "offsetEnd": 0}
    interval |= {"zonedStart": start.removesuffix("Z"), "zonedEnd": end.removesuffix("Z")}
    project = {"id": sample_id(2), "name": _NAME, "clientId": "", "workspaceId": about.workspace_id}
    return {
        "id": sample_id(1),
        "description": _NAME,
        "userId": about.user_id,
        "billable": True,
        "projectId": sample_id(2),
        "taskId": None,
        "tagIds": [],
        "workspaceId": about.workspace_id,
        "isLocked": False,
        "hourlyRate": None,
        "costRate": None,
        "customFieldValues": [],
        "type": "REGULAR",
        "kioskId": None,
        "approvalStatus": None,
        "projectCurrency": "USD",
        "currentlyRunning": False,
        "project": project,
        "task": None,
        "user": _user(about),
        "tags": [],
        "timeInterval": interval,
    }


def _user(about: About) -> Fields:
    return {"id": about.user_id, "name": _NAME, "email": "test@example.org", "profilePicture": "", "status": "ACTIVE"}


def _named(about: About) -> Fields:
    return {"id": sample_id(2), "name": _NAME, "workspaceId": about.workspace_id, "archived": False}


def _project(about: About) -> Fields:
    return {**_named(about), "clientId": "", "clientName": "", "billable": True, "public": True, "color": "#03A9F4"}


def _task(about: About) -> Fields:
    return {**_named(about), "projectId": sample_id(3), "status": "ACTIVE", "assigneeIds": [], "billable": True}


def _group(about: About) -> Fields:
    return {**_named(about), "userIds": [about.user_id], "teamManagers": []}


def _invitation(about: About) -> Fields:
    return {"workspaceId": about.workspace_id, "inviter": _user(about), "invitedUserEmails": ["test@example.org"]}


def _limited_users(about: About) -> Fields:
    return {"workspaceId": about.workspace_id, "inviter": _user(about), "invitedUserNames": [_NAME]}


def _invoice(about: About) -> Fields:
    return {**_named(about), "number": "TEST-1", "currency": "USD", "amount": 10_000, "items": [], "status": "UNSENT"}


def _approval(about: About) -> Fields:
    dates = {"start": format_instant(about.at_s - 7 * 86_400), "end": format_instant(about.at_s)}
    owner = {"userId": about.user_id, "userName": _NAME, "timezone": "UTC", "startOfWeek": "MONDAY"}
    status = {"state": "PENDING", "note": _NAME, "updatedBy": about.user_id, "updatedAt": format_instant(about.at_s)}
    return {
        "id": sample_id(1),
        "workspaceId": about.workspace_id,
        "dateRange": dates,
        "owner": owner,
        "status": status,
    }


def _time_off(about: About) -> Fields:
    day = format_instant(about.at_s)
    return {
        "id": sample_id(1),
        "userId": about.user_id,
        "workspaceId": about.workspace_id,
        "policyId": sample_id(2),
        "timeZone": "UTC",
        "note": _NAME,
        "timeOffPeriod": {"period": {"start": day, "end": day}},
        "status": {"statusType": "PENDING", "note": ""},
        "balanceDiff": 1,
        "createdAt": day,
        "requesterUserId": about.user_id,
    }


def _balance(about: About) -> Fields:
    here = {"workspaceId": about.workspace_id, "userId": about.user_id}
    return {**here, "value": 1, "note": _NAME, "updatedBy": about.user_id}


def _expense_ids(about: About) -> Fields:
    here = {"workspaceId": about.workspace_id, "userId": about.user_id, "projectId": sample_id(2)}
    return {**here, "expenseId": sample_id(1), "categoryId": sample_id(3)}


def _expense(about: About) -> Fields:
    here = {"id": sample_id(1), "workspaceId": about.workspace_id, "userId": about.user_id, "projectId": sample_id(2)}
    values = {"date": format_instant(about.at_s), "notes": _NAME, "quantity": 1, "billable": True, "total": 1000}
    return {**here, **values, "categoryId": sample_id(3), "taskId": "", "fileId": "", "locked": False}


def _assignment(about: About) -> Fields:
    here = {"workspaceId": about.workspace_id, "userId": about.user_id, "projectId": sample_id(2)}
    return {**here, "assignmentId": sample_id(1)}


def _rate(about: About) -> Fields:
    entity: Fields = {
        "userId": about.user_id,
        "hourlyRate": {"amount": 1000, "currency": "USD"},
        "targetId": about.workspace_id,
    }
    entity |= {"costRate": None, "membershipType": "WORKSPACE", "membershipStatus": "ACTIVE"}
    return {
        "workspaceId": about.workspace_id,
        "rateChangeSource": "WORKSPACE",
        "modifiedEntity": entity,
        "currency": {"id": sample_id(4), "code": "USD"},
        "amount": 1000,
        "since": format_instant(about.at_s),
    }


_SAMPLES: dict[Family, Callable[[About], Fields]] = {
    Family.TIME_ENTRY: _time_entry,
    Family.PROJECT: _project,
    Family.TASK: _task,
    Family.CLIENT: _named,
    Family.TAG: _named,
    Family.USER: _user,
    Family.USER_EMAIL: lambda about: {**_user(about), "oldEmail": "before@example.org"},
    Family.INVITATION: _invitation,
    Family.LIMITED_USERS: _limited_users,
    Family.GROUP: _group,
    Family.INVOICE: _invoice,
    Family.APPROVAL: _approval,
    Family.TIME_OFF: _time_off,
    Family.BALANCE: _balance,
    Family.EXPENSE: _expense,
    Family.EXPENSE_IDS: _expense_ids,
    Family.ASSIGNMENT: _assignment,
    Family.RATE: _rate,
}
