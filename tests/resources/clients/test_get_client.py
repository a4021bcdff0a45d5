"""GET .../clients/{id}."""

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Office


@pytest.fixture
def client_id(office: Office) -> str:
    return str(office.owner.post("/clients", {"name": "Acme"}).body["id"])


def test_anonymous_is_asked_for_a_credential(office: Office, client_id: str) -> None:
    assert office.anonymous.get(f"/clients/{client_id}").refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office, client_id: str) -> None:
    assert office.outsider.get(f"/clients/{client_id}").refusal == DENIED


def test_every_member_reads_a_client(office: Office, client_id: str) -> None:
    assert office.member.get(f"/clients/{client_id}").body["name"] == "Acme"


def test_unknown_foreign_and_malformed_ids_are_one_answer(office: Office) -> None:
    theirs = office.outsider.at(office.outsider_workspace_id).post("/clients", {"name": "Theirs"}).body["id"]
    for unknown in (theirs, "f" * 24, "nothing"):
        answer = office.owner.get(f"/clients/{unknown}")
        assert (answer.refusal, answer.message) == (REFUSED, "Client doesn't belong to Workspace")
