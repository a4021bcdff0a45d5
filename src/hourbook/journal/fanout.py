"""From journal rows to happenings: one for each thing that an event is about, in the order of the workspace.

A row about many things is many happenings, numbered from 0 by `part`. The id of a happening is the same
wherever it is told: in the header of a delivery, in the change feed, in a live stream. Whom it is told to
and how it reads is not decided here; nothing is written.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from hourbook.db.statement import Statement, bind
from hourbook.db.tables.journal import journal
from hourbook.db.tx import ReadTx
from hourbook.journal.bulk import Bulk
from hourbook.journal.journal import UNREADABLE, JournalRow, bare_row, journal_row
from hourbook.journal.past import Fields, Past

_j = journal.c
_PACKED = tuple(journal.columns.keys().index(name) for name in ("packed_ids", "packed_rows"))
Place = tuple[int, int]
"""Revision and part."""


class EventRow(msgspec.Struct):
    """A row that carries an event. What it packs stays packed: it may be about hundreds of thousands of things."""

    row: JournalRow
    many: Bulk | None
    # Why it cannot be read.
    error: Exception | None = None

    @property
    def count(self) -> int:
        """How many things it is about."""
        return 1 if self.many is None else self.many.count


class Lost(msgspec.Struct):
    """What a row tells from one of its things on, and cannot be read: there is no happening of it."""

    row: JournalRow
    part: int
    error: Exception


class Slice(msgspec.Struct):
    """Things of a row, from one on up to another (not included)."""

    of: EventRow
    first: int
    last: int


def _event_row(*values: Any) -> EventRow:
    ids, packed = (values[place] for place in _PACKED)
    try:
        row = journal_row(*(None if place in _PACKED else value for place, value in enumerate(values)))
    except UNREADABLE as error:
        return EventRow(bare_row(*values), None, error)
    if ids is None:
        return EventRow(row, None)
    many = Bulk(row.revision, row.verb, bytes(ids), None if packed is None else bytes(packed))
    many.changed = row.changed or ()
    return EventRow(row, many)


READ_EVENTS = Statement(
    sa.select(journal)
    .where(
        _j.workspace_id == bind("workspace_id"),
        _j.revision > bind("after_revision"),
        _j.revision <= bind("up_to_revision"),
        _j.event.is_not(None),
    )
    .order_by(_j.revision),
    into=_event_row,
)


class Happening(msgspec.Struct):
    """An event about one thing. `fields`: how it is after it; of a thing that went, how it was last."""

    revision: int
    part: int
    event: str
    kind: str
    thing_id: str
    at_us: int
    actor_id: str | None
    subject_user_id: str | None
    request_id: str
    before: Fields | None
    fields: Fields


def message_id(workspace_id: str, revision: int, part: int = 0) -> str:
    """What a happening is called everywhere; made of what it is, so nothing need be kept."""
    return f"{workspace_id}.{revision}" if part == 0 else f"{workspace_id}.{revision}.{part}"


def read_message_id(text: str) -> tuple[str, int, int] | None:
    """(workspace, revision, part) of such an id; None when it is none."""
    workspace_id, *numbers = text.split(".")
    if len(numbers) not in (1, 2) or not all(one.isascii() and one.isdigit() and len(one) < 18 for one in numbers):
        return None
    return workspace_id, int(numbers[0]), int(numbers[1]) if len(numbers) == 2 else 0


def event_rows(tx: ReadTx, after: int, up_to: int) -> list[EventRow]:
    """The rows of a range of revisions that carry an event, oldest first."""
    return tx.rows(READ_EVENTS, after_revision=after, up_to_revision=up_to)


def sliced(rows: Sequence[EventRow], behind: Place | None, limit: int) -> tuple[list[Slice], Place | None]:
    """What the rows are about behind a place, at most so many things; the place of the last if there are more."""
    found: list[Slice] = []
    for one in rows:
        first = 0
        if behind is not None and one.row.revision <= behind[0]:
            first = behind[1] + 1 if one.row.revision == behind[0] else one.count
        if first >= one.count:
            continue
        if limit <= 0:
            last = found[-1]
            return found, (last.of.row.revision, last.last - 1)
        found.append(Slice(one, first, min(one.count, first + limit)))
        limit -= found[-1].last - first
        if found[-1].last < one.count:
            return found, (one.row.revision, found[-1].last - 1)
    return found, None


def happenings(slices: Sequence[Slice], past: Past, lost: list[Lost]) -> Iterator[Happening]:
    """What they tell, in order; what cannot be read goes to `lost`, and takes nothing else with it.

    A bulk change of fields names its things only: they are looked up.
    """
    for one in slices:
        try:
            found = _happenings_of(one, past)
        except UNREADABLE as error:
            lost.append(Lost(one.of.row, one.first, error))
        else:
            yield from found


def _happenings_of(one: Slice, past: Past) -> list[Happening]:
    row = one.of.row
    if one.of.error is not None:
        raise one.of.error
    if one.of.many is not None and row.verb in ("update_many", "unlink_many"):
        past.know(row.kind, one.of.many.ids(one.first, one.last))
    return [
        Happening(
            row.revision,
            part,
            row.event or "",
            row.kind,
            thing_id,
            row.at_us,
            row.actor_id,
            row.subject_user_id,
            row.request_id,
            before,
            fields,
        )
        for part, thing_id, before, fields in _things(one, past)
    ]


def _things(one: Slice, past: Past) -> Iterator[tuple[int, str, Fields | None, Fields]]:
    """(its place in the row, id, what changed as it was before, the thing) of each thing."""
    row = one.of.row
    if one.of.many is None:
        yield 0, row.entity_id or "", row.before, row.before if row.verb == "delete" else row.after
        return
    many = past.bulks.kept((row.workspace_id, row.revision, one.of.many.packed_bytes), one.of.many)
    for place, thing_id in enumerate(many.ids(one.first, one.last), one.first):
        if row.verb in ("insert_many", "delete_many"):
            yield place, thing_id, None, many.values(place)
        elif (fields := past.at(row.kind, thing_id, row.revision)) is not None:
            yield place, thing_id, _old_values(many, place), fields


def _old_values(many: Bulk, place: int) -> dict[str, Any] | None:
    if many.verb != "update_many" or not many.packed_bytes:
        return None
    return dict(zip(many.changed, many.values(place), strict=True))
