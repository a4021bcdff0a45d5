"""Exact values as the texts people read: days, times, durations, hours and money.

Owns every rounding between a value and its text: half away from zero, once, at the very end.
Pure functions of a value and of the reader's formats; how a file escapes a text is not known here.
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from hourbook.documents.tables import Cell, Column, Formats, Kind

SECONDS_PER_HOUR = 3600
_DATE_PART = re.compile(r"YYYY|MM|DD|M|D")
_DATE_FIELDS = {"YYYY": "{0:04}", "MM": "{1:02}", "M": "{1}", "DD": "{2:02}", "D": "{2}"}
_SEPARATOR = ", "


def decimal_text(numerator: int, denominator: int, *, digits: int) -> str:
    """A quotient with so many digits after the point, rounded half away from zero: `-0.50`, never `-0.00`."""
    scaled = abs(numerator) * 10**digits
    whole = (2 * scaled + denominator) // (2 * denominator)
    text = f"{whole:0{digits + 1}}"
    if digits:
        text = f"{text[:-digits]}.{text[-digits:]}"
    return f"-{text}" if numerator < 0 and whole else text


def money_text(minor: int | Fraction, column: Column) -> str:
    """Major units with as many digits as the currency has: `12.30`, `1230` for yen, `12.300` for dinars."""
    digits = column.digits
    if isinstance(minor, int):
        return decimal_text(minor, column.divisor * 10**digits, digits=digits)
    return decimal_text(minor.numerator, minor.denominator * column.divisor * 10**digits, digits=digits)


def hours_text(seconds: int) -> str:
    """`1.50` for 5400 seconds."""
    return decimal_text(seconds, SECONDS_PER_HOUR, digits=2)


def duration_text(seconds: int) -> str:
    """`HH:MM:SS`; hours are never cut and never become days."""
    size = -seconds if seconds < 0 else seconds
    text = f"{size // 3600:02}:{size // 60 % 60:02}:{size % 60:02}"
    return f"-{text}" if seconds < 0 else text


def number_text(number: int | float | Decimal | Fraction) -> str:
    """A plain number without exponent; a fraction that does not end is cut at twelve digits."""
    if isinstance(number, int):
        return str(number)
    if isinstance(number, Fraction):
        text = decimal_text(number.numerator, number.denominator, digits=12)
    else:
        text = format(Decimal(str(number)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def date_formatter(formats: Formats) -> Callable[[date], str]:
    """Writes a day in the profile's format."""
    pattern = _DATE_PART.sub(lambda part: _DATE_FIELDS[part[0]], formats.date.replace("{", "").replace("}", ""))

    @lru_cache(maxsize=4096)
    def text_of(day: date) -> str:
        return pattern.format(day.year, day.month, day.day)

    return text_of


def time_formatter(formats: Formats) -> Callable[[int], str]:
    """Writes seconds since midnight as `10:23:52 AM` or `22:05`, as the profile says."""

    def text_of(second: int) -> str:
        hour, minute = divmod(second // 60, 60)
        shown = (hour + 11) % 12 + 1 if formats.is_12_hours else hour
        text = f"{shown:02}:{minute:02}"
        if formats.has_seconds:
            text = f"{text}:{second % 60:02}"
        return f"{text} {'AM' if hour < 12 else 'PM'}" if formats.is_12_hours else text

    return lru_cache(maxsize=4096)(text_of)


def formatter(column: Column, formats: Formats) -> Callable[[Cell], str]:
    """Writes the cells of a column. An empty cell (None) is the caller's affair."""
    by_kind: dict[Kind, Callable[..., str]] = {
        Kind.TEXT: str,
        Kind.TEXT_LIST: _SEPARATOR.join,
        Kind.YES_NO: lambda value: "Yes" if value else "No",
        Kind.NUMBER: number_text,
        Kind.DATE: date_formatter(formats),
        Kind.TIME: time_formatter(formats),
        Kind.DURATION: duration_text,
        Kind.DECIMAL_HOURS: hours_text,
        Kind.MONEY: lambda value: money_text(value, column),
    }
    return by_kind[column.kind]
