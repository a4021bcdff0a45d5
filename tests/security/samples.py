"""One good request per operation, by contract id, for the matrices and the bad input.

Places like `{tagId}` are filled with things of a workspace (tests/contract/world.py). An operation
without a sample fails the run, so a new one brings its own.
"""

from dataclasses import dataclass, replace
from typing import Any

from hourbook.http.operation import OPERATIONS, Operation
from tests import sign_ins, uploads
from tests.contract.preparations import PREPARE
from tests.contract.world import END, SCHEDULE, START, World
from tests.sign_ins import NEW_PASSWORD, PASSWORD


@dataclass(frozen=True)
class Sample:
    """A body and a query with places. `after`: the recorded request whose preparation it needs."""

    body: Any = None
    query: dict[str, Any] | None = None
    after: str | None = None
    headers: dict[str, str] | None = None


_ENTRY = {"start": START, "end": END, "projectId": "{projectId}", "taskId": "{taskId}", "tagIds": ["{tagId}"]}
_NO_BODY = Sample()
_CHANGED_TYPES = "CLIENTS,PROJECTS,TASKS,TAGS,TIME_ENTRY,TIME_ENTRY_CUSTOM_FIELD_VALUE,USER,USER_GROUPS,CUSTOM_FIELDS"
# A month of somebody's time outside of the named project: what most may not see would be in the answer.
_REPORT = {
    "dateRangeStart": "2026-05-01T00:00:00Z",
    "dateRangeEnd": "2026-05-31T23:59:59Z",
    "amounts": ["EARNED", "COST", "PROFIT"],
    "users": {"ids": ["{memberId}"]},
    "userGroups": {"ids": ["{groupId}"]},
    "clients": {"ids": ["{clientId}"], "contains": "CONTAINS"},
    "projects": {"ids": ["{projectId}"], "contains": "DOES_NOT_CONTAIN"},
    "tasks": {"ids": ["{taskId}"], "contains": "DOES_NOT_CONTAIN", "status": "ALL"},
    "tags": {"ids": ["{tagId}"]},
    "currency": {"ids": ["{currencyId}"]},
    "customFields": [{"id": "{customFieldId}", "isEmpty": False}],
    "userCustomFields": [{"id": "{userFieldId}", "isEmpty": True}],
}

_WEBHOOK = {
    "url": "https://receiver.example/hook",
    "webhookEvent": "NEW_TIME_ENTRY",
    "triggerSourceType": "PROJECT_ID",
    "triggerSource": ["{projectId}"],
}

