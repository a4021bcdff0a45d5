"""PUT /projects/{id}/users/{userId}/hourly-rate and /cost-rate, and rates in the bodies of projects."""

from typing import Any

import pytest

from hourbook.core.calendar import format_instant
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Answer, Office

MARCH, APRIL = "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"


@pytest.fixture
def place(office: Office, path: str) -> str:
    """The path of the member's membership in a public project that the manager manages."""
    office.grant(office.manager, "PROJECT_MANAGER", path.split("/")[-1])
    assert office.owner.post(f"{path}/memberships", {"userIds": [office.member.id]}).status == 200
    return f"{path}/users/{office.member.id}"


def shown(answer: Answer, office: Office, kind: str = "hourly") -> Any:
    assert answer.status == 200, answer
    return next(row for row in answer.body["memberships"] if row["userId"] == office.member.id)[f"{kind}Rate"]


def test_managers_of_the_project_set_billable_rates_and_admins_both(office: Office, place: str) -> None:
    for kind in ("hourly", "cost"):
        assert office.anonymous.put(f"{place}/{kind}-rate", {"amount": 1}).refusal == NO_CREDENTIAL
        for person in (office.outsider, office.member):
            assert person.put(f"{place}/{kind}-rate", {"amount": 1}).refusal == DENIED
        assert office.admin.put(f"{place}/{kind}-rate", {"amount": 2}).status == 200
    assert shown(office.manager.put(f"{place}/hourly-rate", {"amount": 3}), office)["amount"] == 3
    assert office.manager.put(f"{place}/cost-rate", {"amount": 3}).refusal == DENIED


def test_managers_who_may_not_see_rates_may_not_set_them(office: Office, place: str) -> None:
    office.set(only_admins_see_billable_rates=True)
    assert office.manager.put(f"{place}/hourly-rate", {"amount": 3}).refusal == DENIED


def test_a_project_of_somebody_else_is_out_of_reach(office: Office, place: str) -> None:
    other = office.owner.post("/projects", {"name": "Other", "isPublic": True}).body["id"]
    assert office.manager.put(f"/projects/{other}/users/{office.owner.id}/hourly-rate", {"amount": 1}).refusal == DENIED


def test_0_takes_the_rate_away(office: Office, place: str) -> None:
    assert shown(office.owner.put(f"{place}/hourly-rate", {"amount": 5}), office) == {"amount": 5, "currency": "USD"}
    assert shown(office.owner.put(f"{place}/hourly-rate", {"amount": 0}), office) is None


def test_who_is_not_on_the_project_has_no_rate_there(office: Office, path: str) -> None:
    for user_id in (office.admin.id, office.outsider.id, "f" * 24, "nobody"):
        for kind in ("hourly", "cost"):
            assert office.owner.put(f"{path}/users/{user_id}/{kind}-rate", {"amount": 1}).refusal == REFUSED
    missing = "/projects/" + "f" * 24 + f"/users/{office.member.id}/hourly-rate"
    assert office.owner.put(missing, {"amount": 1}).refusal == REFUSED


def test_a_new_project_s_rates_count_from_the_beginning_or_from_what_is_said(office: Office) -> None:
    owner = office.owner
    member = {"userId": office.member.id, "hourlyRate": {"amount": 7, "since": APRIL}}
    task = {"name": "Draw", "hourlyRate": {"amount": 9}, "costRate": {"amount": 2, "since": APRIL}}
    body = {"name": "Website", "isPublic": True, "hourlyRate": {"amount": 5}, "memberships": [member], "tasks": [task]}
    project = owner.post("/projects", body).body
    assert (project["hourlyRate"]["amount"], shown(Answer(200, project, {}), office)["amount"]) == (5, 7)  # type: ignore[arg-type]
    found = owner.get(f"/projects/{project['id']}/tasks").body[0]
    assert (found["hourlyRate"]["amount"], found["costRate"]["amount"]) == (9, 2)

    def rates(start: str, **said: Any) -> tuple[int, int]:
        entry = {"start": start, "end": start.replace("T00", "T01"), "projectId": project["id"], **said}
        made = office.member.post("/time-entries", entry).body["id"]
        read = owner.get(f"/time-entries/{made}").body
        return read["hourlyRate"]["amount"], read["costRate"]["amount"]

    assert [rates(at) for at in (MARCH, APRIL)] == [(5, 0), (7, 0)]
    assert [rates(at, taskId=found["id"]) for at in (MARCH, APRIL)] == [(9, 0), (9, 2)]


