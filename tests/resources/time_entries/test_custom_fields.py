"""Custom fields on time entries: writing, showing, defaults, required ones, those of admins."""

from collections.abc import Callable
from typing import Any

import pytest

from hourbook.journal.journal import iterate_since
from hourbook.resources.time_entries import actions
from hourbook.resources.time_entries.rules import Draft
from tests.harness import DENIED, REFUSED, START_S, Answer, Office, Person
from tests.journal.state import check_everything
from tests.resources.time_entries.conftest import Desk
from tests.watching import StatementLog

Make = Callable[..., str]


@pytest.fixture
def field(office: Office) -> Make:
    """Makes a field of time entries and returns its id."""

    def make(kind: str = "TXT", **more: Any) -> str:
        body = {"name": f"Field {office.server.ids.new_id()}", "type": kind, **more}
        answer = office.owner.post("/custom-fields", body)
        assert answer.status == 201, answer
        return str(answer.body["id"])

    return make


def values_of(answer: Answer | dict[str, Any]) -> dict[str, Any]:
    """By field: what an answer shows."""
    body = answer.body if isinstance(answer, Answer) else answer
    return {shown["customFieldId"]: shown["value"] for shown in body["customFieldValues"]}


def said(field_id: str, value: Any) -> list[dict[str, Any]]:
    return [{"customFieldId": field_id, "value": value}]


# --- showing -------------------------------------------------------------------------------------


def test_every_answer_shows_the_value(desk: Desk, field: Make) -> None:
    owner, field_id = desk.office.owner, field(name="Ticket")
    made = desk.track(customFields=said(field_id, "HB-1")).body
    shown = {
        "customFieldId": field_id,
        "timeEntryId": made["id"],
        "name": "Ticket",
        "type": "TXT",
        "value": "HB-1",
    }
    assert made["customFieldValues"] == [shown]
    path = f"/time-entries/{made['id']}"
    for hydrated in (False, True):
        assert owner.get(path, hydrated=hydrated).body["customFieldValues"] == [shown]
        assert desk.entries(hydrated=hydrated).body[0]["customFieldValues"] == [shown]
        body = {"timeEntryIds": [made["id"]], "hydrated": hydrated}
        assert owner.post("/time-entries/batch", body).body[0]["customFieldValues"] == [shown]


def test_a_field_without_value_is_shown_with_null_in_the_order_the_fields_were_made(desk: Desk, field: Make) -> None:
    made = desk.track().body
    first, second = field("NUMBER"), field("CHECKBOX")
    answer = desk.office.owner.get(f"/time-entries/{made['id']}").body
    assert [(one["customFieldId"], one["value"]) for one in answer["customFieldValues"]] == [
        (first, None),
        (second, None),
    ]


def test_running_timers_show_it_too_and_stopping_keeps_it(desk: Desk, field: Make) -> None:
    owner, field_id = desk.office.owner, field()
    desk.start(customFields=said(field_id, "now"), start="2026-05-20T13:00:00Z")
    assert values_of(owner.get("/time-entries/status/in-progress").body[0]) == {field_id: "now"}
    stopped = owner.patch(f"/user/{owner.id}/time-entries", {"end": "2026-05-20T13:30:00Z"})
    assert values_of(stopped) == {field_id: "now"}


def test_the_key_of_answers_says_nothing_in_a_request(desk: Desk, field: Make) -> None:
    field_id = field()
    made = desk.track(customFieldValues=said(field_id, "lost"))
    assert made.status == 201
    assert values_of(made) == {field_id: None}


def test_a_deleted_entry_is_answered_without_values(desk: Desk, field: Make) -> None:
    owner = desk.office.owner
    made = desk.track(customFields=said(field(), "x")).body["id"]
    assert owner.delete(f"/user/{owner.id}/time-entries", time_entry_ids=made).body[0]["customFieldValues"] == []


def test_an_inactive_or_invisible_field_is_not_shown_and_its_value_comes_back_with_it(desk: Desk, field: Make) -> None:
    owner, field_id = desk.office.owner, field(name="Ticket")
    path = f"/time-entries/{desk.track(customFields=said(field_id, 'HB-1')).body['id']}"
    for status in ("INVISIBLE", "INACTIVE"):
        owner.put(f"/custom-fields/{field_id}", {"name": "Ticket", "type": "TXT", "status": status})
        assert values_of(owner.get(path)) == {}
        # A replaced entry keeps what its writer could not see.
        start = {"start": "2026-03-02T08:00:00Z", "end": "2026-03-02T12:00:00Z"}
        assert values_of(owner.put(path, start)) == {}
    owner.put(f"/custom-fields/{field_id}", {"name": "Ticket", "type": "TXT", "status": "VISIBLE"})
    assert values_of(owner.get(path)) == {field_id: "HB-1"}


