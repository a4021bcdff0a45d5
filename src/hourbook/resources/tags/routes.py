"""The operations of tags.

Each is one declared record. A handler takes its arguments apart, calls an action and shows the
result; it decides nothing.
"""

from hourbook.http.operation import Call, Cost, operation
from hourbook.resources.tags import actions
from hourbook.resources.tags.wire import TagCreateIn, TagListQuery, TagOut, TagUpdateIn, tag_out

_TAGS = "/workspaces/{workspace_id}/tags"
_TAG = _TAGS + "/{tag_id}"


@operation("GET", _TAGS, contract="getWorkspacesWorkspaceIdTags", action="tag.list")
def list_tags(call: Call, query: TagListQuery) -> list[TagOut]:
    """Lists the tags of a workspace."""
    page = query.to_page()
    found = actions.list_tags(call.read, query.filters(), page, sort=query.sort_column, order=query.sort_order)
    return [tag_out(tag) for tag in call.paged(found, page)]


@operation(
    "POST",
    _TAGS,
    contract="postWorkspacesWorkspaceIdTags",
    action="tag.create",
    status=201,
    journals=("NEW_TAG",),
)
def create_tag(call: Call, body: TagCreateIn) -> TagOut:
    """Adds a tag."""
    return tag_out(actions.create_tag(call.write, body.name))


@operation("GET", _TAG, contract="getWorkspacesWorkspaceIdTagsTagId", action="tag.list")
def get_tag(call: Call, tag_id: str) -> TagOut:
    """Reads a tag."""
    return tag_out(actions.get_tag(call.read, tag_id))


@operation("PUT", _TAG, contract="putWorkspacesWorkspaceIdTagsTagId", action="tag.update", journals=("TAG_UPDATED",))
def update_tag(call: Call, tag_id: str, body: TagUpdateIn) -> TagOut:
    """Replaces a tag's name and archived flag."""
    return tag_out(actions.update_tag(call.write, tag_id, body.name, archived=bool(body.archived)))


@operation(
    "DELETE",
    _TAG,
    contract="deleteWorkspacesWorkspaceIdTagsTagId",
    action="tag.delete",
    journals=("TAG_DELETED",),
    cost=Cost.BULK,
)
def delete_tag(call: Call, tag_id: str) -> TagOut:
    """Deletes a tag and takes it off all time entries."""
    return tag_out(actions.delete_tag(call.write, tag_id))
