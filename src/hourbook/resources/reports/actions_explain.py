"""Explains a row of a summary: its entries, their rates and whose they are, the rounding, the sum.

It walks the same groups over the same columns as the summary, so the explanation adds up to the row. Where a
rate comes from is asked of the timelines of rates; nothing is decided about them here.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hourbook.columns.keeping import ColumnsKeeper
from hourbook.columns.ordering import by_id, by_values, window
from hourbook.columns.selecting import RowNumbers, parts_of, rows_of, seconds_until
from hourbook.columns.summing import ByColumn, Counting, sums
from hourbook.columns.table import BILLABLE
from hourbook.core.errors import NotFound
from hourbook.core.money import RateKind
from hourbook.db.tx import ReadTx
from hourbook.resources.rates import actions as rates
from hourbook.resources.rates.rules import NOBODY_ID, Place, Timelines, places_of, source_of
from hourbook.resources.reports.actions import Frame, Reading, opened
from hourbook.resources.reports.actions_detailed import EntrySource
from hourbook.resources.reports.actions_summary import level_of
from hourbook.resources.reports.rules import Group
from hourbook.resources.reports.rules_detailed import DetailedAsk, Entry, check_page, entries_of
from hourbook.resources.reports.rules_explain import (
    ExplainAsk,
    ExplainedEntry,
    Explanation,
    Part,
    RateSource,
    parts_told_apart,
)
from hourbook.resources.reports.rules_rows import Label
from hourbook.resources.reports.rules_sums import tallies_of
from hourbook.resources.reports.rules_tallies import Tally


def explain(tx: ReadTx, columns: ColumnsKeeper, asked: ExplainAsk) -> tuple[Frame, Explanation]:
    """The explanation of one row; NotFound when the summary has no such row."""
    check_page(asked.page, asked.page_size)
    with opened(tx, columns, asked.summary.ask) as reading:
        rows = rows_of(reading.view, reading.wanted)
        labels = []
        for group, id_ in zip(asked.summary.groups, asked.path, strict=False):
            label, rows = _below(reading, group, id_, rows)
            labels.append(label)
        return reading.frame, _explained(reading, asked, rows, labels=tuple(labels))


def _below(reading: Reading, group: Group, id_: str, rows: RowNumbers) -> tuple[Label, RowNumbers]:
    """The group with this id, and those of the rows that are in it."""
    level = level_of(reading, group)
    code = next((code for code in range(level.key.size) if level.label(code).id == id_), None)
    kept = rows[:0] if code is None else rows[level.key.has(rows, code)]
    if code is None or not len(kept):
        raise NotFound("Row", "Report")
    return level.label(code), kept


def _explained(reading: Reading, asked: ExplainAsk, rows: RowNumbers, *, labels: tuple[Label, ...]) -> Explanation:
    view, frame = reading.view, reading.frame
    wanted = replace(reading.wanted, rows=rows)
    money = (view.rate << 1) | (view.flags & BILLABLE)
    key = ByColumn(money, 2 * len(view.rates))
    found = sums(view, parts_of(view, wanted, now_s=reading.now_s), keys=[key], counting=Counting(frame.rounding))
    parts = []
    for code, seconds, count in zip(found.keys[0].tolist(), found.seconds.tolist(), found.count.tolist(), strict=True):
        rate = view.rates[code >> 1]
        parts.append(Part(bool(code & 1), rate.hourly_minor, rate.cost_minor, rate.currency, count, seconds))
    tallies = tallies_of(sums(view, parts_of(view, wanted, now_s=reading.now_s), counting=Counting(frame.rounding)))
    low = (asked.page - 1) * asked.page_size
    shown = window(rows, [by_values(view.start_s), *by_id(view)], low=low, high=low + asked.page_size)
    return Explanation(
        span=frame.span,
        money=frame.money,
        rounding=frame.rounding,
        revision=frame.revision,
        labels=labels,
        tally=tallies[0] if tallies else Tally(),
        parts=parts_told_apart(parts, frame.money.visible),
        entries=tuple(_entries(reading, shown)),
    )


def _entries(reading: Reading, rows: RowNumbers) -> Sequence[ExplainedEntry]:
    source = EntrySource(reading, DetailedAsk(ask=reading.ask))
    entries = list(entries_of(source.portion(rows), source.words))
    tracked = seconds_until(reading.view, rows, now_s=reading.now_s).tolist()
    targets = {one.person.id for one in entries} | {one.project.id for one in entries if one.project}
    targets |= {one.task.id for one in entries if one.task} | {reading.tx.workspace_id}
    lines = rates.timelines_of(reading.tx, sorted(targets))
    # The entries say 0 where time is not billable; their rates stand in the columns.
    stored = [reading.view.rates[code] for code in reading.view.rate[np.asarray(rows)].tolist()]
    found = []
    for entry, seconds, rate in zip(entries, tracked, stored, strict=True):
        places = _places(reading.tx.workspace_id, entry)
        hourly = _source(lines[RateKind.HOURLY], places, entry.start_s, amount_minor=rate.hourly_minor)
        cost = _source(lines[RateKind.COST], places, entry.start_s, amount_minor=rate.cost_minor)
        found.append(ExplainedEntry(entry, seconds, rate.hourly_minor, hourly, cost))
    return found


def _places(workspace_id: str, entry: Entry) -> tuple[Place, ...]:
    project_id = entry.project.id if entry.project else None
    task_id = entry.task.id if entry.task else None
    return places_of(workspace_id, entry.person.id, project_id=project_id, task_id=task_id)


def _source(lines: Timelines, places: tuple[Place, ...], at_s: int, *, amount_minor: int) -> RateSource:
    """Where the rate of an entry comes from, if the timelines still say the amount that it has."""
    found = source_of(lines, places, at_s)
    if found is None or found.amount_minor != amount_minor:
        return RateSource()
    target_id, user_id = found.place
    return RateSource(found.level.value, target_id, None if user_id == NOBODY_ID else user_id, found.since_s)
