"""Loading: the tables of one workspace read once, in portions, into columns.

Values stay as the driver gives them until they are codes; between portions other threads run.
What is read is one snapshot, the transaction's.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from hourbook.columns.kept import BYTES_A_ROW, TYPES, Columns, capacity_for
from hourbook.columns.table import BILLABLE, FLAG_OF_TYPE, ID_TYPE, INVOICED, NONE, RUNNING, Codes, IdBytes, Ids, Rates
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.time_entries import time_entries, time_entry_tags
from hourbook.db.tx import ReadTx

# Few enough that the collector of garbage, which counts new rows, seldom looks at those of a portion.
PORTION_ROWS = 600
LINKS_AT_ONCE = 60_000
Arrays = dict[str, npt.NDArray[Any]]
_e, _et = time_entries.c, time_entry_tags.c

_TYPE = sa.case(*((_e.type == name, flag) for name, flag in FLAG_OF_TYPE.items() if flag), else_=0)
_FLAGS = (
    sa.type_coerce(_e.billable, sa.SmallInteger()) * BILLABLE
    + sa.type_coerce(_e.is_invoiced, sa.SmallInteger()) * INVOICED
    + sa.case((_e.end_s.is_(None), RUNNING), else_=0)
    + _TYPE
)
ENTRIES = Statement(
    sa.select(
        _e.id,
        _e.user_id,
        _e.project_id,
        _e.task_id,
        _e.start_s,
        sa.func.coalesce(_e.end_s - _e.start_s, 0),
        _FLAGS,
        _e.hourly_rate_minor,
        _e.cost_rate_minor,
        _e.currency,
        _e.description,
    ).where(_e.workspace_id == bind("workspace_id"))
)
TAGS = Statement(
    sa.select(_et.entry_id, _et.tag_id)
    .where(_et.workspace_id == bind("workspace_id"))
    .order_by(_et.entry_id, _et.tag_id)
)


COUNT = Statement(sa.select(sa.func.count()).select_from(time_entries).where(_e.workspace_id == bind("workspace_id")))


class Coder(dict[Any, int]):
    """Codes in the order in which values are first met; `known` have theirs before."""

    def __init__(self, known: dict[Any, int] | None = None) -> None:
        super().__init__(known or {})
        self.values_met: list[Any] = []

    def __missing__(self, value: Any) -> int:
        code = self[value] = len(self.values_met)
        self.values_met.append(value)
        return code

    def codes(self, values: Iterable[Any], count: int) -> Codes:
        return np.fromiter(map(self.__getitem__, values), np.int32, count)


def count_rows(tx: ReadTx) -> int:
    """How many entries the transaction's workspace has."""
    count: int = tx.rows(COUNT)[0][0]
    return count


def expected_bytes(count: int) -> int:
    """About what columns of so many entries take, without their texts."""
    return capacity_for(count) * BYTES_A_ROW


def load(tx: ReadTx, revision: int, *, count: int) -> Columns:
    """The columns of the transaction's workspace, which is at this revision and has so many entries."""
    columns = Columns(tx.workspace_id, revision)
    coders = {name: Coder() for name in ("user", "rate", "description")}
    coders |= {name: Coder({None: NONE}) for name in ("project", "task")}
    arrays: Arrays = {name: np.zeros(count, type_) for name, type_ in TYPES.items()}
    first = 0
    for rows in _portions(tx, ENTRIES):
        _put(arrays, coders, rows, first=first)
        first += len(rows)
    if first != count:
        raise RuntimeError("the entries that were counted are not those that were read")
    _take_dictionaries(columns, coders)
    columns.set_arrays(arrays, order=np.argsort(arrays["start_s"], kind="stable"))
    columns.index_ids(np.arange(count, dtype=np.int32))
    _load_tags(tx, columns)
    return columns


