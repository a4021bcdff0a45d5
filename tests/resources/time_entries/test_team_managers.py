"""Team managers and other people's time (roles.md section 2, settings 1, 2 and 7); and whoever goes."""

from typing import Any

import pytest

from hourbook.journal import journal
from tests.harness import DENIED, REFUSED, Answer, Office, Person
from tests.journal.state import check_everything

DAY = "2026-05-20"
BODY = {"start": f"{DAY}T08:00:00Z", "end": f"{DAY}T09:00:00Z"}
MANAGERS_EDIT = {"who_can_edit_others_time": "ADMINS_AND_TEAM_MANAGERS"}


def track(person: Person, **body: Any) -> str:
    answer = person.post("/time-entries", {**BODY, **body})
    assert answer.status == 201, answer
    return str(answer.body["id"])


def ids(answer: Answer) -> list[str]:
    assert answer.status == 200, answer
    return [entry["id"] for entry in answer.body]


def edits(asker: Person, owner: Person, entry: str) -> list[Answer]:
    """Every way to change somebody's time; those that keep the entry first."""
    path = f"/user/{owner.id}/time-entries"
    return [
        asker.post(path, BODY),
        asker.put(f"/time-entries/{entry}", BODY),
        asker.put(path, [{"id": entry, **BODY}]),
        asker.post(f"{path}/{entry}/duplicate"),
        asker.patch(path, {"end": f"{DAY}T14:00:00Z"}),
        asker.delete(path, time_entry_ids=entry),
    ]


# --- seeing ------------------------------------------------------------------------------------


def test_managed_people_are_seen_whatever_the_settings_say(office: Office) -> None:
    mine, other = track(office.member), track(office.manager)
    running = office.member.post("/time-entries", {"start": f"{DAY}T13:00:00Z"}).body["id"]
    office.set(only_admins_see_all_time_entries=True, only_admins_see_public_projects_entries=True)
    assert ids(office.lead.get(f"/user/{office.member.id}/time-entries")) == [running, mine]
    assert ids(office.lead.get(f"/user/{office.manager.id}/time-entries")) == []
    assert office.lead.get(f"/time-entries/{mine}").status == 200
    assert office.lead.get(f"/time-entries/{other}").refusal == REFUSED
    assert office.lead.post("/time-entries/batch", {"timeEntryIds": [mine]}).status == 200
    assert office.lead.post("/time-entries/batch", {"timeEntryIds": [mine, other]}).refusal == REFUSED
    assert ids(office.lead.get("/time-entries/status/in-progress")) == [running]


def test_managed_people_and_public_projects_add_up(office: Office) -> None:
    project = office.owner.post("/projects", {"name": "Public", "isPublic": True}).body["id"]
    public, private = track(office.manager, projectId=project), track(office.manager)
    mine = track(office.member)
    office.set(only_admins_see_all_time_entries=True, only_admins_see_public_projects_entries=False)
    seen = [entry for entry in (public, private, mine) if office.lead.get(f"/time-entries/{entry}").status == 200]
    assert seen == [public, mine]


def test_being_managed_shows_nothing_of_the_manager(office: Office) -> None:
    entry = track(office.lead)
    assert office.member.get(f"/time-entries/{entry}").refusal == REFUSED


# --- editing -----------------------------------------------------------------------------------


def test_without_the_setting_team_managers_look_and_do_not_touch(office: Office) -> None:
    entry = track(office.member)
    assert {answer.refusal for answer in edits(office.lead, office.member, entry)} == {DENIED}
    assert office.lead.delete(f"/time-entries/{entry}").refusal == DENIED


def test_with_the_setting_they_add_and_edit_their_peoples_time(office: Office) -> None:
    office.set(**MANAGERS_EDIT)
    entry = track(office.member)
    office.member.post("/time-entries", {"start": f"{DAY}T13:00:00Z"})
    answers = edits(office.lead, office.member, entry)
    assert [answer.status for answer in answers] == [201, 200, 200, 201, 200, 200]
    assert {answer.body["userId"] for answer in answers[:2]} == {office.member.id}
    assert office.lead.delete(f"/time-entries/{answers[0].body['id']}").status == 204
    check_everything(office)


def test_never_the_time_of_others(office: Office) -> None:
    office.set(**MANAGERS_EDIT, only_admins_see_all_time_entries=False)
    for person in (office.manager, office.owner):
        entry = track(person)
        assert {answer.refusal for answer in edits(office.lead, person, entry)} == {DENIED}
        assert office.lead.delete(f"/time-entries/{entry}").refusal == DENIED
    office.set(only_admins_see_all_time_entries=True)
    assert office.lead.put(f"/time-entries/{track(office.manager)}", BODY).refusal == REFUSED


