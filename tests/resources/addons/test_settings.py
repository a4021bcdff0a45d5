"""Settings of an add-on: the API that add-ons call, and the same for people on our own surface."""

import json
from typing import Any

import pytest

from tests.addon_server import SETTINGS, AddonPerson, AddonServer, own_path, speaking, tell, token_of
from tests.harness import DENIED, REFUSED, UNREADABLE, Answer, Office, Person
from tests.resources.addons.test_credential import claims_of, user_token


@pytest.fixture
def addon(office: Office, addon_server: AddonServer) -> AddonPerson:
    return speaking(office, token_of(office, addon_server))


def path_of(person: Person) -> str:
    return f"/api/addon/workspaces/{person.workspace_id}/settings"


def change(person: Person, *changes: dict[str, Any]) -> Answer:
    return person.raw("PATCH", path_of(person), list(changes))


def values(answer: Answer) -> dict[str, Any]:
    assert answer.status == 200, answer
    (tab,) = answer.body["tabs"]
    parts = [*tab.get("groups", []), tab]
    return {one["id"]: one.get("value") for part in parts for one in part.get("settings", [])}


def own(office: Office, addon: AddonPerson) -> str:
    return own_path(office, f"/{claims_of(str(addon.key))['addonId']}/settings")


def test_the_tree_goes_out_as_the_manifest_has_it(office: Office, addon: AddonPerson) -> None:
    answer = addon.raw("GET", path_of(addon))
    assert answer.status == 200
    wanted = json.loads(json.dumps(SETTINGS))
    for setting in wanted["tabs"][0]["settings"]:
        setting.setdefault("value", None)
    assert answer.body == wanted


def test_the_recorded_keys_are_there(office: Office, addon: AddonPerson) -> None:
    """recorded/events/addon-settings-get.json, whose tree is the beginning of this one."""
    (tab,) = addon.raw("GET", path_of(addon)).body["tabs"]
    assert list(tab) == ["id", "name", "header", "groups", "settings"]
    (group,) = tab["groups"]
    assert group.keys() == {"id", "title", "description", "header", "settings"}
    keys = {"id", "name", "type", "value", "required", "copyable", "readOnly", "accessLevel"}
    assert group["settings"][0].keys() == tab["settings"][0].keys() == keys


def test_nobody_but_an_addon_asks_here(office: Office, addon: AddonPerson) -> None:
    assert office.anonymous.raw("GET", path_of(addon)).refusal == (401, 1000)
    assert office.owner.raw("GET", path_of(addon)).refusal == REFUSED
    assert change(office.owner, {"id": "s1", "value": "x"}).refusal == REFUSED


def test_a_change_is_there_and_told_flat(office: Office, addon: AddonPerson, addon_server: AddonServer) -> None:
    answer = change(addon, {"id": "s1", "value": "new"}, {"id": "c", "value": False}, {"id": "m", "value": ["b", "a"]})
    assert (answer.status, answer.body) == (200, None)
    found = values(addon.raw("GET", path_of(addon)))
    assert (found["s1"], found["c"], found["m"], found["s2"]) == ("new", False, ["b", "a"], "v2")
    tell(office)
    (heard,) = addon_server.told("SETTINGS_UPDATED")
    assert list(heard.body) == ["workspaceId", "addonId", "settings"]
    assert heard.body["workspaceId"] == office.workspace_id
    assert all(list(one) == ["id", "name", "value"] for one in heard.body["settings"])
    assert {one["id"]: one["value"] for one in heard.body["settings"]} == found


def test_no_change_is_told_to_nobody(office: Office, addon: AddonPerson, addon_server: AddonServer) -> None:
    assert change(addon, {"id": "s1", "value": "new"}).status == 200
    assert change(addon, {"id": "s1", "value": "new"}).status == 200
    tell(office)
    assert len(addon_server.told("SETTINGS_UPDATED")) == 1


def test_of_changes_that_wait_only_the_newest_is_told(
    office: Office, addon: AddonPerson, addon_server: AddonServer
) -> None:
    for number in range(5):
        assert change(addon, {"id": "n", "value": number}).status == 200
    addon_server.statuses["/lifecycle/settings_updated"] = 503
    tell(office)
    # What was tried already is tried again as it was: nobody knows whether it arrived.
    for number in range(5, 9):
        assert change(addon, {"id": "n", "value": number}).status == 200
    addon_server.statuses.clear()
    office.clock.move(6)
    tell(office)
    heard = [
        {one["id"]: one["value"] for one in call.body["settings"]} for call in addon_server.told("SETTINGS_UPDATED")
    ]
    assert [one["n"] for one in heard] == [4, 4, 8]


