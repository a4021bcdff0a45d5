"""GET of a person's list, of one, of many, of what runs."""

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Person
from tests.resources.time_entries.conftest import MORNING, NOON, Desk

UNKNOWN = "64a0000000000000000000ff"


def _ids(answer: object) -> list[str]:
    return [item["id"] for item in answer.body]  # type: ignore[attr-defined]


def test_anonymous_is_asked_for_a_credential_everywhere(desk: Desk) -> None:
    nobody, owner = desk.office.anonymous, desk.office.owner
    for path in (f"/user/{owner.id}/time-entries", f"/time-entries/{UNKNOWN}", "/time-entries/status/in-progress"):
        assert nobody.get(path).refusal == NO_CREDENTIAL
    assert nobody.post("/time-entries/batch", {"timeEntryIds": [UNKNOWN]}).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(desk: Desk) -> None:
    stranger, owner = desk.office.outsider, desk.office.owner
    for path in (f"/user/{owner.id}/time-entries", f"/time-entries/{UNKNOWN}", "/time-entries/status/in-progress"):
        assert stranger.get(path).refusal == DENIED
    assert stranger.post("/time-entries/batch", {"timeEntryIds": [UNKNOWN]}).refusal == DENIED


def test_a_read_has_resolved_rates_even_without_a_project(desk: Desk) -> None:
    entry = desk.track().body["id"]
    shown = desk.office.owner.get(f"/time-entries/{entry}").body
    zero = {"amount": 0, "currency": "USD"}
    assert (shown["hourlyRate"], shown["costRate"], shown["tagIds"]) == (zero, zero, None)


def test_the_nearest_rate_counts(desk: Desk) -> None:
    owner = desk.office.owner
    rated = {"name": "Rated", "isPublic": True, "hourlyRate": {"amount": 5000}, "costRate": {"amount": 2000}}
    project = owner.post("/projects", rated).body["id"]
    entry = desk.track(desk.office.member, projectId=project).body["id"]
    shown = owner.get(f"/time-entries/{entry}").body
    assert (shown["hourlyRate"]["amount"], shown["costRate"]["amount"]) == (5000, 2000)
    rate = {"amount": 7000, "since": "2026-03-01T00:00:00Z"}
    members = [{"userId": desk.office.member.id, "hourlyRate": rate}]
    owner.patch(f"/projects/{project}/memberships", {"memberships": members})
    entry = desk.track(desk.office.member, projectId=project).body["id"]
    assert owner.get(f"/time-entries/{entry}").body["hourlyRate"]["amount"] == 7000


def test_members_do_not_see_cost_rates(desk: Desk) -> None:
    entry = desk.track(desk.office.member).body["id"]
    shown = desk.office.member.get(f"/time-entries/{entry}").body
    assert (shown["hourlyRate"], shown["costRate"]) == ({"amount": 0, "currency": "USD"}, None)
    desk.office.set(only_admins_see_billable_rates=True)
    assert desk.office.member.get(f"/time-entries/{entry}").body["hourlyRate"] is None


def test_a_hydrated_read_keeps_the_ids_and_adds_names_but_no_user(desk: Desk) -> None:
    entry = desk.track(projectId=desk.project, taskId=desk.task, tagIds=[desk.tag]).body["id"]
    shown = desk.office.owner.get(f"/time-entries/{entry}", hydrated=1).body
    assert (shown["projectId"], shown["taskId"], shown["tagIds"]) == (desk.project, desk.task, [desk.tag])
    assert (shown["project"]["name"], shown["project"]["clientName"]) == ("Site", "Acme")
    assert (shown["project"]["duration"], shown["task"]["duration"]) == ("PT0S", "PT4H")
    assert (shown["task"]["name"], shown["tags"][0]["name"], shown["user"]) == ("Design", "Urgent", None)


def test_a_hydrated_list_has_the_user(desk: Desk) -> None:
    desk.track()
    shown = desk.entries(hydrated=True).body[0]
    assert (shown["user"]["id"], shown["user"]["memberships"]) == (desk.office.owner.id, [])
    assert (shown["project"], shown["task"], shown["tags"]) == (None, None, [])


def test_of_a_project_one_may_not_see_an_entry_tells_the_name_alone(desk: Desk) -> None:
    office, owner = desk.office, desk.office.owner
    owner.put(f"/projects/{desk.private}", {"note": "Sell it", "billable": True})
    owner.patch(f"/projects/{desk.private}/estimate", {"budgetEstimate": {"active": True, "estimate": 900}})
    named = {"name": "Plan", "assigneeIds": [owner.id], "estimate": "PT9H"}
    task = owner.post(f"/projects/{desk.private}/tasks", named).body["id"]
    entry = desk.track(projectId=desk.private, taskId=task).body["id"]
    office.set(only_admins_see_all_time_entries=False)

    def seen() -> tuple[object, ...]:
        shown = office.member.get(f"/time-entries/{entry}", hydrated=True).body
        project, of_project = shown["project"], shown["task"]
        secrets = [project[key] for key in ("note", "memberships", "budgetEstimate")]
        return project["name"], of_project["name"], *secrets, of_project["assigneeIds"], of_project["estimate"]

    assert seen() == ("Secret", "Plan", "", [], None, [], "PT0S")
    owner.post(f"/projects/{desk.private}/memberships", {"userIds": [office.member.id]})
    assert seen()[2] == "Sell it"
    assert seen()[5:] == ([owner.id], "PT9H")


def test_an_unknown_or_malformed_id_is_400(desk: Desk) -> None:
    for wrong in (UNKNOWN, "invoiced", UNKNOWN + "%0A", UNKNOWN.upper()):
        answer = desk.office.owner.get(f"/time-entries/{wrong}")
        assert (answer.refusal, answer.message) == (REFUSED, "Time entry doesn't belong to Workspace")


