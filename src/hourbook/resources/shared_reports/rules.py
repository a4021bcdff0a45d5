"""What a shared report is, what may stand in it, and who may open it. Pure.

The filter is kept as it was sent; what it must hold for its type, `wire.py` says, because it is a request
of the wire. Whom it is shared with counts while it is private.
"""

import enum
from collections.abc import Iterable

import msgspec

from hourbook.core.errors import InvalidValue

NAME_LIMIT = 250
FILTER_LIMIT_BYTES = 300_000
VISIBLE_LIMIT = 1000


class ReportType(enum.StrEnum):
    """Every type that may be stored; which of them can be shown, the reports that exist say."""

    DETAILED = "DETAILED"
    WEEKLY = "WEEKLY"
    SUMMARY = "SUMMARY"
    SCHEDULED = "SCHEDULED"
    EXPENSE_DETAILED = "EXPENSE_DETAILED"
    EXPENSE_RECEIPT = "EXPENSE_RECEIPT"
    PTO_REQUESTS = "PTO_REQUESTS"
    PTO_BALANCE = "PTO_BALANCE"
    ATTENDANCE = "ATTENDANCE"
    INVOICE_EXPENSE = "INVOICE_EXPENSE"
    INVOICE_TIME = "INVOICE_TIME"
    PROJECT = "PROJECT"
    TEAM_FULL = "TEAM_FULL"
    TEAM_LIMITED = "TEAM_LIMITED"
    TEAM_GROUPS = "TEAM_GROUPS"
    INVOICES = "INVOICES"
    KIOSK_PIN_LIST = "KIOSK_PIN_LIST"
    KIOSK_ASSIGNEES = "KIOSK_ASSIGNEES"
    USER_DATA_EXPORT = "USER_DATA_EXPORT"


class ExportType(enum.StrEnum):
    """As what a report may be opened."""

    JSON = "JSON"
    JSON_V1 = "JSON_V1"
    PDF = "PDF"
    CSV = "CSV"
    XLSX = "XLSX"
    ZIP = "ZIP"


class ListedFilter(enum.StrEnum):
    """Which reports a list holds. ALL: one's own and those shared with one; of admins, like ALL_ADMIN, every one."""

    ALL = "ALL"
    CREATED_BY_ME = "CREATED_BY_ME"
    SHARED_WITH_ME = "SHARED_WITH_ME"
    ALL_ADMIN = "ALL_ADMIN"


class SharedReport(msgspec.Struct):
    """A shared report. `user_id`: its author. `filter`: the stored request, as JSON text.

    `fixed_date`: who opens it cannot choose another range.
    """

    workspace_id: str
    id: str
    user_id: str
    name: str
    type: str
    is_public: bool
    fixed_date: bool
    filter: str
    user_ids: tuple[str, ...] = ()
    group_ids: tuple[str, ...] = ()


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants of a report; None leaves as it is. `filter`: JSON text."""

    name: str | None = None
    type: ReportType | None = None
    is_public: bool | None = None
    fixed_date: bool | None = None
    filter: str | None = None
    user_ids: tuple[str, ...] | None = None
    group_ids: tuple[str, ...] | None = None


class Viewer(msgspec.Struct, frozen=True):
    """Whoever opens a report, as the report's workspace knows them. Nobody of it without `user_id`."""

    user_id: str | None = None
    is_admin: bool = False
    is_in_group: bool = False


class RangeAsked(msgspec.Struct, frozen=True, rename="camel"):
    """What a stored filter says of its range."""

    date_range_start: str = ""
    date_range_end: str = ""
    date_range_type: str = "ABSOLUTE"
    time_zone: str | None = None
    week_start: str | None = None


decode_range = msgspec.json.Decoder(RangeAsked).decode


def check_name(name: str | None) -> str:
    """The name without surrounding blanks; InvalidValue when empty or too long."""
    trimmed = (name or "").strip()
    if not trimmed:
        raise InvalidValue("The name of a shared report must not be empty")
    if len(trimmed) > NAME_LIMIT:
        raise InvalidValue(f"The name of a shared report can't be longer than {NAME_LIMIT} characters")
    return trimmed


def check_filter(text: str) -> str:
    """InvalidValue for a stored request that is larger than any sensible one."""
    if len(text.encode()) > FILTER_LIMIT_BYTES:
        raise InvalidValue(f"The filter of a shared report can't be larger than {FILTER_LIMIT_BYTES} bytes")
    return text


def check_visible(ids: Iterable[str]) -> tuple[str, ...]:
    """Each once; InvalidValue for too many."""
    found = tuple(dict.fromkeys(ids))
    if len(found) > VISIBLE_LIMIT:
        raise InvalidValue(f"A report can be shared with at most {VISIBLE_LIMIT} people and {VISIBLE_LIMIT} groups")
    return found


def may_open(report: SharedReport, viewer: Viewer) -> bool:
    """Public ones anybody; others their author, the people and groups they name, and admins."""
    if report.is_public:
        return True
    if viewer.user_id is None:
        return False
    return viewer.is_admin or viewer.is_in_group or viewer.user_id in (report.user_id, *report.user_ids)
