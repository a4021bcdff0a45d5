"""The JSON that reports over time have in common (wire-reports sections 2 and 5): filters, totals, amounts.

Amounts are minor units as numbers that may carry a fraction; durations are whole seconds. An empty
report has `[null]` for totals; clients look for it.
"""

from typing import Any

import msgspec

from hourbook.core.errors import BodyTooLarge
from hourbook.core.types import Weekday
from hourbook.http.wire import In, Out
from hourbook.resources.reports.rules import (
    Amount,
    Archived,
    Ask,
    Contains,
    FieldFilter,
    Filters,
    IdFilter,
    MoneyShown,
    NumberCondition,
    PeopleFilter,
    PersonStatus,
    check_export,
)
from hourbook.resources.reports.rules_fields import check_filters
from hourbook.resources.reports.rules_files import FileAsk, file_ask
from hourbook.resources.reports.rules_tallies import Tally, half_up, nearest
from hourbook.resources.reports.rules_words import (
    ApprovalState,
    DateRangeType,
    ExportType,
    FieldType,
    InvoicingState,
    Order,
    Zoom,
)

IDS_LIMIT = 100_000


class ContainsIn(In):
    """A filter by things; without `contains` it means any of the ids."""

    contains: Contains | None = None
    ids: list[str] | None = None
    status: Archived | None = None


class ContainsTagIn(ContainsIn):
    contained_in_timeentry: Contains | None = None


class ContainsUsersIn(In):
    contains: Contains | None = None
    ids: list[str] | None = None
    status: PersonStatus | None = None


class FieldFilterIn(In):
    id: str | None = None
    type: FieldType | None = None
    value: Any = None
    is_empty: bool | None = None
    number_condition: NumberCondition | None = None


class RangeBody(In, kw_only=True):
    """What the requests of all reports say of their range, and of the file that may be wanted."""

    date_range_start: str
    date_range_end: str
    date_range_type: DateRangeType | None = None
    time_zone: str | None = None
    week_start: Weekday | None = None
    zoom_level: Zoom | None = None
    export_type: ExportType | None = None
    user_locale: str | None = None
    date_format: str | None = None
    time_format: str | None = None

    @property
    def is_heavy(self) -> bool:
        """A whole file is asked for."""
        return self.export_type in (ExportType.CSV, ExportType.XLSX, ExportType.PDF)

    def to_file_ask(self) -> FileAsk | None:
        """The file that is asked for; None for JSON."""
        return file_ask(self.export_type or ExportType.JSON, self.date_format, self.time_format)


class TimeReportBody(RangeBody, kw_only=True):
    """The request of every report over time. Keys of the other reports' own filters are ignored."""

    sort_order: Order | None = None
    rounding: bool | None = None
    amount_shown: Amount | None = None
    amounts: list[Amount] | None = None
    billable: bool | None = None
    invoicing_state: InvoicingState | None = None
    approval_state: ApprovalState | None = None
    archived: bool | None = None
    description: str | None = None
    without_description: bool | None = None
    clients: ContainsIn | None = None
    projects: ContainsIn | None = None
    tasks: ContainsIn | None = None
    tags: ContainsTagIn | None = None
    currency: ContainsIn | None = None
    users: ContainsUsersIn | None = None
    user_groups: ContainsUsersIn | None = None
    custom_fields: list[FieldFilterIn] | None = None
    user_custom_fields: list[FieldFilterIn] | None = None

    def to_ask(self) -> Ask:
        return Ask(
            start=self.date_range_start,
            end=self.date_range_end,
            zone=self.time_zone or None,
            week_start=self.week_start.value if self.week_start else None,
            rounds=bool(self.rounding),
            filters=_filters(self),
            amount_shown=self.amount_shown,
            amounts=tuple(self.amounts) if self.amounts else None,
            is_descending=None if self.sort_order is None else self.sort_order is Order.DESCENDING,
            export=check_export(self.export_type or ExportType.JSON),
        )


