"""The detailed report: the entries themselves, in pages or in portions for a file.

Everything but custom fields and the moment of creation comes from the columns; those two are read by id, a
portion at a time. A page and a file are made from the same `EntrySource`, so they say the same.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from hourbook.columns.keeping import ColumnsKeeper
from hourbook.columns.ordering import Key, TextOrder, by_codes, by_id, by_values, ordered, window, window_by_start
from hourbook.columns.selecting import RowNumbers, Wanted, parts_of, rows_of, seconds_until
from hourbook.columns.summing import Counting, rounded, sums
from hourbook.columns.table import BILLABLE, FLAG_OF_TYPE, INVOICED, RUNNING
from hourbook.core.text import fold
from hourbook.db.tx import ReadTx
from hourbook.resources.custom_fields.actions_entries import entry_fields
from hourbook.resources.custom_fields.rules_values import ShownValue, shown_values
from hourbook.resources.reports import store, store_detailed
from hourbook.resources.reports.actions import Frame, Reading, opened
from hourbook.resources.reports.rules_detailed import (
    BY_PERSON,
    BY_START,
    DetailedAsk,
    DetailedSort,
    Entry,
    NamedPerson,
    NamedProject,
    NamedThing,
    Portion,
    Words,
    entries_of,
)
from hourbook.resources.reports.rules_filters import joined
from hourbook.resources.reports.rules_sums import tallies_of
from hourbook.resources.reports.rules_tallies import Tally
from hourbook.resources.reports.store_detailed import Details
from hourbook.resources.time_entries.actions import lock_before_s

PORTION_ROWS = 5000
_TYPES = {flag: name for name, flag in FLAG_OF_TYPE.items()}
_TYPE_FLAGS = sum(FLAG_OF_TYPE.values())
T = TypeVar("T")


class Detailed(msgspec.Struct):
    """A page of the report. `total`: None without entries. `values`: custom fields by entry."""

    frame: Frame
    total: Tally | None
    entries: list[Entry]
    values: dict[str, list[ShownValue]]
    lock_before_s: int | None


class Lookup(dict[int, T]):
    """What codes are called, found out when a code is first met: most of a large dictionary never is."""

    def __init__(self, find: Callable[[int], T]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, code: int) -> T:
        found = self[code] = self._find(code)
        return found


class EntrySource:
    """The entries of one report while its columns are open."""

    def __init__(self, reading: Reading, asked: DetailedAsk) -> None:
        self.reading = reading
        self.asked = asked
        self.people: dict[int, NamedPerson] = {}
        self.words = Words(
            people=self.people,
            projects=Lookup(self._project),
            tasks=Lookup(self._task),
            tag_sets=Lookup(self._tag_set),
            descriptions=reading.view.descriptions,
            rates=reading.view.rates,
        )

    # --- which rows, in which order ----------------------------------------------------------

    @cached_property
    def wanted(self) -> Wanted:
        audit, view, wanted = self.asked.audit, self.reading.view, self.reading.wanted
        if audit.without_project:
            wanted = replace(wanted, projects=joined(wanted.projects, _only_none(wanted.projects, len(view.projects))))
        if audit.without_task:
            wanted = replace(wanted, tasks=joined(wanted.tasks, _only_none(wanted.tasks, len(view.tasks))))
        if audit.seconds is None:
            return wanted
        rows = rows_of(view, wanted)
        tracked = seconds_until(view, rows, now_s=self.reading.now_s)
        is_odd = tracked < audit.seconds if audit.is_shorter else tracked > audit.seconds
        return replace(wanted, rows=rows[is_odd])

    @cached_property
    def rows(self) -> RowNumbers:
        """All rows of the report, in no order."""
        return rows_of(self.reading.view, self.wanted)

    @property
    def count(self) -> int:
        return len(self.rows)

    def total(self) -> Tally | None:
        """What all entries add up to, on whichever page; None without any."""
        view, rounding = self.reading.view, self.reading.frame.rounding
        found = tallies_of(
            sums(view, parts_of(view, self.wanted, now_s=self.reading.now_s), counting=Counting(rounding))
        )
        return found[0] if found else None

    def page(self) -> RowNumbers:
        """The rows of the page that was asked for, in order."""
        size = self.asked.page_size
        low = min((self.asked.page - 1) * size, self.count)
        is_descending = self.asked.is_descending
        if self.asked.sort in BY_START:
            return window_by_start(self.reading.view, self.rows, low=low, high=low + size, is_descending=is_descending)
        return window(self.rows, self._keys(), low=low, high=low + size, is_descending=is_descending)

    def ordered(self) -> RowNumbers:
        """All rows, in order."""
        found = ordered(self.rows, self._keys())
        return found[::-1] if self.asked.is_descending else found

    def portions(self, size: int = PORTION_ROWS) -> Iterator[Portion]:
        """All rows in order, some at a time."""
        rows = self.ordered()
        for low in range(0, len(rows), size):
            yield self.portion(rows[low : low + size])

    def _keys(self) -> Sequence[Key]:
        view, sort, last = self.reading.view, self.asked.sort, by_id(self.reading.view)
        start = by_values(view.start_s)
        if sort in BY_START:
            return (start, *last)
        if sort in BY_PERSON:
            return (by_codes(view.user, self._ranks_of_people()), start, *last)
        if sort is DetailedSort.DURATION:
            return (self._seconds, start, *last)
        if sort is DetailedSort.DESCRIPTION:
            return (by_codes(view.description, self._ranks_of_descriptions()), start, *last)
        return last

    def _seconds(self, rows: RowNumbers) -> NDArray[np.int64]:
        """The time that counts."""
        seconds = seconds_until(self.reading.view, rows, now_s=self.reading.now_s)
        return rounded(seconds, self.reading.frame.rounding)

    def _ranks_of_people(self) -> NDArray[np.int64]:
        ids = list(self.reading.view.users.values)
        self._know_people(range(len(ids)))
        return _ranks([(fold(self.people[code].name), one) for code, one in enumerate(ids)])

    def _ranks_of_descriptions(self) -> NDArray[np.int64]:
        view = self.reading.view
        # Of no kind: it keeps itself up to date, which a new one for each entry that is written would not be.
        order = view.memo("order of descriptions", (), lambda: TextOrder(view.descriptions))
        return order.ranks_of(view.descriptions)

    # --- what they say -----------------------------------------------------------------------

    def portion(self, rows: RowNumbers) -> Portion:
        """The columns of these rows."""
        view = self.reading.view
        start, flags = view.start_s[rows], view.flags[rows]
        tracked = seconds_until(view, rows, now_s=self.reading.now_s)
        people = view.user[rows].tolist()
        self._know_people(set(people))
        ends: list[int | None] = (start + tracked).tolist()
        for place in np.flatnonzero(flags & RUNNING).tolist():
            ends[place] = None
        return Portion(
            ids=_texts_of_ids(view.ids[rows]),
            start_s=start.tolist(),
            end_s=ends,
            seconds=self._seconds(rows).tolist(),
            people=people,
            projects=view.project[rows].tolist(),
            tasks=view.task[rows].tolist(),
            tag_sets=view.tags[rows].tolist(),
            descriptions=view.description[rows].tolist(),
            rates=view.rate[rows].tolist(),
            types=[_TYPES[flag] for flag in (flags & _TYPE_FLAGS).tolist()],
            is_billable=((flags & BILLABLE) != 0).tolist(),
            is_invoiced=((flags & INVOICED) != 0).tolist(),
        )

    def details(self, portion: Portion) -> dict[str, Details]:
        """Custom fields as they are stored and moments of creation, by entry."""
        return store_detailed.details_of(self.reading.tx, portion.ids)

    def values(self, portion: Portion) -> dict[str, list[ShownValue]]:
        """What the custom fields say, by entry; empty in a workspace without any."""
        tx, project_ids = self.reading.tx, self.reading.view.projects.values
        codes = set(portion.projects)
        fields = entry_fields(tx, [project_ids[code] for code in codes if code >= 0])
        if not fields.fields:
            return {}
        visible = {code: fields.visible(project_ids[code] if code >= 0 else None) for code in codes}
        details = self.details(portion)
        return {
            id_: shown_values(visible[code], details[id_].custom_fields if id_ in details else None)
            for id_, code in zip(portion.ids, portion.projects, strict=True)
        }

    @cached_property
    def group_names(self) -> dict[str, tuple[str, ...]]:
        """The groups of each person who is in any, by name."""
        found: dict[str, list[str]] = defaultdict(list)
        for group in sorted(self.reading.groups, key=lambda one: (fold(one.name), one.id)):
            for user_id in group.user_ids:
                found[user_id].append(group.name)
        return {user_id: tuple(names) for user_id, names in found.items()}

    def _know_people(self, codes: Any) -> None:
        ids = self.reading.view.users.values
        unknown = {ids[code]: code for code in codes if code not in self.people}
        found = store.people(self.reading.tx, unknown)
        for user_id, code in unknown.items():
            person = found.get(user_id)
            self.people[code] = NamedPerson(user_id, person.name if person else "", person.email if person else "")

    def _project(self, code: int) -> NamedProject | None:
        if code < 0:
            return None
        id_ = self.reading.view.projects.values[code]
        project = self.reading.projects.get(id_)
        if project is None:
            return NamedProject(id_, "", "", None, None)
        client = self.reading.clients.get(project.client_id)
        return NamedProject(
            id_, project.name, project.color, client.id if client else None, client.name if client else None
        )

    def _task(self, code: int) -> NamedThing | None:
        if code < 0:
            return None
        id_ = self.reading.view.tasks.values[code]
        task = self.reading.tasks.get(id_)
        return NamedThing(id_, task.name if task else "")

    def _tag_set(self, code: int) -> tuple[NamedThing, ...]:
        view, tags = self.reading.view, self.reading.tags
        ids = [view.tag_ids.values[tag] for tag in view.tag_sets[code]]
        found = [NamedThing(one, tags[one].name) for one in ids if one in tags]
        return tuple(sorted(found, key=lambda tag: (fold(tag.name), tag.id)))


@contextmanager
def opened_entries(tx: ReadTx, columns: ColumnsKeeper, asked: DetailedAsk) -> Iterator[EntrySource]:
    """The entries of a report. To be done before anything else is read in the transaction."""
    with opened(tx, columns, asked.ask) as reading:
        yield EntrySource(reading, asked)


def detailed(tx: ReadTx, columns: ColumnsKeeper, asked: DetailedAsk) -> Detailed:
    """One page; the totals are those of all pages."""
    with opened_entries(tx, columns, asked) as source:
        portion = source.portion(source.page())
        return Detailed(
            frame=source.reading.frame,
            total=source.total() if asked.has_totals else None,
            entries=list(entries_of(portion, source.words)),
            values=source.values(portion),
            lock_before_s=lock_before_s(tx),
        )


def _only_none(table: NDArray[np.bool_] | None, count: int) -> NDArray[np.bool_]:
    """A table by code that only having none passes; as long as the other one, for the dictionary may have grown."""
    found = np.zeros(len(table) if table is not None else count + 1, dtype=bool)
    found[-1] = True
    return found


def _ranks(sort_keys: Sequence[Any]) -> NDArray[np.int64]:
    """The place of each in the order of all."""
    found = np.empty(len(sort_keys), dtype=np.int64)
    found[sorted(range(len(sort_keys)), key=sort_keys.__getitem__)] = np.arange(len(sort_keys))
    return found


def _texts_of_ids(ids: NDArray[np.bytes_]) -> list[str]:
    text = ids.tobytes().hex()
    return [text[place : place + 24] for place in range(0, len(text), 24)]
