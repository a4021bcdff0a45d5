"""GET .../clients."""

from typing import Any

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Answer, Office


def make(office: Office, name: str, **fields: Any) -> str:
    return str(office.owner.post("/clients", {"name": name, **fields}).body["id"])


def names_in(answer: Answer) -> list[str]:
    assert answer.status == 200, answer
    return [client["name"] for client in answer.body]


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert office.anonymous.get("/clients").refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert office.outsider.get("/clients").refusal == DENIED


def test_clients_come_by_name_without_case_and_in_pages(office: Office) -> None:
    for name in ("beta", "Acme", "Zeta"):
        make(office, name)
    assert names_in(office.member.get("/clients")) == ["Acme", "beta", "Zeta"]
    assert names_in(office.member.get("/clients", sort_order="DESCENDING")) == ["Zeta", "beta", "Acme"]
    first, second, third = (office.member.get("/clients", page=page, page_size=2) for page in (1, 2, 3))
    assert (names_in(first), first.headers["Last-Page"]) == (["Acme", "beta"], "false")
    assert (names_in(second), second.headers["Last-Page"]) == (["Zeta"], "true")
    assert (third.body, third.headers["Last-Page"]) == ([], "true")


def test_clients_sort_by_email_and_note(office: Office) -> None:
    make(office, "a", email="z@example.com", note="1")
    make(office, "b", email="A@example.com", note="3")
    make(office, "c", note="2")
    assert names_in(office.member.get("/clients", sort_column="EMAIL")) == ["c", "b", "a"]
    assert names_in(office.member.get("/clients", sort_column="NOTE", sort_order="DESCENDING")) == ["b", "c", "a"]
    assert office.member.get("/clients", sort_column="ADDRESS").refusal == REFUSED


def test_archived_filters_only_when_it_is_said(office: Office) -> None:
    make(office, "Active")
    office.owner.put(f"/clients/{make(office, 'Old')}", {"name": "Old", "archived": True})
    assert names_in(office.member.get("/clients")) == ["Active", "Old"]
    assert names_in(office.member.get("/clients", archived=False)) == ["Active"]
    assert names_in(office.member.get("/clients", archived=True)) == ["Old"]


def test_parts_of_name_address_and_note_find_in_any_case(office: Office) -> None:
    make(office, "Ärzte", address="Straße 1", note="Pays late")
    make(office, "Bakers", address="Road 2")
    assert names_in(office.member.get("/clients", name="äRZ")) == ["Ärzte"]
    assert names_in(office.member.get("/clients", address="STRASSE")) == ["Ärzte"]
    assert names_in(office.member.get("/clients", note="late")) == ["Ärzte"]
    assert names_in(office.member.get("/clients", name="a", address="road")) == ["Bakers"]
    assert names_in(office.member.get("/clients", name="%")) == []


def test_clients_of_other_workspaces_stay_there(office: Office) -> None:
    office.outsider.at(office.outsider_workspace_id).post("/clients", {"name": "Theirs"})
    assert office.owner.get("/clients").body == []
