"""The summary report: sums by one to three groups, in any order.

An entry with several tags counts under each of them, and a person in several groups too, so rows may
add up to more than the totals; the totals and the rows above count each entry once.
"""

from collections import defaultdict
from collections.abc import Callable

import msgspec
import numpy as np

from hourbook.columns.keeping import ColumnsKeeper
from hourbook.columns.summing import ByColumn, BySet, ByTime, Counting, Key, Sums, sums
from hourbook.core.errors import ReportTooLarge
from hourbook.db.tx import ReadTx
from hourbook.resources.reports import store
from hourbook.resources.reports.actions import ROWS_LIMIT, Frame, Reading, opened
from hourbook.resources.reports.rules import Amount, Group, Span, SummaryAsk, SummarySort
from hourbook.resources.reports.rules_buckets import buckets_of
from hourbook.resources.reports.rules_filters import Ints, Members
from hourbook.resources.reports.rules_rows import Label, LabelOf, Node, label_without
from hourbook.resources.reports.rules_summary import Order, tree_of
from hourbook.resources.reports.rules_sums import starts_of, tallies_of
from hourbook.resources.reports.rules_tallies import Tally
from hourbook.resources.reports.rules_walls import DAY_SECONDS

# In longer spans, and in those of more days than this for each entry, only days with entries are looked at.
LONG_SPAN_DAYS = 20_000
DAYS_AN_ENTRY = 4


class Level(msgspec.Struct, frozen=True):
    """One group: how rows are told apart, and what its codes are called."""

    key: Key
    label: LabelOf


class Summary(msgspec.Struct):
    """A summary report. `total` None: no entries."""

    frame: Frame
    total: Tally | None
    nodes: list[Node]
    counts: list[int]


def summary(tx: ReadTx, columns: ColumnsKeeper, asked: SummaryAsk) -> Summary:
    """The report; ReportTooLarge when it would have more rows than anybody reads."""
    with opened(tx, columns, asked.ask) as reading:
        return summary_of(reading, asked)


def summary_of(reading: Reading, asked: SummaryAsk) -> Summary:
    """The same while the columns are open."""
    levels = [level_of(reading, group) for group in asked.groups]
    found = sums_by_level(reading, [level.key for level in levels])
    rows_count = sum(len(starts_of(one)) for one in found)
    if rows_count > ROWS_LIMIT:
        raise ReportTooLarge(ROWS_LIMIT, rows_count)
    is_descending = asked.ask.is_descending
    if is_descending is None:
        is_descending = asked.sort is not SummarySort.GROUP
    money = reading.frame.money
    order = Order(asked.sort, is_descending, money.shown, money.visible)
    nodes = tree_of(found, [level.label for level in levels], order=order)
    counts = [len(np.unique(one.keys[-1])) for one in found]
    return Summary(reading.frame, total_of(reading), nodes, counts)


def sums_by_level(reading: Reading, keys: list[Key]) -> list[Sums]:
    """By the first group, the first two...; each entry once where a level below has sets."""
    money = reading.frame.money
    counting = Counting(reading.frame.rounding, costs=Amount.COST in money.visible, billable_seconds=False)
    found = [sums(reading.view, reading.parts, keys=keys, counting=counting, most_rows=ROWS_LIMIT)]
    for count in range(len(keys) - 1, 0, -1):
        if isinstance(keys[count], BySet):
            found.insert(
                0, sums(reading.view, reading.parts, keys=keys[:count], counting=counting, most_rows=ROWS_LIMIT)
            )
        else:
            found.insert(0, found[0].without_last([key.size for key in keys[:count]]))
    return found


def total_of(reading: Reading) -> Tally | None:
    """Everything together, each entry once; None without entries."""
    found = tallies_of(sums(reading.view, reading.parts, counting=Counting(reading.frame.rounding)))
    return found[0] if found else None


def level_of(reading: Reading, group: Group) -> Level:
    return _LEVELS[group](reading, group)


def _by_id(
    codes: "np.ndarray[tuple[int], np.dtype[np.int32]]", ids: list[str], group: Group, name_of: Callable[[str], Label]
) -> Level:
    """Codes of a column from 0, and then the one for none (-1 reads the last place of a table)."""
    none = len(ids)

    def label(code: int) -> Label:
        return name_of(ids[code]) if code < none else label_without(group)

    return Level(ByColumn(codes, none + 1, np.arange(none + 1)), label)


def project_label(reading: Reading, project_id: str) -> Label:
    found = reading.projects.get(project_id)
    if found is None:
        return Label(project_id, "", "", "")
    client = reading.clients.get(found.client_id)
    return Label(project_id, found.name, found.color, client.name if client else "")


