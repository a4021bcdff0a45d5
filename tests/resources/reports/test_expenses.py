"""POST .../reports/expenses/detailed."""

from collections.abc import Iterator
from typing import Any

import pytest

from hourbook.db.tx import ReadTx
from hourbook.resources.reports import actions_expenses
from hourbook.resources.reports.rules import Span
from hourbook.resources.reports.rules_expenses import ExpensesAsk, ExpensesFound, ExpenseTotals
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Answer, Office, Person

MAY = {"dateRangeStart": "2026-05-01T00:00:00Z", "dateRangeEnd": "2026-05-31T23:59:59Z"}


def ask(person: Person, **more: Any) -> Answer:
    return person.report("/reports/expenses/detailed", MAY | more)


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert ask(office.anonymous).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert ask(office.outsider).refusal == DENIED


def test_reports_may_be_for_managers_and_admins_only(office: Office) -> None:
    office.set(admin_only_pages=("REPORTS",))
    assert ask(office.member).refusal == DENIED


def test_without_expenses_the_report_is_empty(office: Office) -> None:
    answer = ask(office.member, exportType="JSON")
    assert answer.status == 200
    assert answer.body == {
        "expenses": [],
        "totals": {},
        "customFields": [],
        "exportFields": ["APPROVED_BY", "EMAIL", "CLIENT", "CATEGORY", "DATE", "USER", "AMOUNT"],
    }


@pytest.fixture
def asked() -> Iterator[list[ExpensesAsk]]:
    """A source of one expense, and what it was asked."""
    found: list[ExpensesAsk] = []

    @actions_expenses.expenses_from
    def source(tx: ReadTx, asked: ExpensesAsk, span: Span) -> ExpensesFound:
        found.append(asked)
        return ExpensesFound([{"id": "one", "amount": 1250}], ExpenseTotals(1, 1250, 1000))

    yield found
    actions_expenses._SOURCES.remove(source)


def test_expenses_are_those_of_the_declared_source(office: Office, asked: list[ExpensesAsk]) -> None:
    body = ask(office.owner, page=3, pageSize=7, note="taxi", categories={"ids": ["a"]}, sortColumn="DATE").body
    assert body["expenses"] == [{"id": "one", "amount": 1250}]
    assert body["totals"] == {"expensesCount": 1, "totalAmount": 1250, "totalAmountBillable": 1000}
    (one,) = asked
    assert (one.page.number, one.page.size, one.note, one.sort.value) == (3, 7, "taxi", "DATE")
    assert one.categories is not None
    assert one.categories.ids == {"a"}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"page": 0}, "page must be greater than or equal to 1"),
        ({"pageSize": 1001}, "pageSize must be between 1 and 1000"),
        ({"timeZone": "Europe"}, "timeZone Europe is unknown; it must be a time zone like Europe/Berlin"),
        ({"dateRangeStart": "May"}, "dateRangeStart must be a date and time like 2026-05-20T14:00:00Z"),
    ],
)
def test_bad_values_are_refused(office: Office, more: dict[str, Any], message: str) -> None:
    answer = ask(office.owner, **more)
    assert answer.refusal == REFUSED
    assert answer.message == message


def test_a_reversed_range_is_refused(office: Office) -> None:
    assert ask(office.owner, dateRangeEnd="2026-04-17T00:00:00Z").refusal == REFUSED


@pytest.mark.parametrize("more", [{"sortColumn": "NOTE"}, {"billable": "perhaps"}, {"dateRangeEnd": None}])
def test_unreadable_bodies_are_refused(office: Office, more: dict[str, Any]) -> None:
    assert ask(office.owner, **more).refusal == UNREADABLE
