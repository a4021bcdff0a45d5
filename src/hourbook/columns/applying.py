"""Applying: what the journal says has happened since, done to the columns.

Nothing here guesses. What a change means must be known in full, else `CannotApply`, and whoever keeps
the columns reads the tables again; columns that a change was half applied to are never shown.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from hourbook.columns.changes import ENTRY_KIND, CannotApply, EntryRow, Step, np_ids
from hourbook.columns.kept import TYPES, Columns
from hourbook.columns.table import (
    BILLABLE,
    FLAG_OF_TYPE,
    INVOICED,
    NONE,
    RUNNING,
    Codes,
    IdBytes,
    Ids,
    Rates,
    packed_ids,
)

Fields = dict[str, Any]
# More new rows at once than there are old ones: reading the tables is no slower.
NEW_ROWS_AT_LEAST = 20_000
_RATE_FIELDS = {"hourly_rate_minor": "hourly_minor", "cost_rate_minor": "cost_minor", "currency": "currency"}
_FLAG_FIELDS = {"billable": BILLABLE, "is_invoiced": INVOICED}
# What a bulk change may set besides: it is in no column, or belongs to a field of its own.
_OTHER_FIELDS = {"custom_fields", "custom_attributes"}


def apply(columns: Columns, steps: Iterable[Step]) -> None:
    """Brings the columns to the revision of the last step."""
    changed: dict[str, int] = {}
    limit = columns.count + max(columns.count, NEW_ROWS_AT_LEAST)
    revision = columns.revision
    for step in steps:
        changed[step.kind] = revision = step.revision
        if step.kind == ENTRY_KIND:
            _verb(step.verb)(columns, step)
        if columns.count > limit:
            raise CannotApply("most entries are new")
    columns.revision = revision
    columns.memos.changed(changed)
    columns.compact_when_due()


def _verb(name: str) -> Callable[[Columns, Step], None]:
    if name not in _VERBS:
        raise CannotApply(f"the verb {name}")
    return _VERBS[name]


# --- the verbs -------------------------------------------------------------------------------


def _insert(columns: Columns, step: Step) -> None:
    columns.append(_arrays(columns, [_row(step)]))


def _insert_many(columns: Columns, step: Step) -> None:
    columns.append(_arrays(columns, step.rows))


def _update(columns: Columns, step: Step) -> None:
    values = _arrays(columns, [_row(step)])
    row = int(_known_rows(columns, values["ids"])[0])
    if columns.column("start_s")[row] != values["start_s"][0]:
        columns.kill(np.array([row], np.int32))
        columns.append(values)
        return
    for name in TYPES:
        if columns.column(name)[row] != values[name][0]:
            columns.edited(name)[row] = values[name][0]
    columns.note_running(row, is_running=bool(values["flags"][0] & RUNNING))


def _row(step: Step) -> EntryRow:
    if step.row is None:
        raise CannotApply("an entry without its fields")
    return step.row


def _delete(columns: Columns, step: Step) -> None:
    if step.entry_id is None:
        raise CannotApply("a deleted entry without an id")
    columns.kill(_known_rows(columns, np_ids(step.entry_id)))


def _delete_many(columns: Columns, step: Step) -> None:
    columns.kill(_bulk_rows(columns, step))


def _update_many(columns: Columns, step: Step) -> None:
    rows = _bulk_rows(columns, step)
    values: Fields = dict(step.values or {})
    rates = {_RATE_FIELDS[name]: values.pop(name) for name in list(values) if name in _RATE_FIELDS}
    if rates:
        _set_rates(columns, rows, rates)
    flags = {_FLAG_FIELDS[name]: values.pop(name) for name in list(values) if name in _FLAG_FIELDS}
    if flags:
        _set_flags(columns, rows, flags)
    for name, value in values.items():
        if name in _CODES:
            column, code = _CODES[name]
            columns.edited(column)[rows] = code(columns, value)
        elif name not in _OTHER_FIELDS:
            raise CannotApply(f"a bulk change of {name}")


def _unlink_many(columns: Columns, step: Step) -> None:
    rows = _bulk_rows(columns, step)
    left = step.left or {}
    if left.keys() != {"tag_ids"}:
        raise CannotApply(f"a list of {', '.join(left)}")
    gone = columns.tag_ids.code_of.get(left["tag_ids"])
    _map_codes(
        columns,
        "tags",
        rows,
        lambda code: columns.tag_set_code(tuple(tag for tag in columns.tag_sets[code] if tag != gone)),
    )


_VERBS: dict[str, Callable[[Columns, Step], None]] = {
    "insert": _insert,
    "update": _update,
    "delete": _delete,
    "insert_many": _insert_many,
    "update_many": _update_many,
    "delete_many": _delete_many,
    "unlink_many": _unlink_many,
}


# --- which rows ------------------------------------------------------------------------------


def _known_rows(columns: Columns, ids: IdBytes) -> Codes:
    rows = columns.rows_of(ids)
    if (rows < 0).any():
        raise CannotApply("an entry that is not in the columns")
    return rows


def _bulk_rows(columns: Columns, step: Step) -> Codes:
    return _known_rows(columns, packed_ids(()) if step.ids is None else step.ids)


# --- what they become ------------------------------------------------------------------------


def _optional(ids: Ids, value: str | None) -> int:
    return NONE if value is None else ids.code(value)


_CODES: dict[str, tuple[str, Callable[[Columns, Any], int]]] = {
    "user_id": ("user", lambda columns, value: columns.users.code(value)),
    "project_id": ("project", lambda columns, value: _optional(columns.projects, value)),
    "task_id": ("task", lambda columns, value: _optional(columns.tasks, value)),
    "description": ("description", lambda columns, value: columns.description_code(value)),
}


def _set_rates(columns: Columns, rows: Codes, parts: Fields) -> None:
    _map_codes(columns, "rate", rows, lambda code: columns.rate_code(columns.rates[code]._replace(**parts)))


def _set_flags(columns: Columns, rows: Codes, flags: dict[int, bool]) -> None:
    column = columns.edited("flags")
    for flag, is_set in flags.items():
        column[rows] = column[rows] | flag if is_set else column[rows] & (0xFF ^ flag)


def _map_codes(columns: Columns, name: str, rows: Codes, change: Callable[[int], int]) -> None:
    """Gives the rows the code that each code of theirs becomes."""
    if not len(rows):
        return
    codes = columns.column(name)[rows]
    there = np.flatnonzero(np.bincount(codes))
    becomes = np.zeros(int(there[-1]) + 1, TYPES[name])
    becomes[there] = [change(code) for code in there.tolist()]
    columns.edited(name)[rows] = becomes[codes]


def _arrays(columns: Columns, rows: Sequence[EntryRow]) -> dict[str, npt.NDArray[Any]]:
    """Rows of the journal as columns."""
    values: dict[str, list[int]] = {
        "start_s": [row.start_s for row in rows],
        "seconds": [0 if row.end_s is None else row.end_s - row.start_s for row in rows],
        "user": [columns.users.code(row.user_id) for row in rows],
        "project": [_optional(columns.projects, row.project_id) for row in rows],
        "task": [_optional(columns.tasks, row.task_id) for row in rows],
        "flags": [_flags(row) for row in rows],
        "rate": [columns.rate_code(Rates(row.hourly_rate_minor, row.cost_rate_minor, row.currency)) for row in rows],
        "description": [columns.description_code(row.description) for row in rows],
        "tags": [_tag_set(columns, row.tag_ids) for row in rows],
    }
    arrays = {name: np.array(found, TYPES[name]) for name, found in values.items()}
    return {"ids": packed_ids([row.id for row in rows]), **arrays}


def _flags(row: EntryRow) -> int:
    flags = FLAG_OF_TYPE[row.type]
    if row.billable:
        flags |= BILLABLE
    if row.is_invoiced:
        flags |= INVOICED
    return flags | RUNNING if row.end_s is None else flags


def _tag_set(columns: Columns, tag_ids: Sequence[str]) -> int:
    return columns.tag_set_code(tuple(sorted({columns.tag_ids.code(one) for one in tag_ids}))) if tag_ids else 0
