"""DELETE .../users/{userId}: a route that exists and refuses."""

from hourbook.http.operation import OPERATIONS
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Office


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert office.anonymous.delete(f"/users/{office.member.id}").refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert office.outsider.delete(f"/users/{office.member.id}").refusal == DENIED


def test_removal_is_refused_to_everybody_and_changes_nothing(office: Office) -> None:
    for role in ("owner", "admin", "manager", "member"):
        answer = office.everybody[role].delete(f"/users/{office.member.id}")
        assert answer.refusal == (400, 400), role
        assert answer.message == "User is migrated to Cake. Use Cake to remove user from workspace"
    assert office.member.get("/tags").status == 200


def test_who_is_not_here_is_not_found(office: Office) -> None:
    for user_id in (office.outsider.id, "nonsense"):
        assert office.owner.delete(f"/users/{user_id}").refusal == REFUSED


def test_it_is_not_published(office: Office) -> None:
    record = OPERATIONS["remove_person"]
    assert record.hidden
    assert record.contract is None
