"""POST .../time-entries and POST .../user/{id}/time-entries."""

from typing import Any

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE
from tests.resources.time_entries.conftest import MORNING, NOON, Desk

UNKNOWN = "64a0000000000000000000ff"


def test_anonymous_is_asked_for_a_credential(desk: Desk) -> None:
    assert desk.track(desk.office.anonymous).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(desk: Desk) -> None:
    assert desk.track(desk.office.outsider).refusal == DENIED


def test_a_member_may_not_add_time_for_others(desk: Desk) -> None:
    office = desk.office
    answer = office.member.post(f"/user/{office.owner.id}/time-entries", {"start": MORNING, "end": NOON})
    assert answer.refusal == DENIED
    assert desk.entries().body == []


def test_an_admin_adds_time_for_others(desk: Desk) -> None:
    office = desk.office
    answer = office.admin.post(f"/user/{office.member.id}/time-entries", {"start": MORNING, "end": NOON})
    assert (answer.status, answer.body["userId"]) == (201, office.member.id)


def test_a_finished_entry_comes_back_without_rates(desk: Desk) -> None:
    answer = desk.track(description="Sketches", projectId=desk.project, taskId=desk.task, tagIds=[desk.tag])
    assert answer.status == 201
    assert answer.body == {
        "id": answer.body["id"],
        "description": "Sketches",
        "userId": desk.office.owner.id,
        "billable": True,
        "taskId": desk.task,
        "projectId": desk.project,
        "workspaceId": desk.office.workspace_id,
        "timeInterval": {"start": MORNING, "end": NOON, "duration": "PT4H"},
        "tagIds": [desk.tag],
        "type": "REGULAR",
        "isLocked": False,
        "kioskId": None,
        "customFieldValues": [],
    }


def test_tag_ids_are_null_unless_a_list_was_sent(desk: Desk) -> None:
    assert desk.track().body["tagIds"] is None
    assert desk.track(tagIds=[]).body["tagIds"] == []


def test_fractions_and_offsets_of_instants_are_understood(desk: Desk) -> None:
    body = desk.track(start="2026-03-02T09:00:00.999+01:00", end="2026-03-02T08:00:01.5Z").body
    assert body["timeInterval"] == {"start": MORNING, "end": "2026-03-02T08:00:01Z", "duration": "PT1S"}


@pytest.mark.parametrize(
    "start",
    [
        "2026-03-02T08:00:00",
        "2026-02-30T08:00:00Z",
        "0000-01-01T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "3000-01-01T00:00:00Z",
    ],
)
def test_an_instant_needs_a_zone_and_a_real_date(desk: Desk, start: str) -> None:
    assert desk.track(start=start).refusal == UNREADABLE


def test_end_before_start_names_both(desk: Desk) -> None:
    answer = desk.track(start=NOON, end=MORNING)
    assert answer.refusal == REFUSED
    assert answer.message == f"Start datetime {NOON} is greater than end datetime {MORNING}."


def test_an_entry_lasts_at_most_ten_years(desk: Desk) -> None:
    assert desk.track(start="2010-01-01T00:00:00Z", end="2026-01-01T00:00:00Z").refusal == REFUSED
    assert desk.track(start="2016-01-01T00:00:00Z", end="2026-01-01T00:00:00Z").status == 201


def test_an_entry_of_no_length_is_one(desk: Desk) -> None:
    assert desk.track(end=MORNING).body["timeInterval"]["duration"] == "PT0S"


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("projectId", "NOT-AN-ID", "Project"),
        ("projectId", UNKNOWN, "Project"),
        ("taskId", UNKNOWN, "Task"),
        ("tagIds", [UNKNOWN], "Tag"),
    ],
)
def test_unknown_references_are_refused_and_nothing_is_kept(desk: Desk, field: str, value: Any, word: str) -> None:
    said: dict[str, Any] = {field: value}
    answer = desk.track(**said)
    assert (answer.refusal, answer.message) == (REFUSED, f"{word} doesn't belong to Workspace")
    assert desk.entries().body == []


