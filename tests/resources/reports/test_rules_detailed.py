"""What is asked of the detailed report, and its rows."""

import pytest

from hourbook.core.errors import InvalidValue
from hourbook.resources.reports.rules import Amount, Ask
from hourbook.resources.reports.rules_detailed import (
    DetailedAsk,
    DetailedSort,
    NamedPerson,
    NamedProject,
    NamedThing,
    Portion,
    Words,
    check_page,
    entries_of,
)

OLIVIA = NamedPerson("u", "Olivia", "olivia@example.com")
WEBSITE = NamedProject("p", "Website", "#FFFFFF", None, None)
WORDS = Words(
    people={0: OLIVIA},
    projects={0: WEBSITE, -1: None},
    tasks={-1: None},
    tag_sets={0: (), 1: (NamedThing("t", "urgent"),)},
    descriptions=["", "text"],
    rates=[(4321, 876, "EUR")],
)
PORTION = Portion(
    ids=["1" * 24, "2" * 24],
    start_s=[0, 10],
    end_s=[3600, None],
    seconds=[3600, 60],
    people=[0, 0],
    projects=[0, -1],
    tasks=[-1, -1],
    tag_sets=[1, 0],
    descriptions=[1, 0],
    rates=[0, 0],
    types=["REGULAR", "BREAK"],
    is_billable=[True, False],
    is_invoiced=[False, True],
)


def test_rows_are_in_words() -> None:
    first, second = entries_of(PORTION, WORDS)
    assert len(PORTION) == 2
    assert (first.id, first.start_s, first.end_s, first.seconds) == ("1" * 24, 0, 3600, 3600)
    assert (first.person, first.project, first.task) == (OLIVIA, WEBSITE, None)
    assert (first.tags, first.description, first.type) == ((NamedThing("t", "urgent"),), "text", "REGULAR")
    assert (first.is_billable, first.is_invoiced, first.currency) == (True, False, "EUR")
    assert (second.project, second.end_s, second.type, second.is_invoiced) == (None, None, "BREAK", True)


def test_amounts_are_time_at_a_rate_and_time_that_is_not_billable_earns_nothing() -> None:
    first, second = entries_of(PORTION, WORDS)
    assert [first.rate(kind) for kind in (Amount.EARNED, Amount.COST, Amount.PROFIT)] == [4321, 876, 3445]
    assert [first.amount(kind) // 3600 for kind in (Amount.EARNED, Amount.COST, Amount.PROFIT)] == [4321, 876, 3445]
    assert [second.rate(kind) for kind in (Amount.EARNED, Amount.COST, Amount.PROFIT)] == [0, 876, -876]
    assert second.amount(Amount.COST) == 60 * 876


@pytest.mark.parametrize(("page", "size"), [(0, 1), (1, 0), (1, 1001), (-5, 10)])
def test_pages_have_limits(page: int, size: int) -> None:
    with pytest.raises(InvalidValue):
        check_page(page, size)


@pytest.mark.parametrize(("page", "size"), [(1, 1), (10**20, 1000)])
def test_pages_within_the_limits_pass(page: int, size: int) -> None:
    check_page(page, size)


@pytest.mark.parametrize(
    ("sort", "said", "is_descending"),
    [
        (DetailedSort.DATE, None, True),
        (DetailedSort.USER, None, False),
        (DetailedSort.NATURAL, False, False),
        (DetailedSort.ID, True, True),
    ],
)
def test_the_newest_come_first_unless_something_else_is_said(
    sort: DetailedSort, said: bool | None, is_descending: bool
) -> None:
    ask = Ask(start="2026-05-11", end="2026-05-17", is_descending=said)
    assert DetailedAsk(ask=ask, sort=sort).is_descending is is_descending
