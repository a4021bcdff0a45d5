"""Whenever an entry gets rates anew, it gets them in the currency they are counted in."""

from typing import Any

import pytest

from tests.harness import Office

START, END = "2026-05-11T08:00:00Z", "2026-05-11T10:00:00Z"


class Shop:
    """A project in euros and one in the workspace's dollars, both open to everybody."""

    def __init__(self, office: Office) -> None:
        self.office, self.owner = office, office.owner
        path = f"/api/hourbook/v1/workspaces/{office.workspace_id}/currencies"
        self.euro = self.owner.raw("POST", path, {"code": "EUR"}).body["id"]
        self.client = self.owner.post("/clients", {"name": "Abroad"}).body["id"]
        assert self.set_currency(self.euro) == "EUR"
        self.abroad = self.project("Abroad", 100, clientId=self.client)
        self.home = self.project("Home", 200)

    def set_currency(self, currency_id: str) -> str:
        body = {"name": "Abroad", "currencyId": currency_id}
        return str(self.owner.put(f"/clients/{self.client}", body).body["currencyCode"])

    def project(self, name: str, amount: int, **said: Any) -> str:
        body = {"name": name, "isPublic": True, "hourlyRate": {"amount": amount}, **said}
        return str(self.owner.post("/projects", body).body["id"])

    def track(self, project: str) -> str:
        body = {"start": START, "end": END, "projectId": project}
        return str(self.office.member.post("/time-entries", body).body["id"])

    def edit(self, entry: str, project: str, start: str = START) -> None:
        body = {"start": start, "end": END, "projectId": project}
        assert self.office.member.put(f"/time-entries/{entry}", body).status == 200

    def invoice(self, entry: str, *, invoiced: bool) -> None:
        body = {"timeEntryIds": [entry], "invoiced": invoiced}
        assert self.owner.patch("/time-entries/invoiced", body).status == 200

    def money(self, entry: str) -> tuple[int, str]:
        rate = self.owner.get(f"/time-entries/{entry}").body["hourlyRate"]
        return rate["amount"], rate["currency"]


@pytest.fixture
def shop(office: Office) -> Shop:
    return Shop(office)


def test_taken_off_its_invoice_a_moved_entry_is_in_the_currency_of_its_project(shop: Shop) -> None:
    entry = shop.track(shop.abroad)
    shop.invoice(entry, invoiced=True)
    shop.edit(entry, shop.home)
    assert shop.money(entry) == (100, "EUR")
    shop.invoice(entry, invoiced=False)
    assert shop.money(entry) == (200, "USD")


def test_a_moved_start_brings_the_currency_with_the_rates(shop: Shop) -> None:
    entry = shop.track(shop.abroad)
    other = next(one["id"] for one in shop.owner.get("").body["currencies"] if one["code"] == "USD")
    assert shop.set_currency(other) == "USD"
    shop.edit(entry, shop.abroad)
    assert shop.money(entry) == (100, "EUR")
    shop.edit(entry, shop.abroad, "2026-05-11T09:00:00Z")
    assert shop.money(entry) == (100, "USD")


def test_a_copy_of_a_moved_invoiced_entry_is_in_the_currency_of_its_project(shop: Shop) -> None:
    entry = shop.track(shop.abroad)
    shop.invoice(entry, invoiced=True)
    shop.edit(entry, shop.home)
    path = f"/user/{shop.office.member.id}/time-entries/{entry}/duplicate"
    assert shop.money(shop.office.member.post(path).body["id"]) == (200, "USD")


def test_a_new_rate_is_not_put_on_entries_of_another_currency(shop: Shop) -> None:
    before = shop.track(shop.abroad)
    dollars = next(one["id"] for one in shop.owner.get("").body["currencies"] if one["code"] == "USD")
    assert shop.set_currency(dollars) == "USD"
    after = shop.track(shop.abroad)
    body = {"name": "Abroad", "isPublic": True, "clientId": shop.client}
    rate = {"amount": 15000, "since": "2026-05-01T00:00:00Z"}
    answer = shop.owner.put(f"/projects/{shop.abroad}", {**body, "hourlyRate": rate})
    assert (answer.status, answer.headers["X-Hourbook-Entries-Changed"]) == (200, "1")
    assert (shop.money(before), shop.money(after)) == ((100, "EUR"), (15000, "USD"))


def test_a_rate_of_a_project_in_another_currency_reaches_its_entries(shop: Shop) -> None:
    entry, home = shop.track(shop.abroad), shop.track(shop.home)
    body = {"name": "Abroad", "isPublic": True, "clientId": shop.client}
    rate = {"amount": 300, "since": "2026-05-01T00:00:00Z"}
    shop.owner.put(f"/projects/{shop.abroad}", {**body, "hourlyRate": rate})
    assert (shop.money(entry), shop.money(home)) == ((300, "EUR"), (200, "USD"))
