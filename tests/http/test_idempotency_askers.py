"""Whose an Idempotency-Key is: a person's and each add-on's are apart. A refusal that keeps a count is not kept."""

from collections.abc import Iterator

import pytest

from tests.addon_server import AddonServer, speaking, token_of
from tests.harness import API, Answer, Office, Person
from tests.sign_ins import NEW_PASSWORD, PASSWORD, signed_in

KEY = {"Idempotency-Key": "one"}


@pytest.fixture
def addon_servers() -> Iterator[list[AddonServer]]:
    found = [AddonServer(), AddonServer()]
    yield found
    for one in found:
        one.close()


def track(person: Person) -> Answer:
    body = {"start": "2026-05-20T08:00:00Z", "end": "2026-05-20T09:00:00Z"}
    answer = person.raw("POST", f"{API}/workspaces/{person.workspace_id}/time-entries", body, {}, KEY)
    assert answer.status == 201, answer
    return answer


def test_a_person_and_the_add_ons_that_act_as_the_same_person_have_keys_of_their_own(
    office: Office, addon_servers: list[AddonServer]
) -> None:
    askers: list[Person] = [office.owner]
    for number, server in enumerate(addon_servers):
        token = token_of(office, server, scopes=["TIME_ENTRY_WRITE"], key=f"addon-{number}")
        askers.append(speaking(office, token))
    made = [track(asker).body["id"] for asker in askers]
    assert len(set(made)) == 3
    assert [track(asker).body["id"] for asker in askers] == made


def test_a_refusal_that_leaves_something_behind_is_not_kept(office: Office) -> None:
    browser = signed_in(office.member)

    def change(current: str) -> Answer:
        body = {"currentPassword": current, "newPassword": NEW_PASSWORD}
        return browser.ask("POST", "/password", body, {"idempotency-key": "one"})

    assert change("not the password").message == "The current password is wrong"
    assert change(PASSWORD).status == 204
    assert change(PASSWORD).headers["Idempotency-Replayed"] == "true"