def test_a_project_shows_a_field_the_workspace_does_not_and_hides_one_it_does(desk: Desk, field: Make) -> None:
    owner = desk.office.owner
    hidden, seen = field(status="INVISIBLE"), field(status="VISIBLE")
    for field_id, status in ((hidden, "VISIBLE"), (seen, "INVISIBLE")):
        owner.patch(f"/projects/{desk.project}/custom-fields/{field_id}", {"status": status})
    assert values_of(desk.track(projectId=desk.project, customFields=said(hidden, "x"))) == {hidden: "x"}
    assert values_of(desk.track(customFields=said(seen, "y"))) == {seen: "y"}
    listed = [values_of(entry) for entry in desk.entries().body]
    assert listed == [{seen: "y"}, {hidden: "x"}]


# --- writing -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("TXT", "text"),
        ("LINK", "https://example.com/1"),
        ("NUMBER", 4.25),
        ("NUMBER", 0),
        ("CHECKBOX", False),
        ("CHECKBOX", True),
        ("DROPDOWN_SINGLE", "b"),
        ("DROPDOWN_MULTIPLE", ["b", "a"]),
    ],
)
def test_a_value_comes_back_as_it_was_given(desk: Desk, field: Make, kind: str, value: Any) -> None:
    field_id = field(kind, allowedValues=["a", "b"])
    made = desk.track(customFields=said(field_id, value))
    assert values_of(made) == {field_id: value}
    assert type(values_of(made)[field_id]) is type(value)
    assert values_of(desk.office.owner.get(f"/time-entries/{made.body['id']}")) == {field_id: value}


@pytest.mark.parametrize(
    ("kind", "value"), [("NUMBER", "4"), ("CHECKBOX", "yes"), ("DROPDOWN_SINGLE", "c"), ("TXT", {})]
)
def test_a_value_of_another_type_is_refused_and_nothing_is_written(
    desk: Desk, field: Make, kind: str, value: Any
) -> None:
    answer = desk.track(customFields=said(field(kind, allowedValues=["a"], name="Thing"), value))
    assert answer.refusal == REFUSED
    assert answer.message.startswith("The value of Thing has to be")
    assert desk.entries().body == []


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (said("0123456789abcdef01234567", "x"), "Custom field doesn't belong to Workspace"),
        (said("not-an-id", "x"), "Custom field doesn't belong to Workspace"),
        ([{"value": "x"}], "customFieldId must not be null"),
        ([*said("0123456789abcdef01234567", "x")] * 2, "A custom field is named twice"),
        (
            [{"customFieldId": f"{n:024x}", "value": 1} for n in range(51)],
            "customFields can't have more than 50 values",
        ),
    ],
)
def test_what_names_no_field_is_refused(desk: Desk, field: Make, fields: list[Any], message: str) -> None:
    for _ in range(2):  # in a workspace without custom fields, and in one with them
        answer = desk.track(customFields=fields)
        assert answer.refusal == REFUSED
        assert answer.message == message
        field()


def test_a_field_of_people_is_none_of_time_entries(desk: Desk, field: Make) -> None:
    answer = desk.track(customFields=said(field(entityType="USER"), "x"))
    assert answer.message == "Custom field doesn't belong to Workspace"


def test_a_field_that_is_not_in_use_takes_no_value(desk: Desk, field: Make) -> None:
    for status in ("INVISIBLE", "INACTIVE"):
        answer = desk.track(customFields=said(field(name=f"Old {status}", status=status), "x"))
        assert answer.refusal == REFUSED
        assert answer.message == f"The custom field Old {status} is not in use on this time entry"


def test_a_replaced_entry_has_the_values_that_are_given_and_no_others(desk: Desk, field: Make) -> None:
    owner = desk.office.owner
    first, second = field(), field()
    path = f"/time-entries/{desk.track(customFields=[*said(first, 'a'), *said(second, 'b')]).body['id']}"
    body = {"start": "2026-03-02T08:00:00Z", "end": "2026-03-02T12:00:00Z"}
    assert values_of(owner.put(path, {**body, "customFields": said(first, "c")})) == {first: "c", second: None}
    assert values_of(owner.put(path, {**body, "customFields": said(first, None)})) == {first: None, second: None}
    owner.put(path, {**body, "customFields": said(second, "d")})
    assert values_of(owner.put(path, body)) == {first: None, second: None}
    check_everything(desk.office)


