"""What a scheduled report is, and what may stand in one. Pure.

The filter is kept as it was sent, with a range that is relative: which days it means is worked out each time
(`rules_ranges` of shared reports). When it is due says `rules_times.py`, what becomes of a try `rules_runs.py`.
"""

import enum
import re
from collections.abc import Iterable
from datetime import date

import msgspec

from hourbook.core.calendar import get_zone
from hourbook.core.errors import InvalidValue, LimitReached
from hourbook.resources.scheduled_reports.rules_times import Every, When

NAME_LIMIT = 100
FILTER_LIMIT_BYTES = 300_000
# Of one person in one workspace.
REPORTS_LIMIT = 20
RECIPIENTS_LIMIT = 50
LAST_MONTH_DAY = 31
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
# What some system or other cannot have in the name of a file.
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
RANGES = (
    "TODAY",
    "YESTERDAY",
    "THIS_WEEK",
    "LAST_WEEK",
    "PAST_TWO_WEEKS",
    "THIS_MONTH",
    "LAST_MONTH",
    "THIS_YEAR",
    "LAST_YEAR",
)
RANGES_OF_A_WEEK = ("THIS_WEEK", "LAST_WEEK")


class ReportType(enum.StrEnum):
    """The reports that can be mailed."""

    SUMMARY = "SUMMARY"
    DETAILED = "DETAILED"
    WEEKLY = "WEEKLY"
    ATTENDANCE = "ATTENDANCE"


class FileType(enum.StrEnum):
    PDF = "PDF"
    XLSX = "XLSX"
    CSV = "CSV"


class ScheduledReport(msgspec.Struct):
    """A row of the table. `user_id`: its owner. `filter`: the request as it was sent; `request`: what it asks."""

    workspace_id: str
    id: str
    user_id: str
    name: str
    type: str
    kind: str
    filter: str
    request: str
    every: str
    weekday: int | None
    month_day: int | None
    minute: int
    zone: str
    is_paused: bool
    user_ids: tuple[str, ...] = ()

    @property
    def when(self) -> When:
        return When(Every(self.every), self.minute, self.zone, self.weekday, self.month_day)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A request that was checked by the wire. `asked`: what its filter asks, and as which file, as JSON."""

    type: ReportType
    kind: FileType
    filter: str
    request: str


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants of a schedule; None leaves as it is. `report`: the request, where any part of it changes."""

    name: str | None = None
    report: Wanted | None = None
    every: Every | None = None
    weekday: int | None = None
    month_day: int | None = None
    time: str | None = None
    zone: str | None = None
    is_paused: bool | None = None
    user_ids: tuple[str, ...] | None = None


class Receiver(msgspec.Struct, frozen=True):
    """Somebody who can be written to. `settings`: as the account has them stored."""

    id: str
    email: str
    name: str | None
    settings: str | None


class RangeAsked(msgspec.Struct, frozen=True, rename="camel"):
    """What a stored filter says of its range."""

    date_range_type: str = "ABSOLUTE"
    time_zone: str | None = None
    week_start: str | None = None


decode_range = msgspec.json.Decoder(RangeAsked).decode


def check_name(name: str | None) -> str:
    """The name without surrounding blanks; InvalidValue when empty or too long."""
    trimmed = " ".join((name or "").split())
    if not trimmed:
        raise InvalidValue("The name of a scheduled report must not be empty")
    if len(trimmed) > NAME_LIMIT:
        raise InvalidValue(f"The name of a scheduled report can't be longer than {NAME_LIMIT} characters")
    return trimmed


def check_report(wanted: Wanted) -> Wanted:
    """InvalidValue for a range of fixed days, which would be the same each time, or for more than a week of weeks."""
    if len(wanted.filter.encode()) > FILTER_LIMIT_BYTES:
        raise InvalidValue(f"The filter of a scheduled report can't be larger than {FILTER_LIMIT_BYTES} bytes")
    words = RANGES_OF_A_WEEK if wanted.type is ReportType.WEEKLY else RANGES
    asked = decode_range(wanted.filter)
    if asked.date_range_type not in words:
        raise InvalidValue(f"filter.dateRangeType of a scheduled report must be one of {', '.join(words)}")
    if asked.time_zone:
        check_zone(asked.time_zone)
    return wanted


def check_zone(zone: str) -> None:
    try:
        get_zone(zone)
    except ValueError:
        raise InvalidValue(f"timeZone {zone[:64]} is unknown; it must be a time zone like Europe/Berlin") from None


def check_when(when: When) -> When:
    """The schedule without what its kind has no use for; InvalidValue for a day or a zone that is none."""
    check_zone(when.zone)
    if when.every is Every.WEEKLY:
        if when.weekday is None:
            raise InvalidValue("A weekly schedule needs its weekday")
        return msgspec.structs.replace(when, month_day=None)
    if when.every is Every.MONTHLY:
        if when.month_day is None or not 1 <= when.month_day <= LAST_MONTH_DAY:
            raise InvalidValue(f"A monthly schedule needs its dayOfMonth, from 1 to {LAST_MONTH_DAY}")
        return msgspec.structs.replace(when, weekday=None)
    return msgspec.structs.replace(when, weekday=None, month_day=None)


def minute_of(text: str) -> int:
    """The minute of the day of a time like 07:30; InvalidValue otherwise."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise InvalidValue("time must be like 07:30")
    return int(match[1]) * 60 + int(match[2])


def check_recipients(ids: Iterable[str]) -> tuple[str, ...]:
    """Each once, in order; InvalidValue for none and for too many."""
    found = tuple(sorted(set(ids)))
    if not found:
        raise InvalidValue("A scheduled report needs a recipient")
    if len(found) > RECIPIENTS_LIMIT:
        raise InvalidValue(f"A scheduled report can have at most {RECIPIENTS_LIMIT} recipients")
    return found


def check_active(are_active: Iterable[bool]) -> None:
    """InvalidValue for a recipient who could not be written to."""
    if not all(are_active):
        raise InvalidValue("Recipients must be active members of the workspace with an account of their own")


def check_mail(*, is_on: bool) -> None:
    """InvalidValue where nothing could be mailed."""
    if not is_on:
        raise InvalidValue(
            "This server sends no mail, so reports can't be scheduled. Whoever runs it has to set up SMTP first"
        )


def check_room(count: int) -> None:
    """LimitReached for who has as many as anybody may."""
    if count >= REPORTS_LIMIT:
        raise LimitReached(REPORTS_LIMIT, "scheduled reports")


def file_name(name: str, days: tuple[date, date], suffix: str) -> str:
    """What the file of a period is called: like the schedule, without what a file cannot be called."""
    plain = _NOT_IN_NAMES.sub(" ", name).strip(" .") or "report"
    first, last = days
    written = first.isoformat() if first == last else f"{first.isoformat()} - {last.isoformat()}"
    return f"{' '.join(plain.split())} {written}{suffix}"
