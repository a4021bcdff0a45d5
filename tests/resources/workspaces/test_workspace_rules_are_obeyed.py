"""Every rule of a workspace, set on our own surface and obeyed by the public API."""

from typing import Any

import pytest

from tests.harness import REFUSED, Answer, Office, Person
from tests.own_surface import configure, own

LOCKED = (403, 1003)
NO_MANUAL = (403, 4030)
START, END = "2026-05-20T08:00:00Z", "2026-05-20T09:00:00Z"


def made(answer: Answer) -> Any:
    assert answer.status in (200, 201), answer
    return answer.body


def project_of(office: Office, **more: Any) -> Any:
    return made(office.owner.post("/projects", {"name": f"P{office.server.ids.new_id()}", "isPublic": True, **more}))


def track(person: Person, start: str = START, end: str | None = END, **more: Any) -> Answer:
    return person.post("/time-entries", {"start": start, "end": end, **more})


@pytest.mark.parametrize(
    ("setting", "word", "missing", "complete"),
    [
        ("forceProjects", "Project", {}, {"projectId": "{project}"}),
        ("forceTasks", "Task", {"projectId": "{project}"}, {"projectId": "{project}", "taskId": "{task}"}),
        ("forceTags", "Tag", {}, {"tagIds": ["{tag}"]}),
        ("forceDescription", "Description", {"description": "  "}, {"description": "done"}),
    ],
)
def test_a_required_field_is_asked_of_finished_entries(
    office: Office, setting: str, word: str, missing: dict[str, Any], complete: dict[str, Any]
) -> None:
    project_id = project_of(office)["id"]
    task_id = made(office.owner.post(f"/projects/{project_id}/tasks", {"name": "task"}))["id"]
    tag_id = made(office.owner.post("/tags", {"name": "tag"}))["id"]
    ids = {"{project}": project_id, "{task}": task_id, "{tag}": tag_id}
    missing = {key: ids.get(value, value) if isinstance(value, str) else [tag_id] for key, value in missing.items()}
    complete = {key: ids.get(value, value) if isinstance(value, str) else [tag_id] for key, value in complete.items()}
    assert track(office.member, **missing).status == 201
    configure(office.admin, **{setting: True})
    for person in (office.member, office.owner):
        answer = track(person, **missing)
        assert answer.refusal == REFUSED
        assert f"{word} is either required field" in answer.message
    entry = made(track(office.member, **complete))
    assert office.member.put(f"/time-entries/{entry['id']}", {"start": START, "end": END, **missing}).refusal == REFUSED
    made(track(office.member, end=None, **missing))
    assert (
        office.member.patch(f"/user/{office.member.id}/time-entries", {"end": "2026-05-20T13:59:00Z"}).refusal
        == REFUSED
    )
    configure(office.admin, **{setting: False})
    assert track(office.member, **missing).status == 201


def test_a_forced_timer_leaves_only_the_timer(office: Office) -> None:
    configure(office.owner, timeTrackingMode="STOPWATCH_ONLY")
    assert track(office.member).refusal == NO_MANUAL
    made(track(office.member, start="2026-05-20T13:30:00Z", end=None))
    stopped = made(office.member.patch(f"/user/{office.member.id}/time-entries", {"end": "2026-05-20T14:00:00Z"}))
    moved = {"start": "2026-05-20T13:00:00Z", "end": "2026-05-20T14:00:00Z"}
    assert office.member.put(f"/time-entries/{stopped['id']}", moved).refusal == NO_MANUAL
    configure(office.owner, timeTrackingMode="DEFAULT")
    assert track(office.member).status == 201


def test_a_fixed_lock_closes_the_past_to_all_but_admins(office: Office) -> None:
    old = made(track(office.member, "2026-05-10T08:00:00Z", "2026-05-10T09:00:00Z"))
    assert old["isLocked"] is False
    configure(office.owner, lockTimeEntries="2026-05-15T00:00:00Z")
    assert office.member.get(f"/time-entries/{old['id']}").body["isLocked"] is True
    assert track(office.member, "2026-05-14T23:59:59Z", "2026-05-15T01:00:00Z").refusal == LOCKED
    assert office.member.put(f"/time-entries/{old['id']}", {"start": START, "end": END}).refusal == LOCKED
    assert office.member.delete(f"/time-entries/{old['id']}").refusal == LOCKED
    assert track(office.member, "2026-05-15T00:00:00Z", "2026-05-15T01:00:00Z").status == 201
    assert track(office.admin, "2026-05-10T08:00:00Z", "2026-05-10T09:00:00Z").status == 201
    configure(office.owner, lockTimeEntries=None)
    assert office.member.delete(f"/time-entries/{old['id']}").status == 204


