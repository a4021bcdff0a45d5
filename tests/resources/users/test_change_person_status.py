"""PUT .../users/{userId}."""

import pytest

from hourbook.journal import journal
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Office

OFF = {"status": "INACTIVE"}
ON = {"status": "ACTIVE"}


def events(office: Office) -> list[tuple[str | None, str | None]]:
    rows = office.read(lambda tx: list(journal.iterate_since(tx, 0)))
    return [(row.event, row.subject_user_id) for row in rows if row.kind == "MEMBER"]


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert office.anonymous.put(f"/users/{office.member.id}", OFF).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert office.outsider.put(f"/users/{office.member.id}", OFF).refusal == DENIED


def test_members_and_managers_change_nobody(office: Office) -> None:
    for role in ("member", "manager"):
        assert office.everybody[role].put(f"/users/{office.everybody[role].id}", OFF).refusal == DENIED, role


def test_an_admin_deactivates_and_activates_a_member(office: Office) -> None:
    answer = office.admin.put(f"/users/{office.member.id}", OFF)
    assert answer.status == 200
    assert answer.body == office.admin.get("").body
    status = {m["userId"]: m["membershipStatus"] for m in answer.body["memberships"]}
    assert status[office.member.id] == "INACTIVE"
    assert office.member.get("/tags").refusal == DENIED
    assert office.admin.put(f"/users/{office.member.id}", ON).status == 200
    assert office.member.get("/tags").status == 200


def test_each_change_leaves_its_event(office: Office) -> None:
    before = len(events(office))
    office.admin.put(f"/users/{office.member.id}", OFF)
    office.admin.put(f"/users/{office.member.id}", OFF)
    office.admin.put(f"/users/{office.member.id}", ON)
    assert events(office)[before:] == [
        ("USER_DEACTIVATED_ON_WORKSPACE", office.member.id),
        ("USER_ACTIVATED_ON_WORKSPACE", office.member.id),
    ]


def test_an_accepted_guest_joins(office: Office) -> None:
    before = len(events(office))
    office.owner.post("/users", {"email": office.outsider.email})
    office.owner.put(f"/users/{office.outsider.id}", ON)
    assert events(office)[before:] == [(None, office.outsider.id), ("USER_JOINED_WORKSPACE", office.outsider.id)]


def test_nobody_deactivates_the_owner(office: Office) -> None:
    for person in (office.owner, office.admin):
        answer = person.put(f"/users/{office.owner.id}", OFF)
        assert answer.refusal == REFUSED
        assert "owner" in answer.message
    assert office.admin.put(f"/users/{office.owner.id}", ON).status == 200


def test_only_the_owner_deactivates_an_admin(office: Office) -> None:
    other = office.hire("Ada Admin")
    office.grant(other, "WORKSPACE_ADMIN", office.workspace_id)
    assert office.admin.put(f"/users/{other.id}", OFF).refusal == DENIED
    assert office.admin.put(f"/users/{office.admin.id}", OFF).refusal == DENIED
    assert office.owner.put(f"/users/{other.id}", OFF).status == 200
    assert other.get("/tags").refusal == DENIED


def test_who_is_not_here_is_not_found(office: Office) -> None:
    for user_id in (office.outsider.id, "0" * 24, "nonsense", f"{office.member.id}%0a"):
        answer = office.owner.put(f"/users/{user_id}", OFF)
        assert answer.refusal == REFUSED
        assert answer.message == "User doesn't belong to Workspace"


def test_a_status_must_be_given(office: Office) -> None:
    for body in ({}, {"status": None}):
        assert office.owner.put(f"/users/{office.member.id}", body).refusal == REFUSED


@pytest.mark.parametrize("word", ["PENDING", "ALL", "active", ""])
def test_only_active_and_inactive_can_be_set(office: Office, word: str) -> None:
    answer = office.owner.put(f"/users/{office.member.id}", {"status": word})
    assert answer.refusal == UNREADABLE
    assert "ACTIVE, INACTIVE" in answer.message


def test_a_body_must_be_there(office: Office) -> None:
    assert office.owner.put(f"/users/{office.member.id}").refusal == UNREADABLE
