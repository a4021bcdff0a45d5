"""Making the file of a scheduled report: its range worked out, and the report seen with its owner's eyes.

The range is that of the moment the period is about, not of the moment it is made at: what is late shows the
same days. Nothing is written to the database here.
"""

from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from hourbook.access.behalf import on_behalf_of
from hourbook.columns.keeping import ColumnsKeeper
from hourbook.core.calendar import WEEKDAYS, local_day
from hourbook.core.errors import AccessDenied, InvalidValue
from hourbook.db.tx import ReadTx
from hourbook.resources.reports import actions as reports
from hourbook.resources.reports.actions_files import ReportFile, Target
from hourbook.resources.reports.actions_making import make_file
from hourbook.resources.reports.rules import Ask, SummaryAsk
from hourbook.resources.reports.rules_attendance import AttendanceAsk
from hourbook.resources.reports.rules_detailed import DetailedAsk
from hourbook.resources.reports.rules_files import FileAsk
from hourbook.resources.reports.rules_weekly import WeeklyAsk
from hourbook.resources.scheduled_reports import rules
from hourbook.resources.scheduled_reports.actions import MANAGE
from hourbook.resources.scheduled_reports.rules import ReportType, ScheduledReport
from hourbook.resources.scheduled_reports.rules_times import MICROSECONDS
from hourbook.resources.shared_reports import rules_ranges
from hourbook.resources.users import actions as users
from hourbook.resources.users.rules import UserSettings, decode_settings

READ = "report.read"
_ASKS: dict[ReportType, type] = {
    ReportType.SUMMARY: SummaryAsk,
    ReportType.DETAILED: DetailedAsk,
    ReportType.WEEKLY: WeeklyAsk,
    ReportType.ATTENDANCE: AttendanceAsk,
}


class MadeFile(msgspec.Struct, frozen=True):
    """A file, what it is to be called, and which days of which zone it is about."""

    file: ReportFile
    name: str
    days: tuple[date, date]
    zone: str


def make(tx: ReadTx, columns: ColumnsKeeper, report: ScheduledReport, *, period_us: int, target: Path) -> MadeFile:
    """The file of a period. AccessDenied for an owner who is out, or may not see or schedule reports any more."""
    seen = on_behalf_of(tx, report.user_id, report.workspace_id)
    if seen is None or not seen.actor.may(READ) or not seen.actor.may(MANAGE):
        raise AccessDenied
    reports.show_money_as_asked(seen)
    settings = decode_settings(users.get_user(seen, report.user_id).settings) or UserSettings()
    range_ = rules.decode_range(report.filter)
    zone = range_.time_zone or report.zone
    week_start = range_.week_start or settings.week_start.value
    today = local_day(period_us // MICROSECONDS, zone)
    days = rules_ranges.days_of(range_.date_range_type, today, WEEKDAYS.index(week_start))
    if days is None:
        raise InvalidValue(f"{range_.date_range_type} is no relative range")
    request = msgspec.json.decode(report.request, type=dict[str, msgspec.Raw])
    asked: Any = msgspec.json.decode(request["asked"], type=_ASKS[ReportType(report.type)])
    how = msgspec.json.decode(request["how"], type=FileAsk)
    start, end = rules_ranges.written(days)
    ask: Ask = msgspec.structs.replace(asked.ask, start=start, end=end, zone=zone, week_start=week_start)
    asked = msgspec.structs.replace(asked, ask=ask)
    made = make_file(seen, columns, asked=asked, target=Target(target, how))
    return MadeFile(made, rules.file_name(report.name, days, how.kind.suffix), days, zone)
