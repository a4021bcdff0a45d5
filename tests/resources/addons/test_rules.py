"""What a manifest may say, in each version of its schema, and in which words it is told what is wrong."""

import json
from typing import Any

import msgspec
import pytest

from hourbook.core.errors import InvalidValue
from hourbook.resources.addons import rules, rules_calls
from hourbook.resources.addons.rules import Addon, Status
from hourbook.resources.addons.rules_calls import CallState
from hourbook.resources.addons.rules_manifest import (
    LifecycleType,
    Manifest,
    address_of,
    called_addresses,
    encode_manifest,
    read_manifest,
    settings_of,
)

EVENTS = {"NEW_TAG", "NEW_PROJECT", "TIME_OFF_REQUEST_STARTED", *(f"EVENT_{number}" for number in range(11))}
LEAST = {"key": "an-addon", "name": "An add-on", "baseUrl": "https://addon.example/", "minimalSubscriptionPlan": "FREE"}


def read(**more: Any) -> Manifest:
    manifest = {name: value for name, value in (LEAST | more).items() if value is not ...}
    return read_manifest(json.dumps(manifest).encode(), EVENTS)


def problem(**more: Any) -> str:
    with pytest.raises(InvalidValue) as caught:
        read(**more)
    return caught.value.reason.removeprefix("The manifest is wrong: ")


def component(**more: Any) -> dict[str, Any]:
    found = {"type": "sidebar", "accessLevel": "EVERYONE", "path": "/s", "label": "Side", **more}
    return {name: value for name, value in found.items() if value is not ...}


def tree(*settings: dict[str, Any]) -> dict[str, Any]:
    return {"tabs": [{"id": "t", "name": "T", "settings": list(settings)}]}


def setting(**more: Any) -> dict[str, Any]:
    return {"id": "s", "name": "S", "type": "TXT", **more}


def nested(levels: int) -> Any:
    """Lists and objects in turn, the outermost an object."""
    found: Any = 1
    for level in range(levels, 0, -1):
        found = {"in": found} if level % 2 else [found]
    return found


def test_the_least_there_is() -> None:
    found = read()
    assert (found.key, found.scopes, found.tree.tabs) == ("an-addon", None, [])
    assert read_manifest(encode_manifest(found).encode(), EVENTS) == found


@pytest.mark.parametrize("name", ["key", "name", "baseUrl", "minimalSubscriptionPlan"])
def test_what_is_required(name: str) -> None:
    assert f"`{name}`" in problem(**{name: ...})


@pytest.mark.parametrize("version", ["1.2", "1.3", "1.4"])
def test_every_known_schema_is_read(version: str) -> None:
    assert read(schemaVersion=version, scopes=[]).schema_version == version


def test_null_is_the_same_as_nothing() -> None:
    names = ("schemaVersion", "scopes", "description", "iconPath", "lifecycle", "webhooks", "components", "settings")
    assert read(**dict.fromkeys(names)) == read()


