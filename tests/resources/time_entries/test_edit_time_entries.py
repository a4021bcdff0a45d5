"""PUT of one and of many, stop, duplicate, delete of one and of many, invoiced."""

import pytest

from hourbook.core.calendar import format_instant
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Office
from tests.resources.time_entries.conftest import MORNING, NOON, Desk

UNKNOWN = "64a0000000000000000000ff"
EVENING = "2026-03-02T18:00:00Z"


@pytest.fixture
def entry(desk: Desk) -> str:
    made = desk.track(description="Old", projectId=desk.project, taskId=desk.task, tagIds=[desk.tag], billable=True)
    return str(made.body["id"])


def _user(office: Office) -> str:
    return f"/user/{office.owner.id}/time-entries"


def test_anonymous_is_asked_for_a_credential_everywhere(desk: Desk, entry: str) -> None:
    nobody, path = desk.office.anonymous, _user(desk.office)
    answers = [
        nobody.put(f"/time-entries/{entry}", {"start": MORNING}),
        nobody.put(path, [{"id": entry, "start": MORNING}]),
        nobody.patch(path, {"end": NOON}),
        nobody.post(f"{path}/{entry}/duplicate"),
        nobody.delete(f"/time-entries/{entry}"),
        nobody.delete(path, time_entry_ids=entry),
        nobody.patch("/time-entries/invoiced", {"timeEntryIds": [entry], "invoiced": True}),
    ]
    assert {answer.refusal for answer in answers} == {NO_CREDENTIAL}


def test_strangers_and_members_leave_the_owners_time_alone(desk: Desk, entry: str) -> None:
    path = _user(desk.office)
    desk.office.set(only_admins_see_all_time_entries=False)
    for somebody in (desk.office.outsider, desk.office.member):
        assert somebody.put(f"/time-entries/{entry}", {"start": MORNING}).refusal == DENIED
        assert somebody.put(path, [{"id": entry, "start": MORNING}]).refusal == DENIED
        assert somebody.patch(path, {"end": NOON}).refusal == DENIED
        assert somebody.post(f"{path}/{entry}/duplicate").refusal == DENIED
        assert somebody.delete(f"/time-entries/{entry}").refusal == DENIED
        assert somebody.delete(path, time_entry_ids=entry).refusal == DENIED
        invoiced = somebody.patch("/time-entries/invoiced", {"timeEntryIds": [entry], "invoiced": True})
        assert invoiced.refusal == DENIED
    assert desk.office.owner.get(f"/time-entries/{entry}").body["description"] == "Old"


def test_an_entry_one_may_not_see_is_unknown(desk: Desk, entry: str) -> None:
    desk.office.set(only_admins_see_all_time_entries=True, only_admins_see_public_projects_entries=True)
    assert desk.office.member.put(f"/time-entries/{entry}", {"start": MORNING}).refusal == REFUSED


def test_put_replaces_and_clears_what_is_left_out(desk: Desk, entry: str) -> None:
    answer = desk.office.owner.put(f"/time-entries/{entry}", {"start": MORNING, "end": EVENING})
    assert answer.status == 200
    kept = {key: answer.body[key] for key in ("description", "projectId", "taskId", "tagIds", "billable")}
    assert kept == {"description": "", "projectId": None, "taskId": None, "tagIds": None, "billable": False}
    assert answer.body["timeInterval"]["duration"] == "PT10H"


def test_put_needs_a_start_and_keeps_the_end(desk: Desk, entry: str) -> None:
    owner = desk.office.owner
    assert owner.put(f"/time-entries/{entry}", {"end": NOON}).refusal == REFUSED
    assert owner.put(f"/time-entries/{entry}", {"start": MORNING}).body["timeInterval"]["end"] == NOON


def test_put_of_a_running_entry_leaves_it_running_or_stops_it(desk: Desk) -> None:
    owner = desk.office.owner
    running = desk.start().body["id"]
    kept = owner.put(f"/time-entries/{running}", {"start": MORNING, "description": "new"}).body
    assert (kept["description"], kept["timeInterval"]["end"]) == ("new", None)
    stopped = owner.put(f"/time-entries/{running}", {"start": MORNING, "end": NOON}).body
    assert stopped["timeInterval"]["duration"] == "PT4H"
    assert desk.entries(in_progress=True).body == []


