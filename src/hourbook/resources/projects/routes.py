"""The operations of projects.

Each is one declared record. A handler takes its arguments apart, calls an action and shows the
result; it decides nothing.
"""

from collections.abc import Sequence

from hourbook.core.errors import InvalidValue
from hourbook.http.operation import Call, Cost, operation
from hourbook.resources.clients.wire import nested_client_out
from hourbook.resources.custom_fields.wire import EntityType, custom_fields_out
from hourbook.resources.projects import actions
from hourbook.resources.projects.rules import ShownProject
from hourbook.resources.projects.wire import (
    ChangeMembersIn,
    EstimatesIn,
    FromTemplateIn,
    ProjectCreateIn,
    ProjectOut,
    ProjectUpdateIn,
    SetMembersIn,
    TemplateIn,
    hydrated_project_out,
    project_out,
)
from hourbook.resources.projects.wire_lists import ProjectListQuery, ProjectQuery
from hourbook.resources.rates.wire import entry_headers
from hourbook.resources.tasks.wire import hydrated_task_out

_PROJECTS = "/workspaces/{workspace_id}/projects"
_PROJECT = _PROJECTS + "/{project_id}"


@operation("GET", _PROJECTS, contract="getWorkspaceProjects", action="project.list")
def list_projects(call: Call, query: ProjectListQuery) -> list[ProjectOut]:
    """Lists the projects one may see."""
    page = query.to_page()
    found = actions.list_projects(call.read, query.filters(), page, sort=query.sort_column, order=query.sort_order)
    shown = actions.show_projects(call.read, call.paged(found, page))
    return _hydrated(call, shown) if query.hydrated else [project_out(project) for project in shown]


@operation(
    "POST",
    _PROJECTS,
    contract="createProject",
    action="project.create",
    status=201,
    journals=("NEW_PROJECT", "NEW_TASK"),
)
def create_project(call: Call, body: ProjectCreateIn) -> ProjectOut:
    """Adds a project, with people and tasks."""
    members = [member.to_details() for member in body.memberships or ()]
    drafts = [task.to_draft() for task in body.tasks or ()]
    return project_out(actions.create_project(call.write, body.to_details(), members=members, drafts=drafts))


@operation(
    "POST",
    _PROJECTS + "/from-template",
    contract="createProjectFromTemplate",
    action="project.create",
    journals=("NEW_PROJECT", "NEW_TASK"),
)
def create_project_from_template(call: Call, body: FromTemplateIn) -> ProjectOut:
    """Adds a project that is like a template."""
    template_id = body.template_project_id or ""
    return project_out(actions.create_from_template(call.write, template_id, body.to_details()))


@operation("GET", _PROJECT, contract="getProjectById", action="project.list")
def get_project(call: Call, project_id: str, query: ProjectQuery) -> ProjectOut:
    """Reads a project."""
    shown = actions.get_project(call.read, project_id)
    return _hydrated(call, [shown], query.custom_field_entity_type)[0] if query.hydrated else project_out(shown)


# Runs alone, as all that may change rates: one with a past `since` may touch every entry of the project.
@operation(
    "PUT", _PROJECT, contract="updateProject", action="project.update", journals=("PROJECT_UPDATED",), cost=Cost.BULK
)
def update_project(call: Call, project_id: str, body: ProjectUpdateIn) -> ProjectOut:
    """Changes a project; leaving out `isPublic` or `billable` sets them to false."""
    shown, outcome = actions.update_project(call.write, project_id, body.to_details())
    call.headers.update(entry_headers(outcome.entries_changed, outcome.entries_kept))
    return project_out(shown)


@operation(
    "DELETE", _PROJECT, contract="deleteProject", action="project.delete", journals=("PROJECT_DELETED",), cost=Cost.BULK
)
def delete_project(call: Call, project_id: str) -> ProjectOut:
    """Deletes an archived project; its time entries stay."""
    return project_out(actions.delete_project(call.write, project_id))


@operation(
    "PATCH",
    _PROJECT + "/estimate",
    contract="updateProjectEstimate",
    action="project.update",
    journals=("PROJECT_UPDATED",),
)
def update_project_estimate(call: Call, project_id: str, body: EstimatesIn) -> ProjectOut:
    """Changes a project's estimates of time and budget."""
    return project_out(actions.update_estimates(call.write, project_id, body.changed))


@operation(
    "PATCH",
    _PROJECT + "/memberships",
    contract="updateProjectMemberships",
    action="project.update",
    journals=("PROJECT_UPDATED",),
    cost=Cost.BULK,
)
def set_project_members(call: Call, project_id: str, body: SetMembersIn) -> ProjectOut:
    """Replaces everybody on a project."""
    choice = body.user_groups.to_choice() if body.user_groups else None
    shown, outcome = actions.set_members(call.write, project_id, body.to_members(), group_choice=choice)
    call.headers.update(entry_headers(outcome.entries_changed, outcome.entries_kept))
    return project_out(shown)


@operation(
    "POST",
    _PROJECT + "/memberships",
    contract="assignOrRemoveProjectUsers",
    action="project.update",
    journals=("PROJECT_UPDATED",),
)
def change_project_members(call: Call, project_id: str, body: ChangeMembersIn) -> ProjectOut:
    """Puts people on a project, or takes them off."""
    choice = body.user_groups.to_choice() if body.user_groups else None
    change = actions.remove_members if body.remove else actions.add_members
    return project_out(change(call.write, project_id, body.user_ids or (), group_choice=choice))


@operation(
    "PATCH",
    _PROJECT + "/template",
    contract="updateProjectTemplate",
    action="project.update",
    journals=("PROJECT_UPDATED",),
)
def set_project_template(call: Call, project_id: str, body: TemplateIn) -> ProjectOut:
    """Makes a project a template, or no longer one."""
    if body.is_template is None:
        raise InvalidValue("isTemplate must not be null")
    return project_out(actions.set_template(call.write, project_id, is_template=body.is_template))


def _hydrated(call: Call, projects: Sequence[ShownProject], field_types: Sequence[EntityType] = ()) -> list[ProjectOut]:
    fields = custom_fields_out(actions.fields_of(call.read, projects, field_types))
    clients = actions.clients_of(call.read, projects)
    tasks = actions.tasks_of(call.read, projects)
    found: list[ProjectOut] = []
    for shown in projects:
        client = clients.get(shown.project.client_id)
        found.append(
            hydrated_project_out(
                shown,
                client=nested_client_out(client) if client else None,
                tasks=[hydrated_task_out(task) for task in tasks.get(shown.project.id, ())],
                custom_fields=fields[shown.project.id],
            )
        )
    return found
