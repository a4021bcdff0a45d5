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
from hourbook.journal.journal import JournalRow, journal_row
from hourbook.journal.past import Fields, Past

_j = journal.c
READ_EVENTS = Statement(
    sa.select(journal)
    .where(
        _j.workspace_id == bind("workspace_id"),
        _j.revision > bind("after_revision"),
        _j.revision <= bind("up_to_revision"),
        _j.event.is_not(None),
    )
    .order_by(_j.revision),
    into=journal_row,
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


def event_rows(tx: ReadTx, after: int, up_to: int) -> list[JournalRow]:
    """The rows of a range of revisions that carry an event, oldest first."""
    return tx.rows(READ_EVENTS, after_revision=after, up_to_revision=up_to)


def happenings(rows: Sequence[JournalRow], past: Past) -> Iterator[Happening]:
    """What the rows tell, in order. A bulk change of fields names its things only: they are looked up."""
    for row in rows:
        if row.verb in ("update_many", "unlink_many"):
            past.know(row.kind, row.ids or ())
    for row in rows:
        for part, (thing_id, before, fields) in enumerate(_things(row, past)):
            yield Happening(
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


def _things(row: JournalRow, past: Past) -> Iterator[tuple[str, Fields | None, Fields]]:
    """(id, what changed as it was before, the thing) of each thing of a row."""
    if row.entity_id is not None:
        yield row.entity_id, row.before, row.before if row.verb == "delete" else row.after
    elif row.verb in ("insert_many", "delete_many"):
        for thing_id, fields in zip(row.ids or (), row.rows or (), strict=True):
            yield thing_id, None, fields
    else:
        for place, thing_id in enumerate(row.ids or ()):
            fields = past.at(row.kind, thing_id, row.revision)
            if fields is not None:
                yield thing_id, _old_values(row, place), fields


def _old_values(row: JournalRow, place: int) -> dict[str, Any] | None:
    if row.verb != "update_many" or row.rows is None:
        return None
    return dict(zip(row.changed or (), row.rows[place], strict=True))
