"""Calls of the lifecycle when something breaks: a killed worker, a server that is away, an unreadable secret."""

from typing import Any

import pytest

from hourbook.access import addon_keys
from hourbook.access.secrets import SecretBox
from hourbook.core.errors import SecretsUnavailable
from hourbook.resources.addons import actions_calls
from hourbook.worker.addon_calls import AddonCaller
from tests.addon_server import AddonServer, caller_of, installed, own_path, tell
from tests.harness import Office


@pytest.fixture
def addon_id(office: Office, addon_server: AddonServer) -> str:
    return str(installed(office, addon_server).body["id"])


def only_call(office: Office, addon_id: str) -> dict[str, Any]:
    (found,) = office.owner.raw("GET", own_path(office, f"/{addon_id}")).body["calls"]
    return {name: found[name] for name in ("state", "tries", "reason")}


def lease(office: Office, holder: str) -> list[Any]:
    return [
        one
        for one in office.write(lambda tx: actions_calls.lease_due(tx, 100, holder=holder))
        if one.workspace_id == office.workspace_id
    ]


def test_what_a_killed_worker_held_is_sent_by_the_next(
    office: Office, addon_server: AddonServer, addon_id: str
) -> None:
    (held,) = lease(office, "killed")
    tell(office)
    assert addon_server.told("INSTALLED") == []
    assert office.write(lambda tx: actions_calls.release(tx, "another")) == 0
    # Calls of other tests' workspaces may be among what it held.
    assert office.write(lambda tx: actions_calls.release(tx, "killed")) >= 1
    tell(office)
    assert len(addon_server.told("INSTALLED")) == 1
    # What the first one says now counts for nothing: the call is over.
    assert not settle(office, held, "too late")
    assert only_call(office, addon_id) == {"state": "SENT", "tries": 2, "reason": ""}


def test_a_lease_ends_by_itself_and_its_holder_has_no_say_any_more(
    office: Office, addon_server: AddonServer, addon_id: str
) -> None:
    (held,) = lease(office, "slow")
    office.clock.move(121)
    (again,) = lease(office, "quick")
    assert not settle(office, held, "the slow one failed")
    assert settle(office, again, "the answer is 500")
    assert only_call(office, addon_id) == {"state": "QUEUED", "tries": 2, "reason": "the answer is 500"}
    assert addon_server.heard == []


def test_what_waits_for_another_call_of_the_add_on_is_not_due(office: Office, addon_id: str) -> None:
    tell(office)
    change = [{"id": "n", "value": 7}]
    for _ in range(2):
        assert office.owner.raw("PATCH", own_path(office, f"/{addon_id}/settings"), change).status == 200
        lease(office, "slow")
        change = [{"id": "n", "value": 8}]
    calls = office.owner.raw("GET", own_path(office, f"/{addon_id}")).body["calls"]
    assert [one["state"] for one in calls] == ["QUEUED", "QUEUED", "SENT"]
    assert not office.read(actions_calls.is_due)


def settle(office: Office, call: Any, reason: str) -> bool:
    settled: bool = office.write(
        lambda tx: actions_calls.settle(
            tx, call.workspace_id, call.id, attempts=call.attempts, reason=reason, is_final=False
        )
    )
    return settled


def test_a_server_that_is_away_is_asked_again(office: Office, addon_server: AddonServer, addon_id: str) -> None:
    addon_server.close()
    tell(office)
    found = only_call(office, addon_id)
    assert (found["state"], found["tries"]) == ("QUEUED", 1)
    assert found["reason"].startswith("No connection")


def test_a_secret_that_cannot_be_read_waits_for_its_key(
    office: Office, addon_server: AddonServer, addon_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(*_: Any) -> bytes:
        raise SecretsUnavailable("The key is another one.")

    with monkeypatch.context() as patched:
        patched.setattr(SecretBox, "decrypt", unreadable)
        tell(office)
    assert only_call(office, addon_id) == {"state": "QUEUED", "tries": 1, "reason": "The key is another one."}
    office.clock.move(6)
    tell(office)
    assert len(addon_server.told("INSTALLED")) == 1


def test_a_bug_of_ours_takes_no_call_again_at_once(
    office: Office, addon_server: AddonServer, addon_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> bytes:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(SecretBox, "decrypt", broken)
        tell(office)
    wanted = {"state": "QUEUED", "tries": 1, "reason": "the call could not be made (ZeroDivisionError)"}
    assert only_call(office, addon_id) == wanted


def test_a_worker_with_nothing_to_do_says_so(office: Office) -> None:
    caller: AddonCaller = caller_of(office)
    tell(office)
    assert office.server.loop.run_until_complete(caller.work()) is False


def test_a_key_without_its_private_half_signs_nothing(office: Office, addon_id: str) -> None:
    assert addon_id
    key = office.read(addon_keys.list_keys)[0]
    retired = addon_keys.SigningKey(key.number, key.key_id, key.public_pem, None, key.created_at_us)
    with pytest.raises(SecretsUnavailable, match="lost its private half"):
        addon_keys.private_half(retired, office.server.runtime.secrets)


def test_a_key_that_is_just_being_made_is_waited_for(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addon_keys, "list_keys", lambda tx: [])
    with pytest.raises(SecretsUnavailable, match="just being made"):
        office.write(lambda tx: addon_keys.keep_first(tx, None))
