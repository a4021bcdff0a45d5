"""POST /auditlog/v1/workspaces/{id}/audit-log."""

import json
from pathlib import Path
from typing import Any

import pytest

from hourbook.core.calendar import format_instant
from hourbook.resources.audit.rules import Action
from hourbook.resources.time_entries import actions as time_entries
from hourbook.resources.time_entries.rules import Draft
from tests.contract.world import World
from tests.harness import DENIED, NO_CREDENTIAL, START_S, Answer, Office, Person

ALL = [action.value for action in Action]
EVERYBODY = {"authorIds": [], "contains": "DOES_NOT_CONTAIN"}
TIMES = {"start": format_instant(START_S - 7200), "end": format_instant(START_S - 3600)}


def ask(person: Person, *, prefix: str = "/auditlog/v1", **body: Any) -> Answer:
    window = {"start": format_instant(START_S - 86_400), "end": format_instant(START_S + 30 * 86_400)}
    said = {"actions": ALL, "authors": EVERYBODY, **window, **body}
    return person.raw("POST", f"{prefix}/workspaces/{person.workspace_id}/audit-log", said)


def rows(office: Office, **body: Any) -> list[dict[str, Any]]:
    answer = ask(office.owner, **body)
    assert answer.status == 200, answer
    found: list[dict[str, Any]] = answer.body
    return found


def actions(office: Office, **body: Any) -> list[str]:
    return [row["action"] for row in rows(office, **body)]


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert ask(office.anonymous).refusal == NO_CREDENTIAL


def test_only_admins_of_the_workspace_are_told(office: Office) -> None:
    for person in (office.outsider, office.manager, office.member):
        assert ask(person).refusal == DENIED
    assert ask(office.admin).status == 200


@pytest.mark.parametrize("prefix", ["/auditlog/v1", "/v1", "/auditlog", "/clockify/auditlog/v1"])
def test_it_is_at_all_its_addresses(office: Office, prefix: str) -> None:
    office.owner.post("/tags", {"name": "one"})
    assert [row["action"] for row in ask(office.owner, prefix=prefix).body] == ["CREATE_TAG"]


def test_it_cannot_be_read_by_get_there(office: Office) -> None:
    answer = office.owner.raw("GET", f"/auditlog/v1/workspaces/{office.workspace_id}/audit-log")
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")


def test_a_created_project_is_as_recorded(office: Office) -> None:
    office.owner.post("/projects", {"name": "New Project", "isPublic": True, "billable": True})
    (row,) = rows(office, actions=["CREATE_PROJECT", "UPDATE_PROJECT"], **{"page-size": 20})
    recorded = {
        "workspaceId": office.workspace_id,
        "userId": office.owner.id,
        "userName": "Olivia Owner",
        "action": "CREATE_PROJECT",
        "timestamp": format_instant(START_S),
        "previousContent": "null",
    }
    assert recorded.items() <= row.items()
    assert "@" in row["userEmail"]
    content = json.loads(row["content"])
    keys = (
        "projectName client archived visibility members billableByDefault note billableRate costRate currency "
        "activeEstimate estimateType estimate recurringEstimate interval month dayOfWeek dayOfMonth hour"
    )
    assert list(content) == keys.split()
    assert content["projectName"] == "New Project"
    assert content["members"] == ["Olivia Owner"]
    assert (content["currency"], content["billableRate"], content["costRate"]) == ("USD", 0, None)


def test_every_thing_that_was_done_is_there_newest_first(office: Office) -> None:
    tag = office.owner.post("/tags", {"name": "one"}).body["id"]
    office.owner.put(f"/tags/{tag}", {"name": "two"})
    office.owner.delete(f"/tags/{tag}")
    client = office.owner.post("/clients", {"name": "c"}).body["id"]
    office.owner.put(f"/clients/{client}", {"name": "c", "archived": True})
    office.owner.delete(f"/clients/{client}")
    found = rows(office)
    assert [row["action"] for row in reversed(found)] == [
        "CREATE_TAG",
        "UPDATE_TAG",
        "DELETE_TAG",
        "CREATE_CLIENT",
        "UPDATE_CLIENT",
        "DELETE_CLIENT",
    ]
    changed = found[4]
    assert json.loads(changed["previousContent"])["tagName"] == "one"
    assert json.loads(changed["content"])["tagName"] == "two"
    gone = found[3]
    assert (json.loads(gone["previousContent"])["tagName"], gone["content"]) == ("two", "null")


def test_whose_time_it_is_decides_what_it_is_called(office: Office) -> None:
    own = office.member.post("/time-entries", TIMES).body["id"]
    office.owner.post(f"/user/{office.member.id}/time-entries", TIMES)
    office.member.post("/time-entries", {"start": format_instant(START_S - 60)})
    office.member.patch(f"/user/{office.member.id}/time-entries", {"end": format_instant(START_S)})
    office.owner.put(f"/time-entries/{own}", TIMES | {"description": "x"})
    office.member.delete(f"/time-entries/{own}")
    assert actions(office)[::-1] == [
        "CREATE_TIME_PERSONAL_MANUAL",
        "CREATE_TIME_FOR_OTHER",
        "CREATE_TIME_PERSONAL_TIMER",
        "UPDATE_TIME_PERSONAL",
        "UPDATE_TIME_FOR_OTHER",
        "DELETE_TIME_PERSONAL",
    ]