# The clock stands at Wednesday, 2026-05-20 14:00 UTC.
@pytest.mark.parametrize(
    ("lock", "first_open"),
    [
        ({"type": "WEEKLY", "firstDay": "MONDAY", "changeDay": "WEDNESDAY"}, "2026-05-18T00:00:00Z"),
        ({"type": "WEEKLY", "firstDay": "MONDAY", "changeDay": "THURSDAY"}, "2026-05-11T00:00:00Z"),
        ({"type": "MONTHLY", "dayOfMonth": 20}, "2026-05-01T00:00:00Z"),
        ({"type": "MONTHLY", "dayOfMonth": 21}, "2026-04-01T00:00:00Z"),
        ({"type": "OLDER_THAN", "olderThanPeriod": "DAYS", "olderThanValue": 3}, "2026-05-17T00:00:00Z"),
        ({"type": "OLDER_THAN", "olderThanPeriod": "WEEKS", "olderThanValue": 2}, "2026-05-06T00:00:00Z"),
        ({"type": "OLDER_THAN", "olderThanPeriod": "MONTHS", "olderThanValue": 1}, "2026-04-20T00:00:00Z"),
    ],
)
def test_an_automatic_lock_moves_with_time(office: Office, lock: dict[str, Any], first_open: str) -> None:
    day = first_open[:10]
    configure(office.owner, automaticLock=lock)
    assert track(office.member, first_open, f"{day}T01:00:00Z").status == 201
    before = {"start": first_open.replace("T00:00:00Z", "T00:00:00+00:01"), "end": f"{day}T01:00:00Z"}
    assert office.member.post("/time-entries", before).refusal == LOCKED
    assert office.owner.post("/time-entries", before).status == 201


def test_the_lock_moves_when_its_day_comes(office: Office) -> None:
    configure(office.owner, automaticLock={"type": "OLDER_THAN", "olderThanPeriod": "DAYS", "olderThanValue": 1})
    entry = made(track(office.member, "2026-05-19T00:00:00Z", "2026-05-19T01:00:00Z"))
    office.clock.move(9 * 3600)
    assert office.member.delete(f"/time-entries/{entry['id']}").status == 204
    office.clock.move(2 * 3600)
    assert track(office.member, "2026-05-19T00:00:00Z", "2026-05-19T01:00:00Z").refusal == LOCKED


def test_the_days_of_the_lock_are_those_of_its_zone_else_of_the_workspace_never_of_the_asker(office: Office) -> None:
    """At 14:00 UTC it is the 21st already in Kiritimati, and still the 20th in Tokyo."""
    lock = {"type": "OLDER_THAN", "olderThanPeriod": "DAYS", "olderThanValue": 1}
    configure(office.owner, automaticLock=lock, timeZone="Pacific/Kiritimati")
    kiritimati_open = "2026-05-19T10:00:00Z"
    early = ("2026-05-19T09:59:59Z", "2026-05-19T11:00:00Z")
    assert track(office.member, kiritimati_open, "2026-05-19T11:00:00Z").status == 201
    assert track(office.member, *early).refusal == LOCKED
    elsewhere = {"timeZone": "America/Los_Angeles"}
    assert office.member.raw("PATCH", "/api/hourbook/v1/user/settings", elsewhere).status == 200
    assert track(office.member, *early).refusal == LOCKED
    configure(office.owner, lockTimeZone="Asia/Tokyo")
    assert track(office.member, *early).status == 201


def test_projects_are_billable_and_public_as_the_workspace_says(office: Office) -> None:
    for flag in (True, False):
        configure(office.owner, defaultBillableProjects=flag, isProjectPublicByDefault=flag)
        body = made(office.owner.post("/projects", {"name": f"P{flag}"}))
        assert (body["billable"], body["public"]) == (flag, flag)
        assert made(track(office.owner, projectId=body["id"]))["billable"] is flag


