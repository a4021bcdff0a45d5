"""GET .../tags/{id}."""

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Office


@pytest.fixture
def tag_id(office: Office) -> str:
    return str(office.owner.post("/tags", {"name": "Urgent"}).body["id"])


def test_anonymous_is_asked_for_a_credential(office: Office, tag_id: str) -> None:
    assert office.anonymous.get(f"/tags/{tag_id}").refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office, tag_id: str) -> None:
    assert office.outsider.get(f"/tags/{tag_id}").refusal == DENIED


def test_every_member_reads_a_tag(office: Office, tag_id: str) -> None:
    for role in ("owner", "admin", "manager", "member"):
        answer = office.everybody[role].get(f"/tags/{tag_id}")
        assert answer.status == 200
        expected = {"id": tag_id, "name": "Urgent", "workspaceId": office.workspace_id, "archived": False}
        assert answer.body == expected


@pytest.mark.parametrize(
    "made_up", ["0123456789abcdef01234567", "not-an-id", "0" * 24, "ABCDEF0123456789ABCDEF01", "ж"]
)
def test_an_unknown_id_and_one_that_is_none_get_the_same_answer(office: Office, tag_id: str, made_up: str) -> None:
    answer = office.owner.get(f"/tags/{made_up}")
    assert answer.refusal == REFUSED
    assert answer.message == "Tag doesn't belong to Workspace"


def test_a_tag_of_another_workspace_is_an_unknown_id(office: Office, tag_id: str) -> None:
    at_home = office.outsider.at(office.outsider_workspace_id)
    answer = at_home.get(f"/tags/{tag_id}")
    assert answer.refusal == REFUSED
    assert answer.message == "Tag doesn't belong to Workspace"


def test_a_deleted_tag_is_an_unknown_id(office: Office, tag_id: str) -> None:
    office.owner.delete(f"/tags/{tag_id}")
    assert office.owner.get(f"/tags/{tag_id}").message == "Tag doesn't belong to Workspace"


def test_a_newline_after_the_id_is_part_of_it(office: Office, tag_id: str) -> None:
    assert office.owner.get(f"/tags/{tag_id}\n").refusal == REFUSED
