"""Instants, zones and local days, for any second of the accepted years and any zone."""

import contextlib
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hourbook.core.calendar import (
    END_SECOND,
    day_start_s,
    format_instant,
    get_zone,
    local_day,
    months_before,
    parse_instant,
    read_wall_clock_in,
    zone_names,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
instants = st.integers(0, END_SECOND - 1)
# Where zones have changed their clocks; far ahead nothing new happens.
lively = st.integers(86_400 * 366, int(datetime(2038, 1, 1, tzinfo=UTC).timestamp()))
zones = st.sampled_from(sorted(zone_names()))
days = st.dates(date(1971, 1, 1), date(2037, 12, 31))


def shown(seconds: int, zone: str) -> datetime:
    """What a clock in the zone shows, without its zone."""
    return (EPOCH + timedelta(seconds=seconds)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@given(instants)
def test_what_goes_out_comes_in_the_same(seconds: int) -> None:
    assert parse_instant(format_instant(seconds)) == seconds
    assert format_instant(seconds) == (EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


@given(st.integers(86_400, END_SECOND - 86_400), st.integers(-18 * 60, 18 * 60), st.text("0123456789", max_size=12))
def test_offsets_are_honoured_and_fractions_cut_off(seconds: int, offset_minutes: int, fraction: str) -> None:
    wall = (EPOCH + timedelta(seconds=seconds, minutes=offset_minutes)).strftime("%Y-%m-%dT%H:%M:%S")
    sign, size = "-" if offset_minutes < 0 else "+", abs(offset_minutes)
    dot = f".{fraction}" if fraction else ""
    assert parse_instant(f"{wall}{dot}{sign}{size // 60:02}:{size % 60:02}") == seconds


@given(st.one_of(st.text(max_size=40), st.text("0123456789-:TZ+. ", max_size=30)))
def test_any_other_text_is_refused_and_nothing_worse(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert 0 <= parse_instant(text) < END_SECOND


@given(lively, zones)
def test_a_wall_clock_is_read_where_it_first_shows_that(seconds: int, zone: str) -> None:
    wall = (EPOCH + timedelta(seconds=seconds)).replace(tzinfo=None)
    found = read_wall_clock_in(seconds, zone)
    if shown(found, zone) == wall:
        assert all(shown(found - step, zone) != wall for step in (1800, 3600, 7200))
    else:
        # The clock jumped over it: no instant shows it, and the answer lies as far behind the gap.
        assert shown(found, zone) > wall
        assert all(shown(found + step, zone) != wall for step in range(-7200, 7201, 900))


@given(instants)
def test_in_utc_a_wall_clock_is_what_it_is(seconds: int) -> None:
    assert read_wall_clock_in(seconds, "UTC") == seconds


@given(days, zones)
def test_a_day_begins_where_it_is_first_that_day(day: date, zone: str) -> None:
    start = day_start_s(day, zone)
    # A few days never happened (a zone that moved over the date line): the next one begins there.
    assert local_day(start, zone) >= day
    assert local_day(start - 1, zone) < day


@given(lively, zones)
def test_an_instant_lies_within_its_local_day(seconds: int, zone: str) -> None:
    day = local_day(seconds, zone)
    assert day == shown(seconds, zone).date()
    assert day_start_s(day, zone) <= seconds


@given(st.dates(date(1971, 1, 31), date(2990, 12, 31)), st.integers(0, 11))
def test_months_before_keeps_the_day_where_it_can(day: date, months: int) -> None:
    before = months_before(day, months)
    assert (day.year * 12 + day.month) - (before.year * 12 + before.month) == months
    assert before.day == day.day or (before + timedelta(days=1)).day == 1
    assert before.day <= day.day


@given(st.text(max_size=80))
def test_no_name_of_a_zone_does_harm(name: str) -> None:
    if name not in zone_names():
        with pytest.raises(ValueError, match="unknown time zone"):
            get_zone(name)


@pytest.mark.parametrize(
    "name", ["", "../etc/passwd", "localtime", "posixrules", "Factory", "europe/berlin", "UTC\n", "/"]
)
def test_what_is_no_zone(name: str) -> None:
    with pytest.raises(ValueError, match="unknown time zone"):
        get_zone(name)
