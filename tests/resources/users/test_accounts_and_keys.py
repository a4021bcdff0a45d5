"""Accounts and API keys, as commands and tests make them."""

from typing import Any

import pytest

from hourbook.access.actors import hash_key
from hourbook.core.errors import InvalidValue, NameTaken, NotFound
from hourbook.core.types import Role
from hourbook.journal import journal
from hourbook.resources.users import actions, actions_keys
from hourbook.resources.workspaces import actions as workspaces
from tests import people
from tests.harness import Office, Person

UNKNOWN_KEY = (401, 4003)


def outside(office: Office, work: Any) -> Any:
    """Runs `work(tx)` in no workspace, as a command does."""
    return people.write(office.server, "", work)


def fresh(office: Office) -> str:
    return f"Somebody.{office.server.ids.new_id()}@example.com"


def test_an_owner_gets_a_workspace_of_their_own(office: Office) -> None:
    email = fresh(office)
    user, made = outside(
        office,
        lambda tx: actions.create_owner(
            tx, email=f" {email} ", name="Ann", workspace_name="Acme", zone="Europe/Berlin", currency="EUR"
        ),
    )
    _, key = outside(office, lambda tx: actions_keys.create_api_key(tx, user.id, "laptop"))
    ann = Person(office.server, made.id, user.id, key)
    body = ann.raw("GET", "/api/v1/user").body
    assert (body["email"], body["activeWorkspace"], body["settings"]["timeZone"]) == (email, made.id, "Europe/Berlin")
    assert ann.get("").body["hourlyRate"] == {"amount": 0, "currency": "EUR"}
    assert people.read(office.server, made.id, workspaces.default_currency).code == "EUR"


def test_an_address_has_one_account_whatever_its_case(office: Office) -> None:
    with pytest.raises(NameTaken):
        outside(
            office,
            lambda tx: actions.create_owner(tx, email=office.owner.email.upper(), name="Twin", workspace_name="Twin"),
        )
    found = office.read(lambda tx: actions.find_user_by_email(tx, f" {office.owner.email.upper()} "))
    assert found.id == office.owner.id
    assert office.read(lambda tx: actions.find_user_by_email(tx, "nobody@nowhere.example")) is None


@pytest.mark.parametrize(
    "wrong", [{"email": "x"}, {"zone": "Mars/Olympus"}, {"currency": "euro"}, {"workspace_name": " "}]
)
def test_an_owner_of_nonsense_is_refused_and_leaves_nothing(office: Office, wrong: dict[str, str]) -> None:
    email = fresh(office)
    values = {"email": email, "name": "Ann", "workspace_name": "Acme"} | wrong
    with pytest.raises(InvalidValue):
        outside(office, lambda tx: actions.create_owner(tx, **values))
    assert office.read(lambda tx: actions.find_user_by_email(tx, email)) is None


def test_somebody_in_use_is_brought_in_as_they_are(office: Office) -> None:
    email = office.outsider.email
    user = office.write(lambda tx: actions.create_member(tx, email, name="Another Name", zone="UTC"))
    assert user.id == office.outsider.id
    assert office.outsider.raw("GET", "/api/v1/user").body["name"] == office.outsider.name
    assert office.outsider.get("/tags").status == 200
    with pytest.raises(InvalidValue):
        office.write(lambda tx: actions.create_member(tx, email, name=None))


def test_somebody_inactive_is_brought_back(office: Office) -> None:
    office.owner.put(f"/users/{office.member.id}", {"status": "INACTIVE"})
    office.write(lambda tx: actions.create_member(tx, office.member.email, name=None))
    assert office.member.get("/tags").status == 200


def test_several_keys_open_one_account(office: Office) -> None:
    key, plain = outside(office, lambda tx: actions_keys.create_api_key(tx, office.member.id, " laptop "))
    assert key.name == "laptop"
    assert len(plain) >= 48
    for person in (office.member, Person(office.server, office.workspace_id, office.member.id, plain)):
        assert person.get("/tags").status == 200


def test_only_the_digest_of_a_key_is_kept(office: Office) -> None:
    _, plain = outside(office, lambda tx: actions_keys.create_api_key(tx, office.member.id, "laptop"))
    rows = office.read(lambda tx: list(journal.iterate_since(tx, 0)))
    made = [row for row in rows if row.kind == "API_KEY"][-1]
    assert made.subject_user_id == office.member.id
    assert plain not in str(made.after)
    assert "key_hash" not in made.after
    assert hash_key(plain) not in str(made).encode()


