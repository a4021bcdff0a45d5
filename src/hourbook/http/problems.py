"""Facts to answers: one table from domain errors to status, code and message.

The body of every refusal is `{"message", "code"}` with a numeric code that is not the status
(wire-core 0.3). Wordings are the recorded ones where one was recorded, because clients match
on them. No message carries anything of the inside of the server.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from hourbook.core import errors as facts
from hourbook.core.calendar import format_instant


class Problem(msgspec.Struct, frozen=True):
    """An answer to a refusal. `code` None means: no body at all."""

    status: int
    code: int | None
    message: str
    retry_after_seconds: int | None = None


class ProblemBody(msgspec.Struct):
    """The one error shape."""

    message: str
    code: int


_LABELS = {
    "Client": "Client with name '{name}' already exists",
    "Tag": "Tag with name {name} already exists",
    "User": "User with email {name} already exists",
}
_CREDENTIALS = {
    "none_or_many": (1000, "Multiple or none auth tokens present"),
    "unknown_key": (4003, "Api key does not exist"),
    "bad_addon_token": (4017, "Token is not valid"),
    "bad_session": (1000, "The session is over. Sign in again."),
}

_SIGN_INS = {
    "password": "The e-mail address or the password is wrong",
    "no_code": "A code of the second factor is needed",
    "code": "The code is wrong, or was used before",
}


def _name_taken(error: facts.NameTaken) -> str:
    if error.entity == "Project":
        if error.client_name:
            return f"{error.name} project for client {error.client_name} already exists."
        return "Project with this name already exists"
    if error.entity == "User group":
        return "User group with name already exists"
    label = _LABELS.get(error.entity, error.entity + " with name '{name}' already exists")
    return label.replace("{name}", error.name)


def _choice(error: facts.InvalidChoice) -> str:
    field = error.field
    return (
        f"You entered invalid value for field: [{field}]. This field can be empty and can be null. Make sure that "
        f"every value representing: [{field}] must be from the following set: {', '.join(error.choices)}."
    )


def _parameter(error: facts.UnreadableParameter) -> str:
    return (
        f"Method parameter '{error.field}': Failed to convert value of type 'java.lang.String' to required type "
        f"'{error.kind}'; {error.detail}"
    )


def _required(error: facts.RequiredFieldMissing) -> str:
    return (
        f"Time entry couldn't be created. {error.field} is either required field or given {error.field.lower()} is "
        "archived. Please change your input or update your workspace settings."
    )


def _start_after_end(error: facts.StartAfterEnd) -> str:
    start, end = format_instant(error.start_seconds), format_instant(error.end_seconds)
    return f"Start datetime {start} is greater than end datetime {end}."


def _no_timer(error: facts.NoRunningTimer) -> str:
    return f"Currently running time entry doesn't exist on workspace {error.workspace_id} for user {error.user_id}."


_TABLE: dict[type[facts.DomainError], tuple[int, int | None, Callable[[Any], str]]] = {
    facts.NotFound: (400, 501, lambda e: f"{e.entity} doesn't belong to {e.parent}"),
    facts.AccessDenied: (403, 501, lambda e: "Access Denied"),
    facts.ForgedRequest: (403, 1005, lambda e: "The X-CSRF-Token header is missing or not that of the session"),
    facts.AddressNotAllowed: (403, 1006, lambda e: "This workspace can't be used from your network address"),
    facts.NotForAddons: (401, 1013, lambda e: "API is not accessible for add-ons"),
    facts.MissingScope: (403, 501, lambda e: f"Access Denied: the add-on lacks the scope {e.scope}"),
    facts.ReadOnlyCredential: (403, 1007, lambda e: "This API key may only read"),
    facts.SecondFactorRequired: (
        403,
        1008,
        lambda e: "This workspace asks for a second factor. Set one up, or sign in again with its code",
    ),
    facts.SingleSignOnRequired: (
        403,
        1011,
        lambda e: "This workspace asks its members to sign in at its identity provider",
    ),
    facts.SignOnRefused: (400, 1012, lambda e: e.reason),
    facts.WrongSignIn: (401, 1009, lambda e: _SIGN_INS[e.kind]),
    facts.TooManyAttempts: (
        429,
        1010,
        lambda e: f"Too many attempts. Try again in {e.retry_after_seconds} seconds",
    ),
    facts.TooManyStreams: (429, 429, lambda e: f"No more than {e.limit} streams can be open"),
    # The recorded wording (wire-events section 7).
    facts.TooManyRequests: (429, 429, lambda e: "Too many requests"),
    facts.BadIdempotencyKey: (
        400,
        1016,
        lambda e: f"The Idempotency-Key has to be 1 to {e.longest} printable ASCII characters",
    ),
    facts.IdempotencyKeyReused: (422, 1014, lambda e: "This Idempotency-Key was used for another request"),
    facts.TooManyKeptAnswers: (
        429,
        1017,
        lambda e: "Too many requests with an Idempotency-Key; nothing was done. Send it later, or without the key",
    ),
    facts.RequestInProgress: (409, 1015, lambda e: "The request with this Idempotency-Key is still being answered"),
    facts.ManualTrackingDisabled: (403, 4030, lambda e: f"Manual time tracking disabled on {e.workspace_name}"),
    facts.EntryLocked: (403, 1003, lambda e: f"Time entries before {format_instant(e.before_seconds)} are locked."),
    facts.InvalidValue: (400, 501, lambda e: e.reason),
    facts.InvalidChoice: (400, 501, _choice),
    facts.UnreadableParameter: (400, 3000, _parameter),
    facts.MissingParameter: (
        400,
        3001,
        lambda e: f"Required request parameter '{e.field}' for method parameter type {e.kind} is not present",
    ),
    facts.UnreadableBody: (400, 3002, lambda e: e.reason),
    facts.FileTypeRefused: (400, 4015, lambda e: f"Uploading files of type {e.media[:100]} is not allowed"),
    facts.QuotaUsedUp: (400, 4033, lambda e: f"You reached the limit of {e.megabytes} MB of uploaded images"),
    facts.MissingBody: (400, 3002, lambda e: "Required request body is missing"),
    facts.BodyTooLarge: (413, 3002, lambda e: e.reason),
    facts.NameTaken: (400, 501, _name_taken),
    facts.ActiveCannotBeDeleted: (400, 501, lambda e: f"Cannot delete an active {e.entity.lower()}"),
    facts.RequiredFieldMissing: (400, 501, _required),
    facts.StartAfterEnd: (400, 501, _start_after_end),
    facts.NoRunningTimer: (404, 404, _no_timer),
    facts.UnknownSourceEntry: (404, None, lambda e: ""),
    facts.LimitReached: (400, 4033, lambda e: f"You reached the limit of {e.limit} {e.what}"),
    facts.ReportTooLarge: (
        400,
        501,
        lambda e: (
            f"This report would have {e.rows} rows; {e.limit} is the most. Choose fewer groups or a shorter range"
        ),
    ),
    facts.NoSuchSharedReport: (404, 501, lambda e: "This shared report does not exist, or is not shared with you"),
    facts.ExportNotReady: (
        409,
        501,
        lambda e: f"This export has failed: {e.reason}" if e.reason else "This export is not ready yet",
    ),
    facts.ExportExpired: (410, 501, lambda e: "This export has expired. Start it again"),
    facts.ChangedSince: (409, 1018, lambda e: e.reason),
    facts.NoSuchUserField: (404, 501, lambda e: "Custom field doesn't belong to Workspace"),
    facts.VisibleFieldOverride: (400, 501, lambda e: "Can't delete workspace visible custom field"),
    facts.TooManyRowsForPdf: (
        400,
        501,
        lambda e: f"A PDF holds at most {e.limit:,} rows and this report has {e.rows:,}. Export it as CSV or XLSX",
    ),
    facts.PdfNotMade: (400, 501, lambda e: "This report is too much for a PDF. Export it as CSV or XLSX"),
    facts.MemberCannotBeRemoved: (
        400,
        400,
        lambda e: "User is migrated to Cake. Use Cake to remove user from workspace",
    ),
}


def problem_of(error: facts.DomainError) -> Problem:
    """The answer for a fact."""
    if isinstance(error, facts.TryLater):
        return Problem(error.status, error.status, error.reason, error.retry_after_seconds)
    if isinstance(error, facts.BadCredential):
        code, message = _CREDENTIALS[error.kind]
        return Problem(401, code, message)
    status, number, message_of = _TABLE[type(error)]
    return Problem(status, number, message_of(error), getattr(error, "retry_after_seconds", None))


def shape_of(fact: type[facts.DomainError]) -> tuple[int, bool]:
    """The status a fact is answered with, and whether the answer has a body; for the published document."""
    status, number, _ = _TABLE[fact]
    return status, number is not None


def no_route(inner_path: str) -> Problem:
    """404: quotes the path as the service knows it, without its prefix."""
    return Problem(404, 3000, f"No static resource {inner_path}.")


def wrong_method(method: str) -> Problem:
    return Problem(405, 3000, f"Request method '{method}' is not supported")


def wrong_content_type(content_type: str) -> Problem:
    return Problem(415, 3000, f"Content-Type '{content_type[:100]}' is not supported")


SERVER_ERROR = Problem(500, 500, "Something went wrong on the server. The request id leads to it in the log.")
