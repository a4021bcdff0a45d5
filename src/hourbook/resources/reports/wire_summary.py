"""The JSON of the summary report (wire-reports section 5).

A row has the same keys on every level; which it has besides depends on its group. The recorded service
sends no chart but an empty `donutChart`, and so does this one.
"""

import enum

import msgspec

from hourbook.http.wire import In, Out
from hourbook.resources.reports.rules import Group, MoneyShown, SummaryAsk, SummarySort, check_groups
from hourbook.resources.reports.rules_rows import Node
from hourbook.resources.reports.rules_tallies import Tally, nearest
from hourbook.resources.reports.wire import (
    AmountOut,
    TimeReportBody,
    TotalsOut,
    amounts_out,
    totals_out,
)


class ChartType(enum.StrEnum):
    BILLABILITY = "BILLABILITY"
    PROJECT = "PROJECT"


class SummaryFilterIn(In):
    groups: list[Group]
    sort_column: SummarySort | None = None
    summary_chart_type: ChartType | None = None


class SummaryReportBody(TimeReportBody):
    summary_filter: SummaryFilterIn

    def to_summary_ask(self) -> SummaryAsk:
        return SummaryAsk(
            ask=self.to_ask(),
            groups=check_groups(self.summary_filter.groups),
            sort=self.summary_filter.sort_column or SummarySort.GROUP,
        )


class GroupRow(Out):
    """A row of a group. The last level has no `children`; `color` and `clientName` are a project's."""

    underscore_id: str = msgspec.field(name="_id")
    id: str
    name: str
    name_lower_case: str
    duration: int
    amount: float
    amounts: list[AmountOut]
    currency: str
    workspace_currency_code: str
    color: str | msgspec.UnsetType = msgspec.UNSET
    client_name: str | msgspec.UnsetType = msgspec.UNSET
    children: list["GroupRow"] | msgspec.UnsetType = msgspec.UNSET


class SummaryReport(Out):
    totals: list[TotalsOut | None]
    donut_chart: list[dict[str, str]]
    group_totals: dict[str, int]
    group_one: list[GroupRow]


_TOTAL_NAMES = ("groupOneTotalCount", "groupTwoTotalCount", "groupThreeTotalCount")


def summary_report(
    total: Tally | None, nodes: list[Node], counts: list[int], *, money: MoneyShown, currency: str
) -> SummaryReport:
    return SummaryReport(
        totals=totals_out(total, money),
        donut_chart=[],
        group_totals=dict(zip(_TOTAL_NAMES, counts, strict=False)),
        group_one=[group_row(node, money, currency) for node in nodes],
    )


def group_row(node: Node, money: MoneyShown, currency: str) -> GroupRow:
    tally, label = node.tally, node.label
    row = GroupRow(
        underscore_id=label.id,
        id=label.id,
        name=label.name,
        name_lower_case=node.name_key,
        duration=tally.seconds,
        amount=0.0 if money.shown is None else nearest(tally.total(money.shown)),
        amounts=amounts_out(tally, money, of_a_row=True),
        # Of rows in several currencies it is the workspace's; the amounts by currency tell them apart.
        currency=next(iter(tally.money)) if len(tally.money) == 1 else currency,
        workspace_currency_code=currency,
    )
    if label.color is not None:
        row.color, row.client_name = label.color, label.client_name or ""
    if node.children is not None:
        row.children = [group_row(child, money, currency) for child in node.children]
    return row
