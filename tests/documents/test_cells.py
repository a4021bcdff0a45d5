from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as some

from hourbook.documents import cells
from hourbook.documents.tables import Column, Formats, Kind


@given(some.integers(-(10**15), 10**15), some.integers(1, 10**6), some.integers(0, 4))
def test_a_quotient_is_rounded_as_by_hand(numerator: int, denominator: int, digits: int) -> None:
    unit = Decimal(1).scaleb(-digits)
    exact = Fraction(numerator, denominator) * 10**digits
    whole = int(abs(exact) + Fraction(1, 2)) * (-1 if exact < 0 else 1)
    text = cells.decimal_text(numerator, denominator, digits=digits)
    assert Decimal(text) == Decimal(whole) * unit
    assert "." not in text if digits == 0 else len(text.split(".")[1]) == digits
    assert not (text.startswith("-") and Decimal(text) == 0)


@given(some.integers(-(10**12), 10**12))
def test_hours_are_rounded_half_away_from_zero(seconds: int) -> None:
    expected = (Decimal(seconds) / 3600).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert Decimal(cells.hours_text(seconds)) == expected


@pytest.mark.parametrize(
    ("currency", "minor", "text"),
    [
        ("EUR", 1230, "12.30"),
        ("EUR", 5, "0.05"),
        ("EUR", -5, "-0.05"),
        ("EUR", 0, "0.00"),
        ("EUR", Fraction(1, 2), "0.01"),
        ("EUR", Fraction(-1, 2), "-0.01"),
        ("EUR", Fraction(-1, 3), "0.00"),
        ("JPY", 1230, "1230"),
        ("JPY", Fraction(3, 2), "2"),
        ("KWD", 1230, "1.230"),
        ("KWD", 1, "0.001"),
    ],
)
def test_money_has_the_digits_of_its_currency(currency: str, minor: int | Fraction, text: str) -> None:
    assert cells.money_formatter(Column(heading="Amount", kind=Kind.MONEY, currency=currency))(minor) == text


def test_money_can_be_seconds_times_a_rate() -> None:
    column = Column(heading="Amount", kind=Kind.MONEY, currency="EUR", divisor=3600)
    assert cells.money_formatter(column)(5400 * 4321) == "64.82"
    assert cells.money_formatter(column)(Fraction(5400 * 4321, 2)) == "32.41"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "00:00:00"), (59, "00:00:59"), (3661, "01:01:01"), (363_599, "100:59:59"), (-61, "-00:01:01")],
)
def test_durations_count_hours_without_end(seconds: int, text: str) -> None:
    assert cells.duration_text(seconds) == text


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("MM/DD/YYYY", "03/04/2024"),
        ("DD/MM/YYYY", "04/03/2024"),
        ("YYYY-MM-DD", "2024-03-04"),
        ("D.M.YYYY", "4.3.2024"),
        ("DD MM YYYY", "04 03 2024"),
        ("{MM}/DD/YYYY{0.__class__}", "03/04/20240.__class__"),
    ],
)
def test_days_follow_the_profile(pattern: str, text: str) -> None:
    assert cells.date_formatter(Formats(date=pattern))(date(2024, 3, 4)) == text


@pytest.mark.parametrize(
    ("second", "formats", "text"),
    [
        (0, Formats(), "12:00:00 AM"),
        (43_200, Formats(), "12:00:00 PM"),
        (37_432, Formats(), "10:23:52 AM"),
        (86_399, Formats(), "11:59:59 PM"),
        (37_432, Formats(has_seconds=False), "10:23 AM"),
        (80_000, Formats(is_12_hours=False), "22:13:20"),
        (80_000, Formats(is_12_hours=False, has_seconds=False), "22:13"),
    ],
)
def test_times_follow_the_profile(second: int, formats: Formats, text: str) -> None:
    assert cells.time_formatter(formats)(second) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(3, "3"), (2.5, "2.5"), (1e-7, "0.0000001"), (Decimal("1.10"), "1.1"), (Fraction(1, 4), "0.25"), (100.0, "100")],
)
def test_numbers_are_plain(number: float, text: str) -> None:
    assert cells.number_text(number) == text


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": Kind.MONEY},
        {"currency": "EUR"},
        {"kind": Kind.TEXT, "has_total": True},
        {"kind": Kind.DURATION, "divisor": 3600},
        {"kind": Kind.MONEY, "currency": "EUR", "divisor": 0},
    ],
)
def test_a_column_that_makes_no_sense_is_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match="Amount"):
        Column(heading="Amount", **wrong)
