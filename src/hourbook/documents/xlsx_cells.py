"""Cells of a workbook as XML: what may stand in one, and the number format it is shown with.

Owns escaping and limits of texts and the exact value of every typed cell. A text is always an inline string,
never a formula, a link or markup. Whole columns are encoded at once: a cell through the library's own
methods costs ten times as much (docs/decisions/0031).
"""

import math
import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any

from hourbook.documents.cells import formatter
from hourbook.documents.sums import exact_float
from hourbook.documents.tables import Cell, Column, Formats, Kind

# Excel's limit of a cell, in UTF-16 units.
TEXT_LIMIT = 32_767
EMPTY = "/>"
_EPOCH = date(1899, 12, 30).toordinal()
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# `_x0041_` in a cell means the character 0041, so a text with these characters needs an escape of its own.
_ESCAPE_LIKE = re.compile(r"(?=_x[0-9a-fA-F]{4}_)")
_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_TEXTS = frozenset({Kind.TEXT, Kind.TEXT_LIST, Kind.YES_NO})


def number_format(column: Column, formats: Formats) -> str:
    """How a spreadsheet shows the column; empty for its own choice."""
    if column.kind is Kind.MONEY:
        decimals = "." + "0" * column.digits if column.digits else ""
        return f"#,##0{decimals} [${column.currency}]"
    if column.kind is Kind.DATE:
        return re.sub(r"([-/. ])", r"\\\1", formats.date.lower())
    if column.kind is Kind.TIME:
        shown = "hh:mm:ss" if formats.has_seconds else "hh:mm"
        return f"{shown} AM/PM" if formats.is_12_hours else shown
    return {Kind.DURATION: "[h]:mm:ss", Kind.DECIMAL_HOURS: "0.00"}.get(column.kind, "")


def clean(text: str) -> str:
    """A text that a cell can hold: no characters XML has no place for, line ends as line feeds, not too long."""
    text = _UNWRITABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(text) > TEXT_LIMIT // 2:
        units = text.encode("utf-16-le")
        if len(units) > TEXT_LIMIT * 2:
            text = units[: (TEXT_LIMIT - 1) * 2].decode("utf-16-le", errors="ignore") + "…"
    return text


def text_fragment(text: str, style: int = 0) -> str:
    """A cell with a text, from behind its address on."""
    text = _ESCAPE_LIKE.sub("_x005F", clean(text)).translate(_MARKUP)
    shown = f' s="{style}"' if style else ""
    return f'{shown} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def number_fragment(number: float, style: int = 0, formula: str = "") -> str:
    """A cell with a number, or with a formula and the value it has; empty for what is no number."""
    if not math.isfinite(number):
        return EMPTY
    asked = f"<f>{formula.translate(_MARKUP)}</f>" if formula else ""
    return f' s="{style}">{asked}<v>{number!r}</v></c>'


def number_of(value: Any, column: Column) -> float:
    """The number a typed cell holds: the serial of a day, parts of a day, hours, major units."""
    if column.kind is Kind.DATE:
        return float(value.toordinal() - _EPOCH)
    return exact_float(value, column)


def encoder(column: Column, formats: Formats, style: int) -> Callable[[Cell], str]:
    """Makes the cells of a column, from behind their address on."""
    if column.kind in _TEXTS:
        text_of = formatter(column, formats)

        def text_cell(value: Cell) -> str:
            return EMPTY if value is None else text_fragment(text_of(value), style)

        return text_cell if column.kind is Kind.TEXT_LIST else lru_cache(maxsize=2048)(text_cell)

    def number_cell(value: Cell) -> str:
        return EMPTY if value is None else number_fragment(number_of(value, column), style)

    return lru_cache(maxsize=16_384)(number_cell)
