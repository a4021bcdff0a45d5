"""POST /api/hourbook/v1/workspaces/{id}/restore."""

from typing import Any

import pytest

from hourbook.core.calendar import format_instant
from hourbook.journal.journal import current_revision, read_since
from hourbook.resources.time_entries import actions as time_entries
from hourbook.resources.time_entries.rules import Draft
from tests.contract.world import World
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, START_S, Answer, Office, Person
from tests.journal.state import check_everything

TIMES = {"start": format_instant(START_S - 7200), "end": format_instant(START_S - 3600)}
CHANGED = (409, 1018)


def undo(person: Person, revision: Any) -> Answer:
    path = f"/api/hourbook/v1/workspaces/{person.workspace_id}/restore"
    return person.raw("POST", path, {"revision": revision})


def last(office: Office) -> int:
    """The revision of what was done last; the next is at another moment."""
    office.clock.move(1)
    revision: int = office.read(current_revision)
    return revision


def events(office: Office, after: int) -> list[str | None]:
    return [row.event for row in office.read(lambda tx: read_since(tx, after))]


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert undo(office.anonymous, 1).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert undo(office.outsider, 1).refusal == DENIED


def test_members_undo_what_they_did_to_their_own_time_and_nothing_else(office: Office) -> None:
    entry = office.member.post("/time-entries", TIMES).body["id"]
    made = last(office)
    office.owner.put(f"/time-entries/{entry}", TIMES | {"description": "x"})
    changed = last(office)
    assert undo(office.member, changed).refusal == DENIED
    assert undo(office.manager, made).refusal == DENIED
    assert undo(office.owner, changed).status == 200
    last(office)
    assert undo(office.member, made).status == 200
    assert office.owner.get(f"/time-entries/{entry}").refusal == REFUSED
    office.member.post("/tags", {"name": "one"})
    assert undo(office.member, last(office)).refusal == DENIED
    check_everything(office)


def test_who_may_not_change_it_any_more_is_told_nothing_of_it(office: Office) -> None:
    entry = office.member.post("/time-entries", TIMES).body["id"]
    office.admin.put(f"/time-entries/{entry}", TIMES | {"description": "theirs"})
    changed = last(office)
    role = {"role": "WORKSPACE_ADMIN", "entityId": office.workspace_id}
    assert office.owner.delete(f"/users/{office.admin.id}/roles", role).status == 204
    office.owner.put(f"/time-entries/{entry}", TIMES | {"description": "secret"})
    last(office)
    answer = undo(office.admin, changed)
    assert answer.refusal == DENIED, answer


def test_a_member_may_not_undo_what_is_locked_by_now(office: Office) -> None:
    entry = office.member.post("/time-entries", TIMES).body["id"]
    last(office)
    office.member.delete(f"/time-entries/{entry}")
    gone = last(office)
    office.set(lock_time_entries=START_S)
    answer = undo(office.member, gone)
    assert answer.refusal == (403, 1003)
    assert undo(office.admin, gone).status == 200


def test_a_deleted_entry_comes_back_with_its_tags_and_its_event(office: Office) -> None:
    world = World(office)
    said = TIMES | {"projectId": world.project_id, "taskId": world.task_id, "tagIds": [world.tag_id], "billable": True}
    entry = office.member.post("/time-entries", said).body["id"]
    shown = office.owner.get(f"/time-entries/{entry}").body
    before = office.owner.get(f"/projects/{world.project_id}").body["duration"]
    last(office)
    office.member.delete(f"/time-entries/{entry}")
    gone = last(office)
    assert office.owner.get(f"/projects/{world.project_id}").body["duration"] != before
    answer = undo(office.member, gone)
    assert answer.body == {"firstRevision": gone, "lastRevision": gone, "things": 1}
    assert events(office, gone) == ["TIME_ENTRY_RESTORED"]
    assert office.owner.get(f"/time-entries/{entry}").body == shown
    assert office.owner.get(f"/projects/{world.project_id}").body["duration"] == before
    check_everything(office)


def test_an_undo_can_be_undone(office: Office) -> None:
    tag = office.owner.post("/tags", {"name": "one"}).body["id"]
    last(office)
    office.owner.put(f"/tags/{tag}", {"name": "two"})
    for name in ("one", "two", "one"):
        assert undo(office.owner, last(office)).status == 200
        assert office.owner.get(f"/tags/{tag}").body["name"] == name
    check_everything(office)


def test_everything_one_operation_did_is_undone_whichever_row_is_named(office: Office) -> None:
    office.member.post("/time-entries", {"start": format_instant(START_S - 60)})
    first = last(office)
    office.member.post("/time-entries", {"start": format_instant(office.clock.now_s)})
    end = last(office)
    assert end - first == 2
    for revision in (first + 1, end):
        answer = undo(office.member, revision)
        assert answer.status == (200 if revision == first + 1 else 409)
    (running,) = office.owner.get("/time-entries/status/in-progress").body
    assert running["timeInterval"]["start"] == format_instant(START_S - 60)
    check_everything(office)