def _portions(tx: ReadTx, statement: Statement) -> Iterator[list[Any]]:
    return tx.connection.portions_of(statement, {"workspace_id": tx.workspace_id}, PORTION_ROWS)


def _put(arrays: Arrays, coders: dict[str, Coder], rows: list[Any], *, first: int) -> None:
    """Codes of a portion of driver rows into the arrays."""
    count = len(rows)
    ids, users, projects, tasks, starts, seconds, flags, hourly, cost, currencies, descriptions = zip(
        *rows, strict=True
    )
    values: dict[str, Any] = {
        "ids": np.frombuffer(b"".join(ids), ID_TYPE),
        "user": coders["user"].codes(users, count),
        "project": coders["project"].codes(projects, count),
        "task": coders["task"].codes(tasks, count),
        "start_s": starts,
        "seconds": seconds,
        "flags": flags,
        "rate": coders["rate"].codes(zip(hourly, cost, currencies, strict=True), count),
        "description": coders["description"].codes(descriptions, count),
    }
    for name, found in values.items():
        arrays[name][first : first + count] = found


def _take_dictionaries(columns: Columns, coders: dict[str, Coder]) -> None:
    columns.users, columns.projects, columns.tasks = (
        Ids([value.hex() for value in coders[name].values_met]) for name in ("user", "project", "task")
    )
    for values in coders["rate"].values_met:
        columns.rate_code(Rates(*values))
    for text in coders["description"].values_met:
        columns.description_code(text)


def _load_tags(tx: ReadTx, columns: Columns) -> None:
    coder = Coder()
    sets = columns.edited("tags")
    for owner, codes in _whole_owners(tx, coder):
        is_first = np.concatenate([[True], owner[1:] != owner[:-1]])
        rows = columns.index.rows_of(columns.column("ids"), owner[is_first])
        found = _set_codes(columns, np.cumsum(is_first) - 1, codes)
        sets[rows[rows >= 0]] = found[rows >= 0]
    columns.tag_ids = Ids([value.hex() for value in coder.values_met])


def _whole_owners(tx: ReadTx, coder: Coder) -> Iterator[tuple[IdBytes, Codes]]:
    """Entries and codes of their tags, so many links at a time, all of an entry together."""
    owners, codes, size = [np.empty(0, ID_TYPE)], [np.empty(0, np.int32)], 0
    for rows in _portions(tx, TAGS):
        entry_ids, tag_ids = zip(*rows, strict=True)
        owners.append(np.frombuffer(b"".join(entry_ids), ID_TYPE))
        codes.append(coder.codes(tag_ids, len(rows)))
        size += len(rows)
        if size >= LINKS_AT_ONCE:
            owner, code = np.concatenate(owners), np.concatenate(codes)
            cut = int(np.argmax(owner == owner[-1]))  # the last entry's may go on
            if cut:
                yield owner[:cut], code[:cut]
            owners, codes, size = [owner[cut:]], [code[cut:]], len(owner) - cut
    if size:
        yield np.concatenate(owners), np.concatenate(codes)


def _set_codes(columns: Columns, groups: npt.NDArray[np.intp], codes: Codes) -> Codes:
    """The code of the set of each group (0, 1, ...) of tag codes, one position after the other."""
    width = int(codes.max()) + 1
    pairs = groups * width + codes
    pairs.sort()
    starts = np.flatnonzero(np.concatenate([[True], np.diff(pairs // width) > 0]))
    lengths, tags = np.diff(np.append(starts, len(pairs))), pairs % width
    found = np.zeros(len(starts), np.int64)
    for position in range(int(lengths.max())):
        longer = np.flatnonzero(lengths > position)
        unique, inverse = np.unique(found[longer] * width + tags[starts[longer] + position], return_inverse=True)
        sets = [columns.tag_sets[pair // width] + (pair % width,) for pair in unique.tolist()]
        found[longer] = np.array([columns.tag_set_code(one) for one in sets])[inverse]
    return found.astype(np.int32)
