"""Which rates time entries carry when rates change around them."""

from typing import Any

import pytest

from hourbook.core.calendar import format_instant
from tests.harness import Answer, Office, Person

MARCH, APRIL, MAY = "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z"
Given = tuple[int, int]


class Shop:
    """A public project with a task, and what is needed to look at rates."""

    def __init__(self, office: Office) -> None:
        self.office, self.owner = office, office.owner
        member = [{"userId": office.member.id}]
        body = {"name": "Website", "isPublic": True, "memberships": member}
        self.project = self.owner.post("/projects", body).body["id"]
        self.task = self.owner.post(f"/projects/{self.project}/tasks", {"name": "Draw"}).body["id"]
        self.paths = {
            "workspace": "",
            "member": f"/users/{office.member.id}",
            "project member": f"/projects/{self.project}/users/{office.member.id}",
            "task": f"/projects/{self.project}/tasks/{self.task}",
        }

    def track(self, start: str, person: Person | None = None, **said: Any) -> str:
        body = {"start": start, "end": start.replace("T00", "T01"), "projectId": self.project, **said}
        answer = (person or self.office.member).post("/time-entries", body)
        assert answer.status == 201, answer
        return str(answer.body["id"])

    def put(self, place: str, amount: int, since: str | None = None, kind: str = "hourly") -> Answer:
        rate = {"amount": amount, "since": since}
        if place == "project":
            answer = self.owner.put(f"/projects/{self.project}", {"isPublic": True, f"{kind}Rate": rate})
        else:
            answer = self.owner.put(f"{self.paths[place]}/{kind}-rate", rate)
        assert answer.status == 200, answer
        return answer

    def rate(self, entry: str, kind: str = "hourly") -> int:
        return int(self.owner.get(f"/time-entries/{entry}").body[f"{kind}Rate"]["amount"])


@pytest.fixture
def shop(office: Office) -> Shop:
    return Shop(office)


def counted(answer: Answer) -> tuple[str, str]:
    return answer.headers["X-Hourbook-Entries-Changed"], answer.headers["X-Hourbook-Entries-Kept"]


PLACES = ("workspace", "member", "project", "project member", "task")


@pytest.mark.parametrize("kind", ["hourly", "cost"])
@pytest.mark.parametrize("place", PLACES)
def test_without_a_moment_only_what_comes_is_touched(shop: Shop, place: str, kind: str) -> None:
    past = shop.track(MARCH, taskId=shop.task)
    future = shop.track("2026-12-01T00:00:00Z", taskId=shop.task)
    assert counted(shop.put(place, 4200, kind=kind)) == ("1", "0")
    assert (shop.rate(past, kind), shop.rate(future, kind)) == (0, 4200)


@pytest.mark.parametrize("kind", ["hourly", "cost"])
@pytest.mark.parametrize("place", PLACES)
def test_a_past_moment_rewrites_what_began_at_it_or_later(shop: Shop, place: str, kind: str) -> None:
    entries = [shop.track(at, taskId=shop.task) for at in (MARCH, APRIL, MAY)]
    assert counted(shop.put(place, 4200, APRIL, kind=kind)) == ("2", "0")
    assert [shop.rate(entry, kind) for entry in entries] == [0, 4200, 4200]
    assert counted(shop.put(place, 4000, MARCH, kind=kind)) == ("1", "0")
    assert [shop.rate(entry, kind) for entry in entries] == [4000, 4200, 4200]


def test_the_nearest_place_decides_whatever_changes_behind_it(shop: Shop) -> None:
    plain, tasked = shop.track(APRIL), shop.track(APRIL, taskId=shop.task)
    found = []
    for amount, place in enumerate(PLACES, 1):
        shop.put(place, amount, MARCH)
        found.append((shop.rate(plain), shop.rate(tasked)))
    assert found == [(1, 1), (2, 2), (3, 3), (4, 4), (4, 5)]
    for place in PLACES[:3]:
        assert counted(shop.put(place, 9, MARCH)) == ("0", "0")
    assert (shop.rate(plain), shop.rate(tasked)) == (4, 5)


