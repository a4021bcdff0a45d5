"""Looking at add-ons, switching them, reading the manifest again, removing them."""

from typing import Any

import msgspec
import pytest

from hourbook.journal.journal import iterate_since
from hourbook.resources.webhooks import actions as webhooks
from hourbook.resources.webhooks.store import WEBHOOK
from tests.addon_server import AddonServer, installed, own_path, speaking, tell, token_of
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Answer, Office, Person

# Method, what comes after the add-on, body: every operation about one add-on.
ABOUT_ONE: tuple[tuple[str, str, Any], ...] = (
    ("GET", "", None),
    ("PATCH", "", {"status": "INACTIVE"}),
    ("DELETE", "", None),
    ("POST", "/manifest", None),
    ("GET", "/settings", None),
    ("PATCH", "/settings", [{"id": "s1", "value": "x"}]),
)


def ask(person: Person, method: str, path: str, body: Any = None) -> Answer:
    return person.raw(method, f"/api/hourbook/v1/workspaces/{person.workspace_id}/addons{path}", body)


@pytest.fixture
def addon_id(office: Office, addon_server: AddonServer) -> str:
    return str(installed(office, addon_server).body["id"])


def webhooks_of(office: Office, addon_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = office.owner.get(f"/addons/{addon_id}/webhooks").body["webhooks"]
    return found


@pytest.mark.parametrize(("method", "path", "body"), ABOUT_ONE)
def test_only_owner_and_admins_reach_it(office: Office, addon_id: str, method: str, path: str, body: Any) -> None:
    assert ask(office.anonymous, method, f"/{addon_id}{path}", body).refusal == NO_CREDENTIAL
    for person in (office.outsider, office.member, office.manager):
        assert ask(person, method, f"/{addon_id}{path}", body).refusal == DENIED
    assert ask(office.admin, method, f"/{addon_id}{path}", body).status in (200, 204)


@pytest.mark.parametrize(("method", "path", "body"), ABOUT_ONE)
def test_an_unknown_one_is_refused(office: Office, method: str, path: str, body: Any) -> None:
    for unknown in ("f" * 24, "nonsense"):
        answer = ask(office.owner, method, f"/{unknown}{path}", body)
        assert (answer.refusal, answer.message) == (REFUSED, "Add-on doesn't belong to Workspace")


def test_the_list_is_by_key_and_in_pages(office: Office, addon_server: AddonServer) -> None:
    for key in ("c-addon", "a-addon", "b-addon"):
        assert installed(office, addon_server, key).status == 201
    everything = ask(office.owner, "GET", "")
    assert [one["key"] for one in everything.body] == ["a-addon", "b-addon", "c-addon"]
    first = office.owner.raw("GET", own_path(office), None, {"page": 1, "page-size": 2})
    assert ([one["key"] for one in first.body], first.headers["Last-Page"]) == (["a-addon", "b-addon"], "false")
    assert ask(office.anonymous, "GET", "").refusal == NO_CREDENTIAL
    assert ask(office.member, "GET", "").refusal == DENIED


# --- the status ------------------------------------------------------------------------------------


def test_switching_silences_webhooks_and_is_told(office: Office, addon_server: AddonServer, addon_id: str) -> None:
    tell(office)
    answer = ask(office.owner, "PATCH", f"/{addon_id}", {"status": "INACTIVE"})
    assert (answer.status, answer.body["status"]) == (200, "INACTIVE")
    assert [one["enabled"] for one in webhooks_of(office, addon_id)] == [False]
    tell(office)
    (heard,) = addon_server.told("STATUS_CHANGED")
    assert heard.body == {"addonId": addon_id, "workspaceId": office.workspace_id, "status": "INACTIVE"}
    assert ask(office.owner, "PATCH", f"/{addon_id}", {"status": "ACTIVE"}).status == 200
    assert [one["enabled"] for one in webhooks_of(office, addon_id)] == [True]
    tell(office)
    assert [one.body["status"] for one in addon_server.told("STATUS_CHANGED")] == ["INACTIVE", "ACTIVE"]


def test_switched_on_again_it_hears_what_was_given_up(office: Office, addon_id: str) -> None:
    def give_up(tx: Any) -> None:
        (before,) = webhooks.list_of_addon(tx, addon_id).webhooks
        tx.update(WEBHOOK, before, msgspec.structs.replace(before, delivery_enabled=False))

    office.write(give_up)
    assert [one["deliveryEnabled"] for one in webhooks_of(office, addon_id)] == [False]
    for status in ("INACTIVE", "ACTIVE"):
        assert ask(office.owner, "PATCH", f"/{addon_id}", {"status": status}).status == 200
    assert [one["deliveryEnabled"] for one in webhooks_of(office, addon_id)] == [True]


def test_its_webhooks_are_changed_by_nobody_else(office: Office, addon_id: str) -> None:
    (before,) = webhooks_of(office, addon_id)
    path = f"/webhooks/{before['id']}"
    body = {name: before[name] for name in ("url", "name", "webhookEvent", "triggerSourceType", "triggerSource")}
    answers = (office.owner.put(path, body), office.owner.patch(f"{path}/token"), office.owner.delete(path))
    for answer in answers:
        assert answer.refusal == REFUSED
        assert "belongs to an add-on" in answer.message
    assert webhooks_of(office, addon_id) == [before]


def test_the_status_it_has_changes_nothing(office: Office, addon_server: AddonServer, addon_id: str) -> None:
    before = office.read(lambda tx: list(iterate_since(tx, 0)))
    assert ask(office.owner, "PATCH", f"/{addon_id}", {"status": "ACTIVE"}).status == 200
    assert office.read(lambda tx: list(iterate_since(tx, 0))) == before
    tell(office)
    assert addon_server.told("STATUS_CHANGED") == []


def test_another_word_is_no_status(office: Office, addon_id: str) -> None:
    for body in ({"status": "PAUSED"}, {}, {"status": None}):
        assert ask(office.owner, "PATCH", f"/{addon_id}", body).refusal == UNREADABLE


# --- the manifest, again ----------------------------------------------------------------------------


def test_a_manifest_read_again_replaces_the_first(office: Office, addon_server: AddonServer) -> None:
    token = token_of(office, addon_server, scopes=["TAG_READ"])
    addon = speaking(office, token)
    (one,) = ask(office.owner, "GET", "").body
    kept, gone = {"event": "NEW_TAG", "path": "/tag"}, {"event": "NEW_CLIENT", "path": "/client"}
    addon_server.manifest = {"name": "Other", "scopes": ["CLIENT_READ"], "webhooks": [kept, gone]}
    answer = ask(office.owner, "POST", f"/{one['id']}/manifest")
    assert (answer.status, answer.body["name"], answer.body["scopes"]) == (200, "Other", ["CLIENT_READ"])
    assert addon.get("/tags").refusal == DENIED
    assert addon.get("/clients").status == 200
    first = {webhook["webhookEvent"]: webhook["id"] for webhook in webhooks_of(office, one["id"])}
    assert first.keys() == {"NEW_TAG", "NEW_CLIENT"}
    addon_server.manifest |= {"webhooks": [kept]}
    assert ask(office.owner, "POST", f"/{one['id']}/manifest").status == 200
    (left,) = webhooks_of(office, one["id"])
    assert left["id"] == first["NEW_TAG"]
    assert left["enabled"]


def test_what_fits_no_more_goes_with_the_setting(office: Office, addon_server: AddonServer, addon_id: str) -> None:
    changes = [{"id": "n", "value": 7}, {"id": "s1", "value": "mine"}]
    assert ask(office.owner, "PATCH", f"/{addon_id}/settings", changes).status == 200
    settings = [
        {"id": "n", "name": "Number", "type": "TXT", "value": "text"},
        {"id": "s1", "name": "Setting", "type": "TXT", "value": "v"},
    ]
    addon_server.manifest = {"settings": {"tabs": [{"id": "t", "name": "T", "settings": settings}]}}
    assert ask(office.owner, "POST", f"/{addon_id}/manifest").status == 200
    (tab,) = ask(office.owner, "GET", f"/{addon_id}/settings").body["tabs"]
    assert [one["value"] for one in tab["settings"]] == ["text", "mine"]


def test_a_manifest_of_another_addon_or_a_bad_one_changes_nothing(
    office: Office, addon_server: AddonServer, addon_id: str
) -> None:
    addon_server.manifest = {"key": "somebody-else"}
    assert "another add-on" in ask(office.owner, "POST", f"/{addon_id}/manifest").message
    addon_server.manifest = {"name": ""}
    assert "name" in ask(office.owner, "POST", f"/{addon_id}/manifest").message
    assert ask(office.owner, "GET", f"/{addon_id}").body["name"] == "An example"


# --- removing ---------------------------------------------------------------------------------------


def test_removing_takes_webhooks_along_and_is_told(office: Office, addon_server: AddonServer, addon_id: str) -> None:
    tell(office)
    assert ask(office.owner, "DELETE", f"/{addon_id}").status == 204
    assert ask(office.owner, "GET", "").body == []
    assert office.owner.get("/webhooks").body["webhooks"] == []
    tell(office)
    (heard,) = addon_server.told("DELETED")
    assert heard.body == {"addonId": addon_id, "workspaceId": office.workspace_id, "asUser": office.owner.id}
    assert heard.headers["x-addon-lifecycle-token"]


def test_what_it_was_not_told_yet_it_is_not_told_any_more(
    office: Office, addon_server: AddonServer, addon_id: str
) -> None:
    assert ask(office.owner, "DELETE", f"/{addon_id}").status == 204
    tell(office)
    assert addon_server.told("INSTALLED") == []
    assert len(addon_server.told("DELETED")) == 1


def test_it_can_be_installed_again_as_another_installation(
    office: Office, addon_server: AddonServer, addon_id: str
) -> None:
    assert ask(office.owner, "DELETE", f"/{addon_id}").status == 204
    again = installed(office, addon_server)
    assert again.status == 201
    assert again.body["id"] != addon_id


# --- the order of calls ------------------------------------------------------------------------------


def test_calls_wait_for_those_before_them(office: Office, addon_server: AddonServer, addon_id: str) -> None:
    addon_server.statuses["/lifecycle/installed"] = 503
    tell(office)
    assert ask(office.owner, "PATCH", f"/{addon_id}", {"status": "INACTIVE"}).status == 200
    tell(office)
    assert addon_server.told("STATUS_CHANGED") == []
    addon_server.statuses.clear()
    office.clock.move(6)
    tell(office)
    assert [one.path for one in addon_server.heard[-2:]] == ["/lifecycle/installed", "/lifecycle/status_changed"]


def test_a_call_is_tried_on_the_schedule_of_webhooks_and_given_up(
    office: Office, addon_server: AddonServer, addon_id: str
) -> None:
    addon_server.statuses["/lifecycle/installed"] = 500
    tries = 0
    for pause in (0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400):
        office.clock.move(pause - 1 if pause else 0)
        if pause:
            tell(office)
            assert len(addon_server.told("INSTALLED")) == tries, pause
            office.clock.move(1)
        tell(office)
        tries += 1
        assert len(addon_server.told("INSTALLED")) == tries, pause
    (call,) = ask(office.owner, "GET", f"/{addon_id}").body["calls"]
    assert (call["state"], call["tries"], call["reason"]) == ("FAILED", 10, "the answer is 500")
    office.clock.move(10 * 86400)
    tell(office)
    assert len(addon_server.told("INSTALLED")) == tries


def test_an_addon_that_says_it_is_gone_is_not_asked_again(
    office: Office, addon_server: AddonServer, addon_id: str
) -> None:
    addon_server.statuses["/lifecycle/installed"] = 410
    tell(office)
    (call,) = ask(office.owner, "GET", f"/{addon_id}").body["calls"]
    assert (call["state"], call["reason"]) == ("FAILED", "the answer is 410")


def test_the_same_words_are_sent_on_every_try(office: Office, addon_server: AddonServer, addon_id: str) -> None:
    addon_server.statuses["/lifecycle/installed"] = 500
    tell(office)
    office.clock.move(6)
    tell(office)
    first, second = addon_server.told("INSTALLED")
    assert first.body == second.body
    assert first.headers["x-addon-lifecycle-token"] == second.headers["x-addon-lifecycle-token"]


def test_an_addon_without_a_lifecycle_is_told_nothing(office: Office, addon_server: AddonServer) -> None:
    addon_server.manifest = {"lifecycle": None, "webhooks": None}
    answer = installed(office, addon_server)
    assert (answer.status, answer.body["calls"]) == (201, [])
