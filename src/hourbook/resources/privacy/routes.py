"""The operations of personal data.

Each is one declared record. A handler takes its arguments apart, calls an action and shows the
result; it decides nothing. Telling everything reads much, so the worker does it.
"""

from hourbook.http.operation import Call, Content, Cost, operation
from hourbook.resources.privacy import actions
from hourbook.resources.privacy.actions import PersonData
from hourbook.resources.privacy.wire import ConfirmationIn, ErasedOut

_PERSON = "/workspaces/{workspace_id}/users/{user_id}"
_ERASING = (
    "USER",
    "MEMBER",
    "USER_CUSTOM_FIELD_VALUE",
    "SSO_IDENTITY",
    "SHARED_REPORT",
    "ERASURE",
    "USER_DEACTIVATED_ON_WORKSPACE",
)


@operation("GET", "/user/data", contract=None, action="person.tell_self", cost=Cost.LONG, in_worker=True)
def tell_own_data(call: Call) -> Content:
    """Tells everything there is about the account, as a JSON file."""
    return _file(call, actions.tell_own(call.read, address=call.visitor.address))


@operation("GET", _PERSON + "/data", contract=None, action="person.tell", cost=Cost.LONG, in_worker=True)
def tell_data_of_person(call: Call, user_id: str) -> Content:
    """Tells everything this workspace knows about a person, as a JSON file."""
    return _file(call, actions.tell_here(call.read, user_id))


@operation("POST", "/user/erase", contract=None, action="person.erase_self", journals=_ERASING, cost=Cost.BULK)
def erase_own_account(call: Call, body: ConfirmationIn) -> ErasedOut:
    """Erases the account for good; hours and money stay, as those of nobody."""
    return ErasedOut(user_id=actions.erase_self(call.write, body.confirmation).id)


@operation("POST", _PERSON + "/erase", contract=None, action="person.erase", journals=_ERASING, cost=Cost.BULK)
def erase_person(call: Call, user_id: str, body: ConfirmationIn) -> ErasedOut:
    """Erases a person of this workspace for good; hours and money stay, as those of nobody."""
    return ErasedOut(user_id=actions.erase_member(call.write, body.of(user_id)).id)


def _file(call: Call, data: PersonData) -> Content:
    call.headers["Content-Disposition"] = 'attachment; filename="personal-data.json"'
    call.headers["Cache-Control"] = "no-store"
    return Content(actions.document(data), "application/json")
