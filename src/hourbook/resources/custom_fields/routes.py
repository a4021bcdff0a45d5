"""The operations of custom fields.

Each is one declared record. A handler takes its arguments apart, calls an action and shows the
result; it decides nothing. No event word exists for these changes; journal rows are what they leave.
"""

from hourbook.core.errors import NoSuchUserField
from hourbook.http.operation import Call, Cost, operation
from hourbook.resources.custom_fields import actions
from hourbook.resources.custom_fields.wire import (
    CustomFieldCreateIn,
    CustomFieldOut,
    CustomFieldUpdateIn,
    FieldsQuery,
    OverrideIn,
    ProjectFieldsQuery,
    UserCustomFieldValueOut,
    UserValueIn,
    custom_field_out,
    user_value_out,
)

_FIELDS = "/workspaces/{workspace_id}/custom-fields"
_FIELD = _FIELDS + "/{custom_field_id}"
_OF_PROJECT = "/workspaces/{workspace_id}/projects/{project_id}/custom-fields"
_IN_PROJECT = _OF_PROJECT + "/{custom_field_id}"
_USER_VALUE = "/workspaces/{workspace_id}/users/{user_id}/custom-field/{custom_field_id}/value"


@operation("GET", _FIELDS, contract="listWorkspaceCustomFields", action="custom_field.list")
def list_custom_fields(call: Call, query: FieldsQuery) -> list[CustomFieldOut]:
    """Lists the custom fields of a workspace, all at once."""
    return [custom_field_out(shown) for shown in actions.list_fields(call.read, query.wanted())]


@operation(
    "POST",
    _FIELDS,
    contract="createWorkspaceCustomField",
    action="custom_field.manage",
    status=201,
    journals=("CUSTOM_FIELD",),
    # Recorded: closed to add-ons, whatever their scopes (wire-core 0.2).
    scope=None,
)
def create_custom_field(call: Call, body: CustomFieldCreateIn) -> CustomFieldOut:
    """Adds a custom field of time entries or of people."""
    return custom_field_out(actions.create_field(call.write, body.to_details()))


@operation(
    "PUT",
    _FIELD,
    contract="updateWorkspaceCustomField",
    action="custom_field.manage",
    journals=("CUSTOM_FIELD",),
)
def update_custom_field(call: Call, custom_field_id: str, body: CustomFieldUpdateIn) -> CustomFieldOut:
    """Replaces a custom field; its type can't be changed."""
    return custom_field_out(actions.update_field(call.write, custom_field_id, body.to_details()))


@operation(
    "DELETE",
    _FIELD,
    contract="deleteWorkspaceCustomField",
    action="custom_field.manage",
    status=204,
    journals=("CUSTOM_FIELD", "CUSTOM_FIELD_OVERRIDE", "USER_CUSTOM_FIELD_VALUE"),
    cost=Cost.BULK,
)
def delete_custom_field(call: Call, custom_field_id: str) -> None:
    """Deletes a custom field; its values are shown nowhere any more."""
    actions.delete_field(call.write, custom_field_id)


@operation("GET", _OF_PROJECT, contract="listProjectCustomFields", action="custom_field.list")
def list_project_custom_fields(call: Call, project_id: str, query: ProjectFieldsQuery) -> list[CustomFieldOut]:
    """Lists the custom fields with what a project makes of them."""
    found = actions.list_fields_of_project(call.read, project_id, query.wanted())
    return [custom_field_out(shown) for shown in found]


@operation(
    "PATCH",
    _IN_PROJECT,
    contract="updateProjectCustomField",
    action="custom_field.override",
    journals=("CUSTOM_FIELD_OVERRIDE",),
)
def override_custom_field(call: Call, project_id: str, custom_field_id: str, body: OverrideIn) -> CustomFieldOut:
    """Gives a custom field another status or default in one project."""
    shown = actions.override_field(
        call.write, project_id, custom_field_id, status=body.status, value=body.default_value
    )
    return custom_field_out(shown)


@operation(
    "DELETE",
    _IN_PROJECT,
    contract="removeProjectCustomField",
    action="custom_field.override",
    journals=("CUSTOM_FIELD_OVERRIDE",),
)
def drop_custom_field_override(call: Call, project_id: str, custom_field_id: str) -> CustomFieldOut:
    """Takes away what a project makes of a custom field."""
    return custom_field_out(actions.drop_override(call.write, project_id, custom_field_id))


@operation(
    "PUT",
    _USER_VALUE,
    contract="updateUserCustomFieldValue",
    action="custom_field.set_user_value",
    status=201,
    journals=("USER_CUSTOM_FIELD_VALUE",),
    refuses=(NoSuchUserField,),
    scope="USER_WRITE",
)
def set_user_custom_field_value(
    call: Call, user_id: str, custom_field_id: str, body: UserValueIn
) -> UserCustomFieldValueOut:
    """Sets what a custom field of people says of somebody; null takes the value away."""
    return user_value_out(actions.set_user_value(call.write, user_id, custom_field_id, value=body.value))