def test_put_checks_required_fields_lock_and_times(desk: Desk, entry: str) -> None:
    mine = desk.track(desk.office.member).body["id"]
    member = desk.office.member
    assert member.put(f"/time-entries/{mine}", {"start": NOON, "end": MORNING}).refusal == REFUSED
    desk.office.set(force_projects=True)
    assert member.put(f"/time-entries/{mine}", {"start": MORNING}).refusal == REFUSED
    desk.office.set(force_projects=False, lock_time_entries=1_772_452_800)
    assert member.put(f"/time-entries/{mine}", {"start": EVENING, "end": EVENING}).refusal == (403, 1003)


def test_bulk_edit_answers_in_order_and_journals_each(desk: Desk, entry: str) -> None:
    other = desk.track(description="B").body["id"]
    owner = desk.office.owner
    items = [{"id": item, "start": MORNING, "end": EVENING, "description": item} for item in (other, entry)]
    answer = owner.put(_user(desk.office), items)
    assert [(item["id"], item["description"]) for item in answer.body] == [(other, other), (entry, entry)]
    assert "hourlyRate" not in answer.body[0]


def test_a_hydrated_bulk_edit_has_names_and_no_cost_rate(desk: Desk, entry: str) -> None:
    item = {"id": entry, "start": MORNING, "projectId": desk.project}
    shown = desk.office.owner.put(_user(desk.office), [item], hydrated=True).body[0]
    assert (shown["project"]["name"], shown["tags"], shown["task"]) == ("Site", None, None)
    assert "costRate" not in shown
    assert shown["user"]["id"] == desk.office.owner.id


def test_one_bad_item_leaves_all_as_they_were(desk: Desk, entry: str) -> None:
    owner, path = desk.office.owner, _user(desk.office)
    good = {"id": entry, "start": MORNING, "description": "changed"}
    for bad in ({"id": UNKNOWN, "start": MORNING}, {"id": entry, "start": MORNING}, {"start": MORNING}, {"id": entry}):
        assert owner.put(path, [good, bad]).refusal == REFUSED, bad
    assert owner.put(path, []).refusal == REFUSED
    assert owner.put(path, [{"start": MORNING}]).message == "Time entry id cannot have a null value"
    assert owner.get(f"/time-entries/{entry}").body["description"] == "Old"


def test_bulk_edit_of_somebody_elses_entry_under_a_user_is_refused(desk: Desk) -> None:
    mine = desk.track(desk.office.member).body["id"]
    assert desk.office.owner.put(_user(desk.office), [{"id": mine, "start": MORNING}]).refusal == REFUSED


def test_stop_ends_the_timer_and_says_404_when_there_is_none(desk: Desk) -> None:
    owner, path = desk.office.owner, _user(desk.office)
    running = desk.start().body["id"]
    stopped = owner.patch(path, {"end": NOON})
    assert (stopped.status, stopped.body["id"], stopped.body["timeInterval"]["duration"]) == (200, running, "PT4H")
    none = owner.patch(path, {"end": NOON})
    assert none.refusal == (404, 404)
    workspace = desk.office.workspace_id
    assert none.message == f"Currently running time entry doesn't exist on workspace {workspace} for user {owner.id}."


def test_stop_without_end_means_now(desk: Desk) -> None:
    desk.start(start=...)
    desk.office.clock.move(90)
    assert desk.office.owner.patch(_user(desk.office), {}).body["timeInterval"]["duration"] == "PT1M30S"


def test_stop_is_refused_before_the_start_and_without_required_fields(desk: Desk) -> None:
    desk.start(start=NOON)
    owner, path = desk.office.owner, _user(desk.office)
    assert owner.patch(path, {"end": MORNING}).refusal == REFUSED
    desk.office.set(force_tags=True)
    assert owner.patch(path, {"end": EVENING}).refusal == REFUSED
    assert len(desk.entries(in_progress=True).body) == 1