def test_many_entries_are_replaced_alike(desk: Desk, field: Make) -> None:
    owner, field_id = desk.office.owner, field(workspaceDefaultValue="plain")
    ids = [desk.track(projectId=project).body["id"] for project in (desk.project, None, None)]
    body: list[dict[str, Any]] = [
        {"id": one, "start": "2026-03-02T08:00:00Z", "end": "2026-03-02T09:00:00Z"} for one in ids
    ]
    body[0]["projectId"] = desk.project
    body[0]["customFields"], body[1]["customFields"] = said(field_id, "a"), said(field_id, None)
    for hydrated in (False, True):
        answer = owner.put(f"/user/{owner.id}/time-entries", body, hydrated=hydrated)
        assert [values_of(one)[field_id] for one in answer.body] == ["a", None, "plain"]
    check_everything(desk.office)


# --- defaults and copies -------------------------------------------------------------------------


def test_an_entry_begins_with_the_default_of_its_project_or_else_of_the_workspace(desk: Desk, field: Make) -> None:
    field_id = field(workspaceDefaultValue="everywhere")
    desk.office.owner.patch(f"/projects/{desk.project}/custom-fields/{field_id}", {"defaultValue": "here"})
    assert values_of(desk.track()) == {field_id: "everywhere"}
    assert values_of(desk.track(projectId=desk.project)) == {field_id: "here"}
    assert values_of(desk.track(taskId=desk.task)) == {field_id: "here"}
    assert values_of(desk.start(start="2026-05-20T13:00:00Z")) == {field_id: "everywhere"}
    assert values_of(desk.track(customFields=said(field_id, None))) == {field_id: None}


def test_a_default_that_comes_later_changes_no_entry(desk: Desk, field: Make) -> None:
    owner, field_id = desk.office.owner, field(name="Ticket")
    path = f"/time-entries/{desk.track().body['id']}"
    owner.put(f"/custom-fields/{field_id}", {"name": "Ticket", "type": "TXT", "workspaceDefaultValue": "new"})
    assert values_of(owner.get(path)) == {field_id: None}


def test_a_duplicate_has_the_same_values(desk: Desk, field: Make) -> None:
    owner, field_id = desk.office.owner, field(workspaceDefaultValue="plain")
    made = desk.track(customFields=said(field_id, "special")).body["id"]
    copy = owner.post(f"/user/{owner.id}/time-entries/{made}/duplicate")
    assert values_of(copy) == {field_id: "special"}
    assert copy.body["customFieldValues"][0]["timeEntryId"] == copy.body["id"] != made


def test_an_entry_filled_from_another_takes_the_values_it_is_silent_about(desk: Desk, field: Make) -> None:
    owner = desk.office.owner
    first, second = field(workspaceDefaultValue="plain"), field()
    source = desk.track(customFields=[*said(first, "a"), *said(second, "b")]).body["id"]
    body = {"start": "2026-03-02T08:00:00Z", "end": "2026-03-02T12:00:00Z", "customFields": said(second, "c")}
    made = owner.post(f"/user/{owner.id}/time-entries", body, from_entry=source)
    assert values_of(made) == {first: "a", second: "c"}


def test_an_import_brings_values_and_no_defaults(office: Office, field: Make) -> None:
    first, second = field(workspaceDefaultValue="plain"), field(required=True)
    draft = Draft(start_s=START_S - 7200, end_s=START_S - 3600)
    with_value = Draft(start_s=START_S - 3600, end_s=START_S, custom_fields={second: "brought"})
    assert office.write(lambda tx: actions.import_entries(tx, office.member.id, [draft, with_value])) == 2
    listed = office.member.get(f"/user/{office.member.id}/time-entries").body
    assert [values_of(entry) for entry in listed] == [{first: None, second: "brought"}, {first: None, second: None}]


# --- required ones and those of admins -----------------------------------------------------------


def missing(answer: Answer) -> bool:
    return answer.refusal == REFUSED and answer.message.startswith(
        "Time entry couldn't be created. Custom field Ticket is either required field"
    )


def test_a_finished_entry_needs_every_required_value(desk: Desk, field: Make) -> None:
    owner, field_id = desk.office.owner, field(name="Ticket", required=True)
    assert missing(desk.track())
    assert missing(desk.track(customFields=said(field_id, "")))
    made = desk.track(customFields=said(field_id, "HB-1"))
    assert made.status == 201
    body = {"start": "2026-03-02T08:00:00Z", "end": "2026-03-02T12:00:00Z"}
    assert missing(owner.put(f"/time-entries/{made.body['id']}", body))
    assert missing(owner.put(f"/user/{owner.id}/time-entries", [{**body, "id": made.body["id"]}]))
    assert values_of(owner.get(f"/time-entries/{made.body['id']}")) == {field_id: "HB-1"}


