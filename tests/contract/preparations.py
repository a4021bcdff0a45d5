"""What else must have happened in a world before a recorded request is sent."""

from collections.abc import Callable
from typing import Any

from tests.contract.world import END, START, World


def _archive_project(world: World) -> None:
    assert world.office.owner.put(f"/projects/{world.project_id}", {"archived": True}).status == 200


def _make_template(world: World) -> None:
    answer = world.office.owner.patch(f"/projects/{world.project_id}/template", {"isTemplate": True})
    assert answer.status == 200


def _archive_tag(world: World) -> None:
    body = {"name": "EXAMPLE-TAG-1", "archived": True}
    assert world.office.owner.put(f"/tags/{world.tag_id}", body).status == 200


def _full_project(world: World) -> None:
    task = {"name": "EXAMPLE-TASK", "hourlyRate": {"amount": 4500}}
    body = {"name": "EXAMPLE-PROJECT", "clientId": world.client_id, "hourlyRate": {"amount": 4500}, "tasks": [task]}
    world.project_id = world.make("/projects", body)
    world.task_id = world.office.owner.get(f"/projects/{world.project_id}/tasks").body[0]["id"]


def _task_with_rate(world: World) -> None:
    path = f"/projects/{world.project_id}/tasks/{world.task_id}/hourly-rate"
    assert world.office.owner.put(path, {"amount": 3000}).status == 200


def _entry_of_everything(world: World) -> None:
    _full_project(world)
    body = {"start": START, "end": END, "projectId": world.project_id, "taskId": world.task_id, "billable": True}
    world.time_entry_id = world.make("/time-entries", body)


def _shared_report(world: World, **more: Any) -> None:
    """A summary by projects of all the sample time, shared with its owner."""
    wanted: dict[str, Any] = {"exportType": "JSON_V1"}
    wanted |= {"dateRangeStart": "2026-05-01T00:00:00Z", "dateRangeEnd": "2026-05-31T23:59:59Z"}
    wanted |= {"sortOrder": "DESCENDING", "summaryFilter": {"groups": ["PROJECT"], "sortColumn": "GROUP"}, **more}
    body = {"name": "Example shared report", "type": "SUMMARY", "filter": wanted, "visibleToUsers": [world.asker.id]}
    path = f"/report/v1/workspaces/{world.office.workspace_id}/shared-reports"
    answer = world.asker.raw("POST", path, body)
    assert answer.status == 200, answer
    world.shared_report_id = answer.body["id"]


def _shared_report_of_everything(world: World) -> None:
    _entry_of_everything(world)
    _shared_report(world)


def _shared_report_of_active_projects(world: World) -> None:
    _shared_report(world, projects={"contains": "CONTAINS", "ids": [], "status": "ACTIVE"})


def _running_timer(world: World) -> None:
    assert world.make("/time-entries", {"start": "2026-05-20T13:00:00Z", "description": "running"})


def _first_person_by_email_manages_a_project(world: World) -> None:
    office = world.office
    assert world.user_field_id
    first = office.owner.get("/users", page_size=1).body[0]
    person = next(one for one in office.everybody.values() if one.id == first["id"])
    office.grant(person, "PROJECT_MANAGER", world.project_id)


def _clock_before_the_recorded_start(world: World) -> None:
    world.office.clock.move_to(1_606_834_048_000_000 - 600_000_000)


def _override(world: World) -> None:
    """A field that one project shows and the workspace does not."""
    body = {"name": "EXAMPLE-FIELD-1", "type": "TXT", "status": "INVISIBLE"}
    assert world.office.owner.put(f"/custom-fields/{world.custom_field_id}", body).status == 200
    path = f"/projects/{world.project_id}/custom-fields/{world.custom_field_id}"
    assert world.office.owner.patch(path, {"status": "VISIBLE"}).status == 200


