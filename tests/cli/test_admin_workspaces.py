"""`hourbook admin delete-workspace` and `lift-networks`, and networks behind a real proxy's headers."""

from collections.abc import Callable

import pytest

from hourbook.db.engine import make_engine
from hourbook.resources.workspaces import rules_ownership, store_deletion
from tests.cli.conftest import Program, Run, answers, until

Serving = Callable[..., Program]
OWNER = ("admin", "create-owner", "--name", "Ada", "--json")


@pytest.fixture
def at(own_url: str) -> tuple[str, str]:
    return ("--database", own_url)


@pytest.fixture
def owner(run: Run, at: tuple[str, str]) -> dict[str, str]:
    made: dict[str, str] = run(*OWNER, "--email", "a@example.org", "--workspace", "Office", *at).json
    return made


def count(url: str, table: str) -> int:
    connection = make_engine(url).connect()
    try:
        return int(connection.fetch_text(f"SELECT count(*) FROM {table}")[0][0])
    finally:
        connection.close()


def test_a_workspace_goes_at_once_and_the_others_stay(
    run: Run, at: tuple[str, str], owner: dict[str, str], own_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # There is no server that could remember who may enter.
    for module in (rules_ownership, store_deletion):
        monkeypatch.setattr(module, "CLOSED_MICROSECONDS", 1000)
    run(*OWNER, "--email", "b@example.org", "--workspace", "Other", *at)
    ended = run("admin", "delete-workspace", owner["workspaceId"], "--confirm", "Office", *at)
    assert (ended.status, "is deleted" in ended.out) == (0, True)
    assert (count(own_url, "workspaces"), count(own_url, "workspace_members"), count(own_url, "users")) == (1, 1, 2)
    again = run("admin", "delete-workspace", owner["workspaceId"], "--confirm", "Office", *at)
    assert (again.status, "no workspace" in again.err) == (1, True)


@pytest.mark.parametrize("name", ["office", "", "Other"])
def test_its_name_is_confirmed_exactly(
    run: Run, at: tuple[str, str], owner: dict[str, str], own_url: str, name: str
) -> None:
    ended = run("admin", "delete-workspace", owner["workspaceId"], "--confirm", name, *at)
    assert (ended.status, "--confirm" in ended.err) == (1, True)
    assert count(own_url, "workspaces") == 1


def test_it_is_named_by_its_id_alone(run: Run, at: tuple[str, str], owner: dict[str, str], own_url: str) -> None:
    assert run("admin", "delete-workspace", "Office", "--confirm", "Office", *at).status == 1
    assert count(own_url, "workspaces") == 1


def test_networks_are_asked_of_the_address_a_trusted_proxy_names_and_lifted_by_the_operator(
    run: Run, at: tuple[str, str], owner: dict[str, str], serving: Serving
) -> None:
    trusting = serving(HOURBOOK_TRUSTED_PROXIES="127.0.0.1")
    key = {"x_api_key": owner["apiKey"]}
    settings = f"/api/hourbook/v1/workspaces/{owner['workspaceId']}/settings"
    tags = f"/api/v1/workspaces/{owner['workspaceId']}/tags"
    body = {"allowedNetworks": ["198.51.100.0/24"]}
    refused = trusting.ask(settings, method="PATCH", body=body, x_forwarded_for="192.0.2.1", **key)
    assert (refused.status, "192.0.2.1" in refused.json["message"]) == (400, True)
    assert trusting.ask(settings, method="PATCH", body=body, x_forwarded_for="198.51.100.9", **key).status == 200
    assert trusting.ask(tags, x_forwarded_for="198.51.100.9", **key).status == 200
    # What a client says of itself stands before what the proxy adds, and is not believed.
    for said in ("192.0.2.1", "198.51.100.9, 192.0.2.1", "nonsense"):
        assert trusting.ask(tags, x_forwarded_for=said, **key).status == 403
    assert trusting.ask(tags, **key).status == 403
    assert trusting.stop() == 0
    wary = serving()
    for said in ("198.51.100.9", "127.0.0.1"):
        assert wary.ask(tags, x_forwarded_for=said, **key).status == 403
    ended = run("admin", "lift-networks", *at)
    assert (ended.status, "every network" in ended.out) == (0, True)
    until(answers(wary, tags, 200, **key))
