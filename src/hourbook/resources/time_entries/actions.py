"""The verbs of time entries: start, stop, add, change, duplicate, delete, list.

Every write looks up what it needs for all named entries at once, decides with the rules, then
writes. At most one timer runs per person and workspace; starting a second one stops the first
at the new start, in the same transaction (wire-core 13, row 1).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from hourbook.core.clock import seconds_of
from hourbook.core.errors import (
    AccessDenied,
    InvalidValue,
    ManualTrackingDisabled,
    NoRunningTimer,
    NotFound,
    UnknownSourceEntry,
)
from hourbook.core.ids import is_id
from hourbook.core.types import Page
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.custom_fields.rules_values import EntryFields
from hourbook.resources.projects import actions as projects
from hourbook.resources.tags import actions as tags
from hourbook.resources.tasks import actions as tasks
from hourbook.resources.time_entries import actions_custom_fields as custom
from hourbook.resources.time_entries import actions_rates, rules, store
from hourbook.resources.time_entries.rules import Draft, Mentioned, Person, TimeEntry, TrackedProject, TrackedTask
from hourbook.resources.time_entries.store import TIME_ENTRY
from hourbook.resources.users import actions as users


@dataclass
class _Ground:
    """What a write of one person's entries stands on, looked up once for all of them."""

    person: Person
    projects: dict[str, TrackedProject]
    tasks: dict[str, TrackedTask]
    now_s: int
    lock_before_s: int | None
    fields: EntryFields
    lines: actions_rates.Lines


def list_entries(tx: ReadTx, user_id: str, filters: dict[str, object], *, page: Page) -> list[TimeEntry]:
    """A person's entries as far as the actor may see them, newest first. NotFound for no member."""
    if user_id != tx.actor.id and store.find_person(tx, user_id) is None:
        raise NotFound("User")
    return store.list_of_user(tx, user_id, filters, page=page)


def list_running(tx: ReadTx, page: Page) -> list[TimeEntry]:
    """Running entries of the workspace, as far as the actor may see them."""
    return store.list_running(tx, page)


def get_entry(tx: ReadTx, entry_id: str) -> TimeEntry:
    found: TimeEntry = tx.get(TIME_ENTRY, entry_id, for_="time_entry.list")
    return found


def get_entries(tx: ReadTx, entry_ids: Sequence[str]) -> list[TimeEntry]:
    """In the order asked. NotFound when one is missing."""
    return rules.in_order(entry_ids, tx.get_many(TIME_ENTRY, entry_ids, for_="time_entry.list"))


def mentioned_in(tx: ReadTx, entries: Sequence[TimeEntry], *, with_users: bool) -> Mentioned:
    """What the entries point to, one statement per kind and list."""
    project_ids = {entry.project_id for entry in entries if entry.project_id}
    task_ids = {entry.task_id for entry in entries if entry.task_id}
    tag_ids = {tag_id for entry in entries for tag_id in entry.tag_ids}
    shown = projects.find_projects(tx, project_ids)
    return Mentioned(
        projects=shown,
        tasks=tasks.find_tasks(tx, task_ids, seen_projects={one for one in shown if projects.is_seen(tx, shown[one])}),
        tags=tags.find_tags(tx, tag_ids),
        people=users.find_people(tx, {entry.user_id for entry in entries}) if with_users else {},
    )


def lock_before_s(tx: ReadTx) -> int | None:
    """Entries that start before this second are locked for all but admins."""
    settings = store.settings_of(tx.actor.settings_text)
    return rules.lock_before_s(settings, now_s=seconds_of(tx.now_us))


def create_entry(tx: Tx, user_id: str, draft: Draft, *, from_entry_id: str | None = None) -> TimeEntry:
    """A finished entry, or a started timer when the draft has no end."""
    _check_may_track_for(tx, user_id)
    if from_entry_id is not None:
        source = tx.find(TIME_ENTRY, from_entry_id, for_="time_entry.list")
        if source is None:
            raise UnknownSourceEntry
        draft = rules.filled_from(draft, source)
    starts_timer = draft.end_s is None
    ground = _ground(tx, user_id, [draft], locked=starts_timer)
    if not starts_timer:
        _check_by_hand(tx, ground)
    entry = _drafted(tx, ground, draft, _blank(tx, user_id, ground))
    if starts_timer:
        _stop_previous(tx, ground, user_id, entry.start_s)
    tx.insert(TIME_ENTRY, entry, event="NEW_TIMER_STARTED" if starts_timer else "NEW_TIME_ENTRY", subject=user_id)
    store.add_totals(tx, rules.totals_delta(None, entry))
    return entry


