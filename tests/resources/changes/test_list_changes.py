"""GET .../entities/created, /updated and /deleted."""

from typing import Any

import pytest

from hourbook.core.calendar import format_instant
from hourbook.resources.time_entries import actions as time_entries
from hourbook.resources.time_entries.rules import Draft
from tests.contract.world import World
from tests.harness import DENIED, NO_CREDENTIAL, START_S, Office

ALL = ("created", "updated", "deleted")


def ids(office: Office, what: str, **query: Any) -> list[str]:
    answer = office.owner.get(f"/entities/{what}", **query)
    assert answer.status == 200, answer
    key = (lambda row: row["document"]["_id"]) if what == "deleted" else (lambda row: row["id"])
    return [key(row) for row in answer.body]


def fates(office: Office, **query: Any) -> dict[str, list[str]]:
    return {what: ids(office, what, **query) for what in ALL}


def since(office: Office, seconds: int = 0) -> str:
    return format_instant(office.clock.now_s + seconds)


@pytest.mark.parametrize("what", ALL)
def test_anonymous_is_asked_for_a_credential(office: Office, what: str) -> None:
    assert office.anonymous.get(f"/entities/{what}", type="TAGS").refusal == NO_CREDENTIAL


@pytest.mark.parametrize("what", ALL)
def test_only_admins_of_the_workspace_are_told(office: Office, what: str) -> None:
    for person in (office.outsider, office.manager, office.member):
        assert person.get(f"/entities/{what}", type="TAGS").refusal == DENIED
    assert office.admin.get(f"/entities/{what}", type="TAGS").status == 200


@pytest.mark.parametrize("what", ALL)
def test_without_a_type_the_recorded_text_comes(office: Office, what: str) -> None:
    answer = office.owner.get(f"/entities/{what}")
    assert answer.refusal == (400, 3001)
    assert answer.message == "Required request parameter 'type' for method parameter type List is not present"


def test_an_unknown_type_is_refused_with_a_list_of_those_there_are(office: Office) -> None:
    answer = office.owner.get("/entities/created", type="TEAPOTS")
    assert answer.status == 400
    for word in ("CLIENTS", "SCHEDULED_ASSIGNMENT", "USER_GROUPS"):
        assert word in answer.message


@pytest.mark.parametrize("type_", ["APPROVAL_REQUESTS", "BALANCE", "HOLIDAYS", "INVOICES", "PTO_POLICY"])
def test_what_does_not_exist_here_never_changed(office: Office, type_: str) -> None:
    assert fates(office, type=type_) == {"created": [], "updated": [], "deleted": []}


def test_a_thing_is_in_one_list_at_most(office: Office) -> None:
    old, going = (office.owner.post("/tags", {"name": name}).body["id"] for name in ("old", "going"))
    office.clock.move(100)
    start = since(office)
    new, brief = (office.owner.post("/tags", {"name": name}).body["id"] for name in ("new", "brief"))
    for one, name in ((new, "newer"), (old, "older")):
        assert office.owner.put(f"/tags/{one}", {"name": name}).status == 200
    for one in (going, brief):
        assert office.owner.delete(f"/tags/{one}").status == 200
    found = fates(office, type="TAGS", start=start)
    assert found == {"created": [new], "updated": [old], "deleted": [going]}


def test_windows_that_touch_tell_everything_once(office: Office) -> None:
    first = office.owner.post("/tags", {"name": "one"}).body["id"]
    office.clock.move(10)
    middle = since(office)
    second = office.owner.post("/tags", {"name": "two"}).body["id"]
    office.clock.move(10)
    assert ids(office, "created", type="TAGS", start=since(office, -20), end=middle) == [first]
    assert ids(office, "created", type="TAGS", start=middle, end=since(office)) == [second]
    assert ids(office, "created", type="TAGS") == [first, second]