def _dropdowns(world: World) -> None:
    for kind, default in (("DROPDOWN_SINGLE", "Open"), ("DROPDOWN_MULTIPLE", None)):
        body = {"name": f"Stage {kind}", "type": kind, "allowedValues": ["Open"], "workspaceDefaultValue": default}
        world.make("/custom-fields", body)


def _field_with_default(world: World) -> None:
    world.make("/custom-fields", {"name": "EXAMPLE-TEXT-FIELD", "type": "TXT", "workspaceDefaultValue": "example"})


def _fifty_fields(world: World) -> None:
    for number in range(50):
        world.make("/custom-fields", {"name": f"field {number}", "type": "TXT"})


def _credential(**headers: str) -> Callable[[World], None]:
    def prepare(world: World) -> None:
        world.asker = world.office.anonymous
        world.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    return prepare


def _project_of_client(world: World) -> str:
    return world.make("/projects", {"name": "EXAMPLE-PROJECT-2", "clientId": world.client_id})


def _later(world: World, project_id: str, body: dict[str, Any] | None) -> None:
    """Changes a project, or deletes it, when it is some weeks old."""
    world.office.clock.move(25 * 86_400)
    path, owner = f"/projects/{project_id}", world.office.owner
    assert owner.put(path, body or {"archived": True}).status == 200
    if body is None:
        assert owner.delete(path).status == 200


PREPARE: dict[str, Callable[[World], Any]] = {
    "webhook-list": lambda world: world.ask_hook(),
    "audit-log": lambda world: world.project_id,
    "entities-created": lambda world: _project_of_client(world),
    "entities-updated": lambda world: _later(world, _project_of_client(world), {"name": "CHANGED"}),
    "entities-deleted": lambda world: _later(world, _project_of_client(world), None),
    "task-cost-rate-put": _task_with_rate,
    "report-attendance": _entry_of_everything,
    "report-summary-totals": _entry_of_everything,
    "shared-report-get": _shared_report_of_everything,
    "shared-report-filters-block": _shared_report_of_active_projects,
    "shared-reports-list": _shared_report,
    "report-detailed-money-row": _entry_of_everything,
    "auth-401-bad-addon-token": _credential(x_addon_token="nonsense"),
    "auth-401-bad-api-key": _credential(x_api_key="nonsense"),
    "auth-401-none": _credential(),
    "custom-field-create-cap-400": _fifty_fields,
    "custom-fields-list": _dropdowns,
    "project-custom-field-delete": _override,
    "user-custom-field-value-put": lambda world: setattr(world, "custom_field_id", world.user_field_id),
    "project-create-minimal": lambda world: world.office.set(default_billable_projects=True),
    "project-delete": _archive_project,
    "project-from-template": _make_template,
    "project-hydrated": _full_project,
    "project-name-taken-400": lambda world: world.make("/projects", {"name": "EXAMPLE-PROJECT"}),
    "tag-update-without-archived-unarchives": _archive_tag,
    "tasks-list": lambda world: world.task_id,
    "time-entries-in-progress": _running_timer,
    "time-entries-list-hydrated": _entry_of_everything,
    "time-entry-bulk-put-hydrated": _field_with_default,
    "time-entry-create-custom-field-read-key-dropped": lambda world: world.custom_field_id,
    "time-entry-duplicate": _field_with_default,
    "time-entry-get": lambda world: world.custom_field_id,
    "time-entry-create-missing-project-400": lambda world: world.office.set(force_projects=True),
    "time-entry-create-start-after-end-400": _clock_before_the_recorded_start,
    "time-entry-get-hydrated": _entry_of_everything,
    "time-entry-get-missing-400": lambda world: setattr(world, "time_entry_id", "f" * 24),
    "project-get-missing-400": lambda world: setattr(world, "project_id", "f" * 24),
    "users-info-filter": _first_person_by_email_manages_a_project,
    "user-group-name-taken-400": lambda world: world.make("/user-groups", {"name": "EXAMPLE-GROUP"}),
}
