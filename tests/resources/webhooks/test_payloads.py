"""The bodies of events, by family; names are those of the moment of the event."""

import json
from pathlib import Path
from typing import Any

import pytest

from hourbook.resources.webhooks import wire_payloads
from hourbook.resources.webhooks.rules import EVENTS, Family, Source
from hourbook.resources.workspaces import actions as workspaces
from tests.contract.differ import differences
from tests.fanouts import hook, tell, told
from tests.harness import Office, Person

START, END = "2026-05-20T08:00:00Z", "2026-05-20T09:30:00Z"
SHAPES = Path(__file__).parent / "shapes"
# Slices that do not exist yet bring the bodies of their events along.
NOT_YET = {
    Family.INVOICE,
    Family.APPROVAL,
    Family.TIME_OFF,
    Family.BALANCE,
    Family.EXPENSE,
    Family.EXPENSE_IDS,
    Family.ASSIGNMENT,
}


def made(answer: Any) -> dict[str, Any]:
    assert answer.status in (200, 201), answer
    return dict(answer.body)


def shape(name: str) -> Any:
    return json.loads((SHAPES / f"{name}.json").read_text("utf-8"))


def assert_shape(name: str, body: Any, *, extra: frozenset[str] = frozenset()) -> None:
    found = [(where, what) for where, what in differences(shape(name), body) if where not in extra]
    assert found == []


def test_every_family_of_what_there_is_has_a_body() -> None:
    assert set(wire_payloads.BODIES) == set(Family) - NOT_YET


def rename(person: Person, name: str) -> None:
    made(person.raw("PATCH", "/api/hourbook/v1/user/settings", {"name": name}))


