"""What may be asked of a report: ranges, zones, groups, money. Pure."""

from datetime import UTC, datetime

import pytest

from hourbook.core.calendar import END_SECOND, parse_instant
from hourbook.core.errors import InvalidValue
from hourbook.core.rounding import RoundingWay
from hourbook.resources.reports.rules import (
    Amount,
    Ask,
    Group,
    check_export,
    check_groups,
    check_zone,
    money_shown,
    only_asked,
    read_wall,
    rounding_of,
    seconds_of_wall,
    span_of,
)
from hourbook.resources.reports.rules_words import ExportType

BERLIN, HAVANA = "Europe/Berlin", "America/Havana"


def span(start: str, end: str, zone: str = "UTC") -> tuple[int, int]:
    found = span_of(start, end, zone=zone, week_start=0)
    assert (found.zone, found.week_start) == (zone, 0)
    return found.start_s, found.end_s


def seconds(*instants: str) -> tuple[int, ...]:
    return tuple(parse_instant(one) for one in instants)


def test_one_to_three_groups_are_taken_each_once() -> None:
    assert check_groups([Group.TAG]) == (Group.TAG,)
    assert check_groups([Group.TAG, Group.USER, Group.DATE]) == (Group.TAG, Group.USER, Group.DATE)
    for wrong in ([], [Group.TAG] * 2, [Group.TAG, Group.USER, Group.DATE, Group.WEEK]):
        with pytest.raises(InvalidValue):
            check_groups(wrong)


def test_a_zone_has_to_exist() -> None:
    assert check_zone(BERLIN) == BERLIN
    for wrong in ("Europe", "localtime", ""):
        with pytest.raises(InvalidValue):
            check_zone(wrong)


def test_a_wall_clock_is_what_is_written_without_its_offset() -> None:
    wall = datetime(2026, 5, 4, 10, 20, 30)
    for text in ("2026-05-04T10:20:30", " 2026-05-04T10:20:30.999Z ", "2026-05-04 10:20:30+14:00"):
        assert read_wall(text, "x") == wall
    assert read_wall("2026-05-04T10:20", "x") == datetime(2026, 5, 4, 10, 20)
    assert read_wall("2026-05-04", "x") == datetime(2026, 5, 4)
    for wrong in ("", "2026-02-30", "2026-05-04T10", "soon"):
        with pytest.raises(InvalidValue, match=r"^x must be"):
            read_wall(wrong, "x")


def test_a_span_ends_behind_its_last_second_but_at_a_midnight() -> None:
    day = seconds("2026-05-04T00:00:00Z", "2026-05-05T00:00:00Z")
    assert span("2026-05-04T00:00:00", "2026-05-04T23:59:59") == day
    assert span("2026-05-04T00:00:00", "2026-05-05T00:00:00") == day
    assert span("2026-05-04", "2026-05-04") == day
    assert span("2026-05-04T00:00:00", "2026-05-04T00:00:00") == (day[0], day[0] + 1)
    with pytest.raises(InvalidValue):
        span("2026-05-04T00:00:01", "2026-05-04T00:00:00")
    with pytest.raises(InvalidValue):
        span("2026-05-05", "2026-05-04")


def test_a_span_beyond_all_time_is_empty_and_one_over_it_has_everything() -> None:
    start_s, end_s = span("0001-01-01", "9999-12-31")
    assert start_s <= 0
    assert end_s > END_SECOND
    assert span("0001-01-01", "1000-01-01")[1] == 0
    assert span("4000-01-01", "9999-01-01T00:00:00")[0] == END_SECOND
    # It is 1969 in Pago Pago for the first hours of all time.
    assert span("1969-12-31T20:00:00", "1969-12-31T20:00:00", "Pacific/Pago_Pago") == (7 * 3600, 7 * 3600 + 1)


def test_a_span_has_no_hole_where_clocks_do_not_change() -> None:
    assert span_of("2026-05-04", "2026-05-04", zone=BERLIN, week_start=0).holes == ()


def test_of_a_wall_clock_that_comes_twice_both_are_known_and_of_one_that_is_skipped_the_edges() -> None:
    twice = datetime(2026, 10, 25, 2, 30)
    assert seconds_of_wall(twice, BERLIN) == seconds("2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z")
    skipped = datetime(2026, 3, 29, 2, 30)
    assert seconds_of_wall(skipped, BERLIN) == seconds("2026-03-29T01:00:00Z", "2026-03-29T00:59:59Z")
    once = datetime(2026, 3, 29, 3, 0)
    assert seconds_of_wall(once, BERLIN) == seconds("2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z")