def test_names_are_those_of_that_time(office: Office) -> None:
    world = World(office)
    office.clock.move(5)
    entry = TIMES | {"projectId": world.project_id, "taskId": world.task_id, "tagIds": [world.tag_id]}
    office.member.post("/time-entries", entry)
    office.clock.move(5)
    old = office.owner.get(f"/tags/{world.tag_id}").body["name"]
    office.owner.put(f"/tags/{world.tag_id}", {"name": "renamed"})
    office.owner.delete(f"/tags/{world.tag_id}")
    row = rows(
        office,
        actions=["CREATE_TIME_PERSONAL_MANUAL"],
        authors={"authorIds": [office.member.id], "contains": "CONTAINS"},
    )[0]
    content = json.loads(row["content"])
    assert content["tags"] == [old]
    assert content["project"] == office.owner.get(f"/projects/{world.project_id}").body["name"]
    assert (content["user"], content["duration"]) == ("Max Member", "PT1H")


def test_authors_are_those_named_or_all_others(office: Office) -> None:
    office.owner.post("/tags", {"name": "one"})
    office.admin.post("/tags", {"name": "two"})
    only = {"authorIds": [office.admin.id], "contains": "CONTAINS"}
    assert [row["userId"] for row in rows(office, authors=only)] == [office.admin.id]
    others = {"authorIds": [office.admin.id, "SYSTEM"], "contains": "DOES_NOT_CONTAIN"}
    assert [row["userId"] for row in rows(office, authors=others)] == [office.owner.id]
    assert rows(office, authors={"authorIds": ["SYSTEM"], "contains": "CONTAINS"}) == []


def test_a_window_has_its_last_second(office: Office) -> None:
    office.owner.post("/tags", {"name": "one"})
    office.clock.move(10)
    now, before = format_instant(START_S), format_instant(START_S - 1)
    assert actions(office, start=now, end=now) == ["CREATE_TAG"]
    assert actions(office, start=before, end=before) == []


def test_pages_begin_with_one(office: Office) -> None:
    for number in range(5):
        office.owner.post("/tags", {"name": str(number)})
    names = [json.loads(row["content"])["tagName"] for row in rows(office)]
    assert names == ["4", "3", "2", "1", "0"]
    for page, expected in ((0, names[:2]), (1, names[:2]), (2, names[2:4]), (3, names[4:]), (4, [])):
        found = rows(office, page=page, **{"page-size": 2})
        assert [json.loads(row["content"])["tagName"] for row in found] == expected
    assert len(rows(office, **{"page-size": 500})) == 5


def test_time_that_was_brought_is_told_entry_by_entry(office: Office) -> None:
    drafts = [Draft(start_s=START_S - 60 * number, end_s=START_S + 60) for number in range(1, 1200)]

    def bring(tx: Any) -> None:
        time_entries.import_entries(tx, office.member.id, drafts)

    office.write(bring)
    found = rows(office, **{"page-size": 50})
    assert len(found) == 50
    assert {row["action"] for row in found} == {"CREATE_TIME_FOR_OTHER"}
    assert rows(office, page=24, **{"page-size": 50})
    assert (found[0]["userId"], found[0]["userName"]) == ("SYSTEM", "System")


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"actions": []}, "actions"),
        ({"actions": None}, "actions"),
        ({"actions": ["CREATE_TEA"]}, "CREATE"),
        ({"actions": ["CREATE_TAG", "CREATE_TAG"]}, "unique"),
        ({"authors": None}, "authors"),
        ({"authors": {"authorIds": []}}, "contains"),
        ({"authors": {"authorIds": [], "contains": "PERHAPS"}}, "contains"),
        ({"start": None}, "start"),
        ({"end": "tomorrow"}, "end"),
        ({"start": "2026-06-01T00:00:00Z", "end": "2026-05-01T00:00:00Z"}, "start"),
        ({"page": -1}, "page"),
        ({"page-size": 0}, "page-size"),
    ],
)
def test_what_cannot_be_asked_is_refused(office: Office, said: dict[str, Any], word: str) -> None:
    answer = ask(office.owner, **said)
    assert answer.status == 400
    assert word in answer.message


def test_the_recorded_request_is_answered_in_the_recorded_shape(office: Office) -> None:
    path = Path(__file__).parents[2] / "contract" / "shapes" / "audit-log.json"
    recorded = json.loads(path.read_text(encoding="utf-8"))
    office.owner.post("/projects", {"name": "New Project"})
    body = recorded["body"] | {"start": format_instant(START_S), "end": format_instant(START_S)}
    (row,) = ask(office.owner, **body).body
    assert set(row) == set(recorded["answer"][0])
