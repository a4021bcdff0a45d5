"""What a time entry is, when it may be written, and at which rate. Pure.

Start and end are whole seconds since 1970 UTC; a running entry has no end. Rates are minor
units an hour. The limits and wordings follow wire-core section 8.
"""

import enum
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from hourbook.core.calendar import WEEKDAYS, day_start_s, local_day, months_before
from hourbook.core.errors import EntryLocked, InvalidValue, RequiredFieldMissing, StartAfterEnd

DESCRIPTION_LIMIT = 3000
DURATION_LIMIT_SECONDS = 3653 * 86_400
FUTURE_START_LIMIT_SECONDS = 60
CUSTOM_ATTRIBUTES_LIMIT = 10


class EntryType(enum.StrEnum):
    """HOLIDAY and TIME_OFF entries are made by the server only."""

    REGULAR = "REGULAR"
    BREAK = "BREAK"
    HOLIDAY = "HOLIDAY"
    TIME_OFF = "TIME_OFF"


class TimeEntry(msgspec.Struct):
    """A time entry with its resolved rates (minor units an hour) and their currency."""

    workspace_id: str
    id: str
    user_id: str
    description: str
    project_id: str | None
    task_id: str | None
    billable: bool
    type: str
    start_s: int
    end_s: int | None
    hourly_rate_minor: int
    cost_rate_minor: int
    currency: str
    is_invoiced: bool
    custom_attributes: str | None
    # JSON as the rules of custom fields define it.
    custom_fields: str | None = None
    tag_ids: tuple[str, ...] = ()

    @property
    def is_running(self) -> bool:
        return self.end_s is None

    @property
    def duration_seconds(self) -> int:
        """Tracked seconds; 0 while running."""
        return 0 if self.end_s is None else self.end_s - self.start_s


class Outline(msgspec.Struct):
    """Whose an entry is and what it is for, read before the entry is held."""

    id: str
    user_id: str
    project_id: str | None


class Draft(msgspec.Struct, kw_only=True):
    """What somebody wants an entry to be. None: not said.

    `custom_fields`: values by field. `copied_fields`: the stored ones of the entry it is filled from.
    """

    start_s: int | None = None
    end_s: int | None = None
    description: str | None = None
    project_id: str | None = None
    task_id: str | None = None
    tag_ids: tuple[str, ...] | None = None
    billable: bool | None = None
    type: EntryType | None = None
    custom_attributes: str | None = None
    custom_fields: dict[str, Any] | None = None
    copied_fields: str | None = None


class AutomaticLock(msgspec.Struct, frozen=True, kw_only=True):
    """A lock that moves with time. WEEKLY and MONTHLY lock the past period once a day is reached."""

    type: str = "OLDER_THAN"
    change_day: str | None = None
    day_of_month: int | None = None
    first_day: str | None = None
    older_than_period: str | None = None
    older_than_value: int | None = None


class TrackingSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The workspace settings that tracking reads, out of the stored whole."""

    force_projects: bool = False
    force_tasks: bool = False
    force_tags: bool = False
    force_description: bool = False
    time_tracking_mode: str = "DEFAULT"
    lock_time_entries: int | None = None
    lock_time_zone: str | None = None
    time_zone: str = "UTC"
    automatic_lock: AutomaticLock | None = None
    only_admins_can_change_billable_status: bool = False


class Person(msgspec.Struct):
    """The workspace and the member an entry is for, as far as tracking reads them."""

    settings: TrackingSettings
    workspace_name: str
    currency: str


class TrackedProject(msgspec.Struct):
    """A project as far as tracking reads it; `currency` is its client's, None without one."""

    id: str
    billable: bool
    currency: str | None


class TrackedTask(msgspec.Struct):
    """A task as far as tracking reads it."""

    id: str
    project_id: str
    billable: bool


class Mentioned(msgspec.Struct):
    """What entries point to, by id, as the slices of those things show them; for hydrated answers."""

    projects: dict[str, Any]
    tasks: dict[str, Any]
    tags: dict[str, Any]
    people: dict[str, Any]


def targets_of(entries: Iterable[TimeEntry]) -> set[str]:
    """The projects and tasks that entries name."""
    return {target for entry in entries for target in (entry.project_id, entry.task_id) if target}


def default_billable(project: TrackedProject | None, task: TrackedTask | None) -> bool:
    """The task's flag, else the project's, else false (wire-core 13, row 2)."""
    if task is not None:
        return task.billable
    return project is not None and project.billable


def check_times(start_s: int, end_s: int | None, *, now_s: int) -> None:
    """StartAfterEnd when reversed (a running one may start a minute ahead); InvalidValue over ten years."""
    last_s = now_s + FUTURE_START_LIMIT_SECONDS if end_s is None else end_s
    if start_s > last_s:
        raise StartAfterEnd(start_s, now_s if end_s is None else end_s)
    if last_s - start_s > DURATION_LIMIT_SECONDS:
        raise InvalidValue("A time entry can't be longer than 10 years")


