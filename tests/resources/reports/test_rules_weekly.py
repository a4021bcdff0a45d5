"""Weeks, their days, and who has no time."""

import pytest

from hourbook.core.errors import InvalidValue
from hourbook.resources.reports.rules import Ask, Contains, Filters, Group, PeopleFilter, PersonStatus
from hourbook.resources.reports.rules_facts import GroupFacts
from hourbook.resources.reports.rules_idle import without_time
from hourbook.resources.reports.rules_rows import Label, Node
from hourbook.resources.reports.rules_tallies import Tally
from hourbook.resources.reports.rules_weekly import (
    NOT_A_WEEK,
    WeeklyAsk,
    WeeklyGroup,
    check_week,
    days_by_ids,
    with_days,
)

STATUSES = {"a": "ACTIVE", "b": "ACTIVE", "c": "INACTIVE", "d": "PENDING"}
GROUPS = (GroupFacts("g", "Team", ("b", "c")),)


def week(start: str, end: str) -> Ask:
    return Ask(start=start, end=end)


def test_below_people_are_projects_and_below_projects_people() -> None:
    ask = week("2026-05-11", "2026-05-17")
    assert WeeklyAsk(ask=ask, group=WeeklyGroup.USER).groups == (Group.USER, Group.PROJECT)
    assert WeeklyAsk(ask=ask, group=WeeklyGroup.PROJECT).groups == (Group.PROJECT, Group.USER)


@pytest.mark.parametrize("end", ["2026-05-17", "2026-05-17T00:00:01", "2026-05-18T00:00", "2026-05-18 00:00:00Z"])
def test_seven_days_are_a_week(end: str) -> None:
    check_week(week("2026-05-11T10:00:00", end))


@pytest.mark.parametrize(
    ("start", "end"),
    [("2026-05-11", "2026-05-18"), ("2026-05-11", "2026-05-17T00:00:00"), ("0001-01-01", "0001-01-01T00:00:00")],
)
def test_anything_else_is_none(start: str, end: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        check_week(week(start, end))
    assert NOT_A_WEEK in str(caught.value.args) + str(vars(caught.value))


def test_days_add_up_for_each_row_and_for_everything() -> None:
    def tally(seconds: int) -> Tally:
        return Tally(seconds, 0, 1)

    names = [["u1", "u2"], ["p1", ""], ["2026-05-12", "2026-05-11"]]
    labels = [lambda code, words=words: Label(words[code], words[code]) for words in names]
    sums = [((0, 0, 0), tally(1)), ((0, 1, 0), tally(2)), ((0, 1, 1), tally(4)), ((1, 0, 0), tally(8))]
    found = days_by_ids(sums, labels)

    def seconds(*ids: str) -> list[tuple[str, int]]:
        return [(day.date, day.tally.seconds) for day in found[ids]]

    assert seconds() == [("2026-05-11", 4), ("2026-05-12", 11)]
    assert seconds("u1") == [("2026-05-11", 4), ("2026-05-12", 3)]
    assert seconds("u2") == [("2026-05-12", 8)]
    assert seconds("u1", "") == [("2026-05-11", 4), ("2026-05-12", 2)]
    assert days_by_ids([], labels) == {}

    child = Node(Label("p1", "P"), "p", tally(1), None)
    (row,) = with_days([Node(Label("u1", "U"), "u", tally(7), [child])], found)
    assert (row.days, row.node.label.id) == (found["u1",], "u1")
    assert row.children is not None
    assert (row.children[0].days, row.children[0].children) == (found["u1", "p1"], None)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), ["b"]),
        (Filters(users=PeopleFilter(ids=frozenset({"a", "b", "c"}))), ["b"]),
        (Filters(users=PeopleFilter(ids=frozenset({"b"}), contains=Contains.DOES_NOT_CONTAIN)), []),
        (Filters(users=PeopleFilter(status=PersonStatus.INACTIVE)), ["c"]),
        (Filters(users=PeopleFilter(status=PersonStatus.ACTIVE_WITH_PENDING)), ["b", "d"]),
        (Filters(user_groups=PeopleFilter(ids=frozenset({"g"}))), ["b"]),
        (Filters(user_groups=PeopleFilter(ids=frozenset({"none"}))), []),
    ],
)
def test_who_has_no_time(filters: Filters, expected: list[str]) -> None:
    assert without_time(STATUSES, GROUPS, filters, with_time={"a", "who left"}) == expected