def test_an_invoiced_entry_keeps_its_rate_and_the_answer_says_so(shop: Shop) -> None:
    entries = [shop.track(APRIL), shop.track(APRIL)]
    shop.owner.patch("/time-entries/invoiced", {"timeEntryIds": entries[:1], "invoiced": True})
    assert counted(shop.put("workspace", 700, MARCH)) == ("1", "1")
    assert [shop.rate(entry) for entry in entries] == [0, 700]
    shop.owner.patch("/time-entries/invoiced", {"timeEntryIds": entries[:1], "invoiced": False})
    assert shop.rate(entries[0]) == 700


def test_an_invoiced_entry_keeps_its_rate_wherever_it_is_moved(shop: Shop) -> None:
    entry = shop.track(APRIL)
    shop.owner.patch("/time-entries/invoiced", {"timeEntryIds": [entry], "invoiced": True})
    shop.put("task", 700, MARCH)
    body = {"start": MAY, "end": "2026-05-01T01:00:00Z", "projectId": shop.project, "taskId": shop.task}
    assert shop.owner.put(f"/time-entries/{entry}", body).status == 200
    assert shop.rate(entry) == 0


def test_a_copy_of_an_invoiced_entry_has_the_rate_in_force(shop: Shop) -> None:
    entry = shop.track(APRIL)
    shop.owner.patch("/time-entries/invoiced", {"timeEntryIds": [entry], "invoiced": True})
    shop.put("workspace", 700, MARCH)
    copy = shop.owner.post(f"/user/{shop.office.member.id}/time-entries/{entry}/duplicate").body["id"]
    assert (shop.rate(entry), shop.rate(copy)) == (0, 700)


def test_clearing_a_project_s_rate_falls_to_the_next_place(shop: Shop) -> None:
    shop.put("workspace", 100, MARCH)
    shop.put("member", 200, MAY)
    shop.put("project", 300, MARCH)
    entries = [shop.track(at) for at in (APRIL, MAY)]
    owned = shop.track(MAY, shop.owner)
    assert counted(shop.put("project", 0, MARCH)) == ("3", "0")
    assert [shop.rate(entry) for entry in (*entries, owned)] == [100, 200, 100]


def test_a_zero_of_a_member_or_a_task_is_a_real_one(shop: Shop) -> None:
    shop.put("workspace", 100, MARCH)
    entry = shop.track(APRIL, taskId=shop.task)
    shop.put("member", 0, MARCH)
    assert shop.rate(entry) == 0
    shop.put("project", 300, MARCH)
    assert shop.rate(entry) == 300
    shop.put("task", 0, MARCH)
    assert shop.rate(entry) == 0


def test_a_moved_start_and_another_task_bring_their_rates(shop: Shop) -> None:
    shop.put("workspace", 100, MARCH)
    shop.put("workspace", 200, MAY)
    shop.put("task", 900, APRIL)
    entry = shop.track(APRIL)

    def moved(start: str, **said: Any) -> int:
        body = {"start": start, "end": start.replace("T00", "T01"), "projectId": shop.project, **said}
        assert shop.office.member.put(f"/time-entries/{entry}", body).status == 200
        return shop.rate(entry)

    assert moved(APRIL, description="only named") == 100
    assert moved(MAY) == 200
    assert moved(MAY, taskId=shop.task) == 900
    assert moved(MARCH, taskId=shop.task) == 100


def test_a_timer_has_the_rate_of_its_start(shop: Shop) -> None:
    start = format_instant(shop.office.clock.now_s - 60)
    entry = shop.office.member.post("/time-entries", {"start": start, "projectId": shop.project}).body["id"]
    shop.put("project", 500)
    assert shop.rate(entry) == 0
    assert counted(shop.put("project", 600, start)) == ("1", "0")
    assert shop.rate(entry) == 600


