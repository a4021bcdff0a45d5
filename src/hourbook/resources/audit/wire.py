"""The JSON of the audit log (wire-events section 5), and of our own look at the whole journal.

Contents are JSON in a text, and no content is the four letters `null`. Only this file knows how the contract spells
these things.
"""

from typing import Any, ClassVar

import msgspec

from hourbook.core.calendar import format_instant
from hourbook.core.errors import InvalidValue
from hourbook.core.ids import is_id
from hourbook.http.wire import In, Out, Query, instant_of
from hourbook.resources.audit.rules import MICROSECONDS, NO_CONTENT, SYSTEM, Action, Asked, Authors, asked, head_of

LIMIT_LIMIT = 1000
_encode = msgspec.json.Encoder().encode


class AuthorsIn(In):
    author_ids: list[str] | None = None
    contains: str | None = None

    def to_authors(self) -> Authors:
        if self.contains not in ("CONTAINS", "DOES_NOT_CONTAIN"):
            raise InvalidValue("authors.contains must be CONTAINS or DOES_NOT_CONTAIN")
        return Authors(frozenset(self.author_ids or ()), self.contains == "CONTAINS")


class AuditLogIn(In):
    """`page-size` is spelled with a hyphen, in the body; more than 50 are 50."""

    actions: list[Action] | None = None
    authors: AuthorsIn | None = None
    start: str | None = None
    end: str | None = None
    page: int = 1
    page_size: int = msgspec.field(name="page-size", default=20)

    def to_asked(self) -> Asked:
        if not self.actions:
            raise InvalidValue("actions must not be empty")
        if len(set(self.actions)) != len(self.actions):
            raise InvalidValue("actions must be unique")
        if self.authors is None:
            raise InvalidValue("authors must not be null")
        window = _needed(self.start, "start"), _needed(self.end, "end")
        return asked(self.actions, self.authors.to_authors(), window, page=self.page, size=self.page_size)


def _needed(text: str | None, name: str) -> int:
    seconds = instant_of(text, name)
    if seconds is None:
        raise InvalidValue(f"{name} must not be null")
    return seconds


class AuditLogEntryOut(Out):
    workspace_id: str
    user_id: str
    user_name: str
    user_email: str
    action: Action
    timestamp: str
    previous_content: str
    content: str


def entry_out(shown: Any) -> AuditLogEntryOut:
    """`shown`: the slice's `ShownEntry`."""
    row = shown.entry.row
    return AuditLogEntryOut(
        workspace_id=row.workspace_id,
        user_id=row.actor_id or SYSTEM,
        user_name=shown.user_name or "System",
        user_email=shown.user_email,
        action=shown.entry.action,
        timestamp=format_instant(row.at_us // MICROSECONDS),
        previous_content=_text(shown.previous_content),
        content=_text(shown.content),
    )


def _text(content: dict[str, Any] | None) -> str:
    return NO_CONTENT if content is None else _encode(content).decode()


# --- our own surface ---------------------------------------------------------------------------


class ActorOut(Out):
    """`kind`: user, addon or system. `auth`: how it said who it is."""

    kind: str
    id: str | None
    auth: str


class JournalRowOut(Out):
    """One row of the journal. `ids` and `rows` of changes that share a row; `digest`: in the chain, with an export."""

    id: str
    workspace_id: str
    revision: int
    at: str
    actor: ActorOut
    subject_user_id: str | None
    origin: str
    request_id: str
    kind: str
    entity_id: str | None
    verb: str
    event: str | None
    changed: list[str] | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    ids: list[str] | None
    rows: list[Any] | None
    digest: str | msgspec.UnsetType | None = msgspec.UNSET


def row_out(row: Any, digest: str | msgspec.UnsetType | None = msgspec.UNSET) -> JournalRowOut:
    return JournalRowOut(
        id=f"{row.workspace_id}.{row.revision}",
        workspace_id=row.workspace_id,
        revision=row.revision,
        at=_instant(row.at_us),
        actor=ActorOut(kind=row.actor_kind, id=row.actor_id, auth=row.auth),
        subject_user_id=row.subject_user_id,
        origin=row.origin,
        request_id=row.request_id,
        kind=row.kind,
        entity_id=row.entity_id,
        verb=row.verb,
        event=row.event,
        changed=None if row.changed is None else list(row.changed),
        before=row.before,
        after=row.after,
        ids=None if row.ids is None else list(row.ids),
        rows=row.rows,
        digest=digest,
    )


def line_of(row: Any, digest: str | None) -> bytes:
    """A row as a line of an exported file."""
    return _encode(row_out(row, digest))


def _instant(at_us: int) -> str:
    seconds, rest = divmod(at_us, MICROSECONDS)
    return f"{format_instant(seconds)[:-1]}.{rest:06}Z"


class JournalQuery(Query):
    """`before`: rows with smaller revisions; the newest when it is left out. `says_last`: with `Last-Page`."""

    says_last: ClassVar[bool] = True
    before: int | None = None
    limit: int = 50
    kind: str | None = None
    actor_id: str | None = None

    def to_filters(self) -> dict[str, str]:
        """InvalidValue for what is no limit or no id."""
        if not 1 <= self.limit <= LIMIT_LIMIT:
            raise InvalidValue(f"limit must be between 1 and {LIMIT_LIMIT}")
        if self.actor_id is not None and not is_id(self.actor_id):
            raise InvalidValue("actor-id must be an id")
        found = {"kind": self.kind, "actor_id": self.actor_id}
        return {name: value for name, value in found.items() if value is not None}


class ExportQuery(Query):
    after: int = 0


class HeadOut(Out):
    """`head` names both revision and digest; keep it where nobody of this server can write."""

    head: str
    revision: int
    digest: str
    journal_revision: int


class VerifyQuery(Query):
    head: str | None = None


class ErasureOut(Out):
    """An erased person; `rows`: how many earlier rows are as the erasure left them."""

    revision: int
    at: str
    user_id: str
    rows: int


class VerdictOut(Out):
    """`badRevision`: the first row that is not as it was, with the reason; null when all are.

    `erasures`: the only rewriting of rows that a check finds right.
    """

    is_intact: bool
    revision: int
    digest: str
    unchained_rows: int
    bad_revision: int | None
    reason: str
    erasures: list[ErasureOut]


def head_out(revision: int, digest: str, journal_revision: int) -> HeadOut:
    head = head_of(revision, digest)
    return HeadOut(head=head, revision=revision, digest=digest, journal_revision=journal_revision)


def verdict_out(verdict: Any) -> VerdictOut:
    return VerdictOut(
        is_intact=verdict.bad_revision is None,
        revision=verdict.revision,
        digest=verdict.digest,
        unchained_rows=verdict.unchained_count,
        bad_revision=verdict.bad_revision,
        reason=verdict.reason,
        erasures=[
            ErasureOut(revision=one.revision, at=_instant(one.at_us), user_id=one.user_id, rows=one.rows)
            for one in verdict.erasures
        ],
    )