def test_what_is_older_than_thirty_days_has_to_be_asked_for(office: Office) -> None:
    tag_id = office.owner.post("/tags", {"name": "one"}).body["id"]
    office.clock.move(31 * 86_400)
    assert ids(office, "created", type="TAGS") == []
    assert ids(office, "created", type="TAGS", start=since(office, -32 * 86_400)) == [tag_id]
    assert ids(office, "created", type="TAGS", end=since(office, -2 * 86_400)) == [tag_id]
    assert office.owner.get("/entities/created", type="TAGS", start=since(office), end=since(office, -1)).status == 400


def test_pages_have_as_many_rows_as_asked(office: Office) -> None:
    made = [office.owner.post("/tags", {"name": str(number)}).body["id"] for number in range(5)]
    client = office.owner.post("/clients", {"name": "c"}).body["id"]
    for page in (0, 1):
        assert ids(office, "created", type="TAGS", page=page, limit=2) == made[:2]
    assert ids(office, "created", type="TAGS,CLIENTS", page=2, limit=4) == [made[4], client]
    assert ids(office, "created", type="TAGS,CLIENTS", page=3, limit=4) == []
    assert office.owner.get("/entities/created", type="TAGS", limit=0).status == 400
    assert office.owner.get("/entities/created", type="TAGS", page=-1).status == 400
    assert office.owner.get("/entities/created", type="TAGS", page="x").status == 400


def test_documents_are_what_their_own_operations_answer(office: Office) -> None:
    world = World(office)
    entry_id = office.owner.post(
        "/time-entries",
        {"start": format_instant(START_S - 60), "end": format_instant(START_S), "projectId": world.project_id},
    ).body["id"]
    for type_, path in (
        ("PROJECTS", f"/projects/{world.project_id}"),
        ("CLIENTS", f"/clients/{world.client_id}"),
        ("TAGS", f"/tags/{world.tag_id}"),
        ("TASKS", f"/projects/{world.project_id}/tasks/{world.task_id}"),
        ("TIME_ENTRY", f"/time-entries/{entry_id}"),
    ):
        alone = office.owner.get(path).body
        rows = {row["id"]: row for row in office.owner.get("/entities/created", type=type_).body}
        row = rows[alone["id"]]
        assert row["documentCode"] == row["documentType"] == type_
        assert row["auditMetadata"]["createdAt"] == format_instant(START_S)
        assert alone.items() <= row.items()


def test_people_groups_fields_and_rates_are_told_too(office: Office) -> None:
    group = office.owner.post("/user-groups", {"name": "g"}).body
    field = office.owner.post("/custom-fields", {"name": "Field", "type": "TXT", "entityType": "TIMEENTRY"}).body
    assert office.owner.get("/entities/created", type="USER_GROUPS").body[0]["name"] == group["name"]
    assert office.owner.get("/entities/created", type="CUSTOM_FIELDS").body[0]["name"] == field["name"]
    people = office.owner.get("/entities/created", type="USER").body
    assert {person["id"] for person in people} >= {office.owner.id, office.member.id}
    assert all(person["email"] for person in people)
    entry = {"start": format_instant(START_S - 60), "end": format_instant(START_S)}
    entry_id = office.member.post("/time-entries", entry).body["id"]
    office.clock.move(10)
    start = since(office)
    office.owner.put(f"/users/{office.member.id}/hourly-rate", {"amount": 900, "since": "2026-01-01T00:00:00Z"})
    office.member.put(f"/time-entries/{entry_id}", entry | {"description": "x"})
    (rate,) = office.owner.get("/entities/updated", type="TIME_ENTRY_RATE", start=start).body
    assert (rate["timeEntryId"], rate["hourlyRate"]["amount"]) == (entry_id, 900)
    office.clock.move(10)
    start = since(office)
    office.member.put(f"/time-entries/{entry_id}", entry | {"description": "y"})
    assert office.owner.get("/entities/updated", type="TIME_ENTRY_RATE", start=start).body == []
    assert ids(office, "updated", type="TIME_ENTRY", start=start) == [entry_id]


