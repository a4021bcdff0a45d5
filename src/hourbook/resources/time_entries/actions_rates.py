"""The rates that stand on time entries, and what happens to them when a timeline changes.

An entry carries the rates in force at its start (docs/rates.md). They are looked up when it is made
and when its start, project or task changes, and rewritten by reaction, all at once, when a timeline
changes. An invoiced entry keeps its rates; it gets today's truth when it is taken off its invoice.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from hourbook.core.money import RateKind
from hourbook.db.tx import Tx, reacts_to
from hourbook.resources.rates import actions as rates
from hourbook.resources.rates.actions import RatesChanged
from hourbook.resources.rates.rules import (
    Falling,
    Level,
    Place,
    Span,
    Timeline,
    Timelines,
    near_ids,
    places_of,
    resolve,
)
from hourbook.resources.time_entries import store_rates
from hourbook.resources.time_entries.rules import TimeEntry

Lines = dict[RateKind, dict[Place, Timeline]]


def lines_for(tx: Tx, user_id: str, target_ids: Iterable[str]) -> Lines:
    """The timelines that count for a person's entries on these projects and tasks."""
    return rates.timelines_for(tx, user_id, target_ids)


def put_rates(lines: Lines, entry: TimeEntry) -> None:
    """Gives an entry the rates in force at its start."""
    places = _places(entry)
    entry.hourly_rate_minor = resolve(lines[RateKind.HOURLY], places, entry.start_s)
    entry.cost_rate_minor = resolve(lines[RateKind.COST], places, entry.start_s)


def _places(entry: TimeEntry) -> tuple[Place, ...]:
    return places_of(entry.workspace_id, entry.user_id, project_id=entry.project_id, task_id=entry.task_id)


def has_moved(before: TimeEntry, after: TimeEntry) -> bool:
    """Whether another rate may count for it. One that was invoiced keeps its own."""
    named = (before.start_s, before.project_id, before.task_id) != (after.start_s, after.project_id, after.task_id)
    return named and not before.is_invoiced


def currencies_of(tx: Tx, entries: Sequence[TimeEntry]) -> dict[str, str]:
    """By entry: what its rates are counted in now, the currency of its project's client or else the workspace's."""
    of_workspace, of_projects = store_rates.currencies(tx, {entry.project_id for entry in entries if entry.project_id})
    return {entry.id: of_projects.get(entry.project_id or "") or of_workspace for entry in entries}


def catch_up(tx: Tx, entries: Sequence[TimeEntry]) -> None:
    """Entries that may change again get the rates that are in force at their starts by now, in their currency."""
    if not entries:
        return
    currencies, moved = currencies_of(tx, entries), defaultdict(list)
    for entry in entries:
        if entry.currency != currencies[entry.id]:
            moved[currencies[entry.id]].append(entry.id)
    for currency, ids in moved.items():
        store_rates.write_currency(tx, currency, ids)
    targets = {one for entry in entries for one in (entry.user_id, entry.project_id, entry.task_id) if one}
    lines = rates.timelines_of(tx, {tx.workspace_id, *targets})
    for kind, name in (RateKind.HOURLY, "hourly_rate_minor"), (RateKind.COST, "cost_rate_minor"):
        rows = []
        for entry in entries:
            rate = resolve(lines[kind], _places(entry), entry.start_s)
            if rate != getattr(entry, name):
                rows.append((entry.id, getattr(entry, name), rate))
        store_rates.write_each(tx, kind, rows)


# --- reactions ---------------------------------------------------------------------------------


@reacts_to("RATE", "change")
def _rewrite_entries(tx: Tx, _: None, changed: RatesChanged) -> None:
    """Gives entries in the changed spans their new rates, and notes how many got one and how many kept theirs."""
    written: set[str] = set()
    kept: set[bytes] = set()
    for kind in sorted({span.kind for span in changed.spans}):
        spans = [span for span in changed.spans if span.kind is kind]
        lines = rates.timelines_of_kind(tx, kind)
        wanted = _span(spans, lines)
        plain: dict[str, int] = {}
        each: list[tuple[str, int, int]] = []
        falling = Falling(tx.workspace_id, spans[0].level, lines)
        for entry_id, user_id, project_id, task_id, start_s, rate, is_invoiced in store_rates.touched(tx, wanted):
            new = wanted.amount if user_id is None else falling.at((user_id, project_id, task_id), start_s)
            if new is None or new == rate:
                continue
            if is_invoiced:
                kept.add(entry_id)
            elif user_id is None:
                plain[entry_id.hex()] = rate
            else:
                each.append((entry_id.hex(), rate, new))
        store_rates.write_one(tx, wanted, plain)
        store_rates.write_each(tx, kind, each)
        written.update(plain, (row[0] for row in each))
    changed.outcome.entries_changed = len(written)
    changed.outcome.entries_kept = len(kept)


def _span(spans: Sequence[Span], lines: Timelines) -> store_rates.Span:
    """What to look for. The spans of one change are of one level; a single one gives one rate to most entries."""
    ends = [span.until_s for span in spans if span.until_s is not None]
    first, is_one = spans[0], len(spans) == 1
    return store_rates.Span(
        kind=first.kind,
        from_s=min(span.from_s for span in spans),
        until_s=max(ends) if len(ends) == len(spans) else None,
        among=_among(spans),
        near=near_ids(first.level, first.place, lines) if is_one else {},
        amount=first.amount_minor if is_one else None,
    )


def _among(spans: Sequence[Span]) -> dict[str, Sequence[str]]:
    """What the touched entries name."""
    targets = sorted({span.place[0] for span in spans})
    by_level: dict[Level, dict[str, Sequence[str]]] = {
        Level.WORKSPACE: {},
        Level.MEMBER: {"user_ids": targets},
        Level.PROJECT: {"project_ids": targets},
        Level.PROJECT_MEMBER: {"project_ids": targets, "user_ids": sorted({span.place[1] for span in spans})},
        Level.TASK: {"task_ids": targets},
    }
    return by_level[spans[0].level]