def test_a_mixture_of_managed_and_other_people_changes_nothing(office: Office) -> None:
    office.set(**MANAGERS_EDIT, only_admins_see_all_time_entries=False)
    mine, other = track(office.member), track(office.manager)
    path = f"/user/{office.member.id}/time-entries"
    bulk = [{"id": one, **BODY, "description": "changed"} for one in (mine, other)]
    assert office.lead.put(path, bulk).refusal == DENIED
    assert office.lead.delete(path, time_entry_ids=f"{mine},{other}").refusal == DENIED
    assert office.owner.get(f"/time-entries/{mine}").body["description"] == ""


def test_the_setting_says_nothing_about_project_managers(office: Office) -> None:
    office.set(**MANAGERS_EDIT)
    project = office.owner.post("/projects", {"name": "Open", "isPublic": True}).body["id"]
    office.grant(office.manager, "PROJECT_MANAGER", project)
    entry = track(office.member, projectId=project)
    assert {answer.refusal for answer in edits(office.manager, office.member, entry)} == {DENIED}


def test_team_managers_are_locked_like_everybody_but_admins(office: Office) -> None:
    entry = track(office.member)
    office.set(**MANAGERS_EDIT, lock_time_entries=1_779_321_600)
    locked = (403, 1003)
    assert office.lead.post(f"/user/{office.member.id}/time-entries", BODY).refusal == locked
    assert office.lead.put(f"/time-entries/{entry}", BODY).refusal == locked
    assert office.lead.delete(f"/time-entries/{entry}").refusal == locked
    assert office.admin.delete(f"/time-entries/{entry}").status == 204


def test_team_managers_book_on_projects_they_see(office: Office) -> None:
    office.set(**MANAGERS_EDIT)
    closed = office.owner.post("/projects", {"name": "Closed", "memberships": [{"userId": office.member.id}]})
    entry = track(office.member, projectId=closed.body["id"])
    path = f"/user/{office.member.id}/time-entries"
    assert office.lead.post(path, {**BODY, "projectId": closed.body["id"]}).refusal == REFUSED
    kept = office.lead.put(f"/time-entries/{entry}", {**BODY, "projectId": closed.body["id"], "description": "kept"})
    assert (kept.status, kept.body["description"]) == (200, "kept")


def test_only_admins_change_what_is_billable_where_it_is_so(office: Office) -> None:
    office.set(**MANAGERS_EDIT, only_admins_can_change_billable_status=True)
    entry = track(office.member)
    before = office.owner.get(f"/time-entries/{entry}").body["billable"]
    answer = office.lead.put(f"/time-entries/{entry}", {**BODY, "billable": not before})
    assert answer.body["billable"] is before


def test_who_leaves_the_team_is_managed_no_more(office: Office) -> None:
    office.set(**MANAGERS_EDIT)
    entry = track(office.member)
    body = {"role": "TEAM_MANAGER", "entityId": office.member.id}
    assert office.owner.delete(f"/users/{office.lead.id}/roles", body).status == 204
    assert office.lead.put(f"/time-entries/{entry}", BODY).refusal == REFUSED


# --- who goes ----------------------------------------------------------------------------------


def test_deactivating_somebody_stops_their_timer_at_that_moment(office: Office) -> None:
    entry = office.member.post("/time-entries", {"start": f"{DAY}T13:00:00Z"}).body["id"]
    office.set(force_projects=True, lock_time_entries=office.clock.now_s + 86_400)
    office.clock.move(600)
    before = office.read(journal.current_revision)
    assert office.admin.put(f"/users/{office.member.id}", {"status": "INACTIVE"}).status == 200
    interval = office.owner.get(f"/time-entries/{entry}").body["timeInterval"]
    assert interval["end"] == "2026-05-20T14:10:00Z"
    rows = office.read(lambda tx: list(journal.iterate_since(tx, before)))
    assert [row.event for row in rows] == ["USER_DEACTIVATED_ON_WORKSPACE", "TIMER_STOPPED"]
    assert ids(office.owner.get("/time-entries/status/in-progress")) == []
    check_everything(office)


def test_a_timer_that_starts_in_a_moment_ends_where_it_starts(office: Office) -> None:
    entry = office.member.post("/time-entries", {"start": "2026-05-20T14:00:30Z"}).body["id"]
    office.admin.put(f"/users/{office.member.id}", {"status": "INACTIVE"})
    assert office.owner.get(f"/time-entries/{entry}").body["timeInterval"]["duration"] == "PT0S"


@pytest.mark.parametrize("status", ["ACTIVE"])
def test_activating_again_stops_nothing(office: Office, status: str) -> None:
    entry = office.member.post("/time-entries", {"start": f"{DAY}T13:00:00Z"}).body["id"]
    assert office.admin.put(f"/users/{office.member.id}", {"status": status}).status == 200
    assert office.member.get(f"/time-entries/{entry}").body["timeInterval"]["end"] is None
