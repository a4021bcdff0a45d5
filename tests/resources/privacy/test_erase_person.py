"""Erasing: after it no byte of the person stands in any table, and hours and money stand as before.

The server here is these tests' own: they read every table to its end.
"""

import zlib
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from hourbook.core.types import Role
from hourbook.db.statement import Statement
from hourbook.db.tables import METADATA
from hourbook.journal.fold import compare, fold, table_state
from hourbook.journal.journal import iterate_since, read_since
from hourbook.journal.snapshots import read_snapshot, write_snapshot
from hourbook.resources.webhooks import actions_deliveries, store_resending
from hourbook.resources.webhooks.rules_deliveries import Content, Due, Outcome
from tests import webhook_deliveries
from tests.contract.world import invite
from tests.databases import fresh_database
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Answer, Office, Person, Server
from tests.sign_ins import PASSWORD, open_session, set_password
from tests.watching import AppLog

OWN = "/api/hourbook/v1"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, whole_log: AppLog) -> Iterator[Server]:
    with fresh_database(tmp_path_factory.mktemp("erasing")) as url:
        found = Server(url, whole_log)
        found.open()
        yield found
        found.close()


def erase(asker: Person, person: Person, confirmation: str | None = None) -> Answer:
    body = {"confirmation": person.email if confirmation is None else confirmation}
    return asker.raw("POST", f"{OWN}/workspaces/{asker.workspace_id}/users/{person.id}/erase", body)


def erase_self(person: Person, confirmation: str) -> Answer:
    return person.raw("POST", f"{OWN}/user/erase", {"confirmation": confirmation})


def somebody(office: Office, surname: str = "Quackenbush") -> Person:
    """Somebody with a little of everything that an account can have.

    These tests share a database: who stays needs another surname than those who must leave no trace.
    """
    person = office.hire(f"Zeb {surname}")
    field = office.owner.post("/custom-fields", {"name": "Nickname", "type": "TXT", "entityType": "USER"}).body["id"]
    for value in (f"Z {surname}", f"Nick {surname}"):
        answer = office.owner.put(f"/users/{person.id}/custom-field/{field}/value", {"value": value})
        assert answer.status in (200, 201), answer
    project = office.owner.post("/projects", {"name": "Project", "isPublic": True}).body["id"]
    entry = {"start": "2026-05-20T08:00:00Z", "end": "2026-05-20T09:00:00Z", "projectId": project, "billable": True}
    assert person.post("/time-entries", entry).status == 201
    office.owner.put(f"/users/{person.id}/hourly-rate", {"amount": 5000, "since": "2026-01-01T00:00:00Z"})
    set_password(person, PASSWORD)
    open_session(person)
    made = person.raw("POST", f"{OWN}/api-keys", {"name": f"{surname}'s laptop"})
    assert made.status == 201, made
    office.server.secrets.append(made.body["apiKey"])
    office.grant(person, Role.WORKSPACE_ADMIN, office.workspace_id)
    tell_of(office, person, f"Zeb {surname}")
    return person


def tell_of(office: Office, person: Person, name: str) -> None:
    """A webhook was told of the person, and its receiver said the name back."""
    hook = {"url": "https://receiver.example/", "webhookEvent": "USER_JOINED_WORKSPACE"}
    made = person.post("/webhooks", {**hook, "triggerSourceType": "WORKSPACE_ID", "triggerSource": []})
    assert made.status == 201, made
    rows = [row for row in office.read(lambda tx: read_since(tx, 0)) if row.subject_user_id == person.id]
    body = msgspec.json.encode({"id": person.id, "name": name, "email": person.email})

    def work(tx: Any) -> None:
        content = Content(tx.workspace_id, rows[-1].revision, 0, "USER_JOINED_WORKSPACE", body.decode())
        store_resending.insert_message(tx, made.body["id"], content)
        row = webhook_deliveries.deliveries(tx, made.body["id"])[0]
        due = Due(**{name: row[name] for name in Due.__struct_fields__})
        actions_deliveries.settle(tx, [Outcome(due, 500, f"I do not know {name}")])

    office.write(work)


