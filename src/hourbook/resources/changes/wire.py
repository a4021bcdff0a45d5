"""The JSON of entity changes (wire-events section 6).

Each document is what its own operation answers, with the type under both its names and with instants. Only this file
knows how the contract spells these things.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from hourbook.core.calendar import format_instant
from hourbook.http.wire import Instant, Out, Query, time_interval
from hourbook.resources.changes.rules import (
    MICROSECONDS,
    UNTOLD,
    ChangeKind,
    DocumentType,
    Mark,
    Wanted,
    derived_id,
    span_of,
    wanted,
)
from hourbook.resources.clients.wire import client_out
from hourbook.resources.custom_fields.wire import custom_field_out
from hourbook.resources.groups.wire import group_out
from hourbook.resources.projects.wire import project_out
from hourbook.resources.tags.wire import tag_out
from hourbook.resources.tasks.wire import task_out
from hourbook.resources.time_entries.wire import Frame, entry_out
from hourbook.resources.users.wire import user_out


class AuditMetadataOut(Out):
    created_at: str | None = None
    updated_at: str | None = None


class ChangedOut(Out):
    """A thing as its own operation shows it, besides these fields. `documentCode` and `documentType` are the same."""

    id: str
    document_code: DocumentType
    document_type: DocumentType
    audit_metadata: AuditMetadataOut


class DeletedOut(Out):
    """`id` is that of the record of the deletion; `document` is the thing's last state."""

    id: str
    deletion_bin_id: str
    deleted_at: str
    document_code: DocumentType
    document_type: DocumentType
    document: dict[str, Any]


class ChangesQuery(Query):
    """`page` 0 and 1 both are the first (official samples use either). `page-size` is no parameter here."""

    type: tuple[DocumentType, ...]
    start: Instant | None = None
    end: Instant | None = None
    page: int = 0
    limit: int = 50

    def to_wanted(self, now_us: int) -> Wanted:
        return wanted(self.type, span_of(self.start, self.end, now_us=now_us), page=self.page, limit=self.limit)


class Shown(msgspec.Struct):
    """What is to be shown: a thing that changed, or its last state, and when it was made and changed."""

    type: DocumentType
    mark: Mark
    thing: Any
    last: Mapping[str, Any] | None
    stamps: tuple[int, int] | None


class Surroundings(msgspec.Struct):
    """What documents are shown with."""

    currency_codes: dict[str, str]
    frame: Frame


def _rate_out(entry: Any, around: Surroundings) -> dict[str, Any]:
    """The rates of an entry, which are a document of their own here."""
    shown = msgspec.to_builtins(entry_out(entry, Frame(None)))
    names = ("id", "userId", "projectId", "taskId", "workspaceId", "billable", "hourlyRate", "costRate")
    return {"timeEntryId": entry.id} | {name: shown[name] for name in names}


_DOCUMENTS: dict[DocumentType, Callable[[Any, Surroundings], Any]] = {
    DocumentType.CLIENTS: lambda thing, around: client_out(thing, around.currency_codes),
    DocumentType.PROJECTS: lambda thing, around: project_out(thing),
    DocumentType.TASKS: lambda thing, around: task_out(thing),
    DocumentType.TAGS: lambda thing, around: tag_out(thing),
    DocumentType.TIME_ENTRY: lambda thing, around: entry_out(thing, around.frame),
    DocumentType.TIME_ENTRY_RATE: _rate_out,
    DocumentType.USER: lambda thing, around: user_out(thing, []),
    DocumentType.USER_GROUPS: lambda thing, around: group_out(thing),
    DocumentType.CUSTOM_FIELDS: lambda thing, around: custom_field_out(thing),
}


def changed_out(shown: Shown, around: Surroundings) -> dict[str, Any]:
    """A created or updated thing, with all it has."""
    metadata = _metadata(shown)
    named = {"documentCode": shown.type, "documentType": shown.type, "auditMetadata": metadata}
    return {**_document(shown, around), "id": shown.mark.thing_id, **named}


def deleted_out(shown: Shown, around: Surroundings) -> DeletedOut:
    """A deletion, with what it was that went."""
    mark = shown.mark
    record_id = derived_id(mark.thing_id, str(mark.revision))
    document = _document(shown, around)
    if shown.type is not DocumentType.TIME_ENTRY_CUSTOM_FIELD_VALUE:
        document = {"_id": mark.thing_id, **document, "auditMetadata": _metadata(shown)}
        document.pop("id", None)
    return DeletedOut(
        id=record_id,
        deletion_bin_id=record_id,
        deleted_at=_instant(mark.at_us),
        document_code=shown.type,
        document_type=shown.type,
        document=document,
    )


def _document(shown: Shown, around: Surroundings) -> dict[str, Any]:
    if shown.type is DocumentType.TIME_ENTRY_CUSTOM_FIELD_VALUE:
        entry_id, field_id, (value, _) = shown.mark.document
        return {"customFieldId": field_id, "timeEntryId": entry_id, "value": value, "sourceType": "TIMEENTRY"}
    if shown.thing is not None:
        found: dict[str, Any] = msgspec.to_builtins(_DOCUMENTS[shown.type](shown.thing, around))
        return found
    return _last_state({name: value for name, value in (shown.last or {}).items() if name not in UNTOLD})


_RENAMED = {"group_ids": "userGroupIds", "is_public": "public", "is_template": "template", "is_invoiced": "invoiced"}
_RATES = {"hourly_rate_minor": "hourlyRate", "cost_rate_minor": "costRate"}


def _last_state(fields: dict[str, Any]) -> dict[str, Any]:
    """What the journal kept of a thing, with the names of the wire."""
    found: dict[str, Any] = {}
    if "start_s" in fields:
        found["timeInterval"] = time_interval(fields.pop("start_s"), fields.pop("end_s"))
    for name, value in fields.items():
        if name in _RATES:
            found[_RATES[name]] = None if value is None else {"amount": value, "currency": fields.get("currency")}
        else:
            found[_RENAMED.get(name) or _camel(name)] = value
    return found


def _metadata(shown: Shown) -> AuditMetadataOut:
    if shown.stamps is not None:
        return AuditMetadataOut(created_at=_instant(shown.stamps[0]), updated_at=_instant(shown.stamps[1]))
    is_new = shown.mark.kind is ChangeKind.CREATED
    at = _instant(shown.mark.at_us)
    return AuditMetadataOut(created_at=at if is_new else None, updated_at=at)


def _instant(at_us: int) -> str:
    """With milliseconds where there are any, as recorded."""
    seconds, rest = divmod(at_us, MICROSECONDS)
    text = format_instant(seconds)
    return text if rest < 1000 else f"{text[:-1]}.{rest // 1000:03}Z"


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)
