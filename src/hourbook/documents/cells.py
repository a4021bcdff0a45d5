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
_TWO_DIGITS = tuple(f"{number:02}" for number in range(60))


def rounded(numerator: int, denominator: int) -> int:
    """A quotient as a whole number, rounded half away from zero."""
    size = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -size if numerator < 0 else size


def decimal_text(numerator: int, denominator: int, *, digits: int) -> str:
    """A quotient with so many digits after the point, rounded half away from zero: `-0.50`, never `-0.00`."""
    return _pointed(rounded(numerator * 10**digits, denominator), digits)


def _pointed(units: int, digits: int) -> str:
    """`12.30` for 1230 units of which 100 are one."""
    if not digits:
        return str(units)
    text = str(abs(units)).zfill(digits + 1)
    return f"{'-' if units < 0 else ''}{text[:-digits]}.{text[-digits:]}"


def money_formatter(column: Column) -> Callable[[int | Fraction], str]:
    """Writes major units with as many digits as the currency has: `12.30`, `1230` for yen, `12.300` for dinars."""
    digits, divisor = column.digits, column.divisor
    twice, of_one = 2 * divisor, 10**digits
    ends = [f".{number:0{digits}}" if digits else "" for number in range(of_one)]

    def text_of(minor: int | Fraction) -> str:
        if isinstance(minor, int):
            if minor < 0:
                return _pointed(rounded(minor, divisor), digits)
            # The cell there is most of, so without a call.
            whole, end = divmod((2 * minor + divisor) // twice, of_one)
            return f"{whole}{ends[end]}"
        return _pointed(rounded(minor.numerator, minor.denominator * divisor), digits)

    return text_of


def hours_text(seconds: int) -> str:
    """`1.50` for 5400 seconds."""
    return decimal_text(seconds, SECONDS_PER_HOUR, digits=2)


def duration_text(seconds: int) -> str:
    """`HH:MM:SS`; hours are never cut and never become days."""
    if seconds < 0:
        return f"-{duration_text(-seconds)}"
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02}:{_TWO_DIGITS[minute]}:{_TWO_DIGITS[second]}"


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
    minutes = _minute_texts(is_12_hours=formats.is_12_hours)

    def text_of(second: int) -> str:
        minute, rest = divmod(second, 60)
        before, after = minutes[minute]
        return f"{before}:{_TWO_DIGITS[rest]}{after}"

    return text_of if formats.has_seconds else lambda second: "".join(minutes[second // 60])


@lru_cache
def _minute_texts(*, is_12_hours: bool) -> tuple[tuple[str, str], ...]:
    """For each minute of a day."""
    return tuple(_minute_text(minute, is_12_hours=is_12_hours) for minute in range(24 * 60))


def _minute_text(minute: int, *, is_12_hours: bool) -> tuple[str, str]:
    """What stands before and behind the seconds."""
    hour, rest = divmod(minute, 60)
    if not is_12_hours:
        return f"{hour:02}:{rest:02}", ""
    return f"{(hour + 11) % 12 + 1:02}:{rest:02}", " AM" if hour < 12 else " PM"


def formatter(column: Column, formats: Formats) -> Callable[[Cell], str]:
    """Writes the cells of a column. An empty cell (None) is the caller's affair."""
    by_kind: dict[Kind, Callable[..., str]] = {
        Kind.MONEY: money_formatter(column) if column.currency else str,
        Kind.TEXT: str,
        Kind.TEXT_LIST: _SEPARATOR.join,
        Kind.YES_NO: lambda value: "Yes" if value else "No",
        Kind.NUMBER: number_text,
        Kind.DATE: date_formatter(formats),
        Kind.TIME: time_formatter(formats),
        Kind.DURATION: duration_text,
        Kind.DECIMAL_HOURS: hours_text,
    }
    return by_kind[column.kind]
