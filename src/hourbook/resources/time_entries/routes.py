"""The operations of time entries.

Each is one declared record. A handler takes its arguments apart, calls an action and shows the
result; it decides nothing.
"""

from collections.abc import Sequence

from hourbook.core.errors import InvalidValue, NoRunningTimer, UnknownSourceEntry
from hourbook.http.operation import Call, Cost, operation
from hourbook.resources.time_entries import actions
from hourbook.resources.time_entries import actions_custom_fields as custom
from hourbook.resources.time_entries.rules import TimeEntry
from hourbook.resources.time_entries.wire import (
    BatchIn,
    DeleteQuery,
    Entry,
    EntryBase,
    EntryHydrated,
    EntryIn,
    EntryListQuery,
    EntryUpdateIn,
    Frame,
    FromEntryQuery,
    HydratedQuery,
    InvoicedIn,
    RunningQuery,
    Shape,
    StopIn,
    entry_base,
    entry_hydrated,
    entry_out,
    names_of,
)

_ENTRIES = "/workspaces/{workspace_id}/time-entries"
_ENTRY = _ENTRIES + "/{time_entry_id}"
_OF_USER = "/workspaces/{workspace_id}/user/{user_id}/time-entries"
_TRACKED = ("NEW_TIME_ENTRY", "NEW_TIMER_STARTED", "TIMER_STOPPED")


@operation(
    "POST",
    _ENTRIES,
    contract="postWorkspacesWorkspaceIdTimeEntries",
    action="time_entry.track",
    status=201,
    journals=_TRACKED,
)
def create_time_entry(call: Call, body: EntryIn) -> EntryBase:
    """Adds a time entry for oneself; without an end it starts a timer."""
    entry = actions.create_entry(call.write, call.actor.id or "", body.to_draft())
    return _written(call, entry, body)


@operation(
    "POST",
    _OF_USER,
    contract="postWorkspacesWorkspaceIdUserUserIdTimeEntries",
    action="time_entry.track",
    status=201,
    journals=_TRACKED,
    refuses=(UnknownSourceEntry,),
)
def create_time_entry_for_user(call: Call, user_id: str, query: FromEntryQuery, body: EntryIn) -> EntryBase:
    """Adds a time entry for a person, optionally filled from another entry."""
    entry = actions.create_entry(call.write, user_id, body.to_draft(), from_entry_id=query.from_entry)
    return _written(call, entry, body)


@operation("GET", _OF_USER, contract="getWorkspacesWorkspaceIdUserUserIdTimeEntries", action="time_entry.list")
def list_time_entries(call: Call, user_id: str, query: EntryListQuery) -> list[Entry] | list[EntryHydrated]:
    """Lists a person's time entries, newest first."""
    page = query.to_page()
    found = actions.list_entries(call.read, user_id, query.filters(call.actor.zone), page=page)
    return _shown(call, call.paged(found, page), hydrated=query.hydrated, shape=Shape.LIST)


@operation("GET", _ENTRY, contract="getWorkspacesWorkspaceIdTimeEntriesTimeEntryId", action="time_entry.list")
def get_time_entry(call: Call, time_entry_id: str, query: HydratedQuery) -> Entry | EntryHydrated:
    """Reads a time entry."""
    entry = actions.get_entry(call.read, time_entry_id)
    return _shown(call, [entry], hydrated=query.hydrated, shape=Shape.SINGLE)[0]


@operation("POST", _ENTRIES + "/batch", contract="getMultipleTimeEntries", action="time_entry.list", reads_only=True)
def get_time_entries(call: Call, body: BatchIn) -> list[Entry] | list[EntryHydrated]:
    """Reads many time entries by id, in the order asked."""
    found = actions.get_entries(call.read, _named(body.time_entry_ids))
    return _shown(call, found, hydrated=body.hydrated, shape=Shape.LIST)


@operation(
    "PUT",
    _ENTRY,
    contract="putWorkspacesWorkspaceIdTimeEntriesTimeEntryId",
    action="time_entry.track",
    journals=("TIME_ENTRY_UPDATED", "TIMER_STOPPED"),
)
def update_time_entry(call: Call, time_entry_id: str, body: EntryIn) -> EntryBase:
    """Replaces a time entry; what the body leaves out is cleared."""
    entry = actions.update_entry(call.write, time_entry_id, body.to_draft(needs_start=True))
    return _written(call, entry, body)


@operation(
    "PUT",
    _OF_USER,
    contract="putWorkspacesWorkspaceIdUserUserIdTimeEntries",
    cost=Cost.BULK,
    action="time_entry.track",
    journals=("TIME_ENTRY_UPDATED", "TIMER_STOPPED"),
)
def update_time_entries(
    call: Call, user_id: str, query: HydratedQuery, body: list[EntryUpdateIn]
) -> list[EntryBase] | list[EntryHydrated]:
    """Replaces many time entries of a person, all or none."""
    if not body:
        raise InvalidValue("At least one time entry is needed")
    if any(not item.id for item in body):
        raise InvalidValue("Time entry id cannot have a null value")
    drafts = [(item.id or "", item.to_draft(needs_start=True)) for item in body]
    changed = actions.update_entries(call.write, user_id, drafts)
    if query.hydrated:
        return _hydrated(call, changed, Shape.BULK_EDIT)
    frame = _frame(call, changed)
    pairs = zip(changed, body, strict=True)
    return [entry_base(entry, frame, empty_tags=item.tag_ids is not None) for entry, item in pairs]