def _filters(body: TimeReportBody) -> Filters:
    invoiced = {InvoicingState.INVOICED: True, InvoicingState.UNINVOICED: False}
    approved = {ApprovalState.APPROVED: True, ApprovalState.UNAPPROVED: False}
    return Filters(
        clients=_id_filter(body.clients),
        projects=_id_filter(body.projects),
        tasks=_id_filter(body.tasks),
        tags=_id_filter(body.tags),
        currency=_id_filter(body.currency),
        users=_people_filter(body.users),
        user_groups=_people_filter(body.user_groups),
        billable=body.billable,
        is_invoiced=invoiced.get(body.invoicing_state) if body.invoicing_state else None,
        is_approved=approved.get(body.approval_state) if body.approval_state else None,
        description=body.description or None,
        without_description=bool(body.without_description),
        custom_fields=_field_filters(body.custom_fields, "customFields"),
        user_custom_fields=_field_filters(body.user_custom_fields, "userCustomFields"),
    )


def _id_filter(body: ContainsIn | None) -> IdFilter | None:
    if body is None:
        return None
    contains = body.contains
    if isinstance(body, ContainsTagIn) and body.contained_in_timeentry is not None:
        contains = body.contained_in_timeentry
    return IdFilter(
        contains=contains or Contains.CONTAINS,
        ids=_ids(body.ids),
        status=body.status or Archived.ALL,
    )


def _people_filter(body: ContainsUsersIn | None) -> PeopleFilter | None:
    if body is None:
        return None
    return PeopleFilter(
        contains=body.contains or Contains.CONTAINS,
        ids=_ids(body.ids),
        status=body.status or PersonStatus.ALL,
    )


def _field_filters(bodies: list[FieldFilterIn] | None, name: str) -> tuple[FieldFilter, ...]:
    found = [
        FieldFilter(id=body.id or "", value=body.value, is_empty=body.is_empty, condition=body.number_condition)
        for body in bodies or ()
    ]
    return check_filters(found, name)


def _ids(ids: list[str] | None) -> frozenset[str]:
    if ids and len(ids) > IDS_LIMIT:
        raise BodyTooLarge(f"A filter names more than {IDS_LIMIT} ids")
    return frozenset(ids or ())


class CurrencyAmount(Out, kw_only=False):
    currency: str
    amount: float


class AmountOut(Out, kw_only=False):
    """One kind of money. Group rows say it by currency only where there are several."""

    type: str
    value: float
    amount_by_currency: list[CurrencyAmount] | msgspec.UnsetType = msgspec.UNSET


class TotalsOut(Out, kw_only=True):
    """The totals of a report; `_id` is always empty."""

    underscore_id: str = msgspec.field(name="_id", default="")
    total_time: int
    total_billable_time: int
    entries_count: int
    num_of_currencies: int
    total_amount: float
    total_amount_by_currency: list[CurrencyAmount]
    amounts: list[AmountOut]


def totals_out(total: Tally | None, money: MoneyShown) -> list[TotalsOut | None]:
    """An array of one; of a literal null when no entry matches."""
    if total is None or not total.count:
        return [None]
    return [
        TotalsOut(
            total_time=total.seconds,
            total_billable_time=total.billable_seconds,
            entries_count=total.count,
            num_of_currencies=len(total.money),
            total_amount=0.0 if money.shown is None else nearest(total.total(money.shown)),
            total_amount_by_currency=[] if money.shown is None else by_currency(total, money.shown),
            amounts=amounts_out(total, money),
        )
    ]


def by_currency(tally: Tally, kind: Amount) -> list[CurrencyAmount]:
    return [CurrencyAmount(one, nearest(tally.amount(kind, one))) for one in sorted(tally.money)]


def amounts_out(tally: Tally, money: MoneyShown, *, of_a_row: bool = False) -> list[AmountOut]:
    """A line for each kind of money; those of group rows are whole minor units (wire-reports section 4)."""
    found = []
    for kind in money.amounts:
        total = tally.total(kind)
        line = AmountOut(kind.value, float(half_up(total)) if of_a_row else nearest(total))
        if not of_a_row or len(tally.money) > 1:
            line.amount_by_currency = by_currency(tally, kind)
        found.append(line)
    return found