def test_a_revoked_key_is_dead_at_once(office: Office) -> None:
    key, plain = outside(office, lambda tx: actions_keys.create_api_key(tx, office.member.id, "laptop"))
    person = Person(office.server, office.workspace_id, office.member.id, plain)
    assert person.get("/tags").status == 200
    revoked = outside(office, lambda tx: actions_keys.revoke_api_key(tx, key.id))
    assert revoked.revoked_at_us == office.clock.now_us()
    assert person.get("/tags").refusal == UNKNOWN_KEY
    assert office.member.get("/tags").status == 200
    office.clock.move(5)
    assert outside(office, lambda tx: actions_keys.revoke_api_key(tx, key.id)).revoked_at_us == revoked.revoked_at_us


def test_keys_and_accounts_that_are_not_there_are_not_found(office: Office) -> None:
    with pytest.raises(NotFound):
        outside(office, lambda tx: actions_keys.revoke_api_key(tx, "nonsense"))
    with pytest.raises(NotFound):
        outside(office, lambda tx: actions_keys.create_api_key(tx, "0" * 24, "laptop"))
    with pytest.raises(NotFound):
        office.write(lambda tx: workspaces.add_member(tx, "0" * 24))


def test_keys_are_listed_without_what_opens_the_door(office: Office) -> None:
    key, _ = outside(office, lambda tx: actions_keys.create_api_key(tx, office.member.id, "laptop"))
    listed = office.read(lambda tx: actions_keys.list_api_keys(tx, office.member.id))
    assert [(one.name, one.last_used_at_us, one.revoked_at_us) for one in listed] == [
        ("test", None, None),
        ("laptop", None, None),
    ]
    assert key.id in {one.id for one in office.read(actions_keys.list_api_keys)}


def test_the_last_use_of_a_key_moves_forward_only(office: Office) -> None:
    key, _ = outside(office, lambda tx: actions_keys.create_api_key(tx, office.member.id, "laptop"))
    for used_at_us in (5, 9, 7):
        outside(office, lambda tx, at=used_at_us: actions_keys.touch_keys(tx, {key.id: at, "0" * 24: at}))
    listed = office.read(lambda tx: actions_keys.list_api_keys(tx, office.member.id))
    assert [one.last_used_at_us for one in listed] == [None, 9]


def test_roles_are_granted_once_and_taken_away(office: Office) -> None:
    project = office.server.ids.new_id()
    first = office.write(
        lambda tx: workspaces.grant_role(tx, office.member.id, Role.PROJECT_MANAGER, entity_id=project)
    )
    again = office.write(
        lambda tx: workspaces.grant_role(tx, office.member.id, Role.PROJECT_MANAGER, entity_id=project)
    )
    assert first == again
    assert office.read(lambda tx: workspaces.grants_for(tx, project)) == [first]
    office.write(lambda tx: workspaces.revoke_role(tx, office.member.id, first.role, entity_id=project))
    with pytest.raises(NotFound):
        office.write(lambda tx: workspaces.revoke_role(tx, office.member.id, first.role, entity_id=project))
    office.write(lambda tx: workspaces.grant_role(tx, office.member.id, first.role, entity_id=project))
    office.write(lambda tx: workspaces.grant_role(tx, office.manager.id, first.role, entity_id=project))
    office.write(lambda tx: workspaces.revoke_roles_of(tx, project))
    assert office.read(lambda tx: workspaces.grants_for(tx, project)) == []
    with pytest.raises(InvalidValue):
        office.write(lambda tx: workspaces.grant_role(tx, office.member.id, first.role, entity_id=office.workspace_id))


def test_currencies_are_found_by_id(office: Office) -> None:
    default = office.read(workspaces.default_currency)
    assert office.read(lambda tx: workspaces.get_currency(tx, default.id)) == default
    assert office.read(lambda tx: workspaces.find_currencies(tx, {default.id, "nonsense"})) == {default.id: default}
    with pytest.raises(NotFound):
        office.read(lambda tx: workspaces.get_currency(tx, "nonsense"))
