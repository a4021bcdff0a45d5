"""What may be asked of the expense report, and what it is made of. Pure.

Expenses themselves are another slice's; this report shows what that slice declares (`actions_expenses.py`).
"""

import enum
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from hourbook.core.types import Page
from hourbook.resources.reports.rules import Ask, IdFilter

PAGE_SIZE = 50
PAGE_SIZE_LIMIT = 1000


class ExpenseSort(enum.StrEnum):
    ID = "ID"
    PROJECT = "PROJECT"
    USER = "USER"
    CATEGORY = "CATEGORY"
    DATE = "DATE"
    AMOUNT = "AMOUNT"


class ExportField(enum.StrEnum):
    """Columns of an exported expense report, in the order that was recorded."""

    APPROVED_BY = "APPROVED_BY"
    EMAIL = "EMAIL"
    CLIENT = "CLIENT"
    CATEGORY = "CATEGORY"
    DATE = "DATE"
    USER = "USER"
    AMOUNT = "AMOUNT"


class ExpensesAsk(msgspec.Struct, frozen=True, kw_only=True):
    """An expense report. `ask` holds the range and the filters it has in common with time."""

    ask: Ask
    page: Page
    sort: ExpenseSort = ExpenseSort.ID
    categories: IdFilter | None = None
    note: str | None = None
    without_note: bool = False


class ExpenseTotals(msgspec.Struct, frozen=True):
    """Sums over all pages, minor units."""

    count: int = 0
    amount_minor: int = 0
    billable_minor: int = 0

    def plus(self, other: "ExpenseTotals") -> "ExpenseTotals":
        return ExpenseTotals(
            self.count + other.count,
            self.amount_minor + other.amount_minor,
            self.billable_minor + other.billable_minor,
        )


class ExpensesFound(msgspec.Struct, frozen=True):
    """A page of expenses as their own slice shows them, and the totals of all pages.

    `cells`: all expenses for a file, each with a cell for every `ExportField` in order; gone through once.
    """

    rows: Sequence[Any] = ()
    totals: ExpenseTotals = ExpenseTotals()
    cells: Iterable[Sequence[Any]] = ()