def test_a_private_project_of_others_is_unknown(desk: Desk) -> None:
    assert desk.track(desk.office.member, projectId=desk.private).message == "Project doesn't belong to Workspace"
    assert desk.track(desk.office.member, projectId=desk.project).status == 201


def test_a_task_brings_its_project_and_refuses_another(desk: Desk) -> None:
    assert desk.track(taskId=desk.task).body["projectId"] == desk.project
    assert desk.track(taskId=desk.task, projectId=desk.private).refusal == REFUSED


def test_archived_projects_and_tags_are_accepted(desk: Desk) -> None:
    owner = desk.office.owner
    owner.put(f"/projects/{desk.project}", {"name": "Site", "archived": True, "isPublic": True})
    owner.put(f"/tags/{desk.tag}", {"name": "Urgent", "archived": True})
    assert desk.track(projectId=desk.project, tagIds=[desk.tag]).status == 201


def test_billable_follows_task_then_project_then_nothing(desk: Desk) -> None:
    owner = desk.office.owner
    free = owner.post(f"/projects/{desk.project}/tasks", {"name": "Free", "billable": False}).body["id"]
    assert desk.track().body["billable"] is False
    assert desk.track(projectId=desk.project).body["billable"] is True
    assert desk.track(projectId=desk.private).body["billable"] is False
    assert desk.track(taskId=free).body["billable"] is False
    assert desk.track(taskId=free, billable=True).body["billable"] is True


def test_only_admins_flip_billable_when_the_workspace_says_so(desk: Desk) -> None:
    desk.office.set(only_admins_can_change_billable_status=True)
    member = desk.office.member
    assert desk.track(member, projectId=desk.project, billable=False).body["billable"] is True
    assert desk.track(projectId=desk.project, billable=False).body["billable"] is False


def test_a_description_has_at_most_3000_characters(desk: Desk) -> None:
    assert desk.track(description="x" * 3001).refusal == REFUSED
    assert desk.track(description="ж" * 3000).status == 201


def test_people_make_regular_entries_and_breaks_only(desk: Desk) -> None:
    assert desk.track(type="BREAK").body["type"] == "BREAK"
    assert desk.track(type="HOLIDAY").refusal == REFUSED
    assert desk.track(type="NAP").refusal == UNREADABLE


def test_a_custom_field_value_is_never_lost_in_silence(desk: Desk) -> None:
    assert desk.track(customFields=[{"customFieldId": UNKNOWN, "value": 1}]).refusal == REFUSED
    assert desk.track(customFieldValues=[{"customFieldId": UNKNOWN, "value": 1}]).status == 201


def test_at_most_ten_custom_attributes(desk: Desk) -> None:
    attribute = {"namespace": "n", "name": "a", "value": "v"}
    assert desk.track(customAttributes=[attribute] * 10).status == 201
    assert desk.track(customAttributes=[attribute] * 11).refusal == REFUSED
    assert desk.track(customAttributes=[{"name": "a"}]).refusal == REFUSED


@pytest.mark.parametrize(
    ("setting", "word"),
    [
        ("force_projects", "Project"),
        ("force_tasks", "Task"),
        ("force_tags", "Tag"),
        ("force_description", "Description"),
    ],
)
def test_required_fields_are_asked_of_finished_entries_only(desk: Desk, setting: str, word: str) -> None:
    desk.office.set(**{setting: True})
    answer = desk.track()
    assert answer.refusal == REFUSED
    assert answer.message.startswith(f"Time entry couldn't be created. {word} is either required field or given")
    assert desk.start(start=...).status == 201
    whole = {"projectId": desk.project, "taskId": desk.task, "tagIds": [desk.tag], "description": "d"}
    assert desk.track(desk.office.member, **whole).status == 201


def test_before_the_lock_only_admins_write(desk: Desk) -> None:
    desk.office.set(lock_time_entries=1_772_452_800)  # 2026-03-02T12:00:00Z
    answer = desk.track(desk.office.member)
    assert answer.refusal == (403, 1003)
    assert desk.track().body["isLocked"] is True
    assert desk.track(desk.office.member, start=NOON, end=NOON).body["isLocked"] is False


