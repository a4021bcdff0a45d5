"""The operations that show permissions; both are Hourbook's own.

A handler takes its arguments apart, calls an action and shows the result; it decides nothing.
"""

from hourbook.http.operation import Call, operation
from hourbook.resources.permissions import actions
from hourbook.resources.permissions.wire import (
    ExplainQuery,
    ExplanationOut,
    PermissionOut,
    explanation_out,
    permission_out,
)

_PERMISSIONS = "/workspaces/{workspace_id}/permissions"


@operation("GET", _PERMISSIONS, contract=None, action="permission.list")
def list_permissions(call: Call) -> list[PermissionOut]:
    """Lists the permission table with what the asking person may do."""
    return [permission_out(permission) for permission in actions.list_permissions(call.read)]


@operation("GET", _PERMISSIONS + "/explain", contract=None, action="permission.explain")
def explain_permission(call: Call, query: ExplainQuery) -> ExplanationOut:
    """Explains why a person may or may not do something, to one thing if one is named."""
    return explanation_out(actions.explain(call.read, query.user_id, action=query.action, thing_id=query.id))
