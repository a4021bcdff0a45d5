"""POST .../reports/summary: amounts, who sees which, currencies, rounding of time."""

from typing import Any

import pytest

from tests.harness import Office, Person
from tests.resources.reports.reporting import ask, currency, make, project_in, rate, summary, times, track

KINDS = ["EARNED", "COST", "PROFIT"]


def first(person: Person, **asked: Any) -> dict[str, Any]:
    found: dict[str, Any] = summary(person, **asked)["groupOne"][0]
    return found


def totals(person: Person, **asked: Any) -> dict[str, Any]:
    found: dict[str, Any] = summary(person, **asked)["totals"][0]
    return found


def values(found: dict[str, Any]) -> dict[str, float]:
    return {line["type"]: line["value"] for line in found["amounts"]}


def test_earned_cost_and_profit_are_as_recorded(office: Office) -> None:
    """43.21 and 8.76 an hour: 4321, 876 and 3445 (wire-reports section 4)."""
    rate(office, 4321)
    rate(office, 876, "cost")
    track(office.owner, billable=True)
    body = summary(office.owner, amounts=KINDS)
    assert values(body["totals"][0]) == values(body["groupOne"][0]) == {"EARNED": 4321, "COST": 876, "PROFIT": 3445}
    assert (body["totals"][0]["totalAmount"], body["groupOne"][0]["amount"]) == (4321, 4321)


def test_time_that_is_not_billable_costs_and_earns_nothing(office: Office) -> None:
    rate(office, 4321)
    rate(office, 876, "cost")
    track(office.owner, billable=False)
    found = totals(office.owner, amounts=KINDS)
    assert values(found) == {"EARNED": 0, "COST": 876, "PROFIT": -876}
    assert (found["totalTime"], found["totalBillableTime"]) == (3600, 0)


@pytest.mark.parametrize(("shown", "amount"), [("EARNED", 4321), ("COST", 876), ("PROFIT", 3445), ("EXPORT", 4321)])
def test_amount_shown_says_what_the_amount_is(office: Office, shown: str, amount: int) -> None:
    rate(office, 4321)
    rate(office, 876, "cost")
    track(office.owner, billable=True)
    body = summary(office.owner, amountShown=shown)
    row, total = body["groupOne"][0], body["totals"][0]
    assert row["amount"] == total["totalAmount"] == amount
    assert total["totalAmountByCurrency"] == [{"currency": "USD", "amount": amount}]
    kind = "EARNED" if shown == "EXPORT" else shown
    assert values(row) == values(total) == {kind: amount}
    # The list says what it was asked for, whatever is shown.
    assert values(first(office.owner, amountShown=shown, amounts=["PROFIT", "COST"])) == {"PROFIT": 3445, "COST": 876}


def test_amounts_are_listed_once_in_the_order_asked_for(office: Office) -> None:
    track(office.owner)
    asked = ["PROFIT", "EXPORT", "EARNED", "PROFIT", "HIDE_AMOUNT"]
    assert list(values(first(office.owner, amounts=asked))) == ["PROFIT", "EARNED"]
    assert list(values(first(office.owner, amounts=[]))) == ["EARNED"]
    assert list(values(first(office.owner, amounts=["HIDE_AMOUNT"]))) == []


def test_hidden_amounts_are_nowhere(office: Office) -> None:
    rate(office, 4321)
    track(office.owner)
    body = summary(office.owner, amountShown="HIDE_AMOUNT", amounts=KINDS)
    row, total = body["groupOne"][0], body["totals"][0]
    assert (row["amount"], row["amounts"]) == (0, [])
    assert (total["totalAmount"], total["totalAmountByCurrency"], total["amounts"]) == (0, [], [])


def test_fractions_stay_but_in_the_amounts_of_rows_which_go_half_up(office: Office) -> None:
    rate(office, 1)
    rate(office, 3, "cost")
    track(office.owner, minutes=30)
    body = summary(office.owner, amounts=KINDS)
    row, total = body["groupOne"][0], body["totals"][0]
    assert (row["amount"], total["totalAmount"]) == (0.5, 0.5)
    assert values(total) == {"EARNED": 0.5, "COST": 1.5, "PROFIT": -1.0}
    assert values(row) == {"EARNED": 1, "COST": 2, "PROFIT": -1}
    rate(office, 2, "cost")
    # Half up is towards more, below nothing too.
    assert values(first(office.owner, amounts=["PROFIT"])) == {"PROFIT": 0}