@operation(
    "PATCH",
    _OF_USER,
    contract="patchWorkspacesWorkspaceIdUserUserIdTimeEntries",
    action="time_entry.track",
    journals=("TIMER_STOPPED",),
    refuses=(NoRunningTimer,),
)
def stop_timer(call: Call, user_id: str, body: StopIn) -> EntryBase:
    """Stops the running timer of a person."""
    entry = actions.stop_timer(call.write, user_id, body.end_s())
    return entry_base(entry, _frame(call, [entry]))


@operation(
    "POST",
    _OF_USER + "/{time_entry_id}/duplicate",
    contract="postWorkspacesWorkspaceIdUserUserIdTimeEntriesTimeEntryIdDuplicate",
    action="time_entry.track",
    status=201,
    journals=("NEW_TIME_ENTRY",),
)
def duplicate_time_entry(call: Call, user_id: str, time_entry_id: str) -> EntryBase:
    """Copies a finished time entry."""
    entry = actions.duplicate_entry(call.write, user_id, time_entry_id)
    return entry_base(entry, _frame(call, [entry]))


@operation(
    "DELETE",
    _ENTRY,
    contract="deleteWorkspacesWorkspaceIdTimeEntriesTimeEntryId",
    action="time_entry.track",
    status=204,
    journals=("TIME_ENTRY_DELETED",),
)
def delete_time_entry(call: Call, time_entry_id: str) -> None:
    """Deletes a time entry."""
    actions.delete_entry(call.write, time_entry_id)


@operation(
    "DELETE",
    _OF_USER,
    contract="deleteMany",
    cost=Cost.BULK,
    action="time_entry.track",
    journals=("TIME_ENTRY_DELETED",),
)
def delete_time_entries(call: Call, user_id: str, query: DeleteQuery) -> list[EntryBase]:
    """Deletes many time entries of a person, all or none, and answers them."""
    gone = actions.delete_entries(call.write, user_id, query.time_entry_ids)
    frame = Frame(actions.lock_before_s(call.read))  # without values, as was recorded
    return [entry_base(entry, frame) for entry in gone]


@operation(
    "PATCH",
    _ENTRIES + "/invoiced",
    contract="patchWorkspacesWorkspaceIdTimeEntriesInvoiced",
    cost=Cost.BULK,
    action="time_entry.mark_invoiced",
    journals=("TIME_ENTRY_UPDATED",),
)
def mark_time_entries_invoiced(call: Call, body: InvoicedIn) -> None:
    """Marks time entries as invoiced or not; answers without a body."""
    if body.invoiced is None:
        raise InvalidValue("invoiced must not be null")
    actions.mark_invoiced(call.write, _named(body.time_entry_ids), invoiced=body.invoiced)


@operation(
    "GET",
    _ENTRIES + "/status/in-progress",
    contract="getWorkspacesWorkspaceIdTimeEntriesStatusInProgress",
    action="time_entry.list",
)
def list_running_time_entries(call: Call, query: RunningQuery) -> list[Entry]:
    """Lists the running timers of the workspace."""
    page = query.to_page()
    found = call.paged(actions.list_running(call.read, page), page)
    frame = _frame(call, found)
    return [entry_out(entry, frame) for entry in found]


def _named(ids: list[str] | None) -> list[str]:
    if not ids:
        raise InvalidValue("timeEntryIds must not be empty")
    return ids


def _written(call: Call, entry: TimeEntry, body: EntryIn) -> EntryBase:
    return entry_base(entry, _frame(call, [entry]), empty_tags=body.tag_ids is not None)


def _frame(call: Call, entries: Sequence[TimeEntry]) -> Frame:
    return Frame(actions.lock_before_s(call.read), custom.shown_values(call.read, entries))


def _shown(
    call: Call, entries: Sequence[TimeEntry], *, hydrated: bool, shape: Shape
) -> list[Entry] | list[EntryHydrated]:
    if hydrated:
        return _hydrated(call, entries, shape)
    frame = _frame(call, entries)
    return [entry_out(entry, frame) for entry in entries]


def _hydrated(call: Call, entries: Sequence[TimeEntry], shape: Shape) -> list[EntryHydrated]:
    frame = _frame(call, entries)
    names = names_of(actions.mentioned_in(call.read, entries, with_users=shape is not Shape.SINGLE))
    return [entry_hydrated(entry, frame, names, shape=shape) for entry in entries]
