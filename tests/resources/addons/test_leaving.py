"""A workspace that is deleted for good: its add-ons are told DELETED, when nothing of it is left to tell them."""

from typing import Any

import jwt
import pytest

from hourbook.access.secrets import SecretBox
from hourbook.core.clock import SystemClock
from hourbook.core.errors import SecretsUnavailable
from hourbook.resources.addons import actions_calls, actions_leaving, rules_calls
from hourbook.resources.workspaces import actions_ownership
from hourbook.worker import janitor
from hourbook.worker.running import DirectVerbs, VerbRunner
from tests import people
from tests.addon_server import AddonServer, installed, own_path, tell
from tests.harness import DENIED, Office
from tests.own_surface import own
from tests.watching import LogTail

DAY_S = 86_400
NAME = "Olivia Owner's office"


class Run:
    """A job's surroundings, without its thread."""

    def __init__(self, office: Office) -> None:
        server = office.server
        self.settings = server.runtime.settings
        self._runtime, self._loop = server.runtime, server.loop
        deployment = server.runtime.pipeline.deployment
        self._verbs = DirectVerbs(VerbRunner(server.database, server.clock, server.ids, deployment=deployment))

    def runtime(self) -> Any:
        return self._runtime

    def call(self, verb: str, result: Any, arguments: Any = None, *, workspace_id: str = "") -> Any:
        return self._loop.run_until_complete(self._verbs.call(verb, result, arguments, workspace_id=workspace_id))


@pytest.fixture(autouse=True)
def _one_clock(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The janitor asks the machine's clock; here that is the test's."""
    monkeypatch.setattr(SystemClock, "now_us", lambda self: office.clock.now_us())


@pytest.fixture
def addon_id(office: Office, addon_server: AddonServer) -> str:
    found = str(installed(office, addon_server).body["id"])
    tell(office)
    return found


def end_waiting(office: Office) -> None:
    assert own(office.owner, "POST", "/deletion", {"name": NAME}).status == 200
    office.clock.move(15 * DAY_S)


def clear_up(office: Office) -> None:
    janitor.clear_up(Run(office))  # type: ignore[arg-type]  # a stand-in


def is_gone(office: Office) -> bool:
    found: list[Any] = people.read(office.server, "", lambda tx: actions_ownership.due_workspaces(tx))
    return office.workspace_id not in found and office.owner.get("/tags").refusal == DENIED


def waiting(office: Office, addon_id: str) -> list[Any]:
    """The calls in the name of the server."""
    return people.read(office.server, rules_calls.SERVER_ID, lambda tx: actions_calls.list_of_addon(tx, addon_id))


def test_each_addon_is_told_though_the_workspace_is_gone(
    office: Office, addon_server: AddonServer, addon_id: str
) -> None:
    pem = office.anonymous.raw("GET", "/api/hourbook/v1/signing-keys/pem").content.decode()
    end_waiting(office)
    assert addon_server.told("DELETED") == []
    clear_up(office)
    assert is_gone(office)
    tell(office)
    (heard,) = addon_server.told("DELETED")
    assert heard.body == {"addonId": addon_id, "workspaceId": office.workspace_id, "asUser": office.owner.id}
    claims = jwt.decode(heard.headers["x-addon-lifecycle-token"], pem, algorithms=["RS256"])
    assert (claims["addonId"], claims["workspaceId"]) == (addon_id, office.workspace_id)
    # Nobody is left who could look at it.
    assert waiting(office, addon_id) == []


def test_a_call_that_fails_is_tried_again_after_the_workspace_is_gone(
    office: Office, addon_server: AddonServer, addon_id: str
) -> None:
    addon_server.statuses["/lifecycle/deleted"] = 503
    end_waiting(office)
    clear_up(office)
    tell(office)
    (call,) = waiting(office, addon_id)
    assert (call.state, call.attempts, call.reason) == ("QUEUED", 1, "the answer is 503")
    addon_server.statuses.clear()
    office.clock.move(6)
    tell(office)
    assert len(addon_server.told("DELETED")) == 2
    assert waiting(office, addon_id) == []


def test_a_deletion_that_is_begun_twice_tells_once(office: Office, addon_server: AddonServer, addon_id: str) -> None:
    end_waiting(office)
    leaving = office.read(actions_leaving.list_leaving)
    calls = actions_leaving.sealed(leaving, office.server.runtime.secrets)
    # The first run was killed before anything else went.
    assert office.write(lambda tx: actions_leaving.take_leave(tx, calls)) == 1
    assert office.write(lambda tx: actions_leaving.take_leave(tx, calls)) == 0
    clear_up(office)
    assert is_gone(office)
    tell(office)
    assert len(addon_server.told("DELETED")) == 1
    assert waiting(office, addon_id) == []


def test_nothing_is_said_while_the_owner_may_still_think_again(
    office: Office, addon_server: AddonServer, addon_id: str
) -> None:
    assert own(office.owner, "POST", "/deletion", {"name": NAME}).status == 200
    office.clock.move(13 * DAY_S)
    calls = actions_leaving.sealed(office.read(actions_leaving.list_leaving), office.server.runtime.secrets)
    assert office.write(lambda tx: actions_leaving.take_leave(tx, calls)) == 0
    clear_up(office)
    assert own(office.owner, "DELETE", "/deletion").status == 200
    office.clock.move(2 * DAY_S)
    clear_up(office)
    tell(office)
    assert addon_server.told("DELETED") == []
    assert [one["id"] for one in office.owner.raw("GET", own_path(office)).body] == [addon_id]


def test_one_that_was_removed_before_and_not_reached_yet_is_told_too(
    office: Office, addon_server: AddonServer, addon_id: str
) -> None:
    addon_server.statuses["/lifecycle/deleted"] = 500
    assert own(office.owner, "POST", "/deletion", {"name": NAME}).status == 200
    office.clock.move(14 * DAY_S - 60)
    assert office.owner.raw("DELETE", own_path(office, f"/{addon_id}")).status == 204
    tell(office)
    office.clock.move(120)
    clear_up(office)
    assert is_gone(office)
    addon_server.statuses.clear()
    tell(office)
    assert len(addon_server.told("DELETED")) == 2
    assert waiting(office, addon_id) == []


def test_addons_that_do_not_ask_for_it_are_told_nothing(office: Office, addon_server: AddonServer) -> None:
    addon_server.manifest = {"lifecycle": None}
    assert installed(office, addon_server).status == 201
    end_waiting(office)
    assert office.read(actions_leaving.list_leaving).addons == []
    clear_up(office)
    assert is_gone(office)
    tell(office)
    assert addon_server.told("DELETED") == []


def test_a_key_that_cannot_be_read_keeps_no_workspace(
    office: Office, addon_server: AddonServer, addon_id: str, monkeypatch: pytest.MonkeyPatch, app_log: LogTail
) -> None:
    def unreadable(*_: Any) -> bytes:
        raise SecretsUnavailable("The key is another one.")

    end_waiting(office)
    with monkeypatch.context() as patched:
        patched.setattr(SecretBox, "decrypt", unreadable)
        clear_up(office)
    assert is_gone(office)
    assert ("add-ons of a deleted workspace are not told", "The key is another one.") in [
        (line["event"], line.get("reason")) for line in app_log.lines
    ]
    tell(office)
    assert addon_server.told("DELETED") == []


def test_without_any_key_there_is_nothing_to_sign_with(office: Office) -> None:
    assert actions_leaving.sealed(actions_leaving.Leaving([], "f" * 24, None), office.server.runtime.secrets) == []
