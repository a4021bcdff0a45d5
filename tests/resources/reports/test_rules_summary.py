"""The tree of a summary, tallies, and buckets of time. Pure."""

from datetime import date
from typing import Any

import numpy as np

from hourbook.core.calendar import parse_instant
from hourbook.resources.reports.rules import Amount, Group, Span, SummarySort
from hourbook.resources.reports.rules_buckets import buckets_of
from hourbook.resources.reports.rules_rows import Label, Node, label_without
from hourbook.resources.reports.rules_summary import Order, tree_of
from hourbook.resources.reports.rules_sums import by_path, tallies_of
from hourbook.resources.reports.rules_tallies import Tally, half_up, nearest

ALL = (Amount.EARNED, Amount.COST, Amount.PROFIT)


class Sums:
    """Sums of rows (codes..., currency, seconds, billable seconds, count, earned, cost)."""

    currencies = ("EUR", "USD")

    def __init__(self, rows: list[tuple[int, ...]], levels: int) -> None:
        columns = list(zip(*rows, strict=True)) or [()] * (levels + 6)
        arrays = [np.array(column, dtype=np.int64) for column in columns]
        self.keys = tuple(arrays[:levels])
        self.currency, self.seconds, self.billable_seconds, self.count = arrays[levels : levels + 4]
        self.earned, self.cost = arrays[levels + 4].astype(object), arrays[levels + 5].astype(object)


# First level 0 and 1; second 0 to 2. Row 0 has two currencies.
ONE = Sums([(0, 0, 60, 0, 1, 0, 70), (0, 1, 60, 60, 1, 3600, 0), (1, 1, 30, 30, 2, 7200, 3600)], 1)
TWO = Sums(
    [
        (0, 1, 0, 60, 0, 1, 0, 70),
        (0, 2, 1, 60, 60, 1, 3600, 0),
        (1, 0, 1, 20, 20, 1, 0, 0),
        (1, 2, 1, 10, 10, 1, 7200, 3600),
    ],
    2,
)
FIRST = {0: Label("a", "beta"), 1: label_without(Group.PROJECT)}
SECOND = {0: Label("x", "Zed"), 1: Label("y", "alpha"), 2: Label("w", "ALPHA")}


def outline(nodes: list[Node]) -> list[Any]:
    return [(node.label.id, outline(node.children) if node.children is not None else None) for node in nodes]


def tree(sort: SummarySort, *, is_descending: bool, shown: Amount | None = None, visible: Any = ALL) -> list[Any]:
    order = Order(sort, is_descending, shown, visible)
    return outline(tree_of([ONE, TWO], [FIRST.__getitem__, SECOND.__getitem__], order=order))


def test_rows_stand_by_name_and_id_and_none_is_last() -> None:
    assert tree(SummarySort.GROUP, is_descending=False) == [
        ("a", [("w", None), ("y", None)]),
        ("", [("w", None), ("x", None)]),
    ]
    assert tree(SummarySort.GROUP, is_descending=True) == [
        ("a", [("y", None), ("w", None)]),
        ("", [("x", None), ("w", None)]),
    ]


def test_rows_stand_by_number_and_then_by_name() -> None:
    assert tree(SummarySort.DURATION, is_descending=True) == [
        ("a", [("w", None), ("y", None)]),
        ("", [("x", None), ("w", None)]),
    ]
    assert tree(SummarySort.DURATION, is_descending=False)[0][0] == ""
    by_cost = tree(SummarySort.COST, is_descending=True)
    assert by_cost == [("", [("w", None), ("x", None)]), ("a", [("y", None), ("w", None)])]
    assert tree(SummarySort.AMOUNT, is_descending=True, shown=Amount.COST) == by_cost
    assert [row[0] for row in tree(SummarySort.PROFIT, is_descending=True)] == ["", "a"]


def test_money_that_is_not_seen_tells_nothing_apart() -> None:
    by_name = tree(SummarySort.GROUP, is_descending=False)
    for sort in (SummarySort.EARNED, SummarySort.COST, SummarySort.PROFIT, SummarySort.AMOUNT):
        assert tree(sort, is_descending=True, visible=()) == by_name
    assert tree(SummarySort.AMOUNT, is_descending=True, shown=None) == by_name


def test_no_sums_are_no_rows() -> None:
    order = Order(SummarySort.GROUP, is_descending=False, shown=None, visible=())
    assert tree_of([Sums([], 1), Sums([], 2)], [FIRST.__getitem__] * 2, order=order) == []


def test_only_projects_without_one_have_a_color() -> None:
    assert label_without(Group.TAG) == Label("", "Without tag")
    assert label_without(Group.PROJECT).client_name == ""
    assert label_without(Group.PROJECT).color
    assert label_without(Group.TIMEENTRY).name == ""


