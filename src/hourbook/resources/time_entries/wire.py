"""The JSON of time entries (wire-core section 8).

Three shapes: the base that writes answer, the entry with rates that reads answer, and the
hydrated one that keeps all `*Id` keys. A flat entry without tags says `tagIds: null`, except
where the request itself sent a list.
"""

import enum
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from hourbook.core.calendar import get_zone, read_wall_clock_in
from hourbook.core.duration import format_duration
from hourbook.core.errors import InvalidValue
from hourbook.core.text import fold
from hourbook.core.types import Page
from hourbook.http.wire import (
    BillableRateField,
    CostRateField,
    In,
    Instant,
    Out,
    Paged,
    Query,
    RateOut,
    TimeInterval,
    id_of,
    instant_of,
    time_interval,
)
from hourbook.resources.custom_fields.wire import EntryValueOut, ShownValue, entry_value_out
from hourbook.resources.projects.wire import ProjectOut, project_out
from hourbook.resources.tags.wire import TagOut, tag_out
from hourbook.resources.tasks.wire import TaskOut, task_out
from hourbook.resources.time_entries.rules import CUSTOM_ATTRIBUTES_LIMIT, Draft, EntryType, Mentioned, TimeEntry
from hourbook.resources.users.wire import UserOut, user_out

RUNNING_PAGE_SIZE_LIMIT = 1000
_WEEK_SECONDS = 7 * 86_400


class EntryBase(Out, kw_only=False):
    """What writes answer: no rates. Its fields are given by place: a list makes many of these."""

    id: str
    description: str
    user_id: str
    billable: bool
    task_id: str | None
    project_id: str | None
    workspace_id: str
    time_interval: TimeInterval
    tag_ids: list[str] | None
    type: str
    is_locked: bool
    kiosk_id: str | None
    custom_field_values: list[EntryValueOut]


class Entry(EntryBase):
    """What reads answer: with resolved rates."""

    hourly_rate: Annotated[RateOut | None, BillableRateField]
    cost_rate: Annotated[RateOut | None, CostRateField]


class EntryHydrated(EntryBase, kw_only=False):
    """Names instead of only ids. A hydrated bulk edit leaves the cost rate out."""

    hourly_rate: Annotated[RateOut | None, BillableRateField]
    project: ProjectOut | None
    task: TaskOut | None
    tags: list[TagOut] | None
    user: UserOut | None
    kiosk: None
    cost_rate: Annotated[RateOut | msgspec.UnsetType | None, CostRateField] = msgspec.UNSET


class CustomFieldIn(In):
    """A value. Whose word it is (`sourceType`) follows from the value itself, so what is said of it is ignored."""

    custom_field_id: str | None = None
    value: Any = None


class CustomAttributeIn(In):
    namespace: str | None = None
    name: str | None = None
    value: str | None = None


class EntryIn(In):
    """A time entry as clients write it. The read key `customFieldValues` is ignored on purpose."""

    start: str | None = None
    end: str | None = None
    description: str | None = None
    project_id: str | None = None
    task_id: str | None = None
    tag_ids: list[str] | None = None
    billable: bool | None = None
    type: EntryType | None = None
    custom_fields: list[CustomFieldIn] | None = None
    custom_attributes: list[CustomAttributeIn] | None = None

    def to_draft(self, *, needs_start: bool = False) -> Draft:
        """The domain's draft. InvalidValue for a missing start where one is needed."""
        if needs_start and not self.start:
            raise InvalidValue("start must not be null")
        return Draft(
            start_s=instant_of(self.start, "start"),
            end_s=instant_of(self.end, "end"),
            description=self.description,
            project_id=id_of(self.project_id),
            task_id=id_of(self.task_id),
            tag_ids=None if self.tag_ids is None else tuple(tag for tag in self.tag_ids if tag),
            billable=self.billable,
            type=self.type,
            custom_attributes=_attributes_text(self.custom_attributes),
            custom_fields=_values_given(self.custom_fields),
        )


class EntryUpdateIn(EntryIn):
    id: str | None = None


class StopIn(In):
    end: str | None = None

    def end_s(self) -> int | None:
        return instant_of(self.end, "end")


class BatchIn(In):
    time_entry_ids: list[str] | None = None
    hydrated: bool = False


class InvoicedIn(In):
    time_entry_ids: list[str] | None = None
    invoiced: bool | None = None


class FromEntryQuery(Query):
    from_entry: str | None = None


class HydratedQuery(Query):
    hydrated: bool = False
    consider_duration_format: bool = False


class DeleteQuery(Query):
    time_entry_ids: tuple[str, ...]


class RunningQuery(Paged):
    page_size: int = 10

    def to_page(self, *, size_limit: int = RUNNING_PAGE_SIZE_LIMIT) -> Page:
        return super().to_page(size_limit=size_limit)


class EntryListQuery(Paged):
    """`time-zone` is our own key: it reads the window in the named zone instead of the account's."""

    description: str | None = None
    start: Instant | None = None
    end: Instant | None = None
    project: str | None = None
    task: str | None = None
    tags: tuple[str, ...] = ()
    project_required: bool = False
    task_required: bool = False
    in_progress: bool | None = None
    get_week_before: Instant | None = None
    hydrated: bool = False
    consider_duration_format: bool = False
    time_zone: str | None = None

    def filters(self, account_zone: str) -> dict[str, object]:
        """The filters asked for, as the store takes them; the window read as wall clock (section 8)."""
        zone = self.time_zone or account_zone
        _check_zone(zone)
        found: dict[str, object] = {name: True for name in ("project_required", "task_required") if getattr(self, name)}
        if self.description:
            found["description"] = fold(self.description)
        for name in ("start", "end"):
            if (seconds := getattr(self, name)) is not None:
                found[name] = read_wall_clock_in(seconds, zone)
        for name in ("project", "task"):
            if getattr(self, name):
                found[name] = getattr(self, name)
        if self.tags:
            found["tag" if len(self.tags) == 1 else "tags"] = self.tags[0] if len(self.tags) == 1 else self.tags
        if self.in_progress:
            found["running"] = True
        if self.get_week_before is not None:
            _narrow(found, self.get_week_before - _WEEK_SECONDS, self.get_week_before)
            found["referenced"] = True
        return found


