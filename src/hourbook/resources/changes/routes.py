"""The operations of entity changes.

Each is one declared record; nothing is decided here. They read much, so the worker answers them.
"""

from typing import Any

from hourbook.http.operation import OF_CONTENT, Call, Cost, operation
from hourbook.resources.changes import actions
from hourbook.resources.changes.rules import SCOPES, ChangeKind
from hourbook.resources.changes.wire import ChangedOut, ChangesQuery, DeletedOut, Shown, Surroundings, changed_out
from hourbook.resources.changes.wire import deleted_out as deletion_out
from hourbook.resources.time_entries.wire import Frame

_ENTITIES = "/workspaces/{workspace_id}/entities"


@operation(
    "GET",
    _ENTITIES + "/created",
    contract="getCreatedEntityInfo",
    action="entity_change.list",
    cost=Cost.LONG,
    in_worker=True,
    scope=OF_CONTENT,
)
def list_created_entities(call: Call, query: ChangesQuery) -> list[ChangedOut]:
    """Lists what was created within a time and is still there."""
    shown, around = _found(call, ChangeKind.CREATED, query)
    return [changed_out(one, around) for one in shown]  # type: ignore[misc]  # the document's own fields besides


@operation(
    "GET",
    _ENTITIES + "/updated",
    contract="getUpdatedEntityInfo",
    action="entity_change.list",
    cost=Cost.LONG,
    in_worker=True,
    scope=OF_CONTENT,
)
def list_updated_entities(call: Call, query: ChangesQuery) -> list[ChangedOut]:
    """Lists what was there before a time and was changed within it."""
    shown, around = _found(call, ChangeKind.UPDATED, query)
    return [changed_out(one, around) for one in shown]  # type: ignore[misc]  # the document's own fields besides


@operation(
    "GET",
    _ENTITIES + "/deleted",
    contract="getDeletedEntityInfo",
    action="entity_change.list",
    cost=Cost.LONG,
    in_worker=True,
    scope=OF_CONTENT,
)
def list_deleted_entities(call: Call, query: ChangesQuery) -> list[DeletedOut]:
    """Lists what was there before a time and was deleted within it."""
    shown, around = _found(call, ChangeKind.DELETED, query)
    return [deletion_out(one, around) for one in shown]


def _found(call: Call, kind: ChangeKind, query: ChangesQuery) -> tuple[list[Shown], Any]:
    wanted = query.to_wanted(call.read.now_us)
    for type_ in wanted.types:
        call.actor.check_scope(SCOPES[type_])
    found, context = actions.list_changes(call.read, kind, wanted)
    around = Surroundings(context.currency_codes, Frame(context.lock_before_s, context.values))
    return [Shown(one.type, one.mark, one.thing, one.last, one.stamps) for one in found], around