def test_a_sum_is_exact_whatever_the_order_of_its_parts(office: Office) -> None:
    rate(office, 100_000_000_000_003)
    for seconds in (1, 7, 11):
        for number in range(3):
            track(office.owner, minutes=seconds / 60, description=f"{seconds} {number}")
    total = totals(office.owner)
    assert total["totalAmount"] == (57 * 100_000_000_000_003) / 3600
    rows = summary(office.owner, ["TIMEENTRY"])["groupOne"]
    assert {row["amount"] for row in rows} == {seconds * 100_000_000_000_003 / 3600 for seconds in (1, 7, 11)}


# --- currencies ------------------------------------------------------------------------------------


def test_each_currency_has_its_own_sum_in_its_own_minor_units(office: Office) -> None:
    """Yen have none, dinars have a thousand; an hourly rate of 1234 is yen 1234, dollars 12.34, dinars 1.234."""
    rate(office, 1234)
    rate(office, 34, "cost")
    tokyo = project_in(office, "Tokyo", currency(office, "JPY"))
    kuwait = project_in(office, "Kuwait", currency(office, "KWD"))
    track(office.owner, minutes=60, projectId=tokyo)
    track(office.owner, minutes=120, projectId=kuwait)
    track(office.owner, minutes=90)
    body = summary(office.owner, ["PROJECT"], amounts=["EARNED", "PROFIT"])
    total = body["totals"][0]
    earned = [
        {"currency": "JPY", "amount": 1234},
        {"currency": "KWD", "amount": 2468},
        {"currency": "USD", "amount": 1851},
    ]
    assert total["totalAmountByCurrency"] == earned
    assert total["numOfCurrencies"] == 3
    # The plain sum, as clients know it.
    assert total["totalAmount"] == 1234 + 2468 + 1851
    assert total["amounts"][0] == {"type": "EARNED", "value": 5553, "amountByCurrency": earned}
    assert [one["amount"] for one in total["amounts"][1]["amountByCurrency"]] == [1200, 2400, 1800]
    assert {row["name"]: (row["currency"], row["amount"]) for row in body["groupOne"]} == {
        "Tokyo": ("JPY", 1234),
        "Kuwait": ("KWD", 2468),
        "Without project": ("USD", 1851),
    }
    assert {row["workspaceCurrencyCode"] for row in body["groupOne"]} == {"USD"}


def test_a_row_of_several_currencies_tells_them_apart(office: Office) -> None:
    rate(office, 1000)
    track(office.owner, minutes=60, projectId=project_in(office, "Tokyo", currency(office, "JPY")))
    track(office.owner, minutes=30)
    row = first(office.owner, groups=["USER"])
    assert (row["amount"], row["currency"]) == (1500, "USD")
    by_currency = [{"currency": "JPY", "amount": 1000}, {"currency": "USD", "amount": 500}]
    assert row["amounts"] == [{"type": "EARNED", "value": 1500, "amountByCurrency": by_currency}]


# --- who sees what ---------------------------------------------------------------------------------


@pytest.fixture
def earning(office: Office) -> Office:
    """Time of the member on a project of the manager, with rates."""
    rate(office, 4321)
    rate(office, 876, "cost")
    project = make(office, "/projects", name="Managed", isPublic=True)
    office.grant(office.manager, "PROJECT_MANAGER", project)
    track(office.member, projectId=project, billable=True)
    return office


def test_costs_and_profit_are_for_admins(earning: Office) -> None:
    for person in (earning.owner, earning.admin):
        assert values(totals(person, amounts=KINDS)) == {"EARNED": 4321, "COST": 876, "PROFIT": 3445}
    for person in (earning.manager, earning.lead, earning.member):
        assert values(totals(person, amounts=KINDS)) == {"EARNED": 4321}
        for kind in ("COST", "PROFIT"):
            body = summary(person, amountShown=kind, amounts=[kind])
            assert (body["groupOne"][0]["amount"], body["groupOne"][0]["amounts"]) == (0, [])
            total = body["totals"][0]
            assert (total["totalAmount"], total["totalAmountByCurrency"], total["amounts"]) == (0, [], [])