def test_what_is_gone_since_is_told_as_it_was(office: Office) -> None:
    tag_id = office.owner.post("/tags", {"name": "brief"}).body["id"]
    office.clock.move(10)
    end = since(office)
    office.owner.put(f"/tags/{tag_id}", {"name": "later"})
    office.owner.delete(f"/tags/{tag_id}")
    (row,) = office.owner.get("/entities/created", type="TAGS", end=end).body
    assert (row["id"], row["name"], row["workspaceId"]) == (tag_id, "brief", office.workspace_id)


def test_a_deletion_has_the_last_state_and_an_id_of_its_own(office: Office) -> None:
    tag_id = office.owner.post("/tags", {"name": "brief"}).body["id"]
    office.clock.move(10.5)
    office.owner.delete(f"/tags/{tag_id}")
    start = since(office, -1)
    (row,) = office.owner.get("/entities/deleted", type="TAGS", start=start).body
    assert row["deletedAt"] == format_instant(office.clock.now_s)[:-1] + ".500Z"
    assert (row["documentCode"], row["documentType"]) == ("TAGS", "TAGS")
    assert len(row["id"]) == 24
    assert row["id"] != tag_id
    document = row["document"]
    assert (document["_id"], document["name"], document["workspaceId"]) == (tag_id, "brief", office.workspace_id)
    assert office.owner.get("/entities/deleted", type="TAGS", start=start).body == [row]


def test_values_of_custom_fields_are_documents_of_their_own(office: Office) -> None:
    field = office.owner.post("/custom-fields", {"name": "Field", "type": "TXT", "entityType": "TIMEENTRY"}).body["id"]
    times = {"start": format_instant(START_S - 60), "end": format_instant(START_S)}
    said = {**times, "customFields": [{"customFieldId": field, "value": "one"}]}
    entry_id = office.owner.post("/time-entries", said).body["id"]
    type_ = "TIME_ENTRY_CUSTOM_FIELD_VALUE"
    (made,) = office.owner.get("/entities/created", type=type_).body
    shown = (made["customFieldId"], made["timeEntryId"], made["value"], made["sourceType"])
    assert shown == (field, entry_id, "one", "TIMEENTRY")
    assert made["auditMetadata"]["createdAt"] == format_instant(START_S)
    office.clock.move(10)
    start = since(office)
    said["customFields"] = [{"customFieldId": field, "value": "two"}]
    assert office.owner.put(f"/time-entries/{entry_id}", said).status == 200
    (changed,) = office.owner.get("/entities/updated", type=type_, start=start).body
    assert (changed["id"], changed["value"]) == (made["id"], "two")
    office.clock.move(10)
    assert office.owner.delete(f"/time-entries/{entry_id}").status in (200, 204)
    (gone,) = office.owner.get("/entities/deleted", type=type_, start=since(office)).body
    wanted = {"customFieldId": field, "timeEntryId": entry_id, "value": "two", "sourceType": "TIMEENTRY"}
    assert gone["document"] == wanted


def test_rows_that_share_one_journal_row_count(office: Office) -> None:
    drafts = [Draft(start_s=START_S - 60 * number, end_s=START_S + 60) for number in range(1200)]
    office.write(lambda tx: time_entries.import_entries(tx, office.member.id, drafts))
    made = ids(office, "created", type="TIME_ENTRY", limit=2000)
    assert len(set(made)) == 1200
    office.clock.move(10)
    start = since(office)
    body = {"timeEntryIds": made, "invoiced": True}
    assert office.owner.patch("/time-entries/invoiced", body).status == 200
    assert set(ids(office, "updated", type="TIME_ENTRY", start=start, limit=2000)) == set(made)
    path = f"/user/{office.member.id}/time-entries"
    assert office.owner.delete(path, time_entry_ids=made).status == 200
    assert set(ids(office, "deleted", type="TIME_ENTRY", start=start, limit=2000)) == set(made)
    assert ids(office, "created", type="TIME_ENTRY", limit=2000) == []