def every_value(office: Office) -> list[tuple[str, str]]:
    """Every value of every table, as text, packed ones unpacked."""
    found = []
    for table in METADATA.sorted_tables:
        for row in office.read(lambda tx, table=table: tx.rows(Statement(sa.select(table)))):
            found += [(table.name, _text(value)) for value in row]
    return found


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        try:
            return zlib.decompress(value).decode("utf-8", "replace")
        except zlib.error:
            return value.decode("latin-1")
    return str(value)


def traces(office: Office, *words: str) -> list[str]:
    """Where any of the words still stands, in any case."""
    lower = [word.lower() for word in words]
    return [
        f"{table}: {text[:200]}" for table, text in every_value(office) if any(word in text.lower() for word in lower)
    ]


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert erase(office.anonymous, office.member).refusal == NO_CREDENTIAL


def test_only_the_owner_erases_others(office: Office) -> None:
    for role in ("outsider", "member", "manager", "admin"):
        assert erase(office.everybody[role], office.manager).refusal == DENIED, role


def test_no_byte_of_the_person_is_left_anywhere(office: Office) -> None:
    person = somebody(office)
    words = (person.email, "Quackenbush")
    assert traces(office, *words)
    answer = erase(office.owner, person)
    assert answer.status == 200, answer
    assert traces(office, *words) == []


def test_snapshots_forget_too_and_the_journal_still_gives_the_tables(office: Office) -> None:
    person = somebody(office)
    office.write(write_snapshot)
    assert erase(office.owner, person).status == 200
    assert traces(office, person.email, "Quackenbush") == []

    def differences(tx: Any) -> list[str]:
        revision, snapshot = read_snapshot(tx)
        state = table_state(tx)
        return compare(fold(iterate_since(tx, 0)), state) + compare(fold(iterate_since(tx, revision), snapshot), state)

    assert office.read(differences) == []


def test_the_journal_keeps_that_something_changed_and_which_values_were_the_same(office: Office) -> None:
    person = somebody(office)
    erase(office.owner, person)
    rows = [row for row in office.read(lambda tx: list(iterate_since(tx, 0))) if row.kind == "USER"]
    about = [row for row in rows if row.entity_id == person.id]
    made, gone = about[0], about[-1]
    assert made.after["email"].startswith("digest:")
    assert made.after["name"] != made.after["email"]
    assert gone.before["email"] == made.after["email"]
    assert gone.after["email"] == f"erased-{person.id}@erased.invalid"
    assert made.after["id"] == person.id


def test_hours_and_money_stay(office: Office) -> None:
    person = somebody(office)
    before = office.owner.get(f"/user/{person.id}/time-entries").body
    erase(office.owner, person)
    assert office.owner.get(f"/user/{person.id}/time-entries").body == before
    assert before[0]["hourlyRate"]["amount"] == 5000


def test_the_account_is_nobodys(office: Office) -> None:
    person = somebody(office)
    session = open_session(person)
    erase(office.owner, person)
    assert person.get("/tags").status == 401
    cookie = {"Cookie": f"hourbook_session={session.token}"}
    assert office.anonymous.raw("GET", "/api/v1/user", None, None, cookie).status == 401
    signed_in = office.anonymous.raw("POST", f"{OWN}/sign-in", {"email": person.email, "password": PASSWORD})
    assert signed_in.status == 401
    listed = office.owner.get("/users", account_statuses="DELETED", memberships="WORKSPACE").body
    (found,) = [one for one in listed if one["id"] == person.id]
    assert (found["name"], found["status"]) == ("Erased person", "DELETED")
    assert found["memberships"][0]["membershipStatus"] == "INACTIVE"
    assert erase(office.owner, person, f"erased-{person.id}@erased.invalid").status == 200, "twice does no harm"


def test_others_keep_what_is_theirs(office: Office) -> None:
    person = somebody(office)
    other = office.hire("Abigail Other")
    erase(office.owner, person)
    assert traces(office, "Abigail Other")
    assert other.get("/tags").status == 200
    assert office.owner.get("/users", name="abigail").body[0]["email"] == other.email