def _projects(reading: Reading, group: Group) -> Level:
    view = reading.view
    return _by_id(view.project, view.projects.values, group, lambda one: project_label(reading, one))


def _clients(reading: Reading, group: Group) -> Level:
    ids, table = reading.owners.clients.values, reading.owners.table

    def label(code: int) -> Label:
        if code == len(ids):
            return label_without(group)
        client = reading.clients.get(ids[code])
        return Label(ids[code], client.name if client else "")

    return Level(ByColumn(reading.view.project, len(ids) + 1, table), label)


def _tasks(reading: Reading, group: Group) -> Level:
    view = reading.view

    def name(task_id: str) -> Label:
        found = reading.tasks.get(task_id)
        return Label(task_id, found.name if found else "")

    return _by_id(view.task, view.tasks.values, group, name)


def _users(reading: Reading, group: Group) -> Level:
    view = reading.view
    people = store.people(reading.tx, view.users.values)

    def name(user_id: str) -> Label:
        found = people.get(user_id)
        return Label(user_id, found.name if found else "")

    return _by_id(view.user, view.users.values, group, name)


def _texts(reading: Reading, group: Group) -> Level:
    view = reading.view
    return Level(
        ByColumn(view.description, len(view.descriptions)),
        lambda code: Label(view.descriptions[code], view.descriptions[code]),
    )


def _sets(codes: "np.ndarray[tuple[int], np.dtype[np.int32]]", sets: tuple[Ints, Ints], size: int) -> BySet:
    """Rows by sets of codes; an empty set has the code behind the last, for none."""
    offsets, members = sets
    return BySet(codes, offsets, np.where(members < 0, size, members), size + 1)


def _tags(reading: Reading, group: Group) -> Level:
    view = reading.view
    sets = reading.tag_members
    # The dictionary grows with every write; what counts is how it is now.
    ids = list(view.tag_ids.values)

    def label(code: int) -> Label:
        if code == len(ids):
            return label_without(group)
        found = reading.tags.get(ids[code])
        return Label(ids[code], found.name if found else "")

    return Level(_sets(view.tags, sets, len(ids)), label)


def _groups(reading: Reading, group: Group) -> Level:
    groups = reading.groups
    of_person: dict[str, list[int]] = defaultdict(list)
    for code, one in enumerate(groups):
        for user_id in one.user_ids:
            of_person[user_id].append(code)
    sets = [tuple(of_person.get(user_id, ())) for user_id in reading.view.users.values]

    def label(code: int) -> Label:
        return Label(groups[code].id, groups[code].name) if code < len(groups) else label_without(group)

    return Level(_sets(reading.view.user, Members().of(sets), len(groups)), label)


def _moments(reading: Reading, group: Group) -> Level:
    span, view = _filled(reading), reading.view
    days = None
    if (span.end_s - span.start_s) // DAY_SECONDS > min(LONG_SPAN_DAYS, DAYS_AN_ENTRY * view.count):
        days = np.unique(view.start_s // DAY_SECONDS).tolist()
    buckets = buckets_of(span, group, utc_days=days)
    bounds, codes = np.array(buckets.stretches, dtype=np.int64).T
    return Level(
        ByTime(view.start_s, bounds, codes, len(buckets.names)),
        lambda code: Label(buckets.names[code], buckets.names[code]),
    )


def _filled(reading: Reading) -> Span:
    """The span without the time before the first entry and after the last: a range may be of centuries."""
    span, view = reading.frame.span, reading.view
    edges = [view.start_s[: view.sorted_count][:1], view.start_s[: view.sorted_count][-1:]]
    start_s = np.concatenate([*edges, view.start_s[view.sorted_count :]])
    if not len(start_s):
        return msgspec.structs.replace(span, end_s=span.start_s + 1)
    first = max(span.start_s, int(start_s.min()))
    last = max(min(span.end_s, int(start_s.max()) + 1), first + 1)
    # A day more on either side: where clocks go back across midnight, the first entry is not of the first day.
    return msgspec.structs.replace(span, start_s=max(first - DAY_SECONDS, 0), end_s=last + DAY_SECONDS)


_LEVELS: dict[Group, Callable[[Reading, Group], Level]] = {
    Group.CLIENT: _clients,
    Group.PROJECT: _projects,
    Group.TASK: _tasks,
    Group.USER: _users,
    Group.USER_GROUP: _groups,
    Group.TAG: _tags,
    Group.DATE: _moments,
    Group.WEEK: _moments,
    Group.MONTH: _moments,
    Group.TIMEENTRY: _texts,
}
