"""How many requests an add-on may send: all of its tokens together, in each workspace apart, and beside people's."""

from collections.abc import Iterator

import pytest

from hourbook.http.limits import Limits
from tests.addon_server import AddonPerson, AddonServer, speaking, token_of
from tests.harness import Office

SCOPES = ["TAG_READ"]
RATE = 4


@pytest.fixture(autouse=True)
def still(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No time passes, so what was used up stays so."""
    monkeypatch.setattr("hourbook.http.limits.time.monotonic_ns", lambda: 10**12)
    askers = office.server.runtime.pipeline.askers
    before = askers.limits
    yield
    askers.limits = before


def begin(office: Office) -> None:
    """Counts from here on."""
    office.server.runtime.pipeline.askers.limits = Limits(100, RATE)


def test_all_tokens_of_an_add_on_count_together(office: Office, addon_server: AddonServer) -> None:
    addon = speaking(office, token_of(office, addon_server, scopes=SCOPES))
    answer = addon.raw("POST", f"/api/addon/user/{office.admin.id}/token")
    assert answer.status == 200, answer
    office.server.secrets.append(answer.body)
    of_person: AddonPerson = speaking(office, answer.body)
    begin(office)
    statuses = [asking.get("/tags").status for asking in (addon, of_person) * 3]
    assert statuses == [200] * RATE + [429] * 2
    refused = addon.get("/tags")
    assert refused.body == {"message": "Too many requests", "code": 429}
    assert refused.headers["Retry-After"] == "1"
    assert refused.headers["RateLimit-Policy"] == f'"addon";q={RATE};w=1'
    assert office.owner.get("/tags").headers["X-RateLimit-Limit"] == "200"


def test_an_add_on_is_counted_in_each_workspace_apart(office: Office, addon_server: AddonServer) -> None:
    other = Office(office.server)
    here = speaking(office, token_of(office, addon_server, scopes=SCOPES))
    there = speaking(other, token_of(other, addon_server, scopes=SCOPES))
    begin(office)
    assert [here.get("/tags").status for _ in range(RATE + 1)] == [200] * RATE + [429]
    assert [there.get("/tags").status for _ in range(RATE + 1)] == [200] * RATE + [429]


def test_a_workspace_asks_its_add_ons_for_less(office: Office, addon_server: AddonServer) -> None:
    addon = speaking(office, token_of(office, addon_server, scopes=SCOPES))
    office.set(addon_requests_per_second=2)
    begin(office)
    assert [addon.get("/tags").status for _ in range(3)] == [200, 200, 429]
