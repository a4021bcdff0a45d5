"""The JSON of the expense report (wire-reports section 5).

Without expenses its totals are an empty object. Rows are what the slice of expenses makes of them.
"""

from typing import Any

import msgspec

from hourbook.http.wire import Out
from hourbook.resources.reports.rules import Archived, Ask, Contains, IdFilter
from hourbook.resources.reports.rules_expenses import (
    ExpensesAsk,
    ExpensesFound,
    ExpenseSort,
    ExportField,
)
from hourbook.resources.reports.rules_words import (
    ApprovalState,
    InvoicingState,
)
from hourbook.resources.reports.rules_words import Order as SortOrder
from hourbook.resources.reports.wire import ContainsIn, ContainsUsersIn, RangeBody, TimeReportBody
from hourbook.resources.reports.wire_attendance import page_of


class ExpenseReportBody(RangeBody, kw_only=True):
    """It has no rounding, tags or amounts."""

    sort_order: SortOrder | None = None
    sort_column: ExpenseSort | None = None
    billable: bool | None = None
    invoicing_state: InvoicingState | None = None
    approval_state: ApprovalState | None = None
    note: str | None = None
    without_note: bool | None = None
    categories: ContainsIn | None = None
    clients: ContainsIn | None = None
    projects: ContainsIn | None = None
    tasks: ContainsIn | None = None
    currency: ContainsIn | None = None
    users: ContainsUsersIn | None = None
    user_groups: ContainsUsersIn | None = None
    page: int | None = None
    page_size: int | None = None

    def to_expenses_ask(self) -> ExpensesAsk:
        return ExpensesAsk(
            ask=self._to_ask(),
            page=page_of(self.page, self.page_size, ""),
            sort=self.sort_column or ExpenseSort.ID,
            categories=_categories(self.categories),
            note=self.note or None,
            without_note=bool(self.without_note),
        )

    def _to_ask(self) -> Ask:
        return TimeReportBody(
            date_range_start=self.date_range_start,
            date_range_end=self.date_range_end,
            time_zone=self.time_zone,
            week_start=self.week_start,
            sort_order=self.sort_order,
            billable=self.billable,
            invoicing_state=self.invoicing_state,
            approval_state=self.approval_state,
            clients=self.clients,
            projects=self.projects,
            tasks=self.tasks,
            currency=self.currency,
            users=self.users,
            user_groups=self.user_groups,
            export_type=self.export_type,
        ).to_ask()


def _categories(body: ContainsIn | None) -> IdFilter | None:
    if body is None:
        return None
    return IdFilter(
        contains=body.contains or Contains.CONTAINS,
        ids=frozenset(body.ids or ()),
        status=body.status or Archived.ALL,
    )


class ExpenseTotalsOut(Out):
    """Minor units. All keys are absent without expenses."""

    expenses_count: int | msgspec.UnsetType = msgspec.UNSET
    total_amount: int | msgspec.UnsetType = msgspec.UNSET
    total_amount_billable: int | msgspec.UnsetType = msgspec.UNSET


class ExpensesReport(Out):
    expenses: list[Any]
    totals: ExpenseTotalsOut
    custom_fields: list[Any]
    export_fields: list[ExportField]


def expense_report(found: ExpensesFound) -> ExpensesReport:
    totals = ExpenseTotalsOut()
    if found.totals.count:
        totals = ExpenseTotalsOut(
            expenses_count=found.totals.count,
            total_amount=found.totals.amount_minor,
            total_amount_billable=found.totals.billable_minor,
        )
    return ExpensesReport(expenses=list(found.rows), totals=totals, custom_fields=[], export_fields=list(ExportField))