def check_required(entry: TimeEntry, settings: TrackingSettings) -> None:
    """RequiredFieldMissing when a finished entry lacks what the workspace asks for."""
    if entry.is_running:
        return
    if settings.force_projects and entry.project_id is None:
        raise RequiredFieldMissing("Project")
    if settings.force_tasks and entry.task_id is None:
        raise RequiredFieldMissing("Task")
    if settings.force_tags and not entry.tag_ids:
        raise RequiredFieldMissing("Tag")
    if settings.force_description and not entry.description.strip():
        raise RequiredFieldMissing("Description")


def lock_before_s(settings: TrackingSettings, *, now_s: int) -> int | None:
    """Entries that start before this second are locked; the later of the fixed and the automatic lock.

    The automatic one goes by the days of the lock's zone, else of the workspace's: never by those of whoever asks,
    who could move the lock by changing a profile.
    """
    automatic = None
    if settings.automatic_lock is not None:
        automatic = _automatic_lock_s(settings.automatic_lock, now_s, settings.lock_time_zone or settings.time_zone)
    found = [lock for lock in (settings.lock_time_entries, automatic) if lock is not None]
    return max(found, default=None)


def _automatic_lock_s(lock: AutomaticLock, now_s: int, zone: str) -> int:
    today = local_day(now_s, zone)
    if lock.type == "WEEKLY":
        first, change = _weekday(lock.first_day), _weekday(lock.change_day)
        week_start = today - timedelta(days=(today.weekday() - first) % 7)
        changes_on = week_start + timedelta(days=(change - first) % 7)
        return day_start_s(week_start if today >= changes_on else week_start - timedelta(days=7), zone)
    if lock.type == "MONTHLY":
        month_start = today.replace(day=1)
        before = (month_start - timedelta(days=1)).replace(day=1)
        # In a month that is too short for the day, its last day counts.
        is_last_day = (today + timedelta(days=1)).day == 1
        is_reached = is_last_day or today.day >= (lock.day_of_month or 1)
        return day_start_s(month_start if is_reached else before, zone)
    value = lock.older_than_value or 0
    if lock.older_than_period == "MONTHS":
        return day_start_s(months_before(today, value), zone)
    return day_start_s(today - timedelta(days=value * (7 if lock.older_than_period == "WEEKS" else 1)), zone)


def _weekday(name: str | None) -> int:
    return WEEKDAYS.index(name) if name in WEEKDAYS else 0


def check_lock(start_seconds: Sequence[int], lock_before_s: int | None) -> None:
    """EntryLocked when any of the starts lies before the lock."""
    if lock_before_s is not None and any(start_s < lock_before_s for start_s in start_seconds):
        raise EntryLocked(lock_before_s)


def check_description(text: str | None) -> str:
    """The text, empty when absent; InvalidValue over 3000 characters."""
    found = text or ""
    if len(found) > DESCRIPTION_LIMIT:
        raise InvalidValue(f"Description can't be longer than {DESCRIPTION_LIMIT} characters")
    return found


def check_type(wanted: EntryType | None, current: str) -> str:
    """The type to store; people make REGULAR and BREAK entries only."""
    if wanted is None or wanted == current:
        return current
    if wanted not in (EntryType.REGULAR, EntryType.BREAK):
        raise InvalidValue("Time entries of type HOLIDAY and TIME_OFF are made by the server only")
    return wanted.value


def filled_from(draft: Draft, source: TimeEntry) -> Draft:
    """The draft with what it does not say taken from another entry (wire-core 13, row 20)."""
    return Draft(
        start_s=draft.start_s,
        end_s=draft.end_s,
        description=source.description if draft.description is None else draft.description,
        project_id=source.project_id if draft.project_id is None else draft.project_id,
        task_id=source.task_id if draft.task_id is None and draft.project_id is None else draft.task_id,
        tag_ids=source.tag_ids if draft.tag_ids is None else draft.tag_ids,
        billable=source.billable if draft.billable is None else draft.billable,
        type=draft.type,
        custom_attributes=draft.custom_attributes or source.custom_attributes,
        custom_fields=draft.custom_fields,
        copied_fields=source.custom_fields,
    )


def totals_delta(before: TimeEntry | None, after: TimeEntry | None) -> dict[tuple[str, str], dict[str, int]]:
    """What a change adds to derived totals: {("project"|"task", id): deltas}; running entries count nothing."""
    deltas: dict[tuple[str, str], dict[str, int]] = {}
    for sign, entry in ((-1, before), (1, after)):
        if entry is None or entry.is_running:
            continue
        for kind, key in (("project", entry.project_id), ("task", entry.task_id)):
            if key is None:
                continue
            sums = deltas.setdefault((kind, key), {"duration_seconds": 0, "billable_seconds": 0, "entries_count": 0})
            sums["duration_seconds"] += sign * entry.duration_seconds
            sums["billable_seconds"] += sign * (entry.duration_seconds if entry.billable else 0)
            sums["entries_count"] += sign
    return deltas


def in_order(ids: Sequence[str], found: Mapping[str, TimeEntry]) -> list[TimeEntry]:
    """The entries in the order they were asked for, each once."""
    return [found[entry_id] for entry_id in dict.fromkeys(ids)]