def test_a_rate_of_somebody_on_a_project_ends_with_their_leaving(shop: Shop) -> None:
    shop.put("project member", 800, MARCH)
    shop.put("project member", 850, "2026-11-01T00:00:00Z")
    before = shop.track(APRIL)
    path = f"/projects/{shop.project}/memberships"
    for remove in (True, False):
        body = {"userIds": [shop.office.member.id], "remove": remove}
        assert shop.owner.post(path, body).status == 200
    assert shop.rate(before) == 800
    assert (shop.rate(shop.track("2026-12-01T00:00:00Z")), shop.rate(shop.track(APRIL))) == (0, 800)
    rows = shop.owner.get(f"/projects/{shop.project}").body["memberships"]
    assert next(row for row in rows if row["userId"] == shop.office.member.id)["hourlyRate"] is None


def test_setting_everybody_on_a_project_says_what_that_did(shop: Shop) -> None:
    entries = [shop.track(APRIL), shop.track(APRIL, shop.owner)]
    said = [
        {"userId": person.id, "hourlyRate": {"amount": amount, "since": MARCH}, "costRate": {"amount": 7, "since": MAY}}
        for person, amount in ((shop.office.member, 700), (shop.owner, 900))
    ]
    answer = shop.owner.patch(f"/projects/{shop.project}/memberships", {"memberships": said})
    assert counted(answer) == ("2", "0")
    assert [(shop.rate(one), shop.rate(one, "cost")) for one in entries] == [(700, 0), (900, 0)]


def test_a_thousand_entries_share_a_bulk_row_of_the_journal(shop: Shop) -> None:
    from hourbook.journal.journal import iterate_since

    entries = [shop.track(APRIL) for _ in range(3)]
    start = shop.office.read(lambda tx: max(row.revision for row in iterate_since(tx, 0)))
    shop.put("workspace", 700, MARCH)
    rows = shop.office.read(lambda tx: [row for row in iterate_since(tx, start) if row.kind == "TIME_ENTRY"])
    assert [(row.verb, row.origin, row.event, sorted(row.ids or ())) for row in rows] == [
        ("update_many", "cascade", None, sorted(entries))
    ]
    assert (rows[0].after, rows[0].rows) == ({"hourly_rate_minor": 700}, [[0], [0], [0]])


def test_the_headers_are_exposed_to_browsers(shop: Shop) -> None:
    rate, origin = {"amount": 1}, {"origin": "https://example.com"}
    path = f"/api/v1/workspaces/{shop.office.workspace_id}/hourly-rate"
    answer = shop.owner.raw("PUT", path, rate, headers=origin)
    assert "X-Hourbook-Entries-Changed, X-Hourbook-Entries-Kept" in answer.headers["access-control-expose-headers"]


def test_rates_of_small_and_large_currencies_are_minor_units_alike(shop: Shop) -> None:
    client = shop.owner.post("/clients", {"name": "Tokyo"}).body["id"]
    currency = shop.office.write(lambda tx: _add_currency(tx, "JPY"))
    shop.owner.put(f"/clients/{client}", {"name": "Tokyo", "currencyId": currency})
    body = {"name": "Yen", "clientId": client, "isPublic": True, "hourlyRate": {"amount": 9000}}
    project = shop.owner.post("/projects", body).body
    assert project["hourlyRate"] == {"amount": 9000, "currency": "JPY"}
    entry = shop.track(APRIL, projectId=project["id"])
    assert shop.owner.get(f"/time-entries/{entry}").body["hourlyRate"] == {"amount": 9000, "currency": "JPY"}


def _add_currency(tx: Any, code: str) -> str:
    from hourbook.resources.workspaces import store
    from hourbook.resources.workspaces.rules import Currency

    currency = Currency(tx.workspace_id, tx.new_id(), code, False)
    tx.insert(store.CURRENCY, currency)
    return currency.id
