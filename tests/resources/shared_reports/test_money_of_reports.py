"""Which money a shared report tells: what its author may see, as far as its filter asks for it."""

import csv
import io
from typing import Any

import pytest

from tests.harness import Office
from tests.resources.shared_reports import sharing
from tests.resources.shared_reports.sharing import opened, share, track


def test_money_is_hidden_that_its_author_may_not_see(office: Office) -> None:
    project = sharing.project(office, billable=True, hourlyRate={"amount": 6000}, isPublic=True)
    track(office.member, projectId=project, billable=True)
    report = share(office.member, isPublic=True)
    assert opened(office.anonymous, report["id"]).body["totals"][0]["totalAmount"] == 6000
    office.set(only_admins_see_billable_rates=True)
    for person in (office.anonymous, office.owner):
        total = opened(person, report["id"]).body["totals"][0]
        assert (total["totalAmount"], total["amounts"]) == (0, [])


@pytest.mark.parametrize(
    ("asked", "keys", "headings"),
    [
        ({}, {"earned"}, {"Billable Rate (USD)", "Billable Amount (USD)"}),
        ({"amountShown": "EARNED"}, {"earned"}, {"Billable Rate (USD)", "Billable Amount (USD)"}),
        ({"amountShown": "COST"}, {"cost"}, {"Cost Rate (USD)", "Cost Amount (USD)"}),
        (
            {"amountShown": "EARNED", "amounts": ["EARNED", "COST"]},
            {"earned", "cost"},
            {
                "Billable Rate (USD)",
                "Billable Amount (USD)",
                "Cost Rate (USD)",
                "Cost Amount (USD)",
                "Profit (USD)",
            },
        ),
        (
            {"amountShown": "PROFIT"},
            {"earned", "cost"},
            {
                "Billable Rate (USD)",
                "Billable Amount (USD)",
                "Cost Rate (USD)",
                "Cost Amount (USD)",
                "Profit (USD)",
            },
        ),
        ({"amountShown": "HIDE_AMOUNT"}, set(), set()),
    ],
)
def test_no_money_is_told_but_what_its_filter_asks_for(
    office: Office, asked: dict[str, Any], keys: set[str], headings: set[str]
) -> None:
    office.set(is_cost_rate_active=True)
    project = sharing.project(office, billable=True, hourlyRate={"amount": 6000}, costRate={"amount": 2500})
    track(office.owner, projectId=project, billable=True)
    filter_ = {"exportType": "JSON_V1", **sharing.MAY} | asked
    report = share(office.owner, isPublic=True, type="DETAILED", filter=filter_)
    for person in (office.anonymous, office.owner):
        (row,) = opened(person, report["id"]).body["timeentries"]
        told = {name for name in row if name.endswith(("Amount", "Rate"))}
        assert told == {one + end for one in keys for end in ("Amount", "Rate")}
        head = csv.DictReader(io.StringIO(opened(person, report["id"], exportType="CSV").content.decode())).fieldnames
        assert {name for name in head or () if name.endswith("(USD)")} == headings
