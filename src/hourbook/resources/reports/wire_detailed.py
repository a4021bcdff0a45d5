"""The JSON of the detailed report (wire-reports section 5).

Money keys are left out where they are hidden: all with HIDE_AMOUNT, else those the reader may not see.
"""

import enum

import msgspec

from hourbook.core.calendar import format_local
from hourbook.http.wire import In, Out
from hourbook.resources.custom_fields.wire import EntryValueOut, ShownValue, entry_value_out
from hourbook.resources.reports.rules import Amount, MoneyShown
from hourbook.resources.reports.rules_detailed import (
    PAGE_SIZE,
    Audit,
    DetailedAsk,
    DetailedSort,
    Entry,
    check_page,
)
from hourbook.resources.reports.rules_tallies import Tally, nearest
from hourbook.resources.reports.wire import TimeReportBody, TotalsOut, totals_out


class Totals(enum.StrEnum):
    CALCULATE = "CALCULATE"
    EXCLUDE = "EXCLUDE"


class OptionsIn(In):
    totals: Totals | None = None


class AuditIn(In):
    """`duration` is in seconds, as all durations of reports; entries of just that time are neither."""

    without_project: bool | None = None
    without_task: bool | None = None
    duration: int | None = None
    duration_shorter: bool | None = None

    def to_audit(self) -> Audit:
        return Audit(
            without_project=bool(self.without_project),
            without_task=bool(self.without_task),
            seconds=self.duration,
            is_shorter=bool(self.duration_shorter),
        )


class DetailedFilterIn(In):
    page: int | None = None
    page_size: int | None = None
    sort_column: DetailedSort | None = None
    options: OptionsIn | None = None
    audit_filter: AuditIn | None = None


class DetailedReportBody(TimeReportBody):
    """`detailedFilter` may be absent. A page that is named beside it is ignored."""

    detailed_filter: DetailedFilterIn | None = None

    def to_detailed_ask(self) -> DetailedAsk:
        asked = self.detailed_filter or DetailedFilterIn()
        page = 1 if asked.page is None else asked.page
        page_size = PAGE_SIZE if asked.page_size is None else asked.page_size
        check_page(page, page_size)
        return DetailedAsk(
            ask=self.to_ask(),
            page=page,
            page_size=page_size,
            sort=asked.sort_column or DetailedSort.DATE,
            has_totals=asked.options is None or asked.options.totals is not Totals.EXCLUDE,
            audit=(asked.audit_filter or AuditIn()).to_audit(),
        )


class TagOut(Out, kw_only=False, gc=False):
    underscore_id: str = msgspec.field(name="_id")
    id: str
    name: str


class IntervalOut(Out, kw_only=False, gc=False):
    """Local time with offset and whole seconds, the time so far while it runs.

    Rounding changes the duration alone: when somebody began and ended stays what it was.
    """

    start: str
    end: str | None
    duration: int


class DetailedRow(Out, kw_only=False, gc=False):
    """One entry. Its fields are given by place: a page makes many of these."""

    underscore_id: str = msgspec.field(name="_id")
    id: str
    description: str
    user_id: str
    user_name: str
    user_email: str
    billable: bool
    project_id: str | None
    project_name: str | None
    project_color: str | None
    client_id: str | None
    client_name: str | None
    task_id: str | None
    task_name: str | None
    tags: list[TagOut]
    type: str
    is_locked: bool
    custom_fields: list[EntryValueOut]
    approval_request_id: str | None
    time_interval: IntervalOut
    amount: float | msgspec.UnsetType = msgspec.UNSET
    rate: float | msgspec.UnsetType = msgspec.UNSET
    earned_amount: float | msgspec.UnsetType = msgspec.UNSET
    earned_rate: float | msgspec.UnsetType = msgspec.UNSET
    cost_amount: float | msgspec.UnsetType = msgspec.UNSET
    cost_rate: float | msgspec.UnsetType = msgspec.UNSET
    currency: str | msgspec.UnsetType = msgspec.UNSET


class DetailedReport(Out):
    totals: list[TotalsOut | None]
    timeentries: list[DetailedRow]


class DetailedFrame(msgspec.Struct):
    """What rows are shown with besides what they say."""

    zone: str
    money: MoneyShown
    lock_before_s: int | None
    values: dict[str, list[ShownValue]]


def detailed_report(
    total: Tally | None, entries: list[Entry], frame: DetailedFrame, *, has_totals: bool
) -> DetailedReport:
    rows = [detailed_row(entry, frame) for entry in entries]
    if not _is_hidden(frame.money):
        for row, entry in zip(rows, entries, strict=True):
            _add_money(row, entry, frame.money)
    return DetailedReport(totals=totals_out(total, frame.money) if has_totals else [], timeentries=rows)


def detailed_row(entry: Entry, frame: DetailedFrame) -> DetailedRow:
    """A row without money."""
    project, task, person, zone = entry.project, entry.task, entry.person, frame.zone
    return DetailedRow(
        entry.id,
        entry.id,
        entry.description,
        person.id,
        person.name,
        person.email,
        entry.is_billable,
        project.id if project else None,
        project.name if project else None,
        project.color if project else None,
        project.client_id if project else None,
        project.client_name if project else None,
        task.id if task else None,
        task.name if task else None,
        [TagOut(tag.id, tag.id, tag.name) for tag in entry.tags],
        entry.type,
        frame.lock_before_s is not None and entry.start_s < frame.lock_before_s,
        [entry_value_out(entry.id, value) for value in frame.values.get(entry.id, ())],
        None,
        IntervalOut(
            format_local(entry.start_s, zone),
            None if entry.end_s is None else format_local(entry.end_s, zone),
            entry.seconds,
        ),
    )


def _is_hidden(money: MoneyShown) -> bool:
    """Whether amounts were asked to be hidden, or there is nothing the reader may see of them."""
    return not money.visible or (money.shown is None and not money.amounts)


def _add_money(row: DetailedRow, entry: Entry, money: MoneyShown) -> None:
    row.currency = entry.currency
    if money.shown is not None:
        row.amount, row.rate = nearest(entry.amount(money.shown)), float(entry.rate(money.shown))
    if Amount.EARNED in money.visible:
        row.earned_amount, row.earned_rate = nearest(entry.amount(Amount.EARNED)), float(entry.hourly_minor)
    if Amount.COST in money.visible:
        row.cost_amount, row.cost_rate = nearest(entry.amount(Amount.COST)), float(entry.cost_minor)
