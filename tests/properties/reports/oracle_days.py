"""Days and ranges of the naive oracle."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")


@lru_cache(maxsize=100_000)
def wall(second: int, zone: str) -> datetime:
    """What a clock in the zone shows."""
    return datetime.fromtimestamp(second, ZoneInfo(zone)).replace(tzinfo=None)


def range_of(body: dict[str, Any]) -> tuple[datetime, datetime]:
    """First and last second of a range, as clocks show it, whatever offset is written. Midnight ends the day before."""
    start, end = read(body["dateRangeStart"]), read(body["dateRangeEnd"])
    if len(body["dateRangeEnd"]) == len("2026-05-20"):
        end = end.replace(hour=23, minute=59, second=59)
    if (end.hour, end.minute, end.second) == (0, 0, 0) and end > start:
        end -= timedelta(seconds=1)
    return start, end


def read(text: str) -> datetime:
    return datetime.fromisoformat(text[:19])


@lru_cache(maxsize=100_000)
def first_day(day: date, group: str, week_start: str) -> date:
    if group == "MONTH":
        return day.replace(day=1)
    if group == "WEEK":
        while DAYS[day.weekday()] != week_start:
            day -= timedelta(days=1)
    return day