def update_entry(tx: Tx, entry_id: str, draft: Draft) -> TimeEntry:
    """Replaces an entry (wire-core 0.9). Without an end a finished entry keeps its end."""
    seen = _to_change(tx, [entry_id])
    return _replace(tx, seen[0].user_id, [(entry_id, draft)], seen=seen)[0]


def update_entries(tx: Tx, user_id: str, drafts: Sequence[tuple[str, Draft]]) -> list[TimeEntry]:
    """Replaces many entries of one person, all or none; answers in the order given."""
    _check_may_track_for(tx, user_id)
    ids = [entry_id for entry_id, _ in drafts]
    if len(set(ids)) != len(ids):
        raise InvalidValue("A time entry is named twice")
    seen = _to_change(tx, ids)
    if any(entry.user_id != user_id for entry in seen):
        raise NotFound("User") if store.find_person(tx, user_id) is None else NotFound("Time entry", "User")
    return _replace(tx, user_id, drafts, seen=seen)


def stop_timer(tx: Tx, user_id: str, end_s: int | None) -> TimeEntry:
    """Ends the person's running entry. NoRunningTimer when there is none."""
    _check_may_track_for(tx, user_id)
    ground = _ground(tx, user_id, [], locked=True)
    running = store.find_running(tx, user_id)
    if running is None:
        raise NoRunningTimer(tx.workspace_id, user_id)
    return _stop(tx, ground, running, ground.now_s if end_s is None else end_s)


def duplicate_entry(tx: Tx, user_id: str, entry_id: str) -> TimeEntry:
    """A copy with the same times and references. A running entry is refused."""
    _check_may_track_for(tx, user_id)
    source, currency = _held_source(tx, entry_id)
    if source.user_id != user_id:
        raise NotFound("Time entry")
    if source.is_running:
        raise InvalidValue("A running time entry can't be duplicated")
    ground = _ground(tx, user_id, [])
    _check_by_hand(tx, ground)
    _check_lock(tx, ground, [source.start_s])
    copy = msgspec.structs.replace(source, id=tx.new_id(), is_invoiced=False)
    actions_rates.put_rates(actions_rates.lines_for(tx, user_id, rules.targets_of([source])), copy)
    copy.currency = currency or ground.person.currency
    tx.insert(TIME_ENTRY, copy, event="NEW_TIME_ENTRY", subject=user_id)
    store.add_totals(tx, rules.totals_delta(None, copy))
    return copy


def _held_source(tx: Tx, entry_id: str) -> tuple[TimeEntry, str | None]:
    """An entry to copy, with what it points to held until commit, and the currency of its project's client.

    Not the entry first: whoever deletes a project holds that before its entries, too.
    """
    source: TimeEntry = get_entry(tx, entry_id)
    while True:
        currency = store.hold_references(tx, source)
        tags.hold_known_tags(tx, source.tag_ids)
        found: TimeEntry = get_entry(tx, entry_id)
        if (found.project_id, found.task_id, found.tag_ids) == (source.project_id, source.task_id, source.tag_ids):
            return found, currency
        source = found


def delete_entry(tx: Tx, entry_id: str) -> None:
    _delete(tx, list(_for_change(tx, [entry_id]).values()))


def delete_entries(tx: Tx, user_id: str, entry_ids: Sequence[str]) -> list[TimeEntry]:
    """Removes entries of one person, all or none; returns them in the order asked."""
    _check_may_track_for(tx, user_id)
    found = _for_change(tx, entry_ids)
    if any(entry.user_id != user_id for entry in found.values()):
        raise NotFound("Time entry")
    gone = rules.in_order(entry_ids, found)
    _delete(tx, gone)
    return gone


def mark_invoiced(tx: Tx, entry_ids: Sequence[str], *, invoiced: bool) -> None:
    """Sets the flag on all, or on none when one is missing."""
    found = tx.get_many(TIME_ENTRY, entry_ids, for_="time_entry.list", locked=True)
    store.set_invoiced(tx, list(found), invoiced=invoiced)
    if not invoiced:
        actions_rates.catch_up(tx, [entry for entry in found.values() if entry.is_invoiced])


def import_entries(tx: Tx, user_id: str, drafts: Sequence[Draft]) -> int:
    """Adds many finished entries of one person with one journal row; returns how many.

    Required fields and locks are not asked: an import brings history as it was.
    """
    ground = _ground(tx, user_id, drafts)
    blank = _blank(tx, user_id, ground)
    entries = [_filled(tx, ground, draft, msgspec.structs.replace(blank, id=tx.new_id())) for draft in drafts]
    for entry, draft in zip(entries, drafts, strict=True):
        rules.check_times(entry.start_s, entry.end_s, now_s=ground.now_s)
        entry.custom_fields = custom.imported(ground.fields, draft)
        store.add_totals(tx, rules.totals_delta(None, entry))
    tx.insert_many(TIME_ENTRY, entries, event="NEW_TIME_ENTRY")
    return len(entries)