def test_unknown_keys_are_left_out() -> None:
    assert "later" not in encode_manifest(read(later={"any": "thing"}))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"schemaVersion": "1.1"}, "schemaVersion must be one of 1.2, 1.3, 1.4"),
        ({"schemaVersion": 1.3}, "schemaVersion: Expected `str | null`, got `float`"),
        ({"key": "x"}, "key must have 2 to 50 characters"),
        ({"key": "x" * 51}, "key must have 2 to 50 characters"),
        ({"key": "a\nb"}, "key must have 2 to 50 characters"),
        ({"name": "  "}, "name must have 1 to 100 characters"),
        ({"name": "x" * 101}, "name must have 1 to 100 characters"),
        ({"description": "x" * 5001}, "description can't be longer than 5000 characters"),
        ({"minimalSubscriptionPlan": "GOLD"}, "minimalSubscriptionPlan: Invalid enum value 'GOLD'"),
        ({"iconPath": "https://other.example/i.png"}, "iconPath must be a path below baseUrl"),
        ({"baseUrl": "https://addon.example/?a=b"}, "baseUrl must have neither a query nor a fragment"),
        ({"baseUrl": "https://addon.example/#a"}, "baseUrl must have neither a query nor a fragment"),
        ({"schemaVersion": "1.2"}, "scopes is required in schema 1.2"),
        ({"scopes": ["TAG_READ", "TAG_EAT"]}, "scopes[1] is no scope: 'TAG_EAT'"),
        ({"lifecycle": [{"type": "BORN", "path": "/"}]}, "lifecycle[0].type: Invalid enum value 'BORN'"),
        ({"lifecycle": [{"type": "DELETED", "path": "a b"}]}, "lifecycle[0].path must be a path below baseUrl"),
        ({"webhooks": [{"event": "NEW_MOON", "path": "/"}]}, "webhooks[0].event is no event of add-ons: 'NEW_MOON'"),
        (
            {"webhooks": [{"event": "TIME_OFF_REQUEST_STARTED", "path": "/"}]},
            "webhooks[0].event is no event of add-ons: 'TIME_OFF_REQUEST_STARTED'",
        ),
        ({"webhooks": [{"event": "NEW_TAG", "path": "/"}] * 2}, "webhooks[1] is there twice"),
        ({"webhooks": [{"event": "NEW_TAG", "path": "\\"}]}, "webhooks[0].path must be a path below baseUrl"),
        ({"webhooks": [{"event": "NEW_TAG", "path": "/a/../../b"}]}, "webhooks[0].path must be a path below baseUrl"),
        ({"lifecycle": [{"type": "DELETED", "path": "%2E%2e/b"}]}, "lifecycle[0].path must be a path below baseUrl"),
        (
            {"webhooks": [{"event": f"EVENT_{number}", "path": "/"} for number in range(11)]},
            "webhooks can't be more than 10",
        ),
        ({"components": [component(label=...)]}, "components[0].label is required in schema 1.4"),
        ({"components": [component(label="x" * 101)]}, "components[0].label is too long"),
        ({"components": [component(path="//a://b")]}, "components[0].path must be a path below baseUrl"),
        ({"components": [component(iconPath="x y")]}, "components[0].iconPath must be a path below baseUrl"),
        ({"components": [component()] * 51}, "components can't be more than 50"),
        (
            {"components": [component(options=nested(33))]},
            "components[0].options can't be nested deeper than 32 levels",
        ),
        (
            {"lifecycle": [{"type": "DELETED", "path": f"/{number}"} for number in range(21)]},
            "lifecycle can't be more than 20",
        ),
        ({"name": "a\0b"}, "NUL characters are not accepted"),
        ({"settings": "a b"}, "settings must be a path below baseUrl"),
        ({"settings": tree(setting(), setting())}, "settings has the id 's' twice"),
        ({"settings": tree(setting(id=""))}, "settings has an id that is empty or longer than 100 characters"),
        ({"settings": {"tabs": [{"id": "t", "name": "T"}] * 2}}, "settings.tabs has the id 't' twice"),
        ({"settings": tree(setting(type="DROPDOWN_SINGLE"))}, "the setting 's' needs allowedValues"),
        ({"settings": tree(setting(type="NUMBER", value="5"))}, "the setting 's' must be a number"),
        (
            {"settings": tree(setting(type="NUMBER", value=-(1 << 63)))},
            "the setting 's' must be a number of at most 64 bits",
        ),
        (
            {"settings": tree(setting(type="DROPDOWN_MULTIPLE", allowedValues=["a"], value=["a"] * 201))},
            "the setting 's' can't have more than 200 values",
        ),
        ({"settings": tree(*(setting(id=str(number)) for number in range(201)))}, "settings can't be more than 200"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(more: dict[str, Any], words: str) -> None:
    assert problem(**more) == words


def test_what_is_too_deep_to_be_read_is_told_so() -> None:
    with pytest.raises(InvalidValue, match="nested too deep"):
        read_manifest(b'{"later": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", EVENTS)


def test_options_may_be_nested_as_deep_as_the_limit_says() -> None:
    (found,) = read(components=[component(options=nested(32))]).components or []
    assert found.options == nested(32)


def test_words_that_look_like_an_escape_are_none() -> None:
    assert read(name="\\u0000").name == "\\u0000"


def test_addresses_that_are_called_are_named_by_their_place() -> None:
    manifest = read(
        lifecycle=[{"type": "DELETED", "path": "/d"}, {"type": "INSTALLED", "path": "i"}],
        webhooks=[{"event": "NEW_TAG", "path": "/t"}],
    )
    assert called_addresses(manifest) == {
        "lifecycle[0].path": "https://addon.example/d",
        "lifecycle[1].path": "https://addon.example/i",
        "webhooks[0].path": "https://addon.example/t",
    }
    assert called_addresses(read()) == {}


@pytest.mark.parametrize("content", [b"", b"<html>", b"{", b"\xff"])
def test_what_is_no_json_is_told_so(content: bytes) -> None:
    with pytest.raises(InvalidValue, match="no JSON"):
        read_manifest(content, EVENTS)


@pytest.mark.parametrize("content", [b"null", b"[]", b"5"])
def test_what_is_no_object_is_told_so(content: bytes) -> None:
    with pytest.raises(InvalidValue, match="Expected `object`"):
        read_manifest(content, EVENTS)


def test_components_by_version() -> None:
    action = component(type="invoices.action")
    assert read(schemaVersion="1.4", components=[action]).components
    assert "components[0].type" in problem(schemaVersion="1.3", components=[action])
    assert read(schemaVersion="1.2", scopes=[], components=[component(label=...)]).components
    assert "label" in problem(schemaVersion="1.2", scopes=[], components=[component(label="x" * 26)])
    assert read(schemaVersion="1.3", components=[component(label="x" * 26, iconPath="/i")]).components


def test_paths_never_leave_the_base_url() -> None:
    manifest = read()
    for path in ("/a", "a", "@evil.example/", "//evil.example/a"):
        assert address_of(manifest, path).startswith("https://addon.example/")


def test_a_required_setting_may_be_left_to_whoever_installs() -> None:
    assert read(settings=tree(setting(required=True), setting(id="b", required=True, value=""))).tree.tabs


def test_settings_come_out_of_groups_and_tabs_in_order() -> None:
    group = {"id": "g", "title": "G", "settings": [setting(id="first")]}
    empty = {"id": "e", "title": "E"}
    tab = {"id": "t", "name": "T", "groups": [group, empty], "settings": [setting(id="second")]}
    manifest = read(settings={"tabs": [tab, {"id": "u", "name": "U"}]})
    assert [one.id for one in settings_of(manifest.tree)] == ["first", "second"]


def addon(**more: Any) -> Addon:
    manifest = read(**more)
    words = {"workspace_id": "w", "id": "a", "user_id": "u", "key": manifest.key, "name": manifest.name}
    return Addon(
        **words,
        manifest_url="https://addon.example/manifest",
        manifest=encode_manifest(manifest),
        scopes=rules.scopes_of(manifest),
        status=Status.ACTIVE,
        setting_values="{}",
    )


def test_scopes_are_kept_once_and_in_order() -> None:
    assert rules.decode_scopes(addon(scopes=["TAG_READ", "CLIENT_READ", "TAG_READ"]).scopes) == (
        "CLIENT_READ",
        "TAG_READ",
    )


def test_a_path_that_is_named_twice_is_called_once() -> None:
    hooks = [{"type": "DELETED", "path": "/d"}, {"type": "DELETED", "path": "d"}, {"type": "INSTALLED", "path": "/i"}]
    assert rules.paths_of(read(lifecycle=hooks), LifecycleType.DELETED) == ["https://addon.example/d"]


def test_at_most_so_many_settings_change_at_once() -> None:
    one = addon(settings=tree(setting()))
    with pytest.raises(InvalidValue, match="At most 200"):
        rules.changed_values(one, [rules.Change("s", "x")] * 201, is_admin=True, is_addon=True)


def test_a_tree_without_groups_or_settings_is_shown_so() -> None:
    one = addon(settings={"tabs": [{"id": "t", "name": "T"}]})
    assert rules.shown_tree(one, is_admin=True) == one.parsed.tree
    assert rules.flattened(one) == []


# --- calls ------------------------------------------------------------------------------------------


def test_a_call_that_arrived_is_sent() -> None:
    assert rules_calls.settled("", attempts=3, is_final=False, now_us=7) == rules_calls.Settled(CallState.SENT, 7, "")


def test_a_call_that_failed_is_tried_again_until_the_schedule_ends() -> None:
    found = [rules_calls.settled("why", attempts=n, is_final=False, now_us=0) for n in range(1, 11)]
    assert [one.next_try_at_us // 1_000_000 for one in found[:-1]] == list(rules_calls.PAUSES_S[1:])
    assert [one.state for one in found] == [CallState.QUEUED] * 9 + [CallState.FAILED]
    assert rules_calls.settled("gone", attempts=1, is_final=True, now_us=0).state is CallState.FAILED


def test_a_long_reason_is_cut() -> None:
    assert len(rules_calls.settled("x" * 1000, attempts=1, is_final=False, now_us=0).reason) == 300


def test_the_content_of_a_call_is_read_as_it_was_written() -> None:
    found = rules_calls.decode_content(rules_calls.encode_content("token", {"a": [1]}))
    assert (found.token, msgspec.json.decode(found.body)) == ("token", {"a": [1]})
