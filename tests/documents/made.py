"""Tables for the tests of files: one with a column of every kind, and texts that were written to do harm."""

import random
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from hourbook.documents.tables import Bar, Chart, Column, Document, Facts, Formats, Kind, Table

HOSTILE = (
    'a "quoted" word, and a comma',
    "two\nlines",
    "two\r\nother lines",
    "=cmd|'/C calc'!A0",
    "@SUM(1+1)*cmd|'/C calc'!A0",
    "-2+3+cmd|'/C calc'!A0",
    '+HYPERLINK("http://attacker.example","click")',
    "\t=1+1",
    "x;=1+1;",
    "nothing\0here",
    "bell\x07 and escape\x1b[31m",
    "lone \ud83d surrogate",
    "x" * 3000,
    "long words " * 270,
    "שלום עולם \u202e evil.exe",
    "العربية",
    "🎉👩‍👩‍👧‍👦 emoji",
    "Привет, Γειά σου, 日本語",
    "<r><t>not markup</t></r>",
    "<b>&amp;</b>]]>",
    "_x0041_ and _xZZZZ_",
    '#set page(width: 1pt)\n#panic() $x$ *bold* `raw` @ref <label> // comment /* */ \\ #read("/etc/passwd")',
    "http://attacker.example/a",
    "mailto:somebody@example.test",
    "'already an apostrophe",
    "'=both",
    " ",
    "",
)

FACTS = Facts(
    workspace="Acme Consulting",
    report="Detailed report",
    range="01/01/2024 to 12/31/2024",
    zone="Europe/Berlin",
    made_at_s=1_716_206_400,
    week_start="Monday",
    rounding="to the nearest 15 minutes",
    filters=(("Client", "Big Company"),),
)
COLUMNS = (
    Column(heading="Description"),
    Column(heading="Tags", kind=Kind.TEXT_LIST),
    Column(heading="Billable", kind=Kind.YES_NO),
    Column(heading="Start Date", kind=Kind.DATE),
    Column(heading="Start Time", kind=Kind.TIME),
    Column(heading="Duration (h)", kind=Kind.DURATION, has_total=True),
    Column(heading="Duration (decimal)", kind=Kind.DECIMAL_HOURS, has_total=True),
    Column(heading="Billable Amount", kind=Kind.MONEY, currency="EUR", divisor=3600, has_total=True),
    Column(heading="Cost", kind=Kind.MONEY, currency="JPY", has_total=True),
    Column(heading="Profit", kind=Kind.MONEY, currency="KWD", has_total=True),
    Column(heading="Entries", kind=Kind.NUMBER, has_total=True),
)
CHART = Chart(title="Tracked time by day", bars=(Bar("01/01", 3600, 1800), Bar("01/02", 0, 0), Bar("01/03", 0, 60)))
ROW: tuple[Any, ...] = (
    "Working", ("a", "b"), True, date(2024, 3, 4), 37_432, 5400, 5400, 5400 * 10_000, 1230, Fraction(-12_345, 2), 3
)  # fmt: skip
EMPTY_ROW: tuple[None, ...] = (None,) * len(COLUMNS)


def rows(count: int, seed: int = 1) -> list[tuple[Any, ...]]:
    """Random rows with every kind of cell."""
    chance = random.Random(seed)
    found = []
    for index in range(count):
        seconds = chance.randrange(400_000)
        found.append(
            (
                f"Working on {index}",
                tuple("abc"[: index % 4]),
                index % 2 == 0,
                date(2024, 1, 1) + timedelta(days=chance.randrange(400)),
                chance.randrange(86_400),
                seconds,
                seconds,
                seconds * chance.randrange(20_000),
                chance.randrange(100_000),
                Fraction(chance.randrange(-(10**8), 10**8), chance.choice((1, 3, 7, 3600))),
                chance.choice((1, 2.5, Fraction(1, 4))),
            )
        )
    return found


def document(
    given: Iterable[Sequence[Any]],
    *,
    columns: tuple[Column, ...] = COLUMNS,
    formats: Formats | None = None,
    **table: Any,
) -> Document:
    """A document of some rows."""
    return Document(
        facts=FACTS,
        table=Table(title="Detailed", columns=columns, rows=iter(given), **table),
        formats=formats or Formats(),
        chart=CHART,
    )


def texts(*given: str) -> Document:
    """A document with one column of texts."""
    return document([(text,) for text in given], columns=(Column(heading="Description"),))
