"""Requests that change the same things at once: nobody's change is lost, and journal and totals stay right.

Each race is run several times; what must hold afterwards is that every answer is one that some order
of the requests gives, that the journal folds to the tables, and that the totals are those of the entries.
"""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.harness import Answer, Asked, Office, Person
from tests.journal.state import check_everything

ROUNDS = 24
# Where two wait for one another PostgreSQL takes a second to find out; then one runs again.
FEW_ROUNDS = 5
MORNING, NOON, EVENING = "2026-03-02T08:00:00Z", "2026-03-02T12:00:00Z", "2026-03-02T18:00:00Z"

Round = Callable[[int], Sequence[Asked]]


class Racers:
    """A workspace and short ways to prepare requests in it."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.owner = office.owner
        self.mine = f"/user/{office.owner.id}/time-entries"

    def ask(self, method: str, path: str, body: Any = None, person: Person | None = None) -> Asked:
        return (person or self.owner).prepared(method, f"/api/v1/workspaces/{self.office.workspace_id}{path}", body)

    def made(self, path: str, body: Any) -> str:
        answer = self.owner.post(path, body)
        assert answer.status == 201, answer
        return str(answer.body["id"])

    def run(self, one_round: Round, allowed: set[int], *, rounds: int = ROUNDS) -> list[list[Answer]]:
        """The answers of each round; everything must fold at the end."""
        answers = []
        for number in range(rounds):
            together = self.office.server.ask_all(list(one_round(number)))
            assert {answer.status for answer in together} <= allowed, [(a.status, a.body) for a in together]
            answers.append(together)
        check_everything(self.office)
        return answers


@pytest.fixture
def racers(office: Office) -> Racers:
    return Racers(office)


def test_a_timer_is_stopped_edited_and_deleted_at_once(racers: Racers) -> None:
    project = racers.made("/projects", {"name": "Site"})

    def one_round(number: int) -> list[Asked]:
        timer = racers.made("/time-entries", {"start": MORNING, "projectId": project})
        edited = {"start": MORNING, "projectId": project, "description": f"edited {number}"}
        asked = [racers.ask("PATCH", racers.mine, {"end": NOON}), racers.ask("PUT", f"/time-entries/{timer}", edited)]
        asked.append(racers.ask("PUT", f"/time-entries/{timer}", edited | {"end": EVENING}))
        if number % 3 == 0:
            asked.append(racers.ask("DELETE", f"/time-entries/{timer}"))
        return asked * 2

    racers.run(one_round, {200, 204, 400, 404})
    left = racers.owner.get(racers.mine, page_size=200).body
    assert all(entry["description"].startswith("edited") for entry in left)


def test_a_duplicate_of_an_entry_whose_project_goes_has_no_project(racers: Racers) -> None:
    def one_round(number: int) -> list[Asked]:
        project = racers.made("/projects", {"name": f"P{number}"})
        tag = racers.made("/tags", {"name": f"T{number}"})
        entry = {"start": MORNING, "end": NOON, "projectId": project, "tagIds": [tag]}
        found = racers.made("/time-entries", entry)
        racers.owner.put(f"/projects/{project}", {"archived": True})
        copy = racers.ask("POST", f"{racers.mine}/{found}/duplicate")
        gone = [racers.ask("DELETE", f"/projects/{project}"), racers.ask("DELETE", f"/tags/{tag}")]
        return [copy, gone[number % 2], copy, gone[1 - number % 2], copy, copy]

    racers.run(one_round, {200, 201})
    left = racers.owner.get(racers.mine, page_size=200).body
    assert {entry["projectId"] for entry in left} == {None}
    assert {tuple(entry["tagIds"] or ()) for entry in left} == {()}


def test_entries_are_changed_while_their_project_goes(racers: Racers) -> None:
    def one_round(number: int) -> list[Asked]:
        project = racers.made("/projects", {"name": f"P{number}"})
        task = racers.made(f"/projects/{project}/tasks", {"name": "Task"})
        body = {"start": MORNING, "end": NOON, "projectId": project, "taskId": task}
        found = [racers.made("/time-entries", body) for _ in range(3)]
        racers.owner.put(f"/projects/{project}", {"archived": True})
        asked = [racers.ask("PUT", f"/time-entries/{one}", body | {"end": EVENING}) for one in found]
        asked.insert(number % 4, racers.ask("DELETE", f"/projects/{project}"))
        return [*asked, racers.ask("POST", "/time-entries", {"start": MORNING, "projectId": project})]

    racers.run(one_round, {200, 201, 400}, rounds=FEW_ROUNDS)
    assert {entry["projectId"] for entry in racers.owner.get(racers.mine, page_size=200).body} == {None}


def test_a_tag_goes_while_entries_take_it_and_go(racers: Racers) -> None:
    def one_round(number: int) -> list[Asked]:
        tag = racers.made("/tags", {"name": f"T{number}"})
        entry = {"start": MORNING, "end": NOON, "tagIds": [tag]}
        old = [racers.made("/time-entries", entry) for _ in range(2)]
        timer = racers.made("/time-entries", {"start": MORNING, "tagIds": [tag]})
        assert timer
        return [
            racers.ask("POST", "/time-entries", entry),
            racers.ask("PATCH", racers.mine, {"end": NOON}),
            racers.ask("DELETE", f"/tags/{tag}"),
            racers.ask("DELETE", f"/time-entries/{old[0]}"),
            racers.ask("POST", "/time-entries", entry),
            racers.ask("PATCH", "/time-entries/invoiced", {"timeEntryIds": [old[1]], "invoiced": True}),
        ]

    racers.run(one_round, {200, 201, 204, 400})
    left = racers.owner.get(racers.mine, page_size=200).body
    assert {tuple(entry["tagIds"] or ()) for entry in left} == {()}


def test_a_tag_is_renamed_and_deleted_at_once(racers: Racers) -> None:
    def one_round(number: int) -> list[Asked]:
        tag = f"/tags/{racers.made('/tags', {'name': f'T{number}'})}"
        asked = [racers.ask("PUT", tag, {"name": f"U{number}"}), racers.ask("DELETE", tag)]
        return [*asked, racers.ask("PUT", tag, {"name": f"V{number}", "archived": True}), asked[1]]

    for together in racers.run(one_round, {200, 400}):
        assert [answer.status for answer in together[1::2]].count(200) == 1


def test_a_group_goes_while_projects_and_tasks_take_it(racers: Racers) -> None:
    project = racers.made("/projects", {"name": "Site"})

    def one_round(number: int) -> list[Asked]:
        group = racers.made("/user-groups", {"name": f"G{number}"})
        task = racers.made(f"/projects/{project}/tasks", {"name": f"T{number}", "userGroupIds": [group]})
        chosen = {"memberships": [], "userGroups": {"ids": [group]}}
        return [
            racers.ask("PATCH", f"/projects/{project}/memberships", chosen),
            racers.ask("DELETE", f"/user-groups/{group}"),
            racers.ask("PUT", f"/projects/{project}", {"name": "Site", "note": str(number)}),
            racers.ask("PUT", f"/projects/{project}/tasks/{task}", {"name": f"U{number}", "userGroupIds": [group]}),
            racers.ask("POST", f"/projects/{project}/tasks", {"name": f"V{number}", "userGroupIds": [group]}),
        ]

    racers.run(one_round, {200, 201, 400}, rounds=FEW_ROUNDS)
    tasks = racers.owner.get(f"/projects/{project}/tasks", page_size=200).body
    assert {tuple(task["userGroupIds"]) for task in tasks} == {()}


def test_projects_are_listed_while_they_go(racers: Racers) -> None:
    def one_round(number: int) -> list[Asked]:
        made = [racers.made("/projects", {"name": f"P{number} {part}"}) for part in range(3)]
        for project in made:
            racers.owner.put(f"/projects/{project}", {"archived": True})
        asked = []
        for project in made:
            asked.append(racers.ask("DELETE", f"/projects/{project}"))
            asked += [racers.ask("GET", "/projects"), racers.ask("GET", f"/projects/{project}")]
        return asked

    racers.run(one_round, {200, 400})


def test_somebody_is_activated_and_deactivated_at_once(racers: Racers) -> None:
    member = f"/users/{racers.office.member.id}"

    def one_round(number: int) -> list[Asked]:
        words = ("ACTIVE", "INACTIVE")
        return [racers.ask("PUT", member, {"status": words[(number + turn) % 2]}) for turn in range(6)]

    racers.run(one_round, {200})
