"""What may be asked of a report as a file, and what its file and its columns are called. Pure.

Headings are the ones that importers look for by name (wire-reports section 6); a workspace that calls
projects or tasks otherwise is obeyed. What a file looks like inside is the affair of the writers.
"""

import enum
import re
from collections.abc import Iterable
from datetime import date

import msgspec

from hourbook.core.calendar import local_day
from hourbook.core.errors import InvalidValue
from hourbook.resources.reports.rules import Amount, Group, MoneyShown, Span
from hourbook.resources.reports.rules_words import ExportType

TEXT_LIMIT = 40
_DATE_PARTS = r"(?:YYYY|MM|M|DD|D)"
_DATE = re.compile(rf"{_DATE_PARTS}([-/. ]){_DATE_PARTS}\1{_DATE_PARTS}")
_CLOCK = re.compile(r"(HH?|hh?):mm(:ss)?( ?[aA])?")
_WORDS = {"HOUR12": True, "HOUR24": False}
# The published contract gives a day and a time as examples of formats; programs send these.
_EXAMPLE_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_EXAMPLE_TIME = re.compile(r"T\d\d:\d\d:\d\d(\.\d{1,9})?", re.ASCII)


class FileKind(enum.StrEnum):
    CSV = "CSV"
    XLSX = "XLSX"
    PDF = "PDF"

    @property
    def content_type(self) -> str:
        """As it was recorded, the type of workbooks included, which is not the registered one."""
        return {
            FileKind.CSV: "text/csv",
            FileKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            FileKind.PDF: "application/pdf",
        }[self]

    @property
    def suffix(self) -> str:
        return f".{self.value.lower()}"


class Clock(msgspec.Struct, frozen=True):
    """How times of day are written; `has_seconds` None: as the workspace does."""

    is_12_hours: bool
    has_seconds: bool | None = None


class FileAsk(msgspec.Struct, frozen=True, kw_only=True):
    """A report as a file. `date_format`, `clock`: None for those of whoever asks."""

    kind: FileKind
    date_format: str | None = None
    clock: Clock | None = None


class Report(enum.StrEnum):
    """A kind of report, by the word that stands in the name of its file."""

    SUMMARY = "Summary"
    DETAILED = "Detailed"
    WEEKLY = "Weekly"
    ATTENDANCE = "Attendance"
    EXPENSE = "Expense"


class Words(msgspec.Struct, frozen=True):
    """What a workspace calls projects, tasks and clients."""

    project: str = "Project"
    task: str = "Task"
    client: str = "Client"

    def of(self, group: Group) -> str:
        """The heading of a group."""
        own = {Group.PROJECT: self.project, Group.TASK: self.task, Group.CLIENT: self.client}
        return own.get(group, _HEADINGS.get(group, ""))


_HEADINGS = {
    Group.USER: "User",
    Group.USER_GROUP: "Group",
    Group.TAG: "Tag",
    Group.DATE: "Date",
    Group.WEEK: "Week",
    Group.MONTH: "Month",
    Group.TIMEENTRY: "Description",
}


def words_of(project_label: str, task_label: str, grouping_label: str) -> Words:
    """The labels of a workspace's settings; as long as nobody changed them they are words in capitals."""
    labels = (project_label, "PROJECT", "Project"), (task_label, "TASK", "Task"), (grouping_label, "CLIENT", "Client")
    return Words(*(word if label == initial else label.strip() for label, initial, word in labels))


def file_ask(export: ExportType, date_format: str | None, time_format: str | None) -> FileAsk | None:
    """What file is asked for; None for JSON. InvalidValue for formats that are none."""
    if export.value not in FileKind.__members__:
        return None
    return FileAsk(
        kind=FileKind(export.value),
        date_format=_date_format(date_format) if date_format else None,
        clock=_clock(time_format) if time_format else None,
    )


def _date_format(text: str) -> str:
    if _EXAMPLE_DAY.fullmatch(text):
        return "YYYY-MM-DD"
    parts = {part[0] for part in re.split(r"[-/. ]", text[:TEXT_LIMIT]) if part}
    if _DATE.fullmatch(text) is None or parts != {"Y", "M", "D"}:
        raise InvalidValue("dateFormat must name year, month and day, like DD/MM/YYYY or YYYY-MM-DD")
    return text


def _clock(text: str) -> Clock:
    if text in _WORDS:
        return Clock(_WORDS[text])
    if _EXAMPLE_TIME.fullmatch(text):
        return Clock(is_12_hours=False, has_seconds=True)
    match = _CLOCK.fullmatch(text[:TEXT_LIMIT])
    if match is None:
        raise InvalidValue("timeFormat must be HOUR12, HOUR24 or like HH:mm:ss or hh:mm a")
    return Clock(match[1][0] == "h", match[2] is not None)


def file_name(report: Report, span: Span, kind: FileKind) -> str:
    """As it was recorded: dates with the month first, their slashes encoded."""
    first, last = days_of(span)
    return f"Clockify_Time_Report_{report.value}_{_encoded(first)}-{_encoded(last)}{kind.suffix}"


def days_of(span: Span) -> tuple[date, date]:
    """The first and the last day of a report."""
    return local_day(span.start_s, span.zone), local_day(max(span.end_s - 1, span.start_s), span.zone)


def _encoded(day: date) -> str:
    return day.strftime("%m%%2F%d%%2F") + f"{day.year:04}"


def in_order(currencies: Iterable[str], of_workspace: str) -> tuple[str, ...]:
    """Each currency has columns of its own: the workspace's first, which stands there where there is none."""
    found = set(currencies) or {of_workspace}
    return tuple(sorted(found, key=lambda one: (one != of_workspace, one)))


def shows_rates(money: MoneyShown) -> bool:
    """Whether a file has columns of what was earned: it may be seen, and was not asked to be hidden."""
    return Amount.EARNED in money.visible and not is_hidden(money)


def shows_costs(money: MoneyShown, *, is_costing: bool) -> bool:
    """Whether a file has columns of costs: the workspace counts them, or they were asked for by name."""
    is_asked = bool({Amount.COST, Amount.PROFIT} & {money.shown, *money.amounts})
    return Amount.COST in money.visible and not is_hidden(money) and (is_costing or is_asked)


def is_hidden(money: MoneyShown) -> bool:
    return money.shown is None and not money.amounts


AMOUNT_HEADINGS = {Amount.EARNED: "Earned", Amount.COST: "Cost", Amount.PROFIT: "Profit"}


def amount_columns(money: MoneyShown) -> list[tuple[str, Amount]]:
    """Heading and kind of the money of a row of sums: `Amount`, and others that were asked for beside it."""
    found = [] if money.shown is None else [("Amount", money.shown)]
    return found + [(AMOUNT_HEADINGS[one], one) for one in money.amounts if one is not money.shown]