def test_a_running_timer_may_lack_it_and_cannot_be_stopped_without_it(desk: Desk, field: Make) -> None:
    owner, field_id = desk.office.owner, field(name="Ticket", required=True)
    started = desk.start(start="2026-05-20T13:00:00Z")
    assert started.status == 201
    stop, end = f"/user/{owner.id}/time-entries", {"end": "2026-05-20T13:30:00Z"}
    assert missing(owner.patch(stop, end))
    assert missing(desk.start(start="2026-05-20T13:30:00Z"))
    path = f"/time-entries/{started.body['id']}"
    assert owner.put(path, {"start": "2026-05-20T13:00:00Z", "customFields": said(field_id, "HB-1")}).status == 200
    assert owner.patch(stop, end).status == 200


def test_a_default_fills_a_required_field(desk: Desk, field: Make) -> None:
    field(name="Ticket", required=True, workspaceDefaultValue="none")
    assert desk.track().status == 201


def test_a_required_field_is_asked_for_where_it_is_shown(desk: Desk, field: Make) -> None:
    field_id = field(name="Ticket", required=True, status="INVISIBLE")
    desk.office.owner.patch(f"/projects/{desk.project}/custom-fields/{field_id}", {"status": "VISIBLE"})
    assert desk.track().status == 201
    assert missing(desk.track(projectId=desk.project))


def test_values_for_admins_are_theirs_to_give(desk: Desk, field: Make) -> None:
    office = desk.office
    grade = field(name="Grade", onlyAdminCanEdit=True, required=True)
    made = desk.track(office.member)
    assert values_of(made) == {grade: None}
    assert desk.track(office.member, customFields=said(grade, "A")).refusal == DENIED
    assert desk.track(office.member, customFields=said(grade, None)).status == 201
    path = f"/time-entries/{made.body['id']}"
    body = {"start": "2026-03-02T08:00:00Z", "end": "2026-03-02T12:00:00Z"}
    assert values_of(office.admin.put(path, {**body, "customFields": said(grade, "A")})) == {grade: "A"}
    # The person's own edit keeps it, whether it repeats the value or is silent.
    assert values_of(office.member.put(path, body)) == {grade: "A"}
    assert values_of(office.member.put(path, {**body, "customFields": said(grade, "A")})) == {grade: "A"}
    for value in ("B", None):
        assert office.member.put(path, {**body, "customFields": said(grade, value)}).refusal == DENIED
    assert values_of(office.owner.get(path)) == {grade: "A"}


# --- cost ----------------------------------------------------------------------------------------


def test_a_workspace_without_custom_fields_asks_the_database_nothing_about_them(
    desk: Desk, field: Make, statements: StatementLog
) -> None:
    def asked(work: Callable[[], Any]) -> int:
        work()  # who is asking is looked up
        with statements.listening() as executed:
            work()
        return sum("FROM custom_fields LEFT" in " ".join(one.compiled.text.split()) for one in executed)

    works: list[Callable[[], Any]] = [desk.track, desk.entries, lambda: desk.entries(hydrated=True)]
    assert [asked(work) for work in works] == [0, 0, 0]
    field()
    assert [asked(work) for work in works] == [1, 1, 1]


def test_a_field_made_a_moment_ago_counts_at_once(desk: Desk, field: Make) -> None:
    assert desk.track().body["customFieldValues"] == []
    field_id = field()
    assert values_of(desk.track()) == {field_id: None}
    desk.office.owner.delete(f"/custom-fields/{field_id}")
    assert desk.entries().body[0]["customFieldValues"] == []


def test_a_value_is_journaled_with_its_entry(desk: Desk, field: Make) -> None:
    field_id = field()
    desk.track(customFields=said(field_id, "HB-1"))
    last = desk.office.read(lambda tx: list(iterate_since(tx, 0)))[-1]
    assert last.after["custom_fields"] == f'{{"{field_id}":["HB-1","TIMEENTRY"]}}'
    check_everything(desk.office)


def test_everybody_who_sees_an_entry_sees_its_values(desk: Desk, field: Make) -> None:
    field_id = field()
    made = desk.track(desk.office.member, customFields=said(field_id, "x")).body["id"]

    def seen(person: Person) -> dict[str, Any]:
        return values_of(person.get(f"/time-entries/{made}"))

    assert seen(desk.office.member) == seen(desk.office.admin) == {field_id: "x"}
