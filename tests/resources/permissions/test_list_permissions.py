"""GET .../permissions: the whole table, for the person who asks."""

from typing import Any

from hourbook.access.policy import POLICY
from hourbook.http.app import OWN_PREFIX
from tests.harness import DENIED, NO_CREDENTIAL, Answer, Office, Person


def ask(person: Person) -> Answer:
    return person.raw("GET", f"{OWN_PREFIX}/workspaces/{person.workspace_id}/permissions")


def table(person: Person) -> dict[str, Any]:
    answer = ask(person)
    assert answer.status == 200, answer
    return {row["action"]: row for row in answer.body}


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert ask(office.anonymous).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert ask(office.outsider).refusal == DENIED


def test_every_row_is_there_once_and_in_order(office: Office) -> None:
    assert [row["action"] for row in ask(office.member).body] == sorted(POLICY)


def test_it_says_what_the_asking_person_may(office: Office) -> None:
    of_owner, of_member = table(office.owner), table(office.member)
    assert of_owner["group.manage"]["isAllowed"] is True
    assert of_member["group.manage"]["isAllowed"] is False
    assert of_member["group.manage"]["reach"] == "nothing"
    assert of_owner["time_entry.list"]["reach"] == "everything"
    assert of_owner["time_entry.list"]["reachesEverything"] is True
    assert of_member["time_entry.list"]["reach"] == "their own"
    assert of_member["time_entry.list"]["who"] == POLICY["time_entry.list"].who


def test_it_follows_the_settings(office: Office) -> None:
    assert table(office.member)["project.create"]["isAllowed"] is True
    office.set(who_can_create_projects_and_clients="ADMINS")
    assert table(office.member)["project.create"]["isAllowed"] is False
