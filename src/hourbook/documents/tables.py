"""What a file is made of: a table with typed columns and rows that stream, and the facts around it.

Owns the words between whoever has a report and the writers of files. A cell holds an exact value
(seconds, minor units, a day) and never a formatted text: each kind of file shows it in its own way.
Nothing here may hold all rows: `Table.rows` is gone through once.
"""

import enum
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

import msgspec

from hourbook.core.money import minor_digits

# What a cell may hold; None is an empty cell of every kind.
Cell = str | int | float | bool | date | Fraction | Decimal | Sequence[str] | None
Row = Sequence[Cell]
# Told how many rows are written so far; what it raises ends the writing.
Progress = Callable[[int], None]


class Kind(enum.StrEnum):
    """What stands in the cells of a column, and of which Python type."""

    TEXT = "text"  # str
    TEXT_LIST = "text_list"  # sequence of str
    YES_NO = "yes_no"  # bool
    NUMBER = "number"  # int, float, Decimal or Fraction
    DATE = "date"  # datetime.date
    TIME = "time"  # int: seconds since the day's midnight, 0 to 86399
    DURATION = "duration"  # int: seconds
    DECIMAL_HOURS = "decimal_hours"  # int: seconds, shown as hours
    MONEY = "money"  # int or Fraction: minor units of the column's currency


SUMMABLE = frozenset({Kind.NUMBER, Kind.DURATION, Kind.DECIMAL_HOURS, Kind.MONEY})


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column. The heading of money is shown with its currency: `Amount` becomes `Amount (EUR)`.

    `divisor` lets money stay an integer until it is shown: cells are divided by it, exactly. With 3600 a cell is
    seconds times an hourly rate in minor units. A table with several currencies has a column for each.
    `is_group`: a PDF shows equal values in rows that follow each other once.
    """

    heading: str
    kind: Kind = Kind.TEXT
    currency: str = ""
    divisor: int = 1
    has_total: bool = False
    is_group: bool = False

    def __post_init__(self) -> None:
        if (self.kind is Kind.MONEY) != bool(self.currency):
            raise ValueError(f"{self.heading}: money has a currency, and nothing else has")
        if self.has_total and self.kind not in SUMMABLE:
            raise ValueError(f"{self.heading}: a column of {self.kind} has no sum")
        if self.divisor < 1 or (self.divisor > 1 and self.kind is not Kind.MONEY):
            raise ValueError(f"{self.heading}: only money is divided, by a whole number from 1 on")

    @property
    def title(self) -> str:
        """The heading as it is shown."""
        return f"{self.heading} ({self.currency})" if self.currency else self.heading

    @property
    def digits(self) -> int:
        """Decimal digits of its money: 0, 2 or 3."""
        return minor_digits(self.currency)


class Formats(msgspec.Struct, frozen=True, kw_only=True):
    """How the reader's profile shows days and times. `date` is made of YYYY, MM or M, DD or D."""

    date: str = "MM/DD/YYYY"
    is_12_hours: bool = True
    has_seconds: bool = True


class Bar(msgspec.Struct, frozen=True):
    """One bucket of the chart: a day, a week or a month."""

    label: str
    billable: int
    non_billable: int


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """Tracked time by bucket, in seconds, in the order in which it is drawn."""

    title: str
    bars: tuple[Bar, ...]


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader must know to trust the figures. `filters` are words such as ("Client", "Acme, Bolt")."""

    workspace: str
    report: str
    range: str
    zone: str
    made_at_s: int
    week_start: str = ""
    rounding: str = ""
    filters: tuple[tuple[str, str], ...] = ()


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Columns and the stream of their rows, each as long as `columns`.

    `row_count` is said when it is known. `totals` (a value a column, None where there is none) is for reports
    whose total is not the sum of the cells: time under two tags counts once. Without it the writers add up the
    columns that have a total, exactly.
    """

    title: str
    columns: tuple[Column, ...]
    rows: Iterable[Row]
    row_count: int | None = None
    totals: Row | None = None

    @property
    def has_totals(self) -> bool:
        return any(column.has_total for column in self.columns)


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """All of a file."""

    facts: Facts
    table: Table
    formats: Formats = Formats()
    chart: Chart | None = None
