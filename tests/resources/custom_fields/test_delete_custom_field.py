"""DELETE .../custom-fields/{id}."""

import pytest
import sqlalchemy as sa

from hourbook.db.checks import REFERENCES, run
from hourbook.db.statement import Statement
from hourbook.db.tables.time_entries import time_entries
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Office
from tests.journal.state import check_everything
from tests.resources.custom_fields.conftest import Make


def test_anonymous_is_asked_for_a_credential(office: Office, field: Make) -> None:
    assert office.anonymous.delete(f"/custom-fields/{field()}").refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office, field: Make) -> None:
    assert office.outsider.delete(f"/custom-fields/{field()}").refusal == DENIED


@pytest.mark.parametrize("role", ["member", "manager"])
def test_only_admins_delete_fields(office: Office, field: Make, role: str, project_id: str) -> None:
    assert office.everybody[role].delete(f"/custom-fields/{field()}").refusal == DENIED
    assert len(office.owner.get("/custom-fields").body) == 1


def test_a_field_goes_and_its_name_is_free(office: Office, field: Make) -> None:
    field_id = field(name="Ticket")
    answer = office.admin.delete(f"/custom-fields/{field_id}")
    assert (answer.status, answer.content) == (204, b"")
    assert office.owner.get("/custom-fields").body == []
    assert office.owner.delete(f"/custom-fields/{field_id}").refusal == REFUSED
    field(name="Ticket")


def test_what_projects_and_people_say_goes_with_it(office: Office, field: Make, project_id: str) -> None:
    of_entries, of_people = field(), field(entityType="USER")
    office.owner.patch(f"/projects/{project_id}/custom-fields/{of_entries}", {"defaultValue": "x"})
    office.owner.put(f"/users/{office.member.id}/custom-field/{of_people}/value", {"value": "y"})
    for field_id in (of_entries, of_people):
        assert office.owner.delete(f"/custom-fields/{field_id}").status == 204
    assert office.owner.get(f"/projects/{project_id}/custom-fields").body == []
    assert all(person["customFields"] == [] for person in office.owner.get("/users").body)
    check_everything(office)
    broken = office.read(lambda tx: [run(tx.connection, check) for check in REFERENCES if "custom" in check.name])
    assert broken == [None] * 4


def test_entries_stop_showing_it_and_lose_nothing_else(office: Office, field: Make) -> None:
    gone, kept = field(), field()
    values = [{"customFieldId": one, "value": "v"} for one in (gone, kept)]
    body = {"start": "2026-05-20T08:00:00Z", "end": "2026-05-20T09:00:00Z", "customFields": values}
    entry_id = office.member.post("/time-entries", body).body["id"]
    office.owner.delete(f"/custom-fields/{gone}")
    shown = office.member.get(f"/time-entries/{entry_id}").body["customFieldValues"]
    assert [(value["customFieldId"], value["value"]) for value in shown] == [(kept, "v")]
    # The entry itself was not written.
    row = office.read(lambda tx: tx.rows(_entry_revision(entry_id)))
    assert row == [(1,)]


def _entry_revision(entry_id: str) -> Statement:
    return Statement(sa.select(time_entries.c.row_revision).where(time_entries.c.id == entry_id))