@pytest.mark.parametrize("zone", [BERLIN, HAVANA, "Australia/Lord_Howe", "Africa/Casablanca", "America/St_Johns"])
def test_a_span_has_exactly_the_seconds_at_which_clocks_show_the_range(zone: str) -> None:
    """Around every change of a year, on the quarter of an hour."""
    from zoneinfo import ZoneInfo

    changes = _changes(zone)
    assert changes
    for change in changes:
        moments = [change + 900 * step for step in range(-12, 13)]
        walls = {
            one: datetime.fromtimestamp(one, UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) for one in moments
        }
        for start in walls.values():
            for end in walls.values():
                if start > end or (end.hour, end.minute) == (0, 0):
                    continue
                found = span_of(start.isoformat(), end.isoformat(), zone=zone, week_start=0)
                inside = {
                    one
                    for one in moments
                    if found.start_s <= one < found.end_s and not any(low <= one < high for low, high in found.holes)
                }
                assert inside == {one for one, wall in walls.items() if start <= wall <= end}, (change, start, end)


def _changes(zone: str) -> list[int]:
    from hourbook.core.calendar import utc_offset_s

    first = parse_instant("2026-01-01T00:00:00Z")
    hours = [first + 1800 * step for step in range(2 * 24 * 365)]
    return [one for one in hours if utc_offset_s(one, zone) != utc_offset_s(one - 1, zone)]


def test_files_of_receipts_are_no_report_over_time() -> None:
    assert check_export(ExportType.JSON_V1) is check_export(ExportType.JSON) is ExportType.JSON
    assert check_export(ExportType.PDF) is ExportType.PDF
    with pytest.raises(InvalidValue):
        check_export(ExportType.ZIP)


def test_a_workspace_names_its_rounding() -> None:
    ways = {"Round up to": RoundingWay.UP, "Round down to": RoundingWay.DOWN, "Round to nearest": RoundingWay.NEAREST}
    for word, way in ways.items():
        found = rounding_of(word, "15")
        assert (found.way, found.step_seconds) == (way, 900)


def shown(*, sees_earned: bool = True, sees_cost: bool = True, **asked: object) -> tuple[str | None, list[str]]:
    ask = Ask(start="", end="", **asked)  # type: ignore[arg-type]
    found = money_shown(ask, sees_earned=sees_earned, sees_cost=sees_cost)
    assert set(found.amounts) <= set(found.visible)
    assert found.shown in (None, *found.visible)
    return found.shown, list(found.amounts)


def test_nobody_is_shown_money_that_they_may_not_see() -> None:
    every = (Amount.EARNED, Amount.COST, Amount.PROFIT)
    assert shown() == ("EARNED", ["EARNED"])
    assert shown(amount_shown=Amount.COST) == ("COST", ["COST"])
    assert shown(amount_shown=Amount.COST, amounts=(Amount.PROFIT, Amount.PROFIT)) == ("COST", ["PROFIT"])
    assert shown(amount_shown=Amount.EXPORT) == ("EARNED", ["EARNED"])
    assert shown(amount_shown=Amount.HIDE_AMOUNT, amounts=every) == (None, [])
    assert shown(amounts=every, sees_cost=False) == ("EARNED", ["EARNED"])
    assert shown(amounts=every, sees_earned=False) == (None, ["COST"])
    assert shown(amount_shown=Amount.PROFIT, amounts=every, sees_earned=False) == (None, ["COST"])
    assert shown(amounts=every, sees_earned=False, sees_cost=False) == (None, [])


def test_others_are_told_the_money_that_was_asked_for() -> None:
    def told(sees_cost: bool = True, **asked: object) -> tuple[Amount, ...]:
        ask = Ask(start="", end="", **asked)  # type: ignore[arg-type]
        return only_asked(money_shown(ask, sees_earned=True, sees_cost=sees_cost)).visible

    assert told() == (Amount.EARNED,)
    assert told(amount_shown=Amount.COST) == (Amount.COST,)
    assert told(amount_shown=Amount.COST, sees_cost=False) == ()
    assert told(amount_shown=Amount.HIDE_AMOUNT) == ()
    assert told(amounts=(Amount.COST,)) == (Amount.EARNED, Amount.COST)
    assert told(amount_shown=Amount.PROFIT) == (Amount.EARNED, Amount.COST, Amount.PROFIT)
    assert told(amount_shown=Amount.PROFIT, sees_cost=False) == ()
