"""The operation of undo, our own surface.

It is one declared record; nothing is decided here.
"""

from hourbook.core.errors import ChangedSince
from hourbook.http.operation import Call, Cost, operation
from hourbook.resources.undo import actions, rules
from hourbook.resources.undo.wire import RestoredOut, RestoreIn, restored_out

_JOURNALS = tuple(event for events in rules.EVENTS.values() for event in events)


@operation(
    "POST",
    "/workspaces/{workspace_id}/restore",
    contract=None,
    action="journal.restore",
    journals=(*_JOURNALS, *sorted(rules.WORDS)),
    cost=Cost.BULK,
    refuses=(ChangedSince,),
)
def restore_revision(call: Call, body: RestoreIn) -> RestoredOut:
    """Undoes one operation, if everything it changed is unchanged since."""
    done = actions.restore(call.write, body.to_revision())
    return restored_out(done.first_revision, done.last_revision, done.things)
