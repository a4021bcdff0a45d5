"""Manifests that are wrong in ways no rule of a field names: too long, too deep, redirecting, not to be called.

Whatever a strange server answers, the one who installs hears a sentence, and nothing is installed.
"""

import json
import socket
from collections.abc import Callable
from typing import Any

import pytest

from hourbook.core.errors import InvalidValue
from hourbook.resources.addons import actions
from tests.addon_server import AddonServer, own_path
from tests.harness import REFUSED, Answer, Office
from tests.worker.receiver import running_receiver
from tests.worker.test_hostile_addresses import ALL, INSIDE, METADATA, NONSENSE

SIDEBAR = {"type": "sidebar", "accessLevel": "EVERYONE", "path": "/s", "label": "Side"}


def install(office: Office, server: AddonServer, content: bytes) -> Answer:
    server.bodies["/m"] = content
    return office.owner.raw("POST", own_path(office), {"manifestUrl": server.url + "/m"})


def deep(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


def text(server: AddonServer, **more: Any) -> bytes:
    return json.dumps({**server.manifest_of("an-addon"), **more}).encode()


def with_options(server: AddonServer, options: bytes) -> bytes:
    found = text(server, components=[{**SIDEBAR, "options": {"here": 0}}])
    return found.replace(b'{"here": 0}', options)


def number(server: AddonServer, value: bytes) -> bytes:
    setting = {"id": "n", "name": "N", "type": "NUMBER", "value": 7_777_777}
    found = text(server, settings={"tabs": [{"id": "t", "name": "T", "settings": [setting]}]})
    return found.replace(b"7777777", value)


BAD: dict[str, tuple[Callable[[AddonServer], bytes], str]] = {
    "five megabytes": (lambda server: text(server, description="x" * 5_000_000), "the answer is too long"),
    "deep where nothing is read": (lambda _: b'{"later": ' + deep(50_000) + b"}", "it is nested too deep"),
    "deep where it is passed on": (lambda server: with_options(server, deep(33)), "nested deeper than 32 levels"),
    "NUL in the name": (lambda server: text(server, name="a\0b"), "NUL characters"),
    "NUL in a setting": (lambda server: text(server, settings={"tabs": [{"id": "\0", "name": "T"}]}), "NUL characters"),
    "half a character": (lambda server: text(server, name="\ud800"), "no JSON"),
    "another encoding": (lambda server: text(server).decode().encode("utf-16"), "no JSON"),
    "a number without end": (lambda server: number(server, b"1e999"), "Number out of range"),
    "a number of 400 digits": (lambda server: number(server, b"9" * 400), "a number of at most 64 bits"),
    "thousands of calls": (
        lambda server: text(server, lifecycle=[{"type": "INSTALLED", "path": f"/{one}"} for one in range(3000)]),
        "lifecycle can't be more than 20",
    ),
    "an address too long to be called": (
        lambda server: text(
            server, baseUrl=server.url + "/" + "b" * 1500, webhooks=[{"event": "NEW_TAG", "path": "/" + "p" * 900}]
        ),
        "webhooks[0].path can't be called",
    ),
    "an address no call can go to": (
        lambda server: text(server, lifecycle=[{"type": "DELETED", "path": "/of/{id}"}]),
        "lifecycle[0].path can't be called",
    ),
    "somebody's password": (lambda server: text(server, baseUrl="http://a:b@127.0.0.1"), "baseUrl can't be called"),
    "a port of mail": (lambda server: text(server, baseUrl="http://127.0.0.1:25"), "can't be called"),
    "a number that is an address": (lambda server: text(server, baseUrl="http://0xa.1/"), "baseUrl can't be called"),
}


@pytest.mark.parametrize("name", BAD)
def test_it_is_refused_with_a_sentence(office: Office, addon_server: AddonServer, name: str) -> None:
    make, words = BAD[name]
    answer = install(office, addon_server, make(addon_server))
    assert answer.refusal == REFUSED, answer
    assert words in answer.message
    assert office.owner.raw("GET", own_path(office)).body == []


def test_what_is_odd_but_right_is_taken_and_shown_again(office: Office, addon_server: AddonServer) -> None:
    options = {"one": {"two": [1, 2.5, None, "\\u0000 in words"]}}
    content = text(
        addon_server,
        name="Zeit 👨‍👩‍👧 \\u0000",
        components=[{**SIDEBAR, "options": options, "width": "50%"}],
        later=deep(9).decode(),
    )
    answer = install(office, addon_server, content)
    assert answer.status == 201, answer
    assert answer.body["name"] == "Zeit 👨‍👩‍👧 \\u0000"
    (component,) = answer.body["components"]
    assert (component["options"], component["width"]) == (options, "50%")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(office: Office, addon_server: AddonServer, status: int) -> None:
    addon_server.statuses["/m"] = status
    answer = install(office, addon_server, b"")
    assert answer.refusal == REFUSED
    assert f"the answer is {status}" in answer.message


def test_a_manifest_gone_bad_changes_nothing_of_what_is_installed(office: Office, addon_server: AddonServer) -> None:
    addon_id = install(office, addon_server, text(addon_server)).body["id"]
    path = own_path(office, f"/{addon_id}")
    before = office.owner.raw("GET", path).body
    for name in ("five megabytes", "NUL in the name", "thousands of calls", "an address no call can go to"):
        make, words = BAD[name]
        addon_server.bodies["/m"] = make(addon_server)
        answer = office.owner.raw("POST", path + "/manifest")
        assert (answer.refusal, words in answer.message) == (REFUSED, True), name
    assert office.owner.raw("GET", path).body == before


# --- where a manifest and its server may be --------------------------------------------------------


@pytest.fixture
def lookups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names lead inside, as those of an attacker do; numbers are read as they are everywhere."""
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *rest: Any, **more: Any) -> list[Any]:
        is_number = not any(c.isalpha() for c in host.lower().replace("0x", "").replace(":", ""))
        return real(host if is_number or ":" in host else "127.0.0.1", port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.mark.usefixtures("lookups")
def test_no_address_that_is_closed_to_webhooks_is_asked_for_a_manifest() -> None:
    with running_receiver() as receiver:
        for url in ALL:
            with pytest.raises(InvalidValue, match="The manifest can't be read"):
                actions.fetched((), url.replace("{port}", str(receiver.port)))
        assert receiver.connections == 0


@pytest.mark.usefixtures("lookups")
def test_no_manifest_brings_calls_to_such_an_address(office: Office, addon_server: AddonServer) -> None:
    opened = ("127.0.0.1/32",)
    with running_receiver() as receiver:
        for url in (*INSIDE, *METADATA, *NONSENSE, "http://127.0.0.2:{port}", "http://[::1]:{port}"):
            addon_server.manifest = {"baseUrl": url.replace("{port}", str(receiver.port))}
            with pytest.raises(InvalidValue, match="The manifest is wrong"):
                actions.fetched(opened, addon_server.manifest_url())
        assert receiver.connections == 0