def test_somebody_erases_themselves_wherever_they_are(office: Office) -> None:
    person = somebody(office)
    elsewhere = Office(office.server)
    token = invite(elsewhere.owner, person.email)["token"]
    assert person.raw("POST", f"{OWN}/invitations/{token}/join").status == 200
    assert erase(office.owner, person).refusal == REFUSED, "others have a say, too"
    assert erase_self(person, "somebody@example.com").refusal == REFUSED
    assert erase_self(person, person.email.upper()).status == 200
    assert traces(office, person.email, "Quackenbush") == []
    for home in (office, elsewhere):
        assert home.read(lambda tx: compare(fold(iterate_since(tx, 0)), table_state(tx))) == []


def test_mails_to_and_about_the_person_forget_them(office: Office, outbox: Any) -> None:
    person = somebody(office)
    guest = f"guest.{office.workspace_id}@example.com"
    for asker, email in ((person, guest), (office.owner, f"x{person.email}")):
        assert asker.post("/users", {"email": email}).status == 200
    assert traces(office, "Quackenbush")
    erase(office.owner, person)
    assert traces(office, "Quackenbush") == []
    (mail,) = outbox(guest)
    assert msgspec.json.decode(mail.details)["inviter"] == "Erased person"


def test_the_owner_of_a_workspace_hands_it_over_first(office: Office) -> None:
    answer = erase_self(office.owner, office.owner.email)
    assert answer.refusal == REFUSED
    assert "Olivia Owner's office" in answer.message
    assert office.owner.get("/tags").status == 200


@pytest.mark.parametrize("confirmation", ["", "yes", "max", None])
def test_it_has_to_be_confirmed_with_the_address(office: Office, confirmation: str | None) -> None:
    path = f"{OWN}/workspaces/{office.workspace_id}/users/{office.member.id}/erase"
    answer = office.owner.raw("POST", path, {"confirmation": confirmation})
    assert answer.refusal == REFUSED
    assert "can't be undone" in answer.message
    assert office.member.get("/tags").status == 200


def test_an_invitation_alone_gives_no_say_over_an_account(office: Office) -> None:
    office.owner.post("/users", {"email": office.outsider.email})
    assert erase(office.owner, office.outsider).refusal == REFUSED
    assert office.outsider.at(office.outsider_workspace_id).get("/tags").status == 200


def test_somebody_who_was_only_invited_can_be_erased(office: Office) -> None:
    email = f"quackenbush.{office.workspace_id}@example.com"
    made = invite(office.owner, email)
    path = f"{OWN}/workspaces/{office.workspace_id}/users/{made['userId']}/erase"
    assert office.owner.raw("POST", path, {"confirmation": email}).status == 200
    assert traces(office, "quackenbush") == []


@pytest.mark.parametrize("unknown", ["f" * 24, "nonsense"])
def test_somebody_of_elsewhere_is_unknown(office: Office, unknown: str) -> None:
    path = f"{OWN}/workspaces/{office.workspace_id}/users/{unknown}/erase"
    assert office.owner.raw("POST", path, {"confirmation": "x"}).refusal == REFUSED
    assert erase(office.owner, office.outsider).refusal == REFUSED


def test_answers_that_were_kept_for_requests_sent_again_go_too(office: Office) -> None:
    """They may name the person, and nobody knows which of them do."""
    person = somebody(office, "Featherstone")
    path = f"/api/v1/workspaces/{office.workspace_id}/tags"
    made = office.owner.raw("POST", path, {"name": "Zeb Featherstone"}, headers={"Idempotency-Key": "one"})
    assert made.status == 201
    assert erase(office.owner, person).status == 200
    again = office.owner.raw("POST", path, {"name": "Zeb Featherstone"}, headers={"Idempotency-Key": "one"})
    assert "Idempotency-Replayed" not in again.headers
    assert again.message == "Tag with name Zeb Featherstone already exists"