def _check_may_track_for(tx: ReadTx, user_id: str) -> None:
    if not tx.actor.scope("time_entry.track").reaches_person(user_id):
        raise AccessDenied if is_id(user_id) and store.find_person(tx, user_id) is not None else NotFound("User")


def _for_change(tx: Tx, entry_ids: Sequence[str]) -> dict[str, TimeEntry]:
    """Entries the actor may change, held until commit. Unseen ones are unknown, seen ones denied."""
    found: dict[str, TimeEntry] = tx.get_many(TIME_ENTRY, entry_ids, for_="time_entry.list", locked=True)
    _check_reached(tx, found.values())
    return found


def _to_change(tx: Tx, entry_ids: Sequence[str]) -> list[rules.Outline]:
    """The same, not held yet."""
    found = store.outlines(tx, entry_ids)
    if len(found) != len(set(entry_ids)):
        raise NotFound("Time entry")
    _check_reached(tx, found)
    return found


def _check_reached(tx: Tx, entries: Iterable[TimeEntry | rules.Outline]) -> None:
    reach = tx.actor.scope("time_entry.track")
    if not all(reach.reaches_person(entry.user_id) for entry in entries):
        raise AccessDenied


def _ground(
    tx: Tx, user_id: str, drafts: Sequence[Draft], *, locked: bool = False, kept_ids: frozenset[str] = frozenset()
) -> _Ground:
    """Looks up member, workspace, projects, tasks and tags of the drafts; NotFound for what is missing.

    `kept_ids`: projects that the entries name already. They may stay, also when the actor was taken
    off them since.
    """
    person = store.hold_person(tx, user_id, alone=locked)
    if person is None:
        raise NotFound("User")
    task_ids = {draft.task_id for draft in drafts if draft.task_id}
    found_tasks = store.find_tasks(tx, task_ids)
    named = {draft.project_id for draft in drafts if draft.project_id}
    implied = {task.project_id for task in found_tasks.values()}
    found_projects = store.find_projects(tx, named | implied)
    if unseen := ((named | implied) & kept_ids) - found_projects.keys():
        found_projects |= store.find_projects(tx, unseen, for_=None)
    if not named <= found_projects.keys():
        raise NotFound("Project")
    if len(found_tasks) < len(task_ids) or not implied <= found_projects.keys():
        raise NotFound("Task")
    tags.hold_tags(tx, tuple(sorted({tag_id for draft in drafts for tag_id in draft.tag_ids or ()})))
    fields = custom.fields_for(tx, found_projects, drafts)
    lines = actions_rates.lines_for(tx, user_id, found_projects.keys() | task_ids) if drafts else {}
    return _Ground(person, found_projects, found_tasks, seconds_of(tx.now_us), _lock_of(tx, person), fields, lines)


def _lock_of(tx: ReadTx, person: Person) -> int | None:
    return rules.lock_before_s(person.settings, now_s=seconds_of(tx.now_us))


def _check_lock(tx: ReadTx, ground: _Ground, start_seconds: Sequence[int]) -> None:
    if not tx.actor.is_admin:
        rules.check_lock(start_seconds, ground.lock_before_s)


def _blank(tx: Tx, user_id: str, ground: _Ground) -> TimeEntry:
    return TimeEntry(
        workspace_id=tx.workspace_id,
        id=tx.new_id(),
        user_id=user_id,
        description="",
        project_id=None,
        task_id=None,
        billable=False,
        type=rules.EntryType.REGULAR.value,
        start_s=ground.now_s,
        end_s=None,
        hourly_rate_minor=0,
        cost_rate_minor=0,
        currency="",
        is_invoiced=False,
        custom_attributes=None,
    )


def _filled(tx: Tx, ground: _Ground, draft: Draft, base: TimeEntry) -> TimeEntry:
    """The entry a draft means, before it is checked. `base` gives id, owner and what a draft never says."""
    task = ground.tasks.get(draft.task_id or "")
    project_id = draft.project_id or (task.project_id if task else None)
    if task is not None and task.project_id != project_id:
        raise NotFound("Task", "Project")
    project = ground.projects.get(project_id or "")
    billable = rules.default_billable(project, task) if draft.billable is None else draft.billable
    entry = TimeEntry(
        workspace_id=base.workspace_id,
        id=base.id,
        user_id=base.user_id,
        description=rules.check_description(draft.description),
        project_id=project_id,
        task_id=draft.task_id,
        billable=billable,
        type=rules.check_type(draft.type, base.type),
        start_s=base.start_s if draft.start_s is None else draft.start_s,
        end_s=base.end_s if draft.end_s is None else draft.end_s,
        hourly_rate_minor=base.hourly_rate_minor,
        cost_rate_minor=base.cost_rate_minor,
        currency=base.currency,
        is_invoiced=base.is_invoiced,
        custom_attributes=draft.custom_attributes or base.custom_attributes,
        custom_fields=base.custom_fields,
        tag_ids=tuple(sorted(set(draft.tag_ids or ()))),
    )
    if not base.currency or actions_rates.has_moved(base, entry):
        actions_rates.put_rates(ground.lines, entry)
        # With the rates: a number of today in the currency of yesterday would be other money.
        entry.currency = ground.person.currency if project is None else project.currency or ground.person.currency
    return entry