# By contract id, or by name for our own operations.
SAMPLES: dict[str, Sample] = {
    "list_changes_since": Sample(query={"since": 0}),
    "stream_changes": Sample(query={"since": 0}),
    "sign_in": Sample({"email": "{ownerEmail}", "password": PASSWORD}, after="password"),
    "change_password": Sample({"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}, after="password"),
    "request_password_reset": Sample({"email": "{ownerEmail}"}),
    "reset_password": Sample({"token": "{resetToken}", "password": NEW_PASSWORD}),
    "set_up_second_factor": Sample({"password": PASSWORD}, after="password"),
    "confirm_second_factor": Sample({"code": "{totpCode}"}),
    "disable_second_factor": Sample({"password": PASSWORD}, after="waiting-factor"),
    "create_api_key": Sample({"name": "New key", "expiresAt": "2999-01-01T00:00:00Z", "readOnly": True}),
    "rename_api_key": Sample({"name": "New name"}),
    "rotate_api_key": Sample({"overlapSeconds": 60}),
    "uploadImage": Sample(uploads.body(uploads.part(uploads.picture())), headers=uploads.HEADERS),
    "read_file": _NO_BODY,
    "get_own_settings": _NO_BODY,
    "update_own_settings": Sample({"timeZone": "Europe/Belgrade"}),
    "get_workspace_outline": _NO_BODY,
    "update_workspace_outline": Sample({"name": "New name"}),
    "get_workspace_settings": _NO_BODY,
    "get_storage": _NO_BODY,
    "update_workspace_settings": Sample({"forceProjects": False, "weekStart": "SUNDAY"}),
    "list_currencies": _NO_BODY,
    "add_currency": Sample({"code": "KWD"}),
    "remove_currency": _NO_BODY,
    "set_default_currency": _NO_BODY,
    "transfer_ownership": Sample({"userId": "{memberId}"}),
    "delete_member": _NO_BODY,
    "leave_workspace": _NO_BODY,
    "schedule_workspace_deletion": Sample({"name": "Olivia Owner's office"}),
    "cancel_workspace_deletion": _NO_BODY,
    "getCurrentUser": _NO_BODY,
    "getAllMyWorkspaces": _NO_BODY,
    "addWorkspace": Sample({"name": "Another"}),
    "getWorkspaceInfo": _NO_BODY,
    "findWorkspaceUsers": Sample(query={"project-id": "{projectId}"}),
    "filterWorkspaceUsers": Sample({"projectId": "{projectId}", "userGroups": ["{groupId}"]}),
    "addUserToWorkspace": Sample({"email": "new.person@example.com"}),
    "updateUserStatus": Sample({"status": "ACTIVE"}),
    "getMemberProfile": _NO_BODY,
    "updateMemberProfile": Sample({"weekStart": "SUNDAY", "workCapacity": "PT7H", "workingDays": ["MONDAY"]}),
    "addLimitedUsersWithInfo": Sample({"users": [{"name": "Lee Limited", "userGroups": ["{groupId}"]}]}),
    "giveUserManagerRole": Sample({"entityId": "{projectId}", "role": "PROJECT_MANAGER"}),
    "removeUserManagerRole": Sample({"entityId": "{projectId}", "role": "PROJECT_MANAGER"}, after="role-granted"),
    "findUserTeamManagers": _NO_BODY,
    "updateWorkspaceBillableRate": Sample({"amount": 9000, "since": START}),
    "updateWorkspaceCostRate": Sample({"amount": 4000, "since": START}),
    "updateUserHourlyRate": Sample({"amount": 9000, "since": START}),
    "updateUserCostRate": Sample({"amount": 4000, "since": START}),
    "updateProjectUserHourlyRate": Sample({"amount": 9000, "since": START}, after="somebody-on-project"),
    "updateProjectUserCostRate": Sample({"amount": 4000, "since": START}, after="somebody-on-project"),
    "updateTaskBillableRate": Sample({"amount": 9000, "since": START}),
    "updateTaskCostRate": Sample({"amount": 4000, "since": START}),
    "findAllGroupsOnWorkspace": Sample(query={"project-id": "{projectId}"}),
    "addNewGroup": Sample({"name": "New group"}),
    "updateGroup": Sample({"name": "New name", "userIds": ["{memberId}"]}),
    "deleteGroup": _NO_BODY,
    "addUsersToGroup": Sample({"userId": "{memberId}"}),
    "removeUserFromGroup": _NO_BODY,
    "listWorkspaceCustomFields": Sample(query={"entity-type": "TIMEENTRY"}),
    "createWorkspaceCustomField": Sample({"name": "New field", "type": "TXT", "workspaceDefaultValue": "yes"}),
    "updateWorkspaceCustomField": Sample({"name": "New name", "type": "TXT", "status": "INVISIBLE"}),
    "deleteWorkspaceCustomField": _NO_BODY,
    "listProjectCustomFields": Sample(query={"entity-type": "TIMEENTRY"}),
    "updateProjectCustomField": Sample({"defaultValue": "project-only", "status": "VISIBLE"}),
    "removeProjectCustomField": Sample(after="project-custom-field-delete"),
    "updateUserCustomFieldValue": Sample({"value": "example"}),
    "getWorkspacesWorkspaceIdClients": _NO_BODY,
    "postWorkspacesWorkspaceIdClients": Sample({"name": "New client"}),
    "getWorkspacesWorkspaceIdClientsClientId": _NO_BODY,
    "putWorkspacesWorkspaceIdClientsClientId": Sample({"name": "New name", "currencyId": "{currencyId}"}),
    "deleteWorkspacesWorkspaceIdClientsClientId": Sample(after="client-archived"),
    "getWorkspacesWorkspaceIdTags": Sample(query={"excluded-ids": "{tagId}"}),
    "postWorkspacesWorkspaceIdTags": Sample({"name": "New tag"}),
    "getWorkspacesWorkspaceIdTagsTagId": _NO_BODY,
    "putWorkspacesWorkspaceIdTagsTagId": Sample({"name": "New name"}),
    "deleteWorkspacesWorkspaceIdTagsTagId": _NO_BODY,
    "getWorkspaceProjects": Sample(
        query={"clients": "{clientId}", "users": "{memberId}", "userGroups": "{groupId}", "hydrated": "true"}
    ),
    "createProject": Sample(
        {
            "name": "New project",
            "clientId": "{clientId}",
            "memberships": [{"userId": "{memberId}"}],
            "tasks": [{"name": "New task", "assigneeIds": ["{memberId}"], "userGroupIds": ["{groupId}"]}],
        }
    ),
    "createProjectFromTemplate": Sample(
        {"name": "Copy", "templateProjectId": "{projectId}", "clientId": "{clientId}"}, after="project-from-template"
    ),
    "getProjectById": _NO_BODY,
    "updateProject": Sample({"name": "New name", "clientId": "{clientId}"}),
    "deleteProject": Sample(after="project-delete"),
    "updateProjectEstimate": Sample({"timeEstimate": {"active": True, "estimate": "PT8H", "type": "MANUAL"}}),
    "updateProjectMemberships": Sample(
        {"memberships": [{"userId": "{memberId}"}], "userGroups": {"ids": ["{groupId}"], "contains": "CONTAINS"}}
    ),
    "assignOrRemoveProjectUsers": Sample({"userIds": ["{memberId}"], "userGroups": {"ids": ["{groupId}"]}}),
    "updateProjectTemplate": Sample({"isTemplate": True}),
    "findTasksOnProject": _NO_BODY,
    "addTaskOnProject": Sample({"name": "New task", "assigneeIds": ["{memberId}"], "userGroupIds": ["{groupId}"]}),
    "getTaskById": _NO_BODY,
    "updateTaskOnProject": Sample(
        {"name": "New name", "assigneeIds": ["{memberId}"], "userGroupIds": ["{groupId}"], "status": "ACTIVE"}
    ),
    "deleteTaskFromProject": Sample(after="task-done"),
    "postWorkspacesWorkspaceIdTimeEntries": Sample(_ENTRY),
    "postWorkspacesWorkspaceIdUserUserIdTimeEntries": Sample(_ENTRY, {"from-entry": "{timeEntryId}"}),
    "getWorkspacesWorkspaceIdUserUserIdTimeEntries": Sample(
        query={"project": "{projectId}", "task": "{taskId}", "tags": "{tagId}", "hydrated": "true"}
    ),
    "getWorkspacesWorkspaceIdTimeEntriesTimeEntryId": Sample(query={"hydrated": "true"}),
    "getMultipleTimeEntries": Sample({"timeEntryIds": ["{timeEntryId}"], "hydrated": True}),
    "putWorkspacesWorkspaceIdTimeEntriesTimeEntryId": Sample(_ENTRY),
    "putWorkspacesWorkspaceIdUserUserIdTimeEntries": Sample([{"id": "{timeEntryId}", **_ENTRY}]),
    "patchWorkspacesWorkspaceIdUserUserIdTimeEntries": Sample({"end": "2026-05-20T13:30:00Z"}, after="timer"),
    "postWorkspacesWorkspaceIdUserUserIdTimeEntriesTimeEntryIdDuplicate": _NO_BODY,
    "deleteWorkspacesWorkspaceIdTimeEntriesTimeEntryId": _NO_BODY,
    "deleteMany": Sample(query={"time-entry-ids": "{timeEntryId}"}),
    "patchWorkspacesWorkspaceIdTimeEntriesInvoiced": Sample({"timeEntryIds": ["{timeEntryId}"], "invoiced": True}),
    "getWorkspacesWorkspaceIdTimeEntriesStatusInProgress": _NO_BODY,
    "getCreatedEntityInfo": Sample(query={"type": _CHANGED_TYPES}),
    "getUpdatedEntityInfo": Sample(query={"type": _CHANGED_TYPES}),
    "getDeletedEntityInfo": Sample(query={"type": _CHANGED_TYPES}),
    "searchAuditLogs": Sample(
        {
            "actions": ["CREATE_PROJECT", "CREATE_TIME_FOR_OTHER", "CREATE_TIME_PERSONAL_MANUAL", "UPDATE_TASK"],
            "authors": {"authorIds": ["SYSTEM"], "contains": "DOES_NOT_CONTAIN"},
            "start": "2026-05-01T00:00:00Z",
            "end": "2026-05-31T00:00:00Z",
        }
    ),
    "restore_revision": Sample({"revision": "{revision}"}),
    "list_journal": _NO_BODY,
    "export_journal": _NO_BODY,
    "get_audit_head": _NO_BODY,
    "verify_audit_log": _NO_BODY,
    "create_scheduled_report": Sample(SCHEDULE | {"recipients": ["{memberId}"]}),
    "list_scheduled_reports": _NO_BODY,
    "get_scheduled_report": _NO_BODY,
    "update_scheduled_report": Sample({"name": "New name", "recipients": ["{memberId}"]}),
    "delete_scheduled_report": _NO_BODY,
    "list_received_reports": _NO_BODY,
    "leave_received_report": _NO_BODY,
    "start_export": Sample(
        {"type": "DETAILED", "filter": {"exportType": "CSV", "dateRangeStart": START, "dateRangeEnd": END}}
    ),
    "list_exports": _NO_BODY,
    "get_export": _NO_BODY,
    "download_export": _NO_BODY,
    "delete_export": _NO_BODY,
    "generateAttendanceReport": Sample(_REPORT | {"attendanceFilter": {"pageSize": 1000, "sortColumn": "START"}}),
    "generateDetailedReportV1": Sample(_REPORT | {"categories": {"ids": ["{tagId}"]}, "note": "taxi", "page": 1}),
    "generateDetailedReport": Sample(
        _REPORT | {"detailedFilter": {"page": 1, "pageSize": 10, "auditFilter": {"duration": 1}}}
    ),
    "generateWeeklyReport": Sample(
        _REPORT
        | {
            "dateRangeStart": "2026-05-18T00:00:00Z",
            "dateRangeEnd": "2026-05-24T23:59:59Z",
            "weeklyFilter": {"group": "USER", "subgroup": "TIME"},
        }
    ),
    "explain_report_row": Sample(
        {"report": _REPORT | {"summaryFilter": {"groups": ["USER"]}}, "path": [], "pageSize": 10}
    ),
    "generateSummaryReport": Sample(_REPORT | {"summaryFilter": {"groups": ["PROJECT", "TASK", "USER"]}}),
    "getWorkspacesWorkspaceIdSharedReports": Sample(query={"sharedReportsFilter": "CREATED_BY_ME"}),
    "postWorkspacesWorkspaceIdSharedReports": Sample(
        {
            "name": "New report",
            "type": "SUMMARY",
            "isPublic": False,
            "visibleToUsers": ["{memberId}"],
            "visibleToUserGroups": ["{groupId}"],
            "filter": {"exportType": "JSON", "dateRangeStart": START, "dateRangeEnd": END}
            | {"summaryFilter": {"groups": ["PROJECT", "USER"]}},
        }
    ),
    "putWorkspacesWorkspaceIdSharedReportsSharedReportId": Sample(
        {"name": "New name", "visibleToUsers": ["{memberId}"], "visibleToUserGroups": ["{groupId}"]}
    ),
    "deleteWorkspacesWorkspaceIdSharedReportsSharedReportId": _NO_BODY,
    "getSharedReportsSharedReportId": Sample(query={"exportType": "JSON"}),
    "getWebhooksOnWorkspace": Sample(query={"type": "USER_CREATED"}),
    "getAddonWebhooksOnWorkspace": _NO_BODY,
    "createWebhook": Sample(_WEBHOOK),
    "getWebhookById": _NO_BODY,
    "updateWebhook": Sample({**_WEBHOOK, "name": "New name"}),
    "deleteWebhook": _NO_BODY,
    "patchWorkspacesWorkspaceIdWebhooksWebhookIdToken": _NO_BODY,
    "getWebhookLogs": Sample({"from": START, "to": END, "sortByNewest": True, "status": "ALL"}, {"size": "10"}),
    "getWebhookEventStatusesWithLatestLog": Sample(query={"statuses": "FAILED,RETRYING"}),
    "test_webhook": _NO_BODY,
    "resend_delivery": _NO_BODY,
    "resend_deliveries": Sample({"from": START, "to": END, "onlyFailed": True}),
    "list_permissions": _NO_BODY,
    "install_addon": Sample({"manifestUrl": "{manifestUrl}"}),
    "list_addons": _NO_BODY,
    "get_addon": _NO_BODY,
    "change_addon_status": Sample({"status": "INACTIVE"}),
    "uninstall_addon": _NO_BODY,
    "refresh_addon": _NO_BODY,
    "get_settings_of_addon": _NO_BODY,
    "change_settings_of_addon": Sample([{"id": "s1", "value": "another"}]),
    "create_addon_user_token": _NO_BODY,
    "list_addon_pages": _NO_BODY,
    "get_own_addon_settings": _NO_BODY,
    "change_own_addon_settings": Sample([{"id": "s1", "value": "another"}]),
    "create_token_of_user": _NO_BODY,
    "list_signing_keys": Sample(after="addon"),
    "get_signing_key": Sample(after="addon"),
    "create_invitation": Sample(
        {
            "email": "new.person@example.com",
            "role": "WORKSPACE_ADMIN",
            "groups": ["{groupId}"],
            "projects": ["{projectId}"],
        }
    ),
    "list_invitations": _NO_BODY,
    "resend_invitation": _NO_BODY,
    "revoke_invitation": _NO_BODY,
    "show_invitation": _NO_BODY,
    "accept_invitation": Sample({"name": "New Person", "password": "correct horse battery"}),
    "join_by_invitation": _NO_BODY,
    "decline_invitation": _NO_BODY,
    "set_identity_provider": Sample({"issuer": "{issuer}", "clientId": "c", "clientSecret": "s"}),
    "get_identity_provider": Sample(after="single-sign-on"),
    "remove_identity_provider": Sample(after="single-sign-on"),
    "list_own_identities": _NO_BODY,
    "link_identity": Sample(after="single-sign-on"),
    "unlink_identity": _NO_BODY,
    "start_single_sign_on": _NO_BODY,
    "tell_own_data": _NO_BODY,
    "tell_data_of_person": _NO_BODY,
    "erase_own_account": Sample({"confirmation": "{email}"}),
    "erase_person": Sample({"confirmation": "{memberEmail}"}),
    "finish_single_sign_on": Sample(query={"state": "unknown", "code": "unknown"}),
    "explain_permission": Sample(query={"user-id": "{memberId}", "action": "time_entry.track", "id": "{timeEntryId}"}),
}
# More to say in an operation that asks for another permission in passing: (operation, permission, sample).
IN_PASSING: dict[str, tuple[str, str, Sample]] = {
    "grant_role: an admin": (
        "grant_role",
        "role.grant_admin",
        Sample({"entityId": "{workspaceId}", "role": "WORKSPACE_ADMIN"}),
    ),
    "revoke_role: an admin": (
        "revoke_role",
        "role.revoke_admin",
        Sample({"entityId": "{workspaceId}", "role": "WORKSPACE_ADMIN"}),
    ),
    "grant_role: a team manager": (
        "grant_role",
        "role.change_team_manager",
        Sample({"entityId": "{memberId}", "role": "TEAM_MANAGER"}),
    ),
}
# Refused whatever is asked: a member cannot be removed over the contract's interface, and the owner who asks
# cannot leave.
NEVER_DONE = {"remove_person", "leave_workspace", "finish_single_sign_on", "erase_own_account"}
# And what only an add-on can ask; people are told so.
NEVER_DONE |= {"get_own_addon_settings", "change_own_addon_settings", "create_token_of_user"}


def _archive_client(world: World) -> None:
    assert world.office.owner.put(f"/clients/{world.client_id}", {"name": "Old", "archived": True}).status == 200


def _finish_task(world: World) -> None:
    path = f"/projects/{world.project_id}/tasks/{world.task_id}"
    assert world.office.owner.put(path, {"name": "Done", "status": "DONE"}).status == 200


def _start_timer(world: World) -> None:
    assert world.asker.post("/time-entries", {"start": "2026-05-20T13:00:00Z"}).status == 201


def _grant_role(world: World) -> None:
    world.office.grant(world.office.admin, "PROJECT_MANAGER", world.project_id)


def _put_somebody_on_project(world: World) -> None:
    body = {"userIds": [world.office.member.id]}
    assert world.office.owner.post(f"/projects/{world.project_id}/memberships", body).status == 200


def _set_password(world: World) -> None:
    sign_ins.set_password(world.asker)


def _wait_for_a_factor(world: World) -> None:
    sign_ins.set_password(world.asker)
    sign_ins.enrol(world.asker)


_AFTER = {
    "addon": lambda world: world.addon_id,
    "single-sign-on": lambda world: world.home_id,
    "password": _set_password,
    "waiting-factor": _wait_for_a_factor,
    "somebody-on-project": _put_somebody_on_project,
    "role-granted": _grant_role,
    "client-archived": _archive_client,
    "task-done": _finish_task,
    "timer": _start_timer,
}


def operations() -> list[Operation]:
    """Every operation of the contract's surface."""
    return sorted(OPERATIONS.values(), key=lambda record: record.name)


def operations_in_passing() -> list[Operation]:
    """The operations of `IN_PASSING`, as if each were one of its own."""
    return [
        replace(OPERATIONS[name], name=title, contract=None, hidden=True, action=action)
        for title, (name, action, _) in IN_PASSING.items()
    ]


def sample_of(record: Operation) -> Sample:
    if record.name in IN_PASSING:
        return IN_PASSING[record.name][2]
    return SAMPLES.get(record.contract or record.name, _NO_BODY)


def prepare(world: World, sample: Sample) -> None:
    """What must have happened for the sample to succeed."""
    if sample.after is not None:
        (_AFTER.get(sample.after) or PREPARE[sample.after])(world)
