"""Durations, for any number of seconds and any text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hourbook.core.duration import DURATION_LIMIT_SECONDS, format_duration, parse_duration

seconds = st.integers(0, 10 * 366 * 86_400)
small = st.integers(0, 9_999)


@given(seconds)
def test_what_goes_out_comes_in_the_same(number: int) -> None:
    assert parse_duration(format_duration(number)) == number


@given(seconds)
def test_what_goes_out_has_hours_minutes_and_seconds_and_nothing_else(number: int) -> None:
    text = format_duration(number)
    match = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?", text)
    assert match is not None
    assert len(text) >= 4
    hours, minutes, rest = (int(part or 0) for part in match.groups())
    assert hours * 3600 + minutes * 60 + rest == number
    assert minutes < 60
    assert rest < 60
    assert number == 0 or "0" not in match.groups()


@given(small, small, small, small, small, st.text("0123456789", min_size=1, max_size=9))
def test_weeks_days_and_fractions_are_read(
    weeks: int, days: int, hours: int, minutes: int, rest: int, cut: str
) -> None:
    text = f"P{weeks}W{days}DT{hours}H{minutes}M{rest}.{cut}S"
    assert parse_duration(text) == ((weeks * 7 + days) * 24 + hours) * 3600 + minutes * 60 + rest


@given(small, st.sampled_from("WDHMS"))
def test_one_part_alone_is_enough(number: int, unit: str) -> None:
    text = f"P{number}{unit}" if unit in "WD" else f"PT{number}{unit}"
    size = {"W": 604_800, "D": 86_400, "H": 3_600, "M": 60, "S": 1}[unit]
    assert parse_duration(text) == number * size


@given(st.one_of(st.text(max_size=40), st.text("PTWDHMSY0123456789.-,: ", max_size=20)))
def test_any_other_text_is_refused_and_nothing_worse(text: str) -> None:
    try:
        number = parse_duration(text)
    except ValueError:
        return
    assert 0 <= number < DURATION_LIMIT_SECONDS
    assert text.startswith("P")


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1Y", "P1M", "P1DT", "1H", "PT-1H", "-PT1H", "PT1.5H", "PT1H ", "pt1h", "PT١H"]
)
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


def test_a_duration_is_never_negative() -> None:
    with pytest.raises(ValueError, match="negative"):
        format_duration(-1)


def test_every_duration_fits_into_64_bits_whatever_its_digits() -> None:
    assert parse_duration("P999999999W999999999DT999999999H999999999M999999999S") < DURATION_LIMIT_SECONDS
    with pytest.raises(ValueError, match="duration"):
        parse_duration("PT9999999999H")