def test_read_many_keeps_the_order(desk: Desk) -> None:
    first, second = (desk.track().body["id"] for _ in range(2))
    owner = desk.office.owner
    assert _ids(owner.post("/time-entries/batch", {"timeEntryIds": [second, first]})) == [second, first]
    shown = owner.post("/time-entries/batch", {"timeEntryIds": [first], "hydrated": True}).body[0]
    assert shown["user"]["id"] == owner.id
    assert owner.post("/time-entries/batch", {"timeEntryIds": [first, UNKNOWN]}).refusal == REFUSED
    assert owner.post("/time-entries/batch", {}).refusal == REFUSED


def test_newest_first_and_pages_without_gaps(desk: Desk) -> None:
    ids = [desk.track(start=f"2026-03-02T0{hour}:00:00Z").body["id"] for hour in range(5)]
    pages = [desk.entries(page=page, page_size=2) for page in (1, 2, 3, 4)]
    assert [entry for page in pages for entry in _ids(page)] == ids[::-1]
    assert [page.headers["Last-Page"] for page in pages] == ["false", "false", "true", "true"]


@pytest.mark.parametrize("size", [0, -1, 5001])
def test_a_page_size_out_of_range_is_refused(desk: Desk, size: int) -> None:
    assert desk.entries(page_size=size).refusal == REFUSED


def test_filters_narrow_the_list(desk: Desk) -> None:
    plain = desk.track(description="Ünder way").body["id"]
    whole = desk.track(projectId=desk.project, taskId=desk.task, tagIds=[desk.tag], description="Sketch 50%").body["id"]
    other = desk.track(projectId=desk.private, tagIds=[desk.tag, desk.other_tag]).body["id"]
    assert _ids(desk.entries(description="üNDER")) == [plain]
    assert _ids(desk.entries(description="%")) == [whole]
    assert _ids(desk.entries(project=desk.project)) == [whole]
    assert _ids(desk.entries(task=desk.task)) == [whole]
    assert set(_ids(desk.entries(tags=desk.tag))) == {whole, other}
    assert set(_ids(desk.entries(tags=f"{desk.other_tag},{UNKNOWN}"))) == {other}
    assert set(_ids(desk.entries(tags=[desk.tag, desk.other_tag]))) == {whole, other}
    assert set(_ids(desk.entries(project_required=1))) == {whole, other}
    assert _ids(desk.entries(task_required="true")) == [whole]
    assert len(_ids(desk.entries(project_required=0))) == 3


def test_the_window_is_half_open_on_the_start(desk: Desk) -> None:
    early, late = desk.track().body["id"], desk.track(start=NOON, end=NOON).body["id"]
    assert _ids(desk.entries(start=MORNING, end=NOON)) == [early]
    assert _ids(desk.entries(start=NOON)) == [late]


def test_the_window_is_read_as_wall_clock_of_the_callers_account(desk: Desk) -> None:
    person = desk.office.hire("Bela", zone="Europe/Belgrade")
    late = desk.track(person, start="2026-08-07T22:30:00Z", end="2026-08-07T23:00:00Z").body["id"]
    window = {"start": "2026-08-08T00:00:00Z", "end": "2026-08-09T00:00:00Z"}
    assert _ids(desk.entries(person, **window)) == [late]
    assert _ids(desk.entries(person, **window, time_zone="UTC")) == []
    assert desk.entries(person, **window, time_zone="Europe/Nowhere").refusal == REFUSED


def test_the_week_before_has_only_entries_that_name_something(desk: Desk) -> None:
    named = desk.track(projectId=desk.project).body["id"]
    desk.track()
    desk.track(projectId=desk.project, start="2026-02-20T08:00:00Z", end="2026-02-20T09:00:00Z")
    assert _ids(desk.entries(get_week_before="2026-03-05T00:00:00Z")) == [named]


def test_what_others_track_follows_the_settings(desk: Desk) -> None:
    public = desk.track(projectId=desk.project).body["id"]
    private = desk.track(projectId=desk.private).body["id"]
    member, owner = desk.office.member, desk.office.owner

    def seen(person: Person) -> set[str]:
        return set(_ids(person.get(f"/user/{owner.id}/time-entries")))

    desk.office.set(only_admins_see_all_time_entries=False)
    assert seen(member) == {public, private}
    desk.office.set(only_admins_see_all_time_entries=True, only_admins_see_public_projects_entries=False)
    assert seen(member) == {public}
    desk.office.set(only_admins_see_public_projects_entries=True)
    assert seen(member) == set()
    assert member.get(f"/time-entries/{private}").refusal == REFUSED
    desk.office.grant(desk.office.manager, "PROJECT_MANAGER", desk.private)
    assert seen(desk.office.manager) == {private}


def test_somebody_unknown_has_no_list(desk: Desk) -> None:
    answer = desk.office.owner.get(f"/user/{UNKNOWN}/time-entries")
    assert (answer.refusal, answer.message) == (REFUSED, "User doesn't belong to Workspace")


def test_the_workspaces_running_timers(desk: Desk) -> None:
    mine = desk.start().body["id"]
    others = desk.start(desk.office.member, start=NOON).body["id"]
    desk.track()
    path = "/time-entries/status/in-progress"
    assert _ids(desk.office.owner.get(path)) == [others, mine]
    desk.office.set(only_admins_see_all_time_entries=True, only_admins_see_public_projects_entries=True)
    assert _ids(desk.office.member.get(path)) == [others]
    assert desk.office.owner.get(path, page_size=1001).refusal == REFUSED
    assert desk.office.owner.get(path, page_size=1).headers["Last-Page"] == "false"
