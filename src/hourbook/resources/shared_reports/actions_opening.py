"""Opening a shared report: whoever has its link asks, and sees what its author may see now.

The report is looked up by its id alone; what follows happens in its workspace, with the author's rights.
Whoever may not open it is told what somebody is told who asks for one that never was.
"""

from pathlib import Path
from typing import Any

import msgspec

from hourbook.access.behalf import on_behalf_of
from hourbook.columns.keeping import ColumnsKeeper
from hourbook.core.calendar import WEEKDAYS, local_day
from hourbook.core.clock import seconds_of
from hourbook.core.errors import NoSuchSharedReport
from hourbook.db.tx import ReadTx
from hourbook.resources.reports import actions as reports
from hourbook.resources.reports import (
    actions_attendance,
    actions_detailed,
    actions_expenses,
    actions_making,
    actions_summary,
    actions_weekly,
)
from hourbook.resources.reports.actions_attendance import Attendance
from hourbook.resources.reports.actions_detailed import Detailed
from hourbook.resources.reports.actions_expenses import ExpenseReport
from hourbook.resources.reports.actions_files import ReportFile, Target
from hourbook.resources.reports.actions_summary import Summary
from hourbook.resources.reports.actions_weekly import Weekly
from hourbook.resources.reports.rules import SummaryAsk
from hourbook.resources.reports.rules_attendance import AttendanceAsk
from hourbook.resources.reports.rules_detailed import DetailedAsk
from hourbook.resources.reports.rules_expenses import ExpensesAsk
from hourbook.resources.reports.rules_files import FileAsk
from hourbook.resources.reports.rules_weekly import WeeklyAsk
from hourbook.resources.shared_reports import rules, rules_ranges, store
from hourbook.resources.shared_reports.rules import SharedReport, Viewer
from hourbook.resources.users import actions as users
from hourbook.resources.users.rules import UserSettings
from hourbook.resources.users.rules import decode_settings as decode_user_settings
from hourbook.resources.workspaces import actions as workspaces
from hourbook.resources.workspaces.rules import Workspace, can_be_entered
from hourbook.resources.workspaces.rules_settings import WorkspaceSettings, decode_settings


class Opened(msgspec.Struct, frozen=True):
    """A report somebody may see. `tx`: its workspace with the author's eyes."""

    report: SharedReport
    viewer: Viewer
    tx: ReadTx
    workspace: Workspace
    workspace_settings: WorkspaceSettings
    # Of the author: the zone and the words of dates are theirs.
    settings: UserSettings


def open_report(tx: ReadTx, report_id: str, *, address: str) -> Opened:
    """NoSuchSharedReport when there is none, its author is out, or the asker may not open it from there."""
    report = store.find_anywhere(tx, report_id)
    if report is None:
        raise NoSuchSharedReport
    seen = on_behalf_of(tx, report.user_id, report.workspace_id)
    if seen is None or not seen.actor.may("report.read"):
        raise NoSuchSharedReport
    workspace = workspaces.get_workspace(seen)
    report = seen.with_links(store.SHARED_REPORT, [report])[0]
    viewer = _viewer(tx, seen, report, address=address)
    if not rules.may_open(report, viewer) or not can_be_entered(workspace, address, now_us=tx.now_us):
        raise NoSuchSharedReport
    reports.show_money_as_asked(seen)
    if viewer.user_id is None:
        reports.hide_addresses(seen)
    settings = decode_user_settings(users.get_user(seen, report.user_id).settings) or UserSettings()
    return Opened(report, viewer, seen, workspace, decode_settings(workspace.settings), settings)


def _viewer(tx: ReadTx, seen: ReadTx, report: SharedReport, *, address: str) -> Viewer:
    """Who asks; nobody for an account that could not enter the workspace itself, as it signed in and from there."""
    asker = tx.actor
    if asker.id is None:
        return Viewer()
    roles = workspaces.open_workspaces(tx, asker.id, address=address).get(report.workspace_id)
    if roles is None:
        return Viewer()
    is_admin = msgspec.structs.replace(asker, roles=roles[1]).is_admin
    return Viewer(asker.id, is_admin, store.is_in_one_of(seen, asker.id, report.group_ids))


def range_today(opened: Opened) -> tuple[str, str] | None:
    """What a relative range means at this moment, as wall clock of the report; None for one of fixed dates."""
    asked = rules.decode_range(opened.report.filter)
    zone = asked.time_zone or opened.settings.time_zone
    today = local_day(seconds_of(opened.tx.now_us), zone)
    week_start = WEEKDAYS.index(asked.week_start or opened.settings.week_start)
    days = rules_ranges.days_of(asked.date_range_type, today, week_start)
    return None if days is None else rules_ranges.written(days)


def summary(opened: Opened, columns: ColumnsKeeper, asked: SummaryAsk) -> Summary:
    """The summary as its author sees it."""
    return actions_summary.summary(opened.tx, columns, asked)


def detailed(opened: Opened, columns: ColumnsKeeper, asked: DetailedAsk) -> Detailed:
    """The page of entries as its author sees them."""
    return actions_detailed.detailed(opened.tx, columns, asked)


def weekly(opened: Opened, columns: ColumnsKeeper, asked: WeeklyAsk) -> Weekly:
    """The week as its author sees it."""
    return actions_weekly.weekly(opened.tx, columns, asked)


def attendance(opened: Opened, columns: ColumnsKeeper, asked: AttendanceAsk) -> Attendance:
    """Who was there when, as its author sees it."""
    return actions_attendance.attendance(opened.tx, columns, asked)


def expenses(opened: Opened, asked: ExpensesAsk) -> ExpenseReport:
    """Expenses as its author sees them."""
    return actions_expenses.expenses(opened.tx, asked)


def make_file(opened: Opened, columns: ColumnsKeeper, asked: Any, *, how: FileAsk, path: Path) -> ReportFile:
    """The report as a file at a path, as its author sees it."""
    return actions_making.make_file(opened.tx, columns, asked=asked, target=Target(path, how))