def test_a_timer_does_not_run_again_beside_another(office: Office) -> None:
    office.member.post("/time-entries", {"start": format_instant(START_S - 60)})
    last(office)
    office.member.patch(f"/user/{office.member.id}/time-entries", {"end": format_instant(START_S)})
    stopped = last(office)
    office.member.post("/time-entries", {"start": format_instant(office.clock.now_s)})
    last(office)
    answer = undo(office.member, stopped)
    assert answer.refusal == CHANGED
    assert "timer" in answer.message
    check_everything(office)


def test_what_was_changed_since_is_named(office: Office) -> None:
    tag = office.owner.post("/tags", {"name": "one"}).body["id"]
    made = last(office)
    office.owner.put(f"/tags/{tag}", {"name": "two"})
    changed = last(office)
    answer = undo(office.owner, made)
    assert answer.refusal == CHANGED
    assert "'two'" in answer.message
    office.owner.delete(f"/tags/{tag}")
    answer = undo(office.owner, changed)
    assert (answer.status, "is gone since" in answer.message) == (409, True)


def test_a_name_that_is_taken_by_now_does_not_come_back(office: Office) -> None:
    tag = office.owner.post("/tags", {"name": "one"}).body["id"]
    last(office)
    office.owner.delete(f"/tags/{tag}")
    gone = last(office)
    office.owner.post("/tags", {"name": "one"})
    last(office)
    answer = undo(office.owner, gone)
    assert answer.refusal == CHANGED
    assert "taken" in answer.message


def test_what_is_used_since_does_not_go(office: Office) -> None:
    project = office.owner.post("/projects", {"name": "Plan"}).body["id"]
    made = last(office)
    entry = office.owner.post("/time-entries", TIMES | {"projectId": project}).body["id"]
    last(office)
    answer = undo(office.owner, made)
    assert answer.refusal == CHANGED
    assert "'Plan'" in answer.message
    office.owner.delete(f"/time-entries/{entry}")
    last(office)
    assert undo(office.owner, made).status == 200
    assert office.owner.get(f"/projects/{project}").refusal == REFUSED
    check_everything(office)


def test_what_names_something_that_is_gone_does_not_come_back(office: Office) -> None:
    tag = office.owner.post("/tags", {"name": "one"}).body["id"]
    entry = office.owner.post("/time-entries", TIMES | {"tagIds": [tag]}).body["id"]
    last(office)
    office.owner.delete(f"/time-entries/{entry}")
    gone = last(office)
    office.owner.delete(f"/tags/{tag}")
    last(office)
    answer = undo(office.owner, gone)
    assert answer.refusal == CHANGED
    assert "tag" in answer.message


def test_a_deleted_project_comes_back_with_all_that_went_with_it(office: Office) -> None:
    world = World(office)
    said = TIMES | {"projectId": world.project_id, "taskId": world.task_id}
    entry = office.member.post("/time-entries", said).body["id"]
    office.owner.put(f"/projects/{world.project_id}", {"archived": True})
    before = office.owner.get(f"/projects/{world.project_id}").body
    last(office)
    assert office.owner.delete(f"/projects/{world.project_id}").status == 200
    gone = last(office)
    assert office.owner.get(f"/time-entries/{entry}").body["projectId"] is None
    assert undo(office.owner, gone).status == 200
    assert office.owner.get(f"/projects/{world.project_id}").body == before
    shown = office.owner.get(f"/time-entries/{entry}").body
    assert (shown["projectId"], shown["taskId"]) == (world.project_id, world.task_id)
    check_everything(office)


def import_entries(office: Office, count: int, **fields: Any) -> None:
    drafts = [Draft(start_s=START_S - 86_400 - 60 * n, end_s=START_S - 86_400, **fields) for n in range(count)]
    office.write(lambda tx: time_entries.import_entries(tx, office.member.id, drafts))
    last(office)