def test_a_timer_that_the_lock_overtook_can_be_stopped_but_not_into_the_past(desk: Desk) -> None:
    member = desk.office.member
    path = f"/user/{member.id}/time-entries"
    desk.start(member)
    desk.office.set(lock_time_entries=1_772_452_800)  # noon
    assert member.patch(path, {"end": "2026-03-02T11:00:00Z"}).refusal == (403, 1003)
    assert member.patch(path, {"end": EVENING}).body["timeInterval"]["duration"] == "PT10H"


def test_somebody_taken_off_a_private_project_still_edits_the_time_they_tracked_on_it(desk: Desk) -> None:
    owner, member = desk.office.owner, desk.office.member
    memberships = f"/projects/{desk.private}/memberships"
    owner.post(memberships, {"userIds": [member.id]})
    mine = desk.track(member, projectId=desk.private).body["id"]
    owner.post(memberships, {"userIds": [member.id], "remove": True})
    edit = {"start": MORNING, "end": EVENING, "projectId": desk.private}
    assert member.put(f"/time-entries/{mine}", edit).body["projectId"] == desk.private
    assert member.put(f"/time-entries/{mine}", {"start": MORNING}).body["projectId"] is None
    assert member.put(f"/time-entries/{mine}", edit).refusal == REFUSED


def test_duplicate_copies_everything_but_the_id(desk: Desk, entry: str) -> None:
    owner = desk.office.owner
    copy = owner.post(f"{_user(desk.office)}/{entry}/duplicate")
    original = owner.get(f"/time-entries/{entry}").body
    assert copy.status == 201
    assert copy.body["id"] != entry
    assert {**copy.body, "id": entry} == {key: original[key] for key in copy.body}


def test_a_running_entry_is_not_duplicated(desk: Desk) -> None:
    running = desk.start().body["id"]
    assert desk.office.owner.post(f"{_user(desk.office)}/{running}/duplicate").refusal == REFUSED


def test_delete_answers_204_and_the_second_time_400(desk: Desk, entry: str) -> None:
    owner = desk.office.owner
    gone = owner.delete(f"/time-entries/{entry}")
    assert (gone.status, gone.body) == (204, None)
    again = owner.delete(f"/time-entries/{entry}")
    assert (again.refusal, again.message) == (REFUSED, "Time entry doesn't belong to Workspace")


def test_bulk_delete_answers_the_deleted_or_deletes_none(desk: Desk, entry: str) -> None:
    owner, path = desk.office.owner, _user(desk.office)
    other = desk.track().body["id"]
    assert owner.delete(path).refusal == (400, 3001)
    assert owner.delete(path, time_entry_ids=f"{entry},{UNKNOWN}").refusal == REFUSED
    gone = owner.delete(path, time_entry_ids=[other, entry])
    assert (gone.status, [item["id"] for item in gone.body]) == (200, [other, entry])
    assert desk.entries().body == []


def test_locked_entries_are_not_deleted_by_members(desk: Desk) -> None:
    mine = desk.track(desk.office.member).body["id"]
    desk.office.set(lock_time_entries=1_772_452_800)
    assert desk.office.member.delete(f"/time-entries/{mine}").refusal == (403, 1003)
    assert desk.office.owner.delete(f"/time-entries/{mine}").status == 204


def test_marking_invoiced_answers_nothing_and_is_all_or_none(desk: Desk, entry: str) -> None:
    owner = desk.office.owner
    path = "/time-entries/invoiced"
    assert owner.patch(path, {"timeEntryIds": [entry, UNKNOWN], "invoiced": True}).refusal == REFUSED
    assert owner.patch(path, {"timeEntryIds": [], "invoiced": True}).refusal == REFUSED
    assert owner.patch(path, {"timeEntryIds": [entry]}).refusal == REFUSED
    done = owner.patch(path, {"timeEntryIds": [entry], "invoiced": True})
    assert (done.status, done.body) == (200, None)


def test_with_a_forced_timer_members_neither_move_nor_copy_finished_time(desk: Desk) -> None:
    mine = desk.track(desk.office.member).body["id"]
    desk.office.set(time_tracking_mode="STOPWATCH_ONLY")
    member = desk.office.member
    assert member.put(f"/time-entries/{mine}", {"start": MORNING, "end": EVENING}).refusal == (403, 4030)
    assert member.put(f"/time-entries/{mine}", {"start": MORNING, "description": "d"}).status == 200
    assert member.post(f"/user/{member.id}/time-entries/{mine}/duplicate").refusal == (403, 4030)


