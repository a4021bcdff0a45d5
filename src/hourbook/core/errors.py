"""What can be wrong, as facts.

An error says what it is and carries the values that explain it; it knows no status, code or
wording of the wire. One table in `http/problems.py` turns facts into answers.
"""

from dataclasses import dataclass


class DomainError(Exception):
    """A request that cannot be done, for a reason its sender can understand."""


class CannotRun(Exception):
    """A server or command that cannot run here; its text is the sentence for the operator."""


@dataclass
class NotFound(DomainError):
    """A thing that does not exist, was deleted, is elsewhere, or may not be seen: all the same.

    `entity` is the word people read (`Project`); `parent` what it should belong to.
    """

    entity: str
    parent: str = "Workspace"


@dataclass
class AccessDenied(DomainError):
    """The actor may not do this, or may not enter this workspace."""


@dataclass
class ForgedRequest(DomainError):
    """A write with a session cookie but without the token that only our own pages know."""


@dataclass
class AddressNotAllowed(DomainError):
    """The workspace may not be used from the address the request came from."""


@dataclass
class NotForAddons(DomainError):
    """An add-on asks for what is closed to add-ons, whatever their scopes."""


@dataclass
class MissingScope(DomainError):
    """An add-on asks for what one of the scopes opens that its manifest does not have."""

    scope: str


@dataclass
class ReadOnlyCredential(DomainError):
    """A write with an API key that may only read."""


@dataclass
class ManualTrackingDisabled(DomainError):
    """The workspace accepts time only from a running timer."""

    workspace_name: str


@dataclass
class EntryLocked(DomainError):
    """The entry (or where it would lie) is before the workspace's lock."""

    before_seconds: int


@dataclass
class InvalidValue(DomainError):
    """A value breaks a rule of its field; `reason` is the sentence for people."""

    reason: str


@dataclass
class InvalidChoice(DomainError):
    """A word that is not in the set of a query parameter."""

    field: str
    choices: tuple[str, ...]


@dataclass
class UnreadableParameter(DomainError):
    """A query value of the wrong kind; `detail` names what was expected."""

    field: str
    kind: str
    detail: str


@dataclass
class MissingParameter(DomainError):
    """A required query parameter is absent."""

    field: str
    kind: str


@dataclass
class UnreadableBody(DomainError):
    """The body is no JSON of the wanted shape."""

    reason: str


@dataclass
class BodyTooLarge(DomainError):
    """The body, or a list in it, is over its limit."""

    reason: str


@dataclass
class FileTypeRefused(DomainError):
    """An upload of a kind that is not taken; `media` is what it claimed to be."""

    media: str


@dataclass
class QuotaUsedUp(DomainError):
    """The account has uploaded as much as it may."""

    megabytes: int


@dataclass
class MissingBody(DomainError):
    """An operation with a body got none."""


@dataclass
class NameTaken(DomainError):
    """Another thing has this name."""

    entity: str
    name: str
    client_name: str | None = None


@dataclass
class ActiveCannotBeDeleted(DomainError):
    """Archive (or finish) it first, then delete it."""

    entity: str


@dataclass
class RequiredFieldMissing(DomainError):
    """The workspace asks for a field that a finished time entry lacks."""

    field: str


@dataclass
class StartAfterEnd(DomainError):
    """A time entry would end before it starts."""

    start_seconds: int
    end_seconds: int


@dataclass
class NoRunningTimer(DomainError):
    """There is nothing to stop."""

    workspace_id: str
    user_id: str


@dataclass
class UnknownSourceEntry(DomainError):
    """The entry to copy from does not exist; its answer has no body (wire-core 0.3)."""


@dataclass
class MemberCannotBeRemoved(DomainError):
    """Members are deactivated, not removed, through this interface."""


@dataclass
class LimitReached(DomainError):
    """There are as many of something as the operator allows; `what` in the plural."""

    limit: int
    what: str


@dataclass
class NoSuchUserField(DomainError):
    """A value for a field that people do not have (wire-core section 3: the one 404 of its kind)."""


@dataclass
class VisibleFieldOverride(DomainError):
    """What a project makes of a field cannot go while the whole workspace shows the field."""


@dataclass
class BadCredential(DomainError):
    """No usable credential; `kind` is `none_or_many`, `unknown_key`, `bad_session` or `bad_addon_token`."""

    kind: str


@dataclass
class WrongSignIn(DomainError):
    """Address and password do not belong together, or the code is wrong; `kind` is `password`, `code` or `no_code`.

    Which of address and password is wrong is never told.
    """

    kind: str


@dataclass
class TooManyAttempts(DomainError):
    """Too many sign-ins failed; until the wait is over even a right one is refused."""

    retry_after_seconds: int


@dataclass
class TooManyStreams(DomainError):
    """So many streams of changes may be open, of one credential or in all, and as many are."""

    limit: int
    retry_after_seconds: int = 30


@dataclass
class TooManyRequests(DomainError):
    """Whoever asks has used up the requests of a while; the next one is answered after the wait."""

    retry_after_seconds: int


@dataclass
class BadIdempotencyKey(DomainError):
    """A key for a request that is repeated, but no usable one."""

    longest: int


@dataclass
class IdempotencyKeyReused(DomainError):
    """The key belongs to another request of the same kind."""


@dataclass
class TooManyKeptAnswers(DomainError):
    """Whoever asks has as many answers kept by their keys as anybody may; without a key the request is taken."""

    retry_after_seconds: int


@dataclass
class RequestInProgress(DomainError):
    """The same request, by its key, is being answered at this moment."""

    retry_after_seconds: int = 1


@dataclass
class SecondFactorRequired(DomainError):
    """The workspace may only be entered by who signed in with a second factor."""


@dataclass
class SingleSignOnRequired(DomainError):
    """The workspace may only be entered by who signed in at its identity provider."""


@dataclass
class SignOnRefused(DomainError):
    """A sign-in by an identity provider that does not count; `reason` tells nothing of accounts."""

    reason: str


@dataclass
class ReportTooLarge(DomainError):
    """A report would have more rows than it may; `rows`: so many at least, for the rest was not counted."""

    limit: int
    rows: int


@dataclass
class NoSuchSharedReport(DomainError):
    """A shared report that is gone, was never there, or may not be opened: all the same (wire-reports section 7)."""


@dataclass
class TryLater(DomainError):
    """Trouble of the server's own that passes; `status` is 503 or 507."""

    reason: str
    retry_after_seconds: int = 1
    status: int = 503


@dataclass
class SecretsUnavailable(TryLater):
    """A stored secret cannot be read or written with the keys this server has; `reason` tells none."""

    retry_after_seconds: int = 60


@dataclass
class TooManyRowsForPdf(DomainError):
    """A report that is too long to be printed; the other kinds of file take any number of rows."""

    limit: int
    rows: int


@dataclass
class ChangedSince(DomainError):
    """What somebody wants to take back is not as that operation left it; `reason` names the first such thing."""

    reason: str


@dataclass
class ExportNotReady(DomainError):
    """An export whose file is not made yet, or never will be; `reason` says why then."""

    reason: str


@dataclass
class ExportExpired(DomainError):
    """An export whose file is served no longer."""


@dataclass
class PdfNotMade(DomainError):
    """The PDF's compiler gave up or was stopped; `reason` is `memory`, `time`, `size` or `failed`."""

    reason: str
