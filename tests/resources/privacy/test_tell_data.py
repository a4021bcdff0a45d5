"""GET /user/data and GET .../users/{userId}/data: everything about a person."""

from typing import Any

import msgspec
import pytest

from hourbook.db.tables import METADATA
from hourbook.resources.privacy.store import NO_SECTIONS, SECTIONS
from tests.architecture.source import report
from tests.contract.world import invite
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Office, Person
from tests.resources.privacy.test_erase_person import somebody

OWN = "/api/hourbook/v1"
PERSON_COLUMNS = ("user_id", "owner_id", "inviter_id", "subject_user_id", "actor_id", "created_by_id")


def tell_self(person: Person) -> Any:
    answer = person.raw("GET", f"{OWN}/user/data")
    assert answer.status == 200, answer
    return msgspec.json.decode(answer.content)


def tell(asker: Person, user_id: str) -> Any:
    return asker.raw("GET", f"{OWN}/workspaces/{asker.workspace_id}/users/{user_id}/data")


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert tell(office.anonymous, office.member.id).refusal == NO_CREDENTIAL
    assert office.anonymous.raw("GET", f"{OWN}/user/data").refusal == NO_CREDENTIAL


def test_only_owner_and_admins_are_told_of_others(office: Office) -> None:
    for role in ("outsider", "member", "manager"):
        assert tell(office.everybody[role], office.member.id).refusal == DENIED, role
    for role in ("admin", "owner"):
        assert tell(office.everybody[role], office.member.id).status == 200, role


def test_somebody_gets_everything_about_themselves(office: Office) -> None:
    person = somebody(office, "Featherstone")
    told = tell_self(person)
    assert (told["account"]["name"], told["account"]["email"]) == (person.name, person.email)
    assert told["account"]["settings"]["time_zone"] == "UTC"
    assert [one["workspaceId"] for one in told["memberships"]] == [office.workspace_id]
    assert told["timeEntries"][0]["start"] == "2026-05-20T08:00:00Z"
    assert told["customFieldValues"][0]["value"] == "Nick Featherstone"
    assert "Featherstone's laptop" in {one["name"] for one in told["apiKeys"]}
    assert told["sessions"][0]["method"] == "password"
    assert [one["role"] for one in told["roles"]] == ["WORKSPACE_ADMIN"]
    assert {"USER", "MEMBER", "TIME_ENTRY"} <= {row["kind"] for row in told["journal"]}
    assert set(told) == {"account", "journal"} | {section.name for section in SECTIONS}


def test_no_secret_is_told(office: Office) -> None:
    person = somebody(office, "Featherstone")
    answer = person.raw("GET", f"{OWN}/user/data")
    text = answer.content.decode()
    report([secret for secret in office.server.secrets if secret in text])
    for word in ("hash", "token", "argon2", "recovery", "digest"):
        assert word not in text, word
    assert answer.headers["Content-Disposition"] == 'attachment; filename="personal-data.json"'
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_workspace_tells_what_is_its_own_and_nothing_of_others(office: Office) -> None:
    person = somebody(office, "Featherstone")
    elsewhere = Office(office.server)
    token = invite(elsewhere.owner, person.email)["token"]
    person.raw("POST", f"{OWN}/invitations/{token}/join")
    person.at(elsewhere.workspace_id).post("/time-entries", {"start": "2026-05-20T08:00:00Z"})
    assert {one["workspaceId"] for one in tell_self(person)["timeEntries"]} == {
        office.workspace_id,
        elsewhere.workspace_id,
    }
    answer = tell(office.owner, person.id)
    assert elsewhere.workspace_id.encode() not in answer.content
    told = msgspec.json.decode(answer.content)
    assert len(told["timeEntries"]) == 1
    assert not {"sessions", "apiKeys", "secondFactor", "files"} & set(told)
    assert "settings" not in told["account"]


def test_somebody_who_left_is_told_of_while_there_is_time_of_theirs(office: Office) -> None:
    person = somebody(office, "Featherstone")
    path = f"{OWN}/workspaces/{office.workspace_id}/members/{person.id}"
    assert office.owner.raw("DELETE", path).status == 204
    assert tell(office.owner, person.id).status == 200


@pytest.mark.parametrize("unknown", ["f" * 24, "nonsense"])
def test_somebody_of_elsewhere_is_unknown(office: Office, unknown: str) -> None:
    assert tell(office.owner, unknown).refusal == REFUSED
    assert tell(office.owner, office.outsider.id).refusal == REFUSED


def test_every_column_of_a_person_is_told_or_named_with_a_reason() -> None:
    told = {(section.table.name, section.person) for section in SECTIONS}
    report(
        [
            f"{table.name}.{column.name}"
            for table in METADATA.sorted_tables
            for column in table.c
            if column.name in PERSON_COLUMNS and (table.name, column.name) not in told | NO_SECTIONS.keys()
        ]
    )


def test_rates_a_workspace_hides_stay_hidden_from_whom_they_are_about(office: Office) -> None:
    person = office.member
    for path, amount in (("hourly-rate", 7_310_001), ("cost-rate", 8_420_003)):
        assert office.owner.put(f"/users/{person.id}/{path}", {"amount": amount}).status == 200
    body = {"start": "2026-05-20T08:00:00Z", "end": "2026-05-20T09:00:00Z"}
    assert person.post("/time-entries", body).status == 201

    def told() -> str:
        return person.raw("GET", f"{OWN}/user/data").content.decode()

    assert "7310001" in told()
    assert "8420003" not in told()
    office.set(only_admins_see_billable_rates=True)
    assert "7310001" not in told()
    office.grant(person, "WORKSPACE_ADMIN", office.workspace_id)
    assert "7310001" in told()
    assert "8420003" in told()
