"""Which credentials are one (wire contract 0.2)."""

import pytest

from tests.harness import Office

TAGS = "/api/v1/workspaces/{}/tags"


@pytest.fixture
def path(office: Office) -> str:
    return TAGS.format(office.workspace_id)


@pytest.mark.parametrize("name", ["X-Api-Key", "x-api-key", "X-API-KEY"])
def test_the_header_is_taken_in_any_case(office: Office, path: str, name: str) -> None:
    assert office.anonymous.raw("GET", path, headers={name: str(office.owner.key)}).status == 200


def test_nothing_both_and_bearer_are_no_credential(office: Office, path: str) -> None:
    both = {"X-Api-Key": str(office.owner.key), "X-Addon-Token": "token"}
    for headers in ({}, both, {"Authorization": f"Bearer {office.owner.key}"}):
        answer = office.anonymous.raw("GET", path, headers=headers)
        assert answer.refusal == (401, 1000)
        assert answer.message == "Multiple or none auth tokens present"


@pytest.mark.parametrize("key", ["nonsense", "", " ", "x" * 10_000, "é"])
def test_an_unknown_key(office: Office, path: str, key: str) -> None:
    answer = office.anonymous.raw("GET", path, headers={"X-Api-Key": key})
    assert answer.refusal == (401, 4003)
    assert answer.message == "Api key does not exist"


def test_a_bad_addon_token(office: Office, path: str) -> None:
    answer = office.anonymous.raw("GET", path, headers={"X-Addon-Token": "nonsense"})
    assert answer.refusal == (401, 4017)
    assert answer.message == "Token is not valid"


@pytest.mark.parametrize("name", ["X-Api-Key", "x-api-key", "api-key", "apiKey", "key"])
def test_a_key_is_never_taken_from_the_address(office: Office, path: str, name: str) -> None:
    answer = office.anonymous.raw("GET", path, query={name: office.owner.key})
    assert answer.refusal == (401, 1000)


def test_the_credential_comes_before_the_workspace_and_the_body(office: Office) -> None:
    unknown = TAGS.format("f" * 24)
    assert office.anonymous.raw("POST", unknown, b"not json").refusal == (401, 1000)


def test_the_workspace_comes_before_the_body(office: Office) -> None:
    for path in (TAGS.format("f" * 24), TAGS.format(office.outsider_workspace_id), TAGS.format("nonsense")):
        answer = office.owner.raw("POST", path, b"not json")
        assert answer.refusal == (403, 501)
        assert answer.message == "Access Denied"


def test_the_role_comes_before_the_body(office: Office, path: str) -> None:
    office.set(who_can_create_tags="ADMINS")
    assert office.member.raw("POST", path, b"not json").refusal == (403, 501)


def test_a_deactivated_member_is_kept_out_at_once(office: Office) -> None:
    assert office.member.get("/tags").status == 200
    assert office.owner.put(f"/users/{office.member.id}", {"status": "INACTIVE"}).status == 200
    assert office.member.get("/tags").refusal == (403, 501)


def test_a_granted_role_counts_at_once(office: Office) -> None:
    office.set(who_can_create_tags="ADMINS")
    assert office.member.post("/tags", {"name": "a"}).status == 403
    office.grant(office.member, "WORKSPACE_ADMIN", office.workspace_id)
    assert office.member.post("/tags", {"name": "a"}).status == 201