def test_totals_of_project_and_task_follow_every_change(desk: Desk, entry: str) -> None:
    owner, path = desk.office.owner, _user(desk.office)

    def durations() -> tuple[str, str]:
        project = owner.get(f"/projects/{desk.project}").body["duration"]
        return project, owner.get(f"/projects/{desk.project}/tasks/{desk.task}").body["duration"]

    assert durations() == ("PT4H", "PT4H")
    owner.put(f"/time-entries/{entry}", {"start": MORNING, "end": EVENING, "projectId": desk.project})
    assert durations() == ("PT10H", "PT0S")
    owner.post(f"{path}/{entry}/duplicate")
    running = desk.start(projectId=desk.project, start=NOON).body["id"]
    assert durations() == ("PT20H", "PT0S")
    owner.patch(path, {"end": EVENING})
    assert durations() == ("PT26H", "PT0S")
    owner.delete(path, time_entry_ids=f"{entry},{running}")
    assert durations() == ("PT10H", "PT0S")


def test_entries_survive_the_project_task_and_tag_they_name(desk: Desk, entry: str) -> None:
    owner = desk.office.owner
    owner.delete(f"/tags/{desk.tag}")
    assert owner.get(f"/time-entries/{entry}").body["tagIds"] is None
    owner.put(f"/projects/{desk.project}/tasks/{desk.task}", {"name": "Design", "status": "DONE"})
    owner.delete(f"/projects/{desk.project}/tasks/{desk.task}")
    assert owner.get(f"/time-entries/{entry}").body["taskId"] is None
    owner.put(f"/projects/{desk.project}", {"name": "Site", "archived": True, "isPublic": True})
    assert owner.delete(f"/projects/{desk.project}").status == 200
    left = owner.get(f"/time-entries/{entry}").body
    assert (left["projectId"], left["timeInterval"]["duration"]) == (None, "PT4H")


def test_a_clock_change_inside_an_entry_is_plain_seconds(desk: Desk) -> None:
    body = desk.track(start="2026-03-29T01:30:00+01:00", end="2026-03-29T03:30:00+02:00").body
    assert body["timeInterval"]["duration"] == "PT1H"
    assert format_instant(0) == "1970-01-01T00:00:00Z"


def test_an_edited_entry_has_the_rate_in_force_at_its_start(desk: Desk) -> None:
    owner = desk.office.owner
    rated = owner.post("/projects", {"name": "Rated", "hourlyRate": {"amount": 5000}}).body["id"]
    entry = desk.track(projectId=rated).body["id"]
    owner.put(f"/projects/{rated}", {"hourlyRate": {"amount": 9000}})
    later = format_instant(desk.office.clock.now_s + 60)

    def edited(**said: object) -> object:
        body = {"start": "2026-03-02T08:00:00Z", "end": later, **said}
        assert owner.put(f"/time-entries/{entry}", body).status == 200
        return owner.get(f"/time-entries/{entry}").body["hourlyRate"]["amount"]

    assert edited(projectId=rated, description="Named later") == 5000
    assert edited() == 0
    assert edited(projectId=rated) == 5000
    assert edited(projectId=rated, start=later) == 9000


def test_an_entry_keeps_its_rate_when_its_project_goes(desk: Desk) -> None:
    owner = desk.office.owner
    rated = owner.post("/projects", {"name": "Rated", "hourlyRate": {"amount": 5000}}).body["id"]
    entry = desk.track(projectId=rated).body["id"]
    owner.put(f"/projects/{rated}", {"archived": True})
    assert owner.delete(f"/projects/{rated}").status == 200
    assert owner.get(f"/time-entries/{entry}").body["hourlyRate"]["amount"] == 5000
    owner.put(f"/time-entries/{entry}", {"start": "2026-03-02T08:00:00Z", "description": "Renamed"})
    assert owner.get(f"/time-entries/{entry}").body["hourlyRate"]["amount"] == 5000
