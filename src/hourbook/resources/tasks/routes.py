"""The operations of tasks.

Each is one declared record. A handler takes its arguments apart, calls an action and shows the
result; it decides nothing.
"""

from hourbook.http.operation import Call, Cost, operation
from hourbook.resources.tasks import actions
from hourbook.resources.tasks.wire import TaskCreateQuery, TaskIn, TaskListQuery, TaskOut, TaskUpdateQuery, task_out

_TASKS = "/workspaces/{workspace_id}/projects/{project_id}/tasks"
_TASK = _TASKS + "/{task_id}"


@operation("GET", _TASKS, contract="findTasksOnProject", action="task.list")
def list_tasks(call: Call, project_id: str, query: TaskListQuery) -> list[TaskOut]:
    """Lists the tasks of a project."""
    page = query.to_page()
    found = actions.list_tasks(
        call.read, project_id, query.filters(), page=page, sort=query.sort_column, order=query.sort_order
    )
    return [task_out(shown) for shown in call.paged(found, page)]


@operation("POST", _TASKS, contract="addTaskOnProject", action="task.create", status=201, journals=("NEW_TASK",))
def create_task(call: Call, project_id: str, query: TaskCreateQuery, body: TaskIn) -> TaskOut:
    """Adds a task to a project."""
    draft = body.to_draft(with_assignees=query.contains_assignee)
    return task_out(actions.create_task(call.write, project_id, draft))


@operation("GET", _TASK, contract="getTaskById", action="task.list")
def get_task(call: Call, project_id: str, task_id: str) -> TaskOut:
    """Reads a task."""
    return task_out(actions.get_task(call.read, project_id, task_id))


@operation("PUT", _TASK, contract="updateTaskOnProject", action="task.update", journals=("TASK_UPDATED",))
def update_task(call: Call, project_id: str, task_id: str, query: TaskUpdateQuery, body: TaskIn) -> TaskOut:
    """Replaces a task."""
    draft = body.to_draft(with_assignees=query.contains_assignee)
    return task_out(actions.update_task(call.write, project_id, task_id, draft=draft))


@operation(
    "DELETE", _TASK, contract="deleteTaskFromProject", action="task.delete", journals=("TASK_DELETED",), cost=Cost.BULK
)
def delete_task(call: Call, project_id: str, task_id: str) -> TaskOut:
    """Deletes a task that is done; its time entries stay."""
    return task_out(actions.delete_task(call.write, project_id, task_id))
