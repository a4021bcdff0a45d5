"""The expense report: whatever the slice of expenses declares, for a range and filters that are checked here.

Time is not in it, so the columns stay closed. Without any declared source there are no expenses.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

from hourbook.core.calendar import WEEKDAYS
from hourbook.db.tx import ReadTx
from hourbook.resources.reports.rules import Span, check_zone, span_of
from hourbook.resources.reports.rules_expenses import ExpensesAsk, ExpensesFound, ExpenseTotals

Source = Callable[[ReadTx, ExpensesAsk, Span], ExpensesFound]
_SOURCES: list[Source] = []


@dataclass(frozen=True)
class ExpenseReport:
    """What the report used and found."""

    span: Span
    found: ExpensesFound

    @property
    def headers(self) -> dict[str, str]:
        return {"X-Hourbook-Time-Zone": self.span.zone, "X-Hourbook-Rounding": "none"}


def expenses_from(source: Source) -> Source:
    """Declares where expenses come from. A source shows no more than the transaction's actor may see."""
    _SOURCES.append(source)
    return source


def expenses(tx: ReadTx, asked: ExpensesAsk) -> ExpenseReport:
    """A page of the report; InvalidValue or StartAfterEnd for a range that is none."""
    ask = asked.ask
    zone = check_zone(ask.zone) if ask.zone else tx.actor.zone
    span = span_of(ask.start, ask.end, zone=zone, week_start=WEEKDAYS.index(ask.week_start or WEEKDAYS[0]))
    found = [source(tx, asked, span) for source in _SOURCES]
    totals = ExpenseTotals()
    for one in found:
        totals = totals.plus(one.totals)
    rows = [row for one in found for row in one.rows]
    return ExpenseReport(span, ExpensesFound(rows, totals, chain.from_iterable(one.cells for one in found)))
