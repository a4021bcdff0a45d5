"""The JSON of an explained row. It is Hourbook's own; amounts and durations are as in the reports.

Rates and money that the reader may not see are null. Nothing is computed here but the nearest double.
"""

import msgspec

from hourbook.core.calendar import format_instant
from hourbook.core.errors import InvalidValue
from hourbook.http.wire import In, Out
from hourbook.resources.reports.rules import Amount, Group, MoneyShown
from hourbook.resources.reports.rules_detailed import PAGE_SIZE
from hourbook.resources.reports.rules_explain import ExplainAsk, ExplainedEntry, Explanation, Part, RateSource
from hourbook.resources.reports.rules_tallies import nearest
from hourbook.resources.reports.wire import AmountOut, amounts_out
from hourbook.resources.reports.wire_summary import SummaryReportBody


class ExplainBody(In, kw_only=True):
    """`report`: the request of the summary. `path`: the `_id` of each group down to the row; none for the totals."""

    report: SummaryReportBody
    path: list[str] = msgspec.field(default_factory=list)
    page: int = 1
    page_size: int = PAGE_SIZE

    def to_explain_ask(self) -> ExplainAsk:
        summary = self.report.to_summary_ask()
        if len(self.path) > len(summary.groups):
            raise InvalidValue("path must not be longer than the groups of the report")
        return ExplainAsk(summary=summary, path=tuple(self.path), page=self.page, page_size=self.page_size)


class StepOut(Out):
    group: Group
    id: str
    name: str


class RoundingOut(Out):
    """Each entry is rounded by itself before anything is added up."""

    way: str
    minutes: int


class SourceOut(Out):
    """Whose rate it is and since when. All null: the entry keeps a rate that no timeline says, or there is none."""

    level: str | None
    target_id: str | None
    user_id: str | None
    since: str | None


class PartOut(Out):
    """Entries with the same rates: their time, and what it earned and cost. Money one may not see is null."""

    billable: bool
    entries_count: int
    duration: int
    currency: str
    hourly_rate: int | None
    cost_rate: int | None
    earned: float | None
    cost: float | None


class ExplainedEntryOut(Out):
    """`trackedDuration` is what was tracked, `duration` what counts after rounding."""

    id: str
    description: str
    user_id: str
    user_name: str
    project_id: str | None
    task_id: str | None
    start: str
    end: str | None
    tracked_duration: int
    duration: int
    billable: bool
    invoiced: bool
    currency: str
    hourly_rate: int | None
    hourly_rate_source: SourceOut | None
    cost_rate: int | None
    cost_rate_source: SourceOut | None
    earned: float | None
    cost: float | None


class ExplanationReport(Out):
    path: list[StepOut]
    range_start: str
    range_end: str
    time_zone: str
    rounding: RoundingOut | None
    revision: int
    entries_count: int
    duration: int
    billable_duration: int
    amounts: list[AmountOut]
    sums: list[PartOut]
    entries: list[ExplainedEntryOut]


def explanation_report(groups: tuple[Group, ...], found: Explanation) -> ExplanationReport:
    """`rangeEnd` is the first moment that does not count any more."""
    rounding, span, money = found.rounding, found.span, found.money
    every = msgspec.structs.replace(money, amounts=money.visible)
    return ExplanationReport(
        path=[StepOut(group=g, id=one.id, name=one.name) for g, one in zip(groups, found.labels, strict=False)],
        range_start=format_instant(span.start_s),
        range_end=format_instant(span.end_s),
        time_zone=span.zone,
        rounding=None if rounding is None else RoundingOut(way=rounding.way.value, minutes=rounding.step_seconds // 60),
        revision=found.revision,
        entries_count=found.tally.count,
        duration=found.tally.seconds,
        billable_duration=found.tally.billable_seconds,
        amounts=amounts_out(found.tally, every),
        sums=[_part_out(part, money) for part in found.parts],
        entries=[_entry_out(entry, money) for entry in found.entries],
    )


def _part_out(part: Part, money: MoneyShown) -> PartOut:
    sees_earned, sees_cost = Amount.EARNED in money.visible, Amount.COST in money.visible
    return PartOut(
        billable=part.is_billable,
        entries_count=part.count,
        duration=part.seconds,
        currency=part.currency,
        hourly_rate=part.hourly_minor if sees_earned else None,
        cost_rate=part.cost_minor if sees_cost else None,
        earned=nearest(part.earned) if sees_earned else None,
        cost=nearest(part.cost) if sees_cost else None,
    )


def _entry_out(found: ExplainedEntry, money: MoneyShown) -> ExplainedEntryOut:
    sees_earned, sees_cost = Amount.EARNED in money.visible, Amount.COST in money.visible
    entry = found.entry
    return ExplainedEntryOut(
        id=entry.id,
        description=entry.description,
        user_id=entry.person.id,
        user_name=entry.person.name,
        project_id=entry.project.id if entry.project else None,
        task_id=entry.task.id if entry.task else None,
        start=format_instant(entry.start_s),
        end=None if entry.end_s is None else format_instant(entry.end_s),
        tracked_duration=found.tracked_seconds,
        duration=entry.seconds,
        billable=entry.is_billable,
        invoiced=entry.is_invoiced,
        currency=entry.currency,
        hourly_rate=found.hourly_minor if sees_earned else None,
        hourly_rate_source=_source_out(found.hourly_source) if sees_earned else None,
        cost_rate=entry.cost_minor if sees_cost else None,
        cost_rate_source=_source_out(found.cost_source) if sees_cost else None,
        earned=nearest(entry.amount(Amount.EARNED)) if sees_earned else None,
        cost=nearest(entry.amount(Amount.COST)) if sees_cost else None,
    )


def _source_out(source: RateSource) -> SourceOut:
    since = None if source.since_s is None else format_instant(source.since_s)
    return SourceOut(level=source.level, target_id=source.target_id, user_id=source.user_id, since=since)
