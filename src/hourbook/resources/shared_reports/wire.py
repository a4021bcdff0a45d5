"""The JSON of shared reports (wire-reports section 7).

Only this file knows how the contract spells these things: ids in an answer to a write, objects in a list;
`pageSize` here where other lists say `page-size`. What a filter must hold is what the report's own route
asks for.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from hourbook.core.errors import InvalidValue
from hourbook.core.types import Page
from hourbook.http.wire import OFFSET_LIMIT, In, Out, Query, fit
from hourbook.resources.reports.wire import TimeReportBody
from hourbook.resources.reports.wire_attendance import AttendanceReportBody
from hourbook.resources.reports.wire_detailed import DetailedReportBody
from hourbook.resources.reports.wire_expenses import ExpenseReportBody
from hourbook.resources.reports.wire_summary import SummaryReportBody
from hourbook.resources.reports.wire_weekly import WeeklyReportBody
from hourbook.resources.shared_reports.rules import Changes, ExportType, ListedFilter, ReportType, SharedReport

PAGE_SIZE_LIMIT = 1000
# The requests of the reports that can be shown, by type.
BODIES: dict[str, type[TimeReportBody] | type[ExpenseReportBody]] = {
    ReportType.SUMMARY: SummaryReportBody,
    ReportType.DETAILED: DetailedReportBody,
    ReportType.WEEKLY: WeeklyReportBody,
    ReportType.ATTENDANCE: AttendanceReportBody,
    ReportType.EXPENSE_DETAILED: ExpenseReportBody,
}
# What else their own routes refuse of them: groups, pages, comparisons.
_CHECKS: dict[type, Callable[[Any], object]] = {
    SummaryReportBody: SummaryReportBody.to_summary_ask,
    DetailedReportBody: DetailedReportBody.to_detailed_ask,
    WeeklyReportBody: WeeklyReportBody.to_weekly_ask,
    AttendanceReportBody: AttendanceReportBody.to_attendance_ask,
    ExpenseReportBody: ExpenseReportBody.to_expenses_ask,
}
_encode = msgspec.json.Encoder().encode


class StoredFilterIn(In):
    """What a filter must say to be stored, though a report asked for at once can do without it."""

    export_type: str


class SharedReportCreateIn(In, kw_only=True):
    """`filter` is kept as it is sent; it must be a request that the report of that type would take."""

    name: str | None = None
    type: ReportType
    filter: dict[str, Any]
    is_public: bool | None = None
    fixed_date: bool | None = None
    visible_to_users: list[str] | None = None
    visible_to_user_groups: list[str] | None = None

    def changes(self) -> Changes:
        return _changes(self, self.type.value, self.filter)


class SharedReportUpdateIn(In):
    """What is left out stays (wire-reports section 7). A filter that is sent replaces the whole filter."""

    name: str | None = None
    type: ReportType | None = None
    filter: dict[str, Any] | None = None
    is_public: bool | None = None
    fixed_date: bool | None = None
    visible_to_users: list[str] | None = None
    visible_to_user_groups: list[str] | None = None

    def changes(self, before: SharedReport) -> Changes:
        """A new type must fit the filter there is, and a new filter the type."""
        kind = before.type if self.type is None else self.type.value
        found = self.filter
        if found is None and kind != before.type:
            found = msgspec.json.decode(before.filter)
        return _changes(self, kind, found)


def _changes(body: SharedReportCreateIn | SharedReportUpdateIn, kind: str, given: dict[str, Any] | None) -> Changes:
    return Changes(
        name=body.name,
        type=body.type,
        is_public=body.is_public,
        fixed_date=body.fixed_date,
        filter=None if given is None else _encode(completed(kind, given)).decode(),
        user_ids=None if body.visible_to_users is None else tuple(body.visible_to_users),
        group_ids=None if body.visible_to_user_groups is None else tuple(body.visible_to_user_groups),
    )


def completed(kind: str, given: dict[str, Any]) -> dict[str, Any]:
    """The filter as it is stored: with the defaults the contract adds. Refused like the report's own request."""
    fit(given, StoredFilterIn, "filter")
    found = {key: value for key, value in given.items() if value is not None}
    found.setdefault("dateRangeType", "ABSOLUTE")
    request = fit(found, BODIES.get(kind, TimeReportBody), "filter")
    check = _CHECKS.get(type(request))
    if check is not None:
        check(request)
    if kind == ReportType.SUMMARY:
        found["summaryFilter"] = {"summaryChartType": "BILLABILITY"} | {
            key: value for key, value in found["summaryFilter"].items() if value is not None
        }
    return found


class SharedReportOut(Out):
    """Metadata alone; the report itself is behind its link."""

    id: str
    workspace_id: str
    user_id: str
    name: str
    is_public: bool
    visible_to_user_groups: tuple[str, ...]
    visible_to_users: tuple[str, ...]
    fixed_date: bool
    type: str
    filter: dict[str, Any]


def shared_report_out(report: SharedReport) -> SharedReportOut:
    return SharedReportOut(
        id=report.id,
        workspace_id=report.workspace_id,
        user_id=report.user_id,
        name=report.name,
        is_public=report.is_public,
        visible_to_user_groups=report.group_ids,
        visible_to_users=report.user_ids,
        fixed_date=report.fixed_date,
        type=report.type,
        filter=msgspec.json.decode(report.filter),
    )


# --- the list ----------------------------------------------------------------------------------


class SharedReportListQuery(Query, rename="camel"):
    """Camel case here, unlike the lists of the core (wire-reports section 3)."""

    page: int = 1
    page_size: int = 50
    shared_reports_filter: ListedFilter = ListedFilter.ALL

    def to_page(self) -> Page:
        if self.page < 1:
            raise InvalidValue("Page number must be greater than or equal to 1")
        if not 1 <= self.page_size <= PAGE_SIZE_LIMIT:
            raise InvalidValue(f"Page size must be between 1 and {PAGE_SIZE_LIMIT}")
        return Page(min(self.page, OFFSET_LIMIT // self.page_size), self.page_size)


class NamedOut(Out):
    id: str
    name: str


class ListedReportOut(Out):
    """`reportAuthor` is a name."""

    id: str
    name: str
    type: str
    is_public: bool
    fixed_date: bool
    link: str
    report_author: str
    visible_to_users: list[NamedOut]
    visible_to_user_groups: list[NamedOut]


class SharedReportsOut(Out):
    reports: list[ListedReportOut]
    count: int


def listed_out(report: SharedReport, people: dict[str, str], groups: dict[str, str], *, link: str) -> ListedReportOut:
    return ListedReportOut(
        id=report.id,
        name=report.name,
        type=report.type,
        is_public=report.is_public,
        fixed_date=report.fixed_date,
        link=link,
        report_author=people.get(report.user_id, ""),
        visible_to_users=[NamedOut(id=one, name=people[one]) for one in report.user_ids if one in people],
        visible_to_user_groups=[NamedOut(id=one, name=groups[one]) for one in report.group_ids if one in groups],
    )


def asked_of(kind: str, filter_: dict[str, Any], export: ExportType | None) -> tuple[Any, Any]:
    """What a filter asks of its report, and as which file (None: as JSON). InvalidValue for a type without a report."""
    body = BODIES.get(kind)
    if body is None:
        raise InvalidValue(f"Shared reports of the type {kind} can be stored, but not shown")
    request = fit(filter_ | {"exportType": (export or ExportType.JSON).value}, body, "filter")
    return _CHECKS[body](request), request.to_file_ask()
