"""A workspace that may be used from some networks only."""

import pytest

from tests.harness import REFUSED, Office
from tests.own_surface import configure, own, own_from

CLOSED = (403, 1006)
INSIDE, OUTSIDE = "10.1.2.3", "192.0.2.7"


def close(office: Office, *networks: str) -> None:
    answer = own_from(INSIDE, office.owner, "PATCH", "/settings", {"allowedNetworks": networks})
    assert answer.status == 200, answer


def asked_from(address: str, office: Office, path: str = "/tags", method: str = "GET") -> object:
    full_path = f"/api/v1/workspaces/{office.workspace_id}{path}"
    answer = office.server.ask_from(address, office.member.prepared(method, full_path))
    return answer.status if answer.status < 300 else answer.refusal


def test_everybody_else_is_shut_out_at_once_and_let_in_again(office: Office) -> None:
    assert asked_from(OUTSIDE, office) == 200
    close(office, "10.0.0.0/8")
    assert asked_from(OUTSIDE, office) == CLOSED
    assert asked_from(INSIDE, office) == 200
    assert own_from(OUTSIDE, office.owner, "GET", "/settings").refusal == CLOSED
    close(office)
    assert asked_from(OUTSIDE, office) == 200


@pytest.mark.parametrize(
    ("networks", "address", "gets_in"),
    [
        (["10.0.0.0/8"], "::ffff:10.9.9.9", True),
        (["10.0.0.0/8"], "::ffff:11.9.9.9", False),
        (["10.0.0.0/8", "2001:db8::/32"], "2001:db8:1::5", True),
        (["10.0.0.0/8", "2001:db8::/32"], "2001:db9::5", False),
        (["10.1.2.3", "::ffff:192.0.2.0/120"], OUTSIDE, True),
        (["10.0.0.0/8"], "", False),
        (["10.0.0.0/8"], "unix", False),
    ],
)
def test_addresses_of_both_kinds_are_told_apart(
    office: Office, networks: list[str], address: str, gets_in: bool
) -> None:
    close(office, *networks)
    assert asked_from(address, office) == (200 if gets_in else CLOSED)


def test_a_list_that_would_lock_out_who_changes_it_is_refused(office: Office) -> None:
    answer = own_from(OUTSIDE, office.owner, "PATCH", "/settings", {"allowedNetworks": ["10.0.0.0/8"]})
    assert answer.refusal == REFUSED
    assert OUTSIDE in answer.message
    assert asked_from(OUTSIDE, office) == 200
    close(office, "10.0.0.0/8")
    inside = own_from(INSIDE, office.owner, "PATCH", "/settings", {"allowedNetworks": ["192.0.2.0/24"]})
    assert inside.refusal == REFUSED


def test_other_settings_are_changed_beside_a_list(office: Office) -> None:
    close(office, "10.0.0.0/8")
    assert own_from(INSIDE, office.owner, "PATCH", "/settings", {"forceTags": True}).status == 200


def test_networks_are_kept_in_their_one_spelling(office: Office) -> None:
    body = configure(office.owner, allowedNetworks=["127.0.0.1/32", "127.9.9.9/8", "::FFFF:127.0.0.0/104"]).body
    assert body["allowedNetworks"] == ["127.0.0.1", "127.0.0.0/8"]


def test_a_workspace_one_cannot_use_from_here_is_not_shown_here(office: Office) -> None:
    """Nor are the rates on memberships, which GET /user would tell."""
    close(office, "10.0.0.0/8")

    def listed(address: str) -> list[str]:
        asked = office.member.prepared("GET", "/api/v1/workspaces")
        return [one["id"] for one in office.server.ask_from(address, asked).body]

    def targets(address: str) -> list[str]:
        asked = office.member.prepared("GET", "/api/v1/user", query={"include-memberships": True})
        return [one["targetId"] for one in office.server.ask_from(address, asked).body["memberships"]]

    assert (listed(INSIDE), targets(INSIDE)) == ([office.workspace_id], [office.workspace_id])
    assert (listed(OUTSIDE), targets(OUTSIDE)) == ([], [])


def test_a_header_does_not_change_where_a_request_comes_from(office: Office) -> None:
    """Only a trusted proxy is believed, and that is decided before the application (tests/cli)."""
    close(office, "10.0.0.0/8")
    path = f"/api/v1/workspaces/{office.workspace_id}/tags"
    for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "True-Client-IP"):
        asked = office.member.prepared("GET", path, headers={name: INSIDE})
        assert office.server.ask_from(OUTSIDE, asked).refusal == CLOSED


def test_another_workspace_is_not_concerned(office: Office) -> None:
    close(office, "10.0.0.0/8")
    elsewhere = office.outsider.at(office.outsider_workspace_id)
    assert own(elsewhere, "GET").status == 200