def test_many_entries_come_back_together(office: Office) -> None:
    world = World(office)
    fields = {"project_id": world.project_id, "task_id": world.task_id, "tag_ids": (world.tag_id,)}
    import_entries(office, 1200, **fields)
    rows = office.owner.get(f"/user/{office.member.id}/time-entries", page_size=1200).body
    duration = office.owner.get(f"/projects/{world.project_id}").body["duration"]
    ids = [row["id"] for row in rows]
    assert office.owner.delete(f"/user/{office.member.id}/time-entries", time_entry_ids=ids).status == 200
    assert undo(office.owner, last(office)).body["things"] == 1200
    last(office)
    assert office.owner.get(f"/user/{office.member.id}/time-entries", page_size=1200).body == rows
    assert office.owner.get(f"/projects/{world.project_id}").body["duration"] == duration
    check_everything(office)
    assert office.owner.delete(f"/tags/{world.tag_id}").status == 200
    assert undo(office.owner, last(office)).body["things"] == 1201
    assert office.owner.get(f"/user/{office.member.id}/time-entries", page_size=1200).body == rows
    check_everything(office)
    office.owner.put(f"/projects/{world.project_id}", {"archived": True})
    last(office)
    assert office.owner.delete(f"/projects/{world.project_id}").status == 200
    gone = last(office)
    assert undo(office.owner, gone).status == 200
    assert office.owner.get(f"/user/{office.member.id}/time-entries", page_size=1200).body == rows
    check_everything(office)


def test_a_changed_rate_is_undone_for_new_entries_too(office: Office) -> None:
    import_entries(office, 1200)
    office.owner.put(f"/users/{office.member.id}/hourly-rate", {"amount": 900, "since": "2026-01-01T00:00:00Z"})
    changed = last(office)
    office.member.post("/time-entries", TIMES)
    last(office)

    def rates() -> set[int]:
        rows = office.owner.get(f"/user/{office.member.id}/time-entries", page_size=2000).body
        return {row["hourlyRate"]["amount"] for row in rows}

    assert rates() == {900}
    assert undo(office.owner, changed).status == 200
    assert rates() == {0}
    check_everything(office)


def test_what_is_older_than_the_setting_stays(office: Office) -> None:
    office.owner.post("/tags", {"name": "one"})
    made = last(office)
    office.clock.move(90 * 86_400)
    answer = undo(office.owner, made)
    assert answer.refusal == REFUSED
    assert "90 days" in answer.message


@pytest.mark.parametrize("revision", [0, -1, None, 10**9, 1 << 62])
def test_a_revision_that_is_none_is_refused(office: Office, revision: Any) -> None:
    assert undo(office.owner, revision).refusal == REFUSED


def test_what_cannot_be_undone_says_why(office: Office) -> None:
    for work, word in (
        (lambda: office.owner.post("/users", {"email": "new@example.org"}), "can't be undone"),
        (lambda: office.owner.put(f"/users/{office.member.id}", {"status": "INACTIVE"}), "can't be undone"),
        (
            lambda: office.owner.post(
                f"/users/{office.manager.id}/roles",
                {"entityId": office.workspace_id, "role": "WORKSPACE_ADMIN"},
            ),
            "owner or admin",
        ),
    ):
        answer = work()
        assert answer.status < 300, answer
        answer = undo(office.owner, last(office))
        assert answer.refusal == REFUSED
        assert word in answer.message


def test_who_may_enter_a_workspace_is_changed_nowhere_but_where_it_is_checked(office: Office) -> None:
    """Single sign-on is the owner's affair alone: an admin must not get rid of it by this way."""
    for name, value, before in (("allowed_networks", ("0.0.0.0/0", "::/0"), ()), ("multi_factor_enabled", True, False)):
        office.set(**{name: value})
        last(office)
        office.set(**{name: before})
        answer = undo(office.admin, last(office))
        assert answer.refusal == REFUSED
        assert "Who may enter" in answer.message
    office.set(lock_time_entries=START_S)
    assert undo(office.admin, last(office)).status == 200


def test_a_deleted_group_comes_back_with_its_people_and_where_it_was(office: Office) -> None:
    group = office.owner.post("/user-groups", {"name": "Team"}).body["id"]
    office.owner.post(f"/user-groups/{group}/users", {"userId": office.member.id})
    task_of = World(office)
    path = f"/projects/{task_of.project_id}/tasks/{task_of.task_id}"
    office.owner.put(path, {"name": "T", "userGroupIds": [group]})
    wanted = {"exportType": "JSON", "dateRangeStart": TIMES["start"], "dateRangeEnd": TIMES["end"]}
    body = {"name": "R", "type": "SUMMARY", "visibleToUserGroups": [group], "isPublic": False}
    reports = f"/report/v1/workspaces/{office.workspace_id}/shared-reports"
    made = office.owner.raw("POST", reports, body | {"filter": wanted | {"summaryFilter": {"groups": ["USER"]}}})
    assert made.status == 200, made
    shown = office.owner.get("/user-groups").body
    last(office)
    assert office.owner.delete(f"/user-groups/{group}").status == 200
    assert undo(office.owner, last(office)).status == 200
    assert office.owner.get("/user-groups").body == shown
    assert office.owner.get(path).body["userGroupIds"] == [group]
    check_everything(office)
