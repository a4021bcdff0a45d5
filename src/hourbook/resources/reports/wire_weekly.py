"""The JSON of the weekly report (wire-reports section 5).

Rows are those of the summary with their days. Days without time are left out, as was recorded; clients that
fill a grid look for the date.
"""

import enum
from typing import Protocol

import msgspec

from hourbook.http.wire import In, Out
from hourbook.resources.reports.rules import MoneyShown
from hourbook.resources.reports.rules_tallies import Tally, nearest
from hourbook.resources.reports.rules_weekly import Day, IdlePerson, WeeklyAsk, WeeklyGroup, WeeklyNode
from hourbook.resources.reports.wire import AmountOut, TimeReportBody, TotalsOut, totals_out
from hourbook.resources.reports.wire_summary import group_row


class Subgroup(enum.StrEnum):
    TIME = "TIME"


class WeeklyFilterIn(In):
    group: WeeklyGroup
    subgroup: Subgroup | None = None


class WeeklyReportBody(TimeReportBody):
    weekly_filter: WeeklyFilterIn

    def to_weekly_ask(self) -> WeeklyAsk:
        return WeeklyAsk(ask=self.to_ask(), group=self.weekly_filter.group)


class DayOut(Out, kw_only=False):
    date: str
    duration: int
    amount: float


class WeeklyRow(Out):
    """A row of a group with its days; those without time are not there. `color` and `clientName` are a project's."""

    underscore_id: str = msgspec.field(name="_id")
    id: str
    name: str
    name_lower_case: str
    duration: int
    amount: float
    amounts: list[AmountOut]
    currency: str
    workspace_currency_code: str
    days: list[DayOut]
    color: str | msgspec.UnsetType = msgspec.UNSET
    client_name: str | msgspec.UnsetType = msgspec.UNSET
    children: list["WeeklyRow"] | msgspec.UnsetType = msgspec.UNSET


class IdleUser(Out):
    """A member without time that week."""

    id: str
    name: str
    email: str
    date_format: str
    time_format: str
    time_zone: str
    week_start: str


class WeeklyReport(Out):
    """`includeUsersWithoutTime` is false: those are in a list of their own and have no row."""

    totals: list[TotalsOut | None]
    totals_by_day: list[DayOut]
    group_one: list[WeeklyRow]
    users_without_time: list[IdleUser]
    include_users_without_time: bool
    decimal_format: bool
    track_time_down_to_seconds: bool


class ShownWeekly(Protocol):
    """What a weekly report shows of what was found; `total` None: no entries."""

    total: Tally | None
    days: list[Day]
    nodes: list[WeeklyNode]
    idle: list[IdlePerson]
    is_decimal: bool
    has_seconds: bool


def weekly_report(found: ShownWeekly, money: MoneyShown, currency: str) -> WeeklyReport:
    return WeeklyReport(
        totals=totals_out(found.total, money),
        totals_by_day=days_out(found.days, money),
        group_one=[weekly_row(row, money, currency) for row in found.nodes],
        users_without_time=[idle_user(person) for person in found.idle],
        include_users_without_time=False,
        decimal_format=found.is_decimal,
        track_time_down_to_seconds=found.has_seconds,
    )


def days_out(days: list[Day], money: MoneyShown) -> list[DayOut]:
    return [DayOut(one.date, one.tally.seconds, _amount(one.tally, money)) for one in days]


def weekly_row(found: WeeklyNode, money: MoneyShown, currency: str) -> WeeklyRow:
    node = msgspec.structs.replace(found.node, children=None)
    shown = msgspec.structs.asdict(group_row(node, money, currency))
    row = WeeklyRow(**shown, days=days_out(found.days, money))
    if found.children is not None:
        row.children = [weekly_row(child, money, currency) for child in found.children]
    return row


def _amount(tally: Tally, money: MoneyShown) -> float:
    return 0.0 if money.shown is None else nearest(tally.total(money.shown))


def idle_user(person: IdlePerson) -> IdleUser:
    return IdleUser(**msgspec.structs.asdict(person))