@pytest.mark.parametrize(
    ("id_", "value", "words"),
    [
        ("s1", 5, "must be a text"),
        ("s1", "", "needs a value"),
        ("s1", None, "needs a value"),
        ("s1", "x" * 5001, "can't be longer"),
        ("n", "5", "must be a number"),
        ("n", 1e300, "must be a number of at most 64 bits"),
        ("n", True, "must be a number"),
        ("c", "true", "must be true or false"),
        ("c", 1, "must be true or false"),
        ("d", "c", "must be one of a, b"),
        ("d", ["a"], "must be a text"),
        ("m", "a", "must be a list of texts"),
        ("m", ["a", "c"], "must be one of a, b"),
        ("us", "someone", "must be a list of texts"),
        ("unknown", "x", "doesn't belong to the add-on"),
    ],
)
def test_a_value_must_fit_its_setting(office: Office, addon: AddonPerson, id_: str, value: Any, words: str) -> None:
    before = values(addon.raw("GET", path_of(addon)))
    answer = change(addon, {"id": "s2", "value": "not kept either"}, {"id": id_, "value": value})
    assert answer.refusal == REFUSED
    assert words in answer.message
    assert values(addon.raw("GET", path_of(addon))) == before


@pytest.mark.parametrize(("id_", "value"), [("n", 1.5), ("n", None), ("d", "b"), ("d", None), ("m", []), ("us", ["x"])])
def test_these_fit(office: Office, addon: AddonPerson, id_: str, value: Any) -> None:
    assert change(addon, {"id": id_, "value": value}).status == 200
    assert values(addon.raw("GET", path_of(addon)))[id_] == value


def test_a_body_that_is_no_list_is_refused(office: Office, addon: AddonPerson) -> None:
    for body in ({"id": "s1", "value": "x"}, [{"value": "x"}], [{"id": 5}], [{"id": "s1", "value": {}}]):
        assert addon.raw("PATCH", path_of(addon), body).refusal == UNREADABLE


def test_a_members_token_reaches_what_is_for_everyone(office: Office, addon: AddonPerson) -> None:
    member = speaking(office, user_token(office, addon, office.member.id))
    assert values(member.raw("GET", path_of(member))).keys() == {"n", "c"}
    assert change(member, {"id": "n", "value": 9}).status == 200
    assert change(member, {"id": "s1", "value": "x"}).refusal == REFUSED


def test_another_workspace_is_closed(office: Office, addon: AddonPerson) -> None:
    path = f"/api/addon/workspaces/{office.outsider_workspace_id}/settings"
    assert addon.raw("GET", path).refusal == DENIED


def test_people_change_them_but_not_what_is_the_addons_own(office: Office, addon: AddonPerson) -> None:
    path = own(office, addon)
    answer = office.admin.raw("PATCH", path, [{"id": "s1", "value": "by an admin"}])
    assert values(answer)["s1"] == "by an admin"
    assert values(office.admin.raw("GET", path)) == values(addon.raw("GET", path_of(addon)))
    refused = office.admin.raw("PATCH", path, [{"id": "l", "value": "https://example.net"}])
    assert refused.refusal == REFUSED
    assert "only be changed by the add-on" in refused.message
    assert change(addon, {"id": "l", "value": "https://example.net"}).status == 200


def test_an_addon_with_a_page_of_its_own_has_no_tree(office: Office, addon_server: AddonServer) -> None:
    addon = speaking(office, token_of(office, addon_server, settings="/settings"))
    assert addon.raw("GET", path_of(addon)).body == {"tabs": []}
    (one,) = office.owner.raw("GET", own_path(office)).body
    assert one["settingsUrl"] == addon_server.url + "/settings"


def test_the_personal_data_of_whoever_installed_it_names_it(office: Office, addon: AddonPerson) -> None:
    assert addon.key
    path = f"/api/hourbook/v1/workspaces/{office.workspace_id}/users/{office.owner.id}/data"
    told = json.dumps(office.owner.raw("GET", path).body)
    assert "example-addon-key" in told
    assert "settingValues" not in told