def test_a_tally_has_every_currency_of_its_rows() -> None:
    first, second = tallies_of(ONE)
    assert (first.seconds, first.billable_seconds, first.count) == (120, 60, 2)
    assert first.money == {"EUR": (0, 70), "USD": (3600, 0)}
    assert first.amount(Amount.PROFIT, "EUR") == -70
    assert first.amount(Amount.EARNED, "XXX") == 0
    assert [second.total(kind) for kind in ALL] == [7200, 3600, 3600]
    assert [(path, tally.seconds) for path, tally in by_path(TWO)] == [
        ((0, 1), 60),
        ((0, 2), 60),
        ((1, 0), 20),
        ((1, 2), 10),
    ]
    assert [(path, tally.seconds) for path, tally in by_path(Sums([(0, 5, 0, 1, 0, 0)], 0))] == [((), 5)]
    first.join(second)
    assert (first.seconds, first.money["USD"]) == (150, (10_800, 3600))


def test_amounts_are_divided_once_and_rounded_half_up() -> None:
    assert nearest(144_200_000) == 40055.555555555555
    assert nearest(10**30 * 3600 + 1800) == 1e30
    assert [half_up(amount) for amount in (0, 1799, 1800, 5400, -1800, -1801, 144_200_000)] == [
        0,
        0,
        1,
        2,
        0,
        -1,
        40056,
    ]
    assert Tally().total(Amount.EARNED) == 0


# --- buckets ---------------------------------------------------------------------------------------


def span(start: str, end: str, zone: str = "UTC", week_start: int = 0) -> Span:
    return Span(parse_instant(start), parse_instant(end), zone, week_start)


def test_days_weeks_and_months_of_a_span() -> None:
    asked = span("2026-01-30T10:00:00Z", "2026-02-03T00:00:00Z", week_start=6)
    days = buckets_of(asked, Group.DATE)
    assert days.names == ["2026-01-30", "2026-01-31", "2026-02-01", "2026-02-02"]
    assert days.bounds[0] == parse_instant("2026-01-30T00:00:00Z")
    weeks = buckets_of(asked, Group.WEEK)
    assert weeks.days == [date(2026, 1, 25), date(2026, 2, 1)]
    months = buckets_of(asked, Group.MONTH)
    assert months.names == ["2026-01", "2026-02"]
    assert months.stretches == [(bound, number) for number, bound in enumerate(months.bounds)]


def test_of_long_spans_only_the_days_something_may_be_on() -> None:
    asked = span("1970-01-01T00:00:00Z", "2999-12-31T00:00:00Z", "Asia/Tokyo")
    day = parse_instant("2026-05-04T12:00:00Z") // 86_400
    found = buckets_of(asked, Group.DATE, utc_days=[day])
    assert found.names == ["1970-01-01", "2026-05-03", "2026-05-04", "2026-05-05"]
    assert buckets_of(asked, Group.MONTH, utc_days=[day]).names == ["1970-01", "2026-05"]
    assert buckets_of(asked, Group.WEEK, utc_days=[0]).names[0] == "1969-12-29"


def test_the_day_before_goes_on_where_clocks_go_back_across_midnight() -> None:
    """Havana shows 00:00 to 00:59 of 1 November twice; St John's went back at one past midnight, to the day before."""
    havana = buckets_of(span("2026-10-31T12:00:00Z", "2026-11-02T12:00:00Z", "America/Havana"), Group.DATE)
    assert havana.stretches == [(bound, number) for number, bound in enumerate(havana.bounds)]
    asked = span("2006-10-28T12:00:00Z", "2006-10-30T12:00:00Z", "America/St_Johns")
    found = buckets_of(asked, Group.DATE)
    midnight, back, again = (parse_instant(f"2006-10-29T0{one}Z") for one in ("2:30:00", "2:31:00", "3:30:00"))
    assert found.names == ["2006-10-28", "2006-10-29", "2006-10-30"]
    assert found.stretches[1:4] == [(midnight, 1), (back, 0), (again, 1)]


def test_a_day_that_a_zone_leaves_out_is_no_bucket_and_a_range_within_a_gap_has_none() -> None:
    asked = span("2011-12-29T20:00:00Z", "2012-01-01T20:00:00Z", "Pacific/Apia")
    assert buckets_of(asked, Group.DATE).names == ["2011-12-29", "2011-12-31", "2012-01-01", "2012-01-02"]
    second = parse_instant("2021-03-25T22:00:00Z")
    found = buckets_of(Span(second, second, "Asia/Amman", 0), Group.DATE)
    assert (found.bounds, found.days, found.names, found.stretches) == ([], [], [], [])