def test_only_admins_change_billable_when_the_workspace_says_so(office: Office) -> None:
    project_id = project_of(office, billable=True)["id"]
    configure(office.owner, onlyAdminsCanChangeBillableStatus=True)
    assert made(track(office.member, projectId=project_id, billable=False))["billable"] is True
    assert made(track(office.admin, projectId=project_id, billable=False))["billable"] is False


@pytest.mark.parametrize(
    ("setting", "path", "body"),
    [
        ("whoCanCreateTags", "/tags", {"name": "new"}),
        ("whoCanCreateProjectsAndClients", "/projects", {"name": "new"}),
        ("whoCanCreateProjectsAndClients", "/clients", {"name": "new"}),
    ],
)
def test_creation_settings_hold_at_once(office: Office, setting: str, path: str, body: dict[str, Any]) -> None:
    configure(office.owner, **{setting: "ADMINS"})
    assert office.member.post(path, body).refusal == (403, 501)
    configure(office.owner, **{setting: "EVERYONE"})
    assert office.member.post(path, body).status == 201


def test_others_time_is_seen_as_the_workspace_says(office: Office) -> None:
    project_id = project_of(office)["id"]
    made(track(office.owner))
    made(track(office.owner, projectId=project_id))

    def seen() -> int:
        return len(office.member.get(f"/user/{office.owner.id}/time-entries").body)

    assert seen() == 0
    configure(office.owner, onlyAdminsSeePublicProjectsEntries=False)
    assert seen() == 1
    configure(office.owner, onlyAdminsSeeAllTimeEntries=False)
    assert seen() == 2


def test_rates_are_hidden_as_the_workspace_says(office: Office) -> None:
    assert office.member.get("").body["hourlyRate"] is not None
    configure(office.owner, onlyAdminsSeeBillableRates=True)
    assert office.member.get("").body["hourlyRate"] is None
    assert office.owner.get("").body["hourlyRate"] is not None


def test_rounding_working_days_and_formats_stand_in_the_workspace(office: Office) -> None:
    configure(
        office.owner,
        round={"round": "Round down to", "minutes": "30"},
        timeRoundingInReports=True,
        workingDays=["SUNDAY", "MONDAY"],
        durationFormat="COMPACT",
    )
    shown = office.member.get("").body["workspaceSettings"]
    assert shown["round"] == {"round": "Round down to", "minutes": "30"}
    assert (shown["timeRoundingInReports"], shown["workingDays"]) == (True, ["MONDAY", "SUNDAY"])
    assert (shown["trackTimeDownToSecond"], shown["decimalFormat"]) == (False, False)


def test_the_profile_of_a_member_has_the_workspaces_working_days_until_it_has_its_own(office: Office) -> None:
    configure(office.owner, workingDays=["SUNDAY", "MONDAY"])
    path = f"/member-profile/{office.member.id}"
    assert sorted(office.member.get(path).body["workingDays"]) == ["MONDAY", "SUNDAY"]
    assert office.owner.patch(path, {"workingDays": ["FRIDAY"]}).status == 200
    assert office.member.get(path).body["workingDays"] == ["FRIDAY"]


def test_accounts_made_for_a_workspace_begin_their_weeks_as_it_does(office: Office) -> None:
    configure(office.owner, weekStart="SATURDAY")
    hired = office.hire("Nora New")
    assert hired.raw("GET", "/api/v1/user").body["settings"]["weekStart"] == "SATURDAY"
    assert office.member.raw("GET", "/api/v1/user").body["settings"]["weekStart"] == "MONDAY"


def test_a_workspace_begins_with_the_zone_of_who_makes_it(office: Office) -> None:
    traveller = office.hire("Tina Traveller", zone="Europe/Belgrade")
    made_id = made(traveller.raw("POST", "/api/v1/workspaces", {"name": "Mine"}))["id"]
    assert own(traveller.at(made_id), "GET", "/settings").body["timeZone"] == "Europe/Belgrade"


def test_team_managers_edit_their_peoples_time_when_the_workspace_says_so(office: Office) -> None:
    office.grant(office.manager, "TEAM_MANAGER", office.member.id)
    entry = made(track(office.member))
    body = {"start": START, "end": END, "description": "by the manager"}
    assert office.manager.put(f"/time-entries/{entry['id']}", body).refusal == (403, 501)
    configure(office.owner, whoCanEditOthersTime="ADMINS_AND_TEAM_MANAGERS")
    assert office.manager.put(f"/time-entries/{entry['id']}", body).status == 200