def _narrow(found: dict[str, Any], start_s: int, end_s: int) -> None:
    found["start"] = max(found.get("start", start_s), start_s)
    found["end"] = min(found.get("end", end_s), end_s)


def _check_zone(name: str) -> None:
    try:
        get_zone(name)
    except ValueError as error:
        raise InvalidValue(str(error)) from None


def _values_given(given: list[CustomFieldIn] | None) -> dict[str, Any] | None:
    """Values by field. InvalidValue without the field's id and for a field that is named twice."""
    if given is None:
        return None
    found = {item.custom_field_id: item.value for item in given if item.custom_field_id}
    if any(not item.custom_field_id for item in given):
        raise InvalidValue("customFieldId must not be null")
    if len(found) != len(given):
        raise InvalidValue("A custom field is named twice")
    return found


def _attributes_text(given: list[CustomAttributeIn] | None) -> str | None:
    """Custom attributes as stored: JSON of namespace, name and value."""
    if not given:
        return None
    if len(given) > CUSTOM_ATTRIBUTES_LIMIT:
        raise InvalidValue(f"customAttributes can't have more than {CUSTOM_ATTRIBUTES_LIMIT} values")
    if any(not item.namespace or not item.name or item.value is None for item in given):
        raise InvalidValue("A custom attribute needs namespace, name and value")
    return msgspec.json.encode(given).decode()


_Text = str | None
_Base = tuple[
    str, str, str, bool, _Text, _Text, str, TimeInterval, list[str] | None, str, bool, None, list[EntryValueOut]
]  # fmt: skip


class Frame(msgspec.Struct):
    """What entries are shown with besides what they hold: where the lock is, what custom fields say, by entry."""

    lock_before_s: int | None
    values: Mapping[str, list[ShownValue]] = {}

    def values_of(self, entry_id: str) -> list[EntryValueOut]:
        return [entry_value_out(entry_id, shown) for shown in self.values.get(entry_id, ())]


def _base(entry: TimeEntry, frame: Frame, *, empty_tags: bool) -> _Base:
    """The fields of `EntryBase` in their order."""
    return (
        entry.id,
        entry.description,
        entry.user_id,
        entry.billable,
        entry.task_id,
        entry.project_id,
        entry.workspace_id,
        time_interval(entry.start_s, entry.end_s),
        list(entry.tag_ids) if entry.tag_ids or empty_tags else None,
        entry.type,
        frame.lock_before_s is not None and entry.start_s < frame.lock_before_s,
        None,  # kiosk_id: kiosks come later
        frame.values_of(entry.id) if frame.values else [],
    )


def entry_base(entry: TimeEntry, frame: Frame, *, empty_tags: bool = False) -> EntryBase:
    """The answer of a write. `empty_tags`: the request sent a tag list, so one comes back."""
    return EntryBase(*_base(entry, frame, empty_tags=empty_tags))


def entry_out(entry: TimeEntry, frame: Frame) -> Entry:
    """The answer of a read."""
    return Entry(
        *_base(entry, frame, empty_tags=False),
        hourly_rate=RateOut(amount=entry.hourly_rate_minor, currency=entry.currency),
        cost_rate=RateOut(amount=entry.cost_rate_minor, currency=entry.currency),
    )


class Names(msgspec.Struct):
    """What hydrated entries show, by id."""

    projects: dict[str, ProjectOut]
    tasks: dict[str, TaskOut]
    tags: dict[str, TagOut]
    users: dict[str, UserOut]


def names_of(mentioned: Mentioned) -> Names:
    """The JSON of what entries point to. A project inside an entry shows no duration (recorded)."""
    projects = {key: project_out(shown) for key, shown in mentioned.projects.items()}
    for project in projects.values():
        project.duration = format_duration(0)
    return Names(
        projects=projects,
        tasks={key: task_out(shown) for key, shown in mentioned.tasks.items()},
        tags={key: tag_out(tag) for key, tag in mentioned.tags.items()},
        users={key: user_out(person, []) for key, person in mentioned.people.items()},
    )


class Shape(enum.Enum):
    """The hydrated answers differ in small ways (wire-core section 8)."""

    LIST = "list"
    SINGLE = "single"
    BULK_EDIT = "bulk_edit"


def entry_hydrated(entry: TimeEntry, frame: Frame, names: Names, *, shape: Shape) -> EntryHydrated:
    """Single reads have `user: null`; bulk edits have no cost rate and `tags: null` when there are none."""
    is_edit = shape is Shape.BULK_EDIT
    found = [names.tags[tag_id] for tag_id in entry.tag_ids if tag_id in names.tags]
    cost = RateOut(amount=entry.cost_rate_minor, currency=entry.currency)
    return EntryHydrated(
        *_base(entry, frame, empty_tags=not is_edit),
        RateOut(amount=entry.hourly_rate_minor, currency=entry.currency),
        names.projects.get(entry.project_id or ""),
        names.tasks.get(entry.task_id or ""),
        None if is_edit and not found else found,
        None if shape is Shape.SINGLE else names.users.get(entry.user_id),
        None,  # kiosk
        msgspec.UNSET if is_edit else cost,
    )