class Scene:
    """A person in India with an entry that names everything."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.client = made(office.owner.post("/clients", {"name": "Acme"}))
        body = {"name": "Apollo", "isPublic": True, "clientId": self.client["id"], "billable": True}
        self.project = made(office.owner.post("/projects", body))
        self.person = office.hire("Indira Indian", zone="Asia/Calcutta")
        body = {"name": "Build", "assigneeIds": [self.person.id]}
        self.task = made(office.owner.post(f"/projects/{self.project['id']}/tasks", body))
        self.tag = made(office.owner.post("/tags", {"name": "urgent"}))

    def track(self, person: Person | None = None, **more: Any) -> dict[str, Any]:
        body = {"start": START, "end": END, "description": "Test", "projectId": self.project["id"]}
        body |= {"taskId": self.task["id"], "tagIds": [self.tag["id"]], **more}
        return made((person or self.person).post("/time-entries", body))


@pytest.fixture
def scene(office: Office) -> Scene:
    return Scene(office)


def only(office: Office, webhook_id: str) -> Any:
    (found,) = told(office, webhook_id)
    return found.body


def test_a_time_entry_is_as_it_was_captured(office: Office, scene: Scene) -> None:
    webhook_id = hook(office, "NEW_TIME_ENTRY")
    entry = scene.track()
    body = only(office, webhook_id)
    assert_shape("time_entry", body)
    assert body["id"] == entry["id"]
    assert body["timeInterval"] == {
        "start": START,
        "end": END,
        "duration": "PT1H30M",
        "timeZone": "Asia/Calcutta",
        "offsetStart": 19800,
        "offsetEnd": 19800,
        "zonedStart": "2026-05-20T13:30:00",
        "zonedEnd": "2026-05-20T15:00:00",
    }
    assert (body["taskId"], body["tagIds"]) == (scene.task["id"], [scene.tag["id"]])
    assert body["project"]["clientName"] == "Acme"
    assert body["project"]["duration"] == "PT1H30M"
    assert body["task"]["assigneeId"] == scene.person.id
    assert body["user"] == {"id": scene.person.id, "name": "Indira Indian", "status": "ACTIVE"}
    assert body["currentlyRunning"] is False
    assert body["hourlyRate"]["amount"] == 0


def test_an_entry_for_nothing_has_no_project(office: Office) -> None:
    webhook_id = hook(office, "NEW_TIME_ENTRY")
    made(office.member.post("/time-entries", {"start": START, "end": END}))
    body = only(office, webhook_id)
    assert (body["project"], body["task"], body["tags"], body["projectCurrency"]) == (None, None, [], None)


def test_a_running_timer_has_no_end(office: Office) -> None:
    started, stopped = hook(office, "NEW_TIMER_STARTED"), hook(office, "TIMER_STOPPED")
    updated = hook(office, "TIME_ENTRY_UPDATED")
    made(office.member.post("/time-entries", {"start": START}))
    office.clock.move(60)
    made(office.member.patch(f"/user/{office.member.id}/time-entries", {"end": END}))
    interval = only(office, started)["timeInterval"]
    ends = ("end", "duration", "offsetEnd", "zonedEnd")
    assert [interval[name] for name in ends] == [None] * 4
    assert only(office, started)["currentlyRunning"] is True
    assert only(office, stopped)["timeInterval"]["end"] == END
    assert told(office, updated) == []


def test_an_edit_is_an_update_and_nothing_else(office: Office) -> None:
    ids = {name: hook(office, name) for name in ("TIME_ENTRY_UPDATED", "TIMER_STOPPED", "NEW_TIME_ENTRY")}
    entry = made(office.member.post("/time-entries", {"start": START, "end": END}))
    made(office.member.put(f"/time-entries/{entry['id']}", {"start": START, "end": END, "description": "new words"}))
    assert only(office, ids["TIME_ENTRY_UPDATED"])["description"] == "new words"
    assert told(office, ids["TIMER_STOPPED"]) == []
    assert only(office, ids["NEW_TIME_ENTRY"])["description"] == ""


def test_what_was_renamed_after_the_event_has_its_old_name(office: Office, scene: Scene) -> None:
    webhook_id = hook(office, "NEW_TIME_ENTRY")
    scene.track()
    project = f"/projects/{scene.project['id']}"
    made(office.owner.put(project, {"name": "Artemis", "clientId": scene.client["id"], "color": "#000000"}))
    made(office.owner.put(f"{project}/tasks/{scene.task['id']}", {"name": "Destroy"}))
    made(office.owner.put(f"/tags/{scene.tag['id']}", {"name": "later"}))
    made(office.owner.put(f"/clients/{scene.client['id']}", {"name": "Zenith"}))
    rename(scene.person, "Ida")
    office.set(lock_time_entries=2_000_000_000)
    body = only(office, webhook_id)
    assert body["project"]["name"] == "Apollo"
    assert body["project"]["clientName"] == "Acme"
    assert body["task"]["name"] == "Build"
    assert [tag["name"] for tag in body["tags"]] == ["urgent"]
    assert body["user"]["name"] == "Indira Indian"
    assert body["isLocked"] is False


def test_what_was_deleted_after_the_event_is_still_in_it(office: Office, scene: Scene) -> None:
    webhook_id, deleted = hook(office, "NEW_TIME_ENTRY"), hook(office, "TIME_ENTRY_DELETED")
    entry = scene.track()
    assert office.owner.delete(f"/time-entries/{entry['id']}").status == 204
    assert office.owner.delete(f"/tags/{scene.tag['id']}").status == 200
    project = f"/projects/{scene.project['id']}"
    made(office.owner.put(project, {"name": "Apollo", "clientId": scene.client["id"], "archived": True}))
    assert office.owner.delete(project).status == 200
    assert office.owner.put(f"/clients/{scene.client['id']}", {"name": "Acme", "archived": True}).status == 200
    assert office.owner.delete(f"/clients/{scene.client['id']}").status == 200
    for body in (only(office, webhook_id), only(office, deleted)):
        assert_shape("time_entry", body)
        assert body["project"]["name"] == "Apollo"
        assert body["project"]["archived"] is False
        assert body["project"]["clientName"] == "Acme"
        assert body["task"]["name"] == "Build"
        assert body["tags"][0]["name"] == "urgent"


def test_custom_fields_of_an_entry_are_in_it(office: Office, scene: Scene) -> None:
    field = made(office.owner.post("/custom-fields", {"name": "Ticket", "type": "TXT", "entityType": "TIMEENTRY"}))
    webhook_id = hook(office, "NEW_TIME_ENTRY")
    scene.track(customFields=[{"customFieldId": field["id"], "value": "HB-1"}])
    values = only(office, webhook_id)["customFieldValues"]
    assert [(one["name"], one["value"]) for one in values] == [("Ticket", "HB-1")]


def test_a_locked_entry_says_so(office: Office) -> None:
    webhook_id = hook(office, "NEW_TIME_ENTRY")
    office.set(lock_time_entries=2_000_000_000)
    made(office.owner.post("/time-entries", {"start": START, "end": END}))
    assert only(office, webhook_id)["isLocked"] is True


def test_a_project_is_as_reads_answer_it(office: Office) -> None:
    client = made(office.owner.post("/clients", {"name": "Acme"}))
    ids = {name: hook(office, name) for name in ("NEW_PROJECT", "PROJECT_UPDATED", "PROJECT_DELETED")}
    project = made(office.owner.post("/projects", {"name": "Apollo", "clientId": client["id"]}))
    path = f"/projects/{project['id']}"
    made(office.owner.put(path, {"name": "Artemis", "clientId": client["id"], "archived": True}))
    read = made(office.owner.get(path))
    assert office.owner.delete(path).status == 200
    new = only(office, ids["NEW_PROJECT"])
    assert new.keys() == read.keys()
    assert (new["name"], new["clientName"]) == ("Apollo", "Acme")
    assert only(office, ids["PROJECT_UPDATED"])["archived"] is True
    assert only(office, ids["PROJECT_DELETED"])["name"] == "Artemis"


def test_a_task_has_the_recorded_keys(office: Office, scene: Scene) -> None:
    ids = {name: hook(office, name) for name in ("NEW_TASK", "TASK_UPDATED", "TASK_DELETED")}
    tasks = f"/projects/{scene.project['id']}/tasks"
    task = made(office.owner.post(tasks, {"name": "Paint"}))
    made(office.owner.put(f"{tasks}/{task['id']}", {"name": "Varnish", "status": "DONE"}))
    assert office.owner.delete(f"{tasks}/{task['id']}").status == 200
    body = only(office, ids["NEW_TASK"])
    assert_shape("task", body)
    assert (body["name"], body["workspaceId"], body["assigneeId"]) == ("Paint", office.workspace_id, "")
    assert only(office, ids["TASK_UPDATED"])["status"] == "DONE"
    assert only(office, ids["TASK_DELETED"])["name"] == "Varnish"


@pytest.mark.parametrize(("path", "word"), [("/clients", "CLIENT"), ("/tags", "TAG")])
def test_clients_and_tags_are_as_reads_answer_them(office: Office, path: str, word: str) -> None:
    ids = [hook(office, name) for name in (f"NEW_{word}", f"{word}_UPDATED", f"{word}_DELETED")]
    thing = made(office.owner.post(path, {"name": "first"}))
    changed = made(office.owner.put(f"{path}/{thing['id']}", {"name": "second", "archived": True}))
    assert office.owner.delete(f"{path}/{thing['id']}").status == 200
    assert only(office, ids[0]) == thing
    assert only(office, ids[1]) == changed
    assert only(office, ids[2]) == changed


def test_groups_list_their_people(office: Office) -> None:
    ids = [hook(office, f"USER_GROUP_{word}") for word in ("CREATED", "UPDATED", "DELETED")]
    group = made(office.owner.post("/user-groups", {"name": "Crew"}))
    made(office.owner.post(f"/user-groups/{group['id']}/users", {"userId": office.member.id}))
    assert office.owner.delete(f"/user-groups/{group['id']}").status == 200
    assert only(office, ids[0]) == group
    assert only(office, ids[1])["userIds"] == [office.member.id]
    assert only(office, ids[2])["name"] == "Crew"


def test_people_who_join_change_and_leave(office: Office) -> None:
    words = ("DEACTIVATED_ON_WORKSPACE", "ACTIVATED_ON_WORKSPACE", "DELETED_FROM_WORKSPACE", "JOINED_WORKSPACE")
    ids = {word: hook(office, f"USER_{word}") for word in words}
    new = office.hire("Nora New")
    for status in ("INACTIVE", "ACTIVE"):
        made(office.owner.put(f"/users/{new.id}", {"status": status}))
    own = f"/api/hourbook/v1/workspaces/{office.workspace_id}/members/{new.id}"
    assert office.owner.raw("DELETE", own).status == 204
    for word, webhook_id in ids.items():
        body = only(office, webhook_id)
        assert (word, body["id"], body["name"]) == (word, new.id, "Nora New")
        assert {"id", "email", "name", "profilePicture", "settings"} <= body.keys()


def test_a_changed_profile_is_one_update_of_the_person(office: Office) -> None:
    webhook_id = hook(office, "USER_UPDATED", Source.USER_ID, office.member.id)
    rename(office.member, "Maximilian")
    made(office.owner.patch(f"/member-profile/{office.member.id}", {"weekStart": "SUNDAY"}))
    rename(office.manager, "Mara")
    assert [one.body["name"] for one in told(office, webhook_id)] == ["Maximilian", "Maximilian"]


def test_a_changed_limited_user_is_one_update(office: Office) -> None:
    webhook_id = hook(office, "USER_UPDATED", Source.USER_ID, office.limited.id)
    path = f"/member-profile/{office.limited.id}"
    made(office.owner.patch(path, {"name": "Leo"}))
    made(office.owner.patch(path, {"name": "Lea", "weekStart": "SUNDAY"}))
    assert [one.body["name"] for one in told(office, webhook_id)] == ["Leo", "Lea"]


def test_a_person_of_two_workspaces_is_updated_in_both(office: Office) -> None:
    other = Office(office.server)
    body = {"email": office.member.email}
    made(other.owner.post("/users", body, send_email=False))
    other.write(lambda tx: workspaces.answer_invitation(tx, office.member.id, accepts=True))
    here, there = hook(office, "USER_UPDATED"), hook(other, "USER_UPDATED")
    rename(office.member, "Maximilian")
    assert only(office, here)["name"] == "Maximilian"
    assert only(other, there)["name"] == "Maximilian"


def test_invitations_name_the_inviter_and_the_addresses(office: Office) -> None:
    webhook_id = hook(office, "USERS_INVITED_TO_WORKSPACE")
    made(office.admin.post("/users", {"email": "guest@example.org"}, send_email=False))
    body = only(office, webhook_id)
    assert body.keys() == {"workspaceId", "inviter", "invitedUserEmails"}
    assert (body["inviter"]["id"], body["invitedUserEmails"]) == (office.admin.id, ["guest@example.org"])


def test_limited_users_of_one_request_are_one_event(office: Office) -> None:
    webhook_id = hook(office, "LIMITED_USERS_ADDED_TO_WORKSPACE")
    made(office.admin.post("/limited-users", {"users": [{"name": "Lee"}, {"name": "Kim"}]}))
    made(office.admin.post("/limited-users", {"users": [{"name": "Pat"}]}))
    bodies = [one.body for one in told(office, webhook_id)]
    assert [body["invitedUserNames"] for body in bodies] == [["Lee", "Kim"], ["Pat"]]
    assert bodies[0]["inviter"]["id"] == office.admin.id


def test_rates_say_where_they_stand(office: Office, scene: Scene) -> None:
    billable, cost = hook(office, "BILLABLE_RATE_UPDATED"), hook(office, "COST_RATE_UPDATED")
    member = f"/users/{office.member.id}"
    made(office.owner.put(f"{member}/hourly-rate", {"amount": 5000}))
    made(office.owner.put(f"{member}/cost-rate", {"amount": 2000}))
    made(office.owner.post(f"/projects/{scene.project['id']}/memberships", {"userIds": [scene.person.id]}))
    made(office.owner.put(f"/projects/{scene.project['id']}/users/{scene.person.id}/hourly-rate", {"amount": 1}))
    task = f"/projects/{scene.project['id']}/tasks/{scene.task['id']}"
    made(office.owner.put(f"{task}/hourly-rate", {"amount": 2}))
    first, second, third = (one.body for one in told(office, billable))
    assert (first["rateChangeSource"], first["amount"]) == ("MEMBER", 5000)
    assert first["modifiedEntity"] == {
        "userId": office.member.id,
        "hourlyRate": {"amount": 5000, "currency": "USD"},
        "costRate": None,
        "targetId": office.workspace_id,
        "membershipType": "WORKSPACE",
        "membershipStatus": "ACTIVE",
    }
    assert first["currency"]["code"] == "USD"
    assert (second["rateChangeSource"], second["modifiedEntity"]["userId"]) == ("PROJECT_MEMBER", scene.person.id)
    assert (third["rateChangeSource"], third["modifiedEntity"]["targetId"]) == ("TASK", scene.task["id"])
    assert only(office, cost)["modifiedEntity"]["costRate"] == {"amount": 2000, "currency": "USD"}


def test_every_event_of_the_journal_that_has_a_webhook_has_a_body(office: Office, scene: Scene) -> None:
    """Whatever the suite's scene leaves in the journal can be told."""
    ids = [hook(office, name) for name, kind in EVENTS.items() if kind.family not in NOT_YET]
    scene.track()
    made(office.member.post("/time-entries", {"start": START}))
    tell(office)
    assert {one.event for one in told(office, *ids)} == {"NEW_TIME_ENTRY", "NEW_TIMER_STARTED"}