def test_a_forced_timer_refuses_time_by_hand(desk: Desk) -> None:
    desk.office.set(time_tracking_mode="STOPWATCH_ONLY")
    answer = desk.track(desk.office.member)
    assert (answer.refusal, answer.message.startswith("Manual time tracking disabled on ")) == ((403, 4030), True)
    assert desk.start(desk.office.member, start=...).status == 201


def test_no_end_starts_a_timer_that_begins_now_when_nothing_is_said(desk: Desk) -> None:
    body = desk.start(start=...).body
    assert (body["timeInterval"]["end"], body["timeInterval"]["duration"]) == (None, None)
    running = desk.entries(in_progress=True).body
    assert [entry["id"] for entry in running] == [body["id"]]


def test_empty_texts_count_as_absent(desk: Desk) -> None:
    body = desk.track(end="", projectId="", taskId="", tagIds=[""]).body
    assert (body["timeInterval"]["end"], body["projectId"], body["taskId"], body["tagIds"]) == (None, None, None, [])


def test_a_second_timer_ends_the_first_at_its_own_start(desk: Desk) -> None:
    first = desk.start(projectId=desk.project).body["id"]
    second = desk.start(start=NOON).body["id"]
    ended = desk.office.owner.get(f"/time-entries/{first}").body["timeInterval"]
    assert ended == {"start": MORNING, "end": NOON, "duration": "PT4H"}
    assert [entry["id"] for entry in desk.entries(in_progress=True).body] == [second]


def test_the_first_timer_never_ends_before_it_began(desk: Desk) -> None:
    first = desk.start(start=NOON).body["id"]
    desk.start(start=MORNING)
    assert desk.office.owner.get(f"/time-entries/{first}").body["timeInterval"]["duration"] == "PT0S"


def test_a_first_timer_that_lacks_a_required_field_keeps_running(desk: Desk) -> None:
    first = desk.start().body["id"]
    desk.office.set(force_projects=True)
    assert desk.start(start=NOON, projectId=desk.project).refusal == REFUSED
    assert [entry["id"] for entry in desk.entries(in_progress=True).body] == [first]


def test_a_timer_may_start_a_minute_ahead_and_no_more(desk: Desk) -> None:
    now_s = desk.office.clock.now_s
    assert desk.start(start=_text(now_s + 60)).status == 201
    answer = desk.start(start=_text(now_s + 61))
    assert (answer.refusal, answer.message.startswith("Start datetime")) == (REFUSED, True)


def test_from_entry_fills_what_the_body_leaves_out(desk: Desk) -> None:
    owner = desk.office.owner
    source = desk.track(description="Sketches", projectId=desk.project, taskId=desk.task, tagIds=[desk.tag]).body
    path = f"/user/{owner.id}/time-entries"
    copy = owner.post(path, {"start": NOON, "end": NOON, "tagIds": [desk.other_tag]}, from_entry=source["id"]).body
    assert (copy["description"], copy["projectId"], copy["taskId"]) == ("Sketches", desk.project, desk.task)
    assert (copy["tagIds"], copy["timeInterval"]["duration"]) == ([desk.other_tag], "PT0S")


def test_an_unknown_from_entry_is_404_without_a_body(desk: Desk) -> None:
    owner = desk.office.owner
    answer = owner.post(f"/user/{owner.id}/time-entries", {"start": MORNING, "end": NOON}, from_entry=UNKNOWN)
    assert (answer.status, answer.body) == (404, None)


def test_somebody_who_is_no_member_is_unknown(desk: Desk) -> None:
    answer = desk.office.owner.post(f"/user/{UNKNOWN}/time-entries", {"start": MORNING, "end": NOON})
    assert (answer.refusal, answer.message) == (REFUSED, "User doesn't belong to Workspace")


def _text(seconds: int) -> str:
    from hourbook.core.calendar import format_instant

    return format_instant(seconds)