def test_a_copy_of_a_template_has_its_timelines(office: Office) -> None:
    owner = office.owner
    later = format_instant(office.clock.now_s + 60)
    member = {"userId": office.member.id, "hourlyRate": {"amount": 7, "since": APRIL}}
    task = {"name": "Draw", "costRate": {"amount": 2, "since": APRIL}}
    body = {"name": "Template", "isPublic": True, "hourlyRate": {"amount": 5}, "memberships": [member], "tasks": [task]}
    template = owner.post("/projects", body).body["id"]
    owner.put(f"/projects/{template}", {"isPublic": True, "hourlyRate": {"amount": 6, "since": later}})
    owner.patch(f"/projects/{template}/template", {"isTemplate": True})
    copy = owner.post("/projects/from-template", {"name": "Copy", "templateProjectId": template}).body
    task_id = owner.get(f"/projects/{copy['id']}/tasks").body[0]["id"]
    entry = {"start": MARCH, "end": MARCH, "projectId": copy["id"], "taskId": task_id}
    made = [office.member.post("/time-entries", {**entry, "start": at, "end": at}).body["id"] for at in (MARCH, APRIL)]
    read = [owner.get(f"/time-entries/{one}").body for one in made]
    assert [(one["hourlyRate"]["amount"], one["costRate"]["amount"]) for one in read] == [(5, 0), (7, 2)]
    assert copy["hourlyRate"]["amount"] == 5
    office.clock.move(60)
    assert owner.get(f"/projects/{copy['id']}").body["hourlyRate"]["amount"] == 6


def test_rates_of_a_project_go_with_it_and_those_of_a_task_with_the_task(office: Office) -> None:
    from hourbook.resources.rates import store

    owner = office.owner
    tasks = [{"name": name, "hourlyRate": {"amount": 9}} for name in ("Draw", "Paint")]
    member = {"userId": office.member.id, "hourlyRate": {"amount": 7}}
    body = {"name": "Website", "hourlyRate": {"amount": 5}, "memberships": [member], "tasks": tasks}
    project = owner.post("/projects", body).body["id"]
    task_ids = [row["id"] for row in owner.get(f"/projects/{project}/tasks").body]

    def left() -> list[Any]:
        rows = office.read(lambda tx: store.rows_of(tx, [project, *task_ids]))
        return sorted(row.amount_minor for row in rows)

    assert left() == [5, 7, 9, 9]
    owner.put(f"/projects/{project}/tasks/{task_ids[0]}", {"name": "Draw", "status": "DONE"})
    assert owner.delete(f"/projects/{project}/tasks/{task_ids[0]}").status == 200
    assert left() == [5, 7, 9]
    owner.put(f"/projects/{project}", {"archived": True})
    assert owner.delete(f"/projects/{project}").status == 200
    assert left() == []


def test_a_body_that_repeats_the_rate_changes_none(office: Office, place: str, path: str) -> None:
    office.owner.put(path, {"isPublic": True, "costRate": {"amount": 4}})
    office.owner.put(f"{place}/cost-rate", {"amount": 6})
    repeated = {"isPublic": True, "costRate": {"amount": 4}}
    assert office.manager.put(path, repeated).status == 200
    assert office.manager.put(path, {**repeated, "costRate": {"amount": 5}}).refusal == DENIED
    said = [{"userId": office.member.id, "costRate": {"amount": 6}}]
    assert office.manager.patch(f"{path}/memberships", {"memberships": said}).status == 200
    # Who may not set cost rates may still take somebody off who has one.
    assert office.manager.patch(f"{path}/memberships", {"memberships": []}).status == 200
