"""The JSON of an opened shared report (wire-reports section 7): the report of its type, and `filters`.

Whoever opens one may choose another sort or page, and another range unless it is fixed. To those who are
not of the workspace less is told of it and of its people.
"""

from typing import Any

import msgspec

from hourbook.http.wire import Out, Query
from hourbook.resources.shared_reports.rules import ExportType, ReportType, SharedReport
from hourbook.resources.shared_reports.wire import SharedReportOut, shared_report_out
from hourbook.resources.workspaces.wire import SUBSCRIPTION, WorkspaceSettingsOut

# Where a filter says how rows are sorted and which page is wanted; the empty word: beside the range.
_PAGED = {ReportType.DETAILED: "detailedFilter", ReportType.ATTENDANCE: "attendanceFilter"}
_SORTED = {**_PAGED, ReportType.SUMMARY: "summaryFilter"}
_AT_THE_TOP = frozenset({ReportType.EXPENSE_DETAILED})


class OpenQuery(Query, rename="camel"):
    """What whoever opens a report may choose."""

    export_type: ExportType | None = None
    date_range_start: str | None = None
    date_range_end: str | None = None
    sort_column: str | None = None
    sort_order: str | None = None
    page: int | None = None
    page_size: int | None = None

    @property
    def is_heavy(self) -> bool:
        """A whole file is asked for."""
        return self.export_type in (ExportType.CSV, ExportType.XLSX, ExportType.PDF)


class WorkspaceOutlineOut(Out):
    """To those who are not of the workspace its settings are empty."""

    id: str
    name: str
    workspace_settings: dict[str, Any]


def outline_out(id_: str, name: str, settings: WorkspaceSettingsOut | None) -> WorkspaceOutlineOut:
    """`settings` None: asked for by somebody who is not of the workspace."""
    told = {} if settings is None else msgspec.to_builtins(settings)
    return WorkspaceOutlineOut(id=id_, name=name, workspace_settings=told)


class OpenedOut(SharedReportOut):
    """The stored report and what it is read with: the author's zone and spellings."""

    workspace: WorkspaceOutlineOut
    is_admin_or_owner: bool
    timezone: str
    date_format: str
    time_format: str
    week_start: str
    original_lang: str
    subscription_plan: str = SUBSCRIPTION
    notes: str = ""
    export_visible_elements: tuple[str, ...] = ()
    export_visible_custom_field_ids: tuple[str, ...] = ()


class OpenedReport(Out, kw_only=True):
    """The report that the stored type names (its own route's answer), and `filters`."""

    totals: list[Any] | dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    donut_chart: list[Any] | msgspec.UnsetType = msgspec.UNSET
    group_totals: dict[str, int] | msgspec.UnsetType = msgspec.UNSET
    group_one: list[Any] | msgspec.UnsetType = msgspec.UNSET
    timeentries: list[Any] | msgspec.UnsetType = msgspec.UNSET
    totals_by_day: list[Any] | msgspec.UnsetType = msgspec.UNSET
    users_without_time: list[Any] | msgspec.UnsetType = msgspec.UNSET
    include_users_without_time: bool | msgspec.UnsetType = msgspec.UNSET
    decimal_format: bool | msgspec.UnsetType = msgspec.UNSET
    track_time_down_to_seconds: bool | msgspec.UnsetType = msgspec.UNSET
    entities: list[Any] | msgspec.UnsetType = msgspec.UNSET
    expenses: list[Any] | msgspec.UnsetType = msgspec.UNSET
    custom_fields: list[Any] | msgspec.UnsetType = msgspec.UNSET
    export_fields: list[Any] | msgspec.UnsetType = msgspec.UNSET
    filters: OpenedOut


def opened_report(report: msgspec.Struct, filters: OpenedOut) -> OpenedReport:
    """The report's own keys, and the filters beside them."""
    return OpenedReport(filters=filters, **{name: getattr(report, name) for name in report.__struct_fields__})


def without_addresses(report: OpenedReport) -> OpenedReport:
    """For those who are not of the workspace: no e-mail address of anybody, and nobody who has no time in it."""
    for rows in (report.timeentries, report.expenses):
        for row in rows or ():
            if hasattr(row, "user_email"):
                row.user_email = ""
    if report.users_without_time is not msgspec.UNSET:
        report.users_without_time = []
    return report


def wanted_filter(report: SharedReport, query: OpenQuery, today: tuple[str, str] | None) -> dict[str, Any]:
    """The stored request with the range it means today, and with what whoever opens it chose."""
    found: dict[str, Any] = msgspec.json.decode(report.filter)
    if today is not None:
        found["dateRangeStart"], found["dateRangeEnd"] = today
    if not report.fixed_date:
        found |= _given(dateRangeStart=query.date_range_start, dateRangeEnd=query.date_range_end)
    found |= _given(sortOrder=query.sort_order)
    kind = ReportType(report.type)
    for places, chosen in (
        (_SORTED, _given(sortColumn=query.sort_column)),
        (_PAGED, _given(page=query.page, pageSize=query.page_size)),
    ):
        place = places.get(kind)
        if chosen and place is not None:
            found[place] = (found.get(place) or {}) | chosen
        elif kind in _AT_THE_TOP:
            found |= chosen
    return found


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def filters_out(report: SharedReport, filter_: dict[str, Any], *, is_of_workspace: bool, **more: Any) -> OpenedOut:
    """The stored report; its filter as it was used this time. Whom else it is shared with is told to members alone."""
    stored = shared_report_out(report)
    told = {name: getattr(stored, name) for name in stored.__struct_fields__} | {"filter": filter_}
    if not is_of_workspace:
        told |= {"visible_to_users": (), "visible_to_user_groups": ()}
    return OpenedOut(**told, **more)