def _drafted(tx: Tx, ground: _Ground, draft: Draft, base: TimeEntry, *, is_new: bool = True) -> TimeEntry:
    """The entry a draft means, checked against times, lock and required fields."""
    if ground.person.settings.only_admins_can_change_billable_status and not tx.actor.is_admin:
        draft = msgspec.structs.replace(draft, billable=None if is_new else base.billable)
    entry = _filled(tx, ground, draft, base)
    rules.check_times(entry.start_s, entry.end_s, now_s=ground.now_s)
    _check_lock(tx, ground, [entry.start_s] if is_new else [entry.start_s, base.start_s])
    rules.check_required(entry, ground.person.settings)
    entry.custom_fields = custom.settled(tx, ground.fields, entry, draft=draft, before=None if is_new else base)
    return entry


def _replace(
    tx: Tx, user_id: str, said: Sequence[tuple[str, Draft]], *, seen: Sequence[rules.Outline]
) -> list[TimeEntry]:
    drafts = [
        draft if draft.billable is not None else msgspec.structs.replace(draft, billable=False) for _, draft in said
    ]
    ground = _ground(tx, user_id, drafts, kept_ids=frozenset(one.project_id for one in seen if one.project_id))
    # The entries last: whoever starts a timer or changes a rate holds person or project first, too.
    held = tx.get_many(TIME_ENTRY, [entry_id for entry_id, _ in said], for_="time_entry.list", locked=True)
    befores = [held[entry_id] for entry_id, _ in said]
    afters = [_drafted(tx, ground, d, b, is_new=False) for b, d in zip(befores, drafts, strict=True)]
    if any(
        not before.is_running and (before.start_s, before.end_s) != (after.start_s, after.end_s)
        for before, after in zip(befores, afters, strict=True)
    ):
        _check_by_hand(tx, ground)
    for before, after in zip(befores, afters, strict=True):
        store.add_totals(tx, rules.totals_delta(before, after))
    stopped = [(b, a) for b, a in zip(befores, afters, strict=True) if b.is_running and not a.is_running]
    other = [(b, a) for b, a in zip(befores, afters, strict=True) if not (b.is_running and not a.is_running)]
    tx.update_all(TIME_ENTRY, other, event="TIME_ENTRY_UPDATED", subject=user_id)
    tx.update_all(TIME_ENTRY, stopped, event="TIMER_STOPPED", subject=user_id)
    return afters


def _check_by_hand(tx: Tx, ground: _Ground) -> None:
    """With a forced timer only admins add finished entries and move their times."""
    if ground.person.settings.time_tracking_mode == "STOPWATCH_ONLY" and not tx.actor.is_admin:
        raise ManualTrackingDisabled(ground.person.workspace_name)


def _stop_previous(tx: Tx, ground: _Ground, user_id: str, new_start_s: int) -> None:
    running = store.find_running(tx, user_id)
    if running is not None:
        _stop(tx, ground, running, max(new_start_s, running.start_s))


def _stop(tx: Tx, ground: _Ground, running: TimeEntry, end_s: int) -> TimeEntry:
    rules.check_times(running.start_s, end_s, now_s=ground.now_s)
    # A timer that a moving lock overtook can still be ended, or its person could never track again.
    _check_lock(tx, ground, [end_s])
    stopped = msgspec.structs.replace(running, end_s=end_s)
    rules.check_required(stopped, ground.person.settings)
    custom.check_finished(tx, stopped)
    tx.update(TIME_ENTRY, running, stopped, event="TIMER_STOPPED", subject=running.user_id)
    store.add_totals(tx, rules.totals_delta(running, stopped))
    return stopped


def _delete(tx: Tx, entries: Sequence[TimeEntry]) -> None:
    if not entries:
        return
    if not tx.actor.is_admin:
        rules.check_lock([entry.start_s for entry in entries], lock_before_s(tx))
    for entry in entries:
        store.add_totals(tx, rules.totals_delta(entry, None))
    tx.delete_many(TIME_ENTRY, entries, event="TIME_ENTRY_DELETED", subject=entries[0].user_id)
