"""Planned rates: shown at their moment, and written onto their things by the worker afterwards."""

from typing import Any

from hourbook.core.calendar import format_instant
from hourbook.db.checks import run as run_check
from hourbook.db.rate_checks import RATES
from hourbook.resources.rates import actions
from tests.harness import Office


def plan_everywhere(office: Office) -> tuple[str, str]:
    """A rate in a minute at every level, and one a year later; (project, task)."""
    owner = office.owner
    members = [{"userId": office.member.id}]
    project = owner.post("/projects", {"name": "Website", "isPublic": True, "memberships": members}).body["id"]
    task = owner.post(f"/projects/{project}/tasks", {"name": "Draw"}).body["id"]
    now = office.clock.now_s
    for delay, amount in ((60, 100), (86_400 * 365, 900)):
        rate = {"amount": amount, "since": format_instant(now + delay)}
        for kind in ("hourly", "cost"):
            for path in ("", f"/users/{office.member.id}", f"/projects/{project}/users/{office.member.id}"):
                assert owner.put(f"{path}/{kind}-rate", rate).status == 200
            assert owner.put(f"/projects/{project}/tasks/{task}/{kind}-rate", rate).status == 200
            assert owner.put(f"/projects/{project}", {"isPublic": True, f"{kind}Rate": rate}).status == 200
    return project, task


def shown(office: Office, project: str, task: str) -> list[Any]:
    owner = office.owner
    things = [owner.get("").body, owner.get(f"/projects/{project}").body]
    things += [row for thing in things for row in thing["memberships"] if row["userId"] == office.member.id]
    things.append(owner.get(f"/projects/{project}/tasks/{task}").body)
    things += owner.get(f"/projects/{project}/tasks").body
    return [(thing[f"{kind}Rate"] or {"amount": None})["amount"] for thing in things for kind in ("hourly", "cost")]


def stored(office: Office, project: str, task: str) -> list[Any]:
    """The same as it stands on the rows."""
    from hourbook.resources.projects import store as projects
    from hourbook.resources.tasks import store as tasks
    from hourbook.resources.workspaces import store as workspaces

    def work(tx: Any) -> list[Any]:
        return [
            tx.get(workspaces.WORKSPACE, office.workspace_id),
            tx.get(projects.PROJECT, project),
            tx.get(workspaces.MEMBER, office.member.id),
            tx.get(projects.PROJECT_MEMBER, project, office.member.id),
            tx.get(tasks.TASK, task),
        ]

    return [amount for row in office.read(work) for amount in (row.hourly_rate_minor or None, row.cost_rate_minor)]


def settle(office: Office) -> int:
    count: int = office.write(actions.settle)
    return count


def faults(office: Office) -> list[str]:
    connection = office.server.runtime.engine.connect(read_only=True)
    try:
        return [found for check in RATES if (found := run_check(connection, check))]
    finally:
        connection.close()


def test_a_planned_rate_is_shown_at_its_moment_and_written_down_afterwards(office: Office) -> None:
    # Other tests of this database may have left something for the doctor.
    known = faults(office)
    project, task = plan_everywhere(office)
    assert settle(office) == 0
    assert set(shown(office, project, task)) <= {0, None}
    office.clock.move(60)
    assert shown(office, project, task) == [100] * 12
    assert set(stored(office, project, task)) == {None}
    assert office.workspace_id in office.read(actions.due_workspaces)
    assert settle(office) == 10
    assert stored(office, project, task) == [100] * 10
    assert shown(office, project, task) == [100] * 12
    assert (settle(office), office.workspace_id in office.read(actions.due_workspaces)) == (0, False)
    assert faults(office) == known


def test_people_are_sorted_by_what_came_into_force(office: Office) -> None:
    office.owner.put(f"/users/{office.admin.id}/hourly-rate", {"amount": 50})
    plan_everywhere(office)
    office.clock.move(60)
    settle(office)
    people = office.owner.get("/users", sort_column="HOURLYRATE", sort_order="DESCENDING").body
    assert [row["id"] for row in people[:2]] == [office.member.id, office.admin.id]


def test_the_doctor_sees_a_shown_rate_that_is_not_the_timeline_s(office: Office) -> None:
    from hourbook.resources.workspaces import store

    def spoil(tx: Any) -> None:
        before = tx.get(store.MEMBER, office.member.id)
        after = tx.get(store.MEMBER, office.member.id)
        after.cost_rate_minor = 5
        tx.update(store.MEMBER, before, after)

    known = faults(office)
    office.write(spoil)
    assert any("members whose" in found for found in set(faults(office)) - set(known))
    office.owner.put(f"/users/{office.member.id}/cost-rate", {"amount": 6})
    assert faults(office) == known