def test_earnings_may_be_for_admins_too(earning: Office) -> None:
    earning.set(only_admins_see_billable_rates=True)
    assert values(totals(earning.admin, amounts=KINDS)) == {"EARNED": 4321, "COST": 876, "PROFIT": 3445}
    for person in (earning.manager, earning.lead, earning.member):
        answer = ask(person, amounts=KINDS)
        assert b"4321" not in answer.content
        assert answer.body["groupOne"][0]["amount"] == 0
        assert answer.body["groupOne"][0]["amounts"] == []
        assert answer.body["totals"][0]["amounts"] == []
        assert answer.body["totals"][0]["totalAmountByCurrency"] == []


def test_the_order_of_rows_tells_nothing_of_hidden_money(office: Office) -> None:
    """By earnings, costs or profit the rows of whoever may not see them stand as those without any."""
    rate(office, 500, "cost", of=f"/users/{office.member.id}")
    for name, amount in (("bb", 9000), ("aa", 100), ("cc", 5000)):
        project = make(office, "/projects", name=name, isPublic=True, hourlyRate={"amount": amount})
        # The dearest is the longest and so costs most.
        track(office.member, minutes=amount / 100, projectId=project, billable=True)
    by_name, by_money = ["aa", "bb", "cc"], ["bb", "cc", "aa"]

    def names(person: Person, sort: str, **more: Any) -> list[str]:
        return [row[0] for row in times(person, ["PROJECT"], sort, **more)]

    assert names(office.member, "EARNED") == names(office.member, "AMOUNT") == by_money
    assert names(office.admin, "COST") == names(office.admin, "PROFIT") == by_money
    for sort in ("COST", "PROFIT"):
        assert names(office.member, sort) == by_name
        assert names(office.member, sort, sortOrder="ASCENDING") == by_name
        assert names(office.member, "AMOUNT", amountShown=sort) == by_name
    office.set(only_admins_see_billable_rates=True)
    for sort in ("EARNED", "AMOUNT", "COST", "PROFIT"):
        assert names(office.member, sort) == names(office.member, sort, sortOrder="ASCENDING") == by_name
    assert names(office.admin, "EARNED") == by_money


# --- rounding of time ------------------------------------------------------------------------------

ROUNDED = [
    ("Round to nearest", "15", [0, 0, 900, 900, 1800]),
    ("Round up to", "15", [0, 900, 900, 900, 1800]),
    ("Round down to", "15", [0, 0, 0, 900, 1800]),
    ("Round to nearest", "1", [0, 60, 480, 900, 1800]),
    ("Round up to", "240", [0, 14400, 14400, 14400, 14400]),
    ("Round down to", "7", [0, 0, 420, 840, 1680]),
]


@pytest.mark.parametrize(("way", "minutes", "expected"), ROUNDED)
def test_each_entry_is_rounded_as_the_workspace_says_and_then_summed(
    office: Office, way: str, minutes: str, expected: list[int]
) -> None:
    path = f"/api/hourbook/v1/workspaces/{office.workspace_id}/settings"
    answer = office.owner.raw("PATCH", path, {"round": {"round": way, "minutes": minutes}})
    assert answer.status == 200, answer
    rate(office, 3600)
    # Half of a quarter of an hour goes up.
    for number, seconds in enumerate([0, 60, 450, 900, 1800]):
        track(office.owner, minutes=seconds / 60, description=f"{number}")
        track(office.member, minutes=seconds / 60, description=f"{number}")
    body = summary(office.owner, ["TIMEENTRY"], rounding=True)
    assert [row["duration"] for row in body["groupOne"]] == [2 * seconds for seconds in expected]
    assert [row["amount"] for row in body["groupOne"]] == [2 * seconds for seconds in expected]
    total = body["totals"][0]
    assert (total["totalTime"], total["totalAmount"]) == (2 * sum(expected), 2 * sum(expected))
    assert totals(office.owner, rounding=False)["totalTime"] == 2 * (60 + 450 + 900 + 1800)
    header = ask(office.owner, rounding=True).headers["X-Hourbook-Rounding"]
    assert header == f"{way.split()[-2] if 'nearest' not in way else 'nearest'}; minutes={minutes}"


def test_what_a_timer_has_so_far_is_rounded_too(office: Office) -> None:
    """It is two in the afternoon; the timer runs since twenty past one."""
    assert office.owner.post("/time-entries", {"start": "2026-05-20T13:20:00Z"}).status == 201
    assert times(office.owner, rounding=True) == [("Without project", 2700)]
