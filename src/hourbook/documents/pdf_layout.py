"""What a PDF shows, laid out: texts, widths, the paper's direction and the scale of the chart.

Owns every decision the template would otherwise take. The result is plain data for JSON: the template draws
strings it is given and reads none of them as markup.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hourbook.documents.cells import formatter
from hourbook.documents.cover import fact_lines, made_at
from hourbook.documents.sums import ColumnSums
from hourbook.documents.tables import Cell, Chart, Column, Document, Kind, Row

# A4 less its margins, in points; sizes of letters to try, from the one that reads best.
_PORTRAIT, _LANDSCAPE = 510.0, 756.0
_PAPERS = [(_PORTRAIT, size) for size in (9.0, 8.0)] + [(_LANDSCAPE, size) for size in (9.0, 8.0, 7.0, 6.0, 5.2)]
_PADDING = 9.0
_WIDE = frozenset({Kind.TEXT, Kind.TEXT_LIST})
_LEFT = frozenset({*_WIDE, Kind.DATE, Kind.TIME, Kind.YES_NO})
_TEXT_EMS = (4.0, 18.0)
# Words stay whole up to this width, where there is room for it.
_WHOLE_WORD_EMS = 8.0
_LOOKED_AT = 400
# Columns of texts may have less than they want: their lines are broken more often.
_CROWDED = 0.7
_UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_AFTER_MARK = re.compile(r"(?<=[@./_\-:?&=,;])(?=\w)")
# Letter sizes that a word outside of the table may be wide.
_WORD_EMS = 12.0
_THOUSANDS = re.compile(r"(?<=\d)(?=(?:\d{3})+(?:\.|$))")
_STEPS_HOURS = (0.25, 0.5, 1, 2, 4, 5, 8, 10, 20, 25, 40, 50)
_TILES = 4
_TALL = 500


def layout(document: Document, rows: Sequence[Row], sums: ColumnSums) -> dict[str, Any]:
    """Everything the template needs."""
    columns = document.table.columns
    texts = _texts(document, rows)
    totals = _totals(document, sums) if rows and document.table.has_totals else []
    size, is_landscape, widths = _fit(columns, texts[:_LOOKED_AT] + [totals])
    breakers = [_breaker((width - _PADDING) / size + 0.01) for width in widths]
    facts = document.facts
    tiles = _tiles(columns, totals)
    return {
        "workspace": _shown(facts.workspace),
        "report": _shown(facts.report),
        "range": _shown(facts.range),
        "zone": _shown(facts.zone),
        "made_at": made_at(document),
        "facts": [[_shown(label), _shown(text)] for label, text in fact_lines(document)[2:]],
        "tiles": tiles,
        "tile_size": min(15.0, _PORTRAIT / _TILES / max([_ems(text) for _, text in tiles], default=1.0) * 0.75),
        "chart": _chart(document.chart),
        "size": size,
        "is_landscape": is_landscape,
        "widths": widths,
        "headings": [broken(_clean(column.title)) for broken, column in zip(breakers, columns, strict=True)],
        "is_left": [column.kind in _LEFT for column in columns],
        "rows": [[broken(text) for broken, text in zip(breakers, row, strict=True)] for row in texts],
        # A row stays on one page, but for one that could be taller than a page.
        "is_tall": [max(map(len, row), default=0) > _TALL for row in texts],
        "repeated": _repeated(columns, texts),
        "totals": totals,
    }


def _texts(document: Document, rows: Sequence[Row]) -> list[list[str]]:
    formatters = [_printer(column, document) for column in document.table.columns]
    return [
        ["" if value is None else _clean(text_of(value)) for text_of, value in zip(formatters, row, strict=True)]
        for row in rows
    ]


def _clean(text: str) -> str:
    """A text without characters that fonts and lines know nothing of."""
    return _UNSHOWN.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def _shown(text: str) -> str:
    """A text outside of the table."""
    return _breaker(_WORD_EMS)(_clean(text))


def _breaker(room: float) -> Callable[[str], str]:
    """Lets words wider than the room (in letter sizes) break: after marks (of an address, a path), else anywhere."""
    long_word = re.compile(rf"[^\s\u200b]{{{max(int(room), 2)},}}")

    def broken(word: re.Match[str]) -> str:
        if _ems(word[0]) <= room:
            return word[0]
        parts = _AFTER_MARK.sub("\u200b", word[0]).split("\u200b")
        return "\u200b".join(piece for part in parts for piece in _pieces(part, room))

    return lambda text: long_word.sub(broken, text)


def _pieces(text: str, room: float) -> Iterator[str]:
    start, used = 0, 0.0
    for index, character in enumerate(text):
        used += _em(character)
        if used > room and index > start:
            yield text[start:index]
            start, used = index, _em(character)
    yield text[start:]


def _totals(document: Document, sums: ColumnSums) -> list[str]:
    shown = []
    for index, (column, total) in enumerate(zip(document.table.columns, sums.totals(document.table), strict=True)):
        if total is None:
            shown.append("Total" if index == 0 else "")
        else:
            shown.append(_clean(total if isinstance(total, str) else _printer(column, document)(total)))
    return shown


def _printer(column: Column, document: Document) -> Callable[[Cell], str]:
    """As in the other files, but that money has commas between its thousands."""
    text_of = formatter(column, document.formats)
    if column.kind is not Kind.MONEY:
        return text_of
    return lambda value: _THOUSANDS.sub(",", text_of(value))


def _tiles(columns: Sequence[Column], totals: Sequence[str]) -> list[list[str]]:
    """The totals once more, in large letters above the table. Hours are shown in one way, not in two."""
    found = [(column, text) for column, text in zip(columns, totals, strict=False) if column.has_total and text]
    if any(column.kind is Kind.DURATION for column, _ in found):
        found = [(column, text) for column, text in found if column.kind is not Kind.DECIMAL_HOURS]
    return [[_shown(column.title), text] for column, text in found[:_TILES]]


def _repeated(columns: Sequence[Column], rows: list[list[str]]) -> list[list[int]]:
    """Of each row, the columns whose group is the one of the row above: they are shown pale."""
    groups = [index for index, column in enumerate(columns) if column.is_group]
    found = []
    before: list[str] = []
    for row in rows:
        same = []
        for index in groups:
            if not before or row[index] != before[index]:
                break
            same.append(index)
        found.append(same)
        before = row
    return found


def _ems(text: str) -> float:
    """About how wide the widest line of a text is, in letter sizes."""
    return max(sum(map(_em, line)) for line in text.split("\n"))


def _longest_word(text: str) -> float:
    return max((_ems(word) for word in _AFTER_MARK.sub(" ", text).split()), default=0.0)


def _em(character: str) -> float:
    if character in " .,:;/|!'iljIt-()":
        return 0.31
    if character in "mwMW@%…—":
        return 0.95
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    return 0.72 if character.isupper() else 0.56


def _fit(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> tuple[float, bool, list[float]]:
    """Size of letters, direction of the paper and width of each column (points)."""
    wanted, needed = [], []
    for index, column in enumerate(columns):
        cells = sorted(_ems(row[index]) for row in rows if row)
        # Bold letters are a little wider.
        heading = 1.05 * max(map(_ems, _clean(column.title).split(" ")))
        if column.kind in _WIDE:
            usual = cells[int(len(cells) * 0.9)] if cells else 0.0
            low, high = _TEXT_EMS
            word = max((_longest_word(row[index]) for row in rows if row), default=0.0)
            needed.append(max(low, min(heading, 7.0), min(word, _WHOLE_WORD_EMS)))
            wanted.append(max(min(max(usual, heading, low), high), needed[-1]))
        else:
            # Figures never break.
            wanted.append(max([heading, *cells[-1:]]))
            needed.append(wanted[-1])
    # Upright paper with letters that read well, else wide paper, with smaller and smaller ones.
    width, size = next(
        (paper for paper in _PAPERS if _is_roomy(wanted, needed, _room(paper, columns) / paper[1])), _PAPERS[-1]
    )
    return size, width == _LANDSCAPE, _shared(wanted, needed, _room((width, size), columns) / size, size)


def _room(paper: tuple[float, float], columns: Sequence[Column]) -> float:
    return paper[0] - _PADDING * len(columns)


def _is_roomy(wanted: Sequence[float], needed: Sequence[float], room: float) -> bool:
    return sum(needed) <= room and sum(wanted) * _CROWDED <= room


def _shared(wanted: Sequence[float], needed: Sequence[float], room: float, size: float) -> list[float]:
    """The room (in letter sizes) shared out: what is needed, then by what is wanted beyond; all of it in points."""
    over = [max(want - need, 0.0) for want, need in zip(wanted, needed, strict=True)]
    rest = room - sum(needed)
    if rest < 0:
        shares = [need * room / sum(needed) for need in needed]
    elif sum(over) >= rest > 0:
        shares = [need + more * rest / sum(over) for need, more in zip(needed, over, strict=True)]
    else:
        # There is more than anybody wants: it goes to everybody in proportion, so that the table fills the page.
        shares = [want * room / sum(wanted) for want in wanted] if wanted else []
    return [round(share * size + _PADDING, 2) for share in shares]


def _chart(chart: Chart | None) -> dict[str, Any] | None:
    """Bars as parts of the highest line of the scale; None when there is nothing to draw."""
    if chart is None or not any(bar.billable or bar.non_billable for bar in chart.bars):
        return None
    highest = max(bar.billable + bar.non_billable for bar in chart.bars)
    step = _step(highest)
    lines = -(-highest // step)
    top = lines * step
    return {
        "title": _shown(chart.title),
        "lines": [[index / lines, _hours(index * step)] for index in range(lines + 1)],
        "bars": [[bar.label, bar.billable / top, bar.non_billable / top] for bar in chart.bars],
        "has_billable": any(bar.billable for bar in chart.bars),
        "has_non_billable": any(bar.non_billable for bar in chart.bars),
        "every": -(-len(chart.bars) * max(3, *(len(bar.label) for bar in chart.bars)) // 105),
    }


def _step(highest: int) -> int:
    """Seconds between two lines of the scale, so that there are at most five."""
    scale = 1
    while True:
        for hours in _STEPS_HOURS:
            step = int(hours * 3600 * scale)
            if highest <= step * 5:
                return step
        scale *= 10


def _hours(seconds: int) -> str:
    return f"{seconds / 3600:g} h" if seconds < 3_600_000 else f"{seconds // 3600:,} h"
