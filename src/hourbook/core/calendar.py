"""Instants, local days and zones.

Local time is computed here and never in SQL, so that both databases agree and a clock change
is exact (design section 8). Zone data is the machine's or the pinned tzdata package; an
unknown zone is a `ValueError`, whatever odd name was given.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

FIRST_SECOND = 0
END_SECOND = int(datetime(3000, 1, 1, tzinfo=UTC).timestamp())
_INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,12}))?)?(Z|z|[+-]\d\d(?::?\d\d)?)", re.ASCII
)
WEEKDAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Lists write two instants a row; looking digits up costs a quarter of formatting them.
_TWO_DIGITS = tuple(f"{number:02}" for number in range(60))
# Names that zone files carry but that name no place on earth or depend on the machine.
_NO_ZONES = frozenset({"localtime", "posixrules", "Factory"})


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """Every zone name that may be stored or asked for."""
    return frozenset(available_timezones()) - _NO_ZONES


@lru_cache(maxsize=1024)
def get_zone(name: str) -> ZoneInfo:
    """The zone of that name; ValueError when there is none."""
    if name not in zone_names():
        raise ValueError(f"unknown time zone: {name[:64]}")
    return ZoneInfo(name)


@lru_cache(maxsize=4096)
def _day_text(day: int) -> str:
    return (_EPOCH + timedelta(days=day)).date().isoformat()


def format_instant(seconds: int) -> str:
    """`2026-05-20T14:00:00Z` for seconds since 1970 UTC."""
    day, rest = divmod(seconds, 86_400)
    minutes = rest // 60
    return f"{_day_text(day)}T{_TWO_DIGITS[minutes // 60]}:{_TWO_DIGITS[minutes % 60]}:{_TWO_DIGITS[rest % 60]}Z"


def format_local(seconds: int, zone_name: str) -> str:
    """`2026-05-20T16:00:00+02:00`: an instant as clocks in a zone show it; `Z` where they show UTC."""
    offset = offset_s(seconds, zone_name)
    text = format_instant(seconds + offset)
    return text[:-1] + _offset_text(offset) if offset else text


def offset_s(seconds: int, zone_name: str) -> int:
    """By how much clocks in a zone are ahead of UTC at an instant."""
    offset = _offset_of_day(seconds // 86_400, zone_name)
    return utc_offset_s(seconds, zone_name) if offset is None else offset


@lru_cache(maxsize=16_384)
def _offset_of_day(day: int, zone_name: str) -> int | None:
    """The offset on a UTC day; None for a day on which it changes. No zone changes there and back within one."""
    first, last = (utc_offset_s(day * 86_400 + second, zone_name) for second in (0, 86_399))
    return first if first == last else None


@lru_cache(maxsize=256)
def _offset_text(offset: int) -> str:
    hours, rest = divmod(abs(offset), 3600)
    minutes, seconds = divmod(rest, 60)
    tail = f":{seconds:02}" if seconds else ""
    return f"{'-' if offset < 0 else '+'}{hours:02}:{minutes:02}{tail}"


def parse_instant(text: str) -> int:
    """Seconds since 1970 UTC of an ISO instant with `Z` or an offset; fractions are cut off.

    ValueError for a text without zone, an impossible date, or a year outside 1970 to 2999.
    """
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise ValueError(f"not an instant with a zone: {text[:40]}")
    year, month, day, hour, minute = (int(match[i]) for i in range(1, 6))
    second = int(match[6] or 0)
    moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    seconds = int((moment - _EPOCH).total_seconds()) - _offset_seconds(match[8])
    if not FIRST_SECOND <= seconds < END_SECOND:
        raise ValueError("the year must be between 1970 and 2999")
    return seconds


def _offset_seconds(text: str) -> int:
    if text in ("Z", "z"):
        return 0
    digits = text[1:].replace(":", "")
    hours, minutes = int(digits[:2]), int(digits[2:] or 0)
    if hours > 18 or minutes > 59:
        raise ValueError("the offset of an instant is at most 18 hours")
    size = hours * 3600 + minutes * 60
    return -size if text[0] == "-" else size


def read_wall_clock_in(seconds: int, zone_name: str) -> int:
    """The instant at which a clock in the zone shows what a UTC clock shows at `seconds`.

    This is the list's zone trap (wire-core section 8): the caller's instant is read as wall
    clock in the account's zone. A wall clock that a change skips is moved forward with the
    gap; one that occurs twice means its first occurrence.
    """
    wall = (_EPOCH + timedelta(seconds=seconds)).replace(tzinfo=get_zone(zone_name))
    return int((wall.astimezone(UTC) - _EPOCH).total_seconds())


def local_day(seconds: int, zone_name: str) -> date:
    """The calendar day that an instant falls on in a zone."""
    return (_EPOCH + timedelta(seconds=seconds)).astimezone(get_zone(zone_name)).date()


def utc_offset_s(seconds: int, zone_name: str) -> int:
    """By how many seconds clocks in a zone are ahead of UTC at an instant."""
    offset = (_EPOCH + timedelta(seconds=seconds)).astimezone(get_zone(zone_name)).utcoffset()
    return int((offset or timedelta()).total_seconds())


def offset_change_s(before_s: int, after_s: int, zone_name: str) -> int:
    """The first second with the offset of the later of two seconds, where clocks change once between them."""
    offset = utc_offset_s(after_s, zone_name)
    while after_s - before_s > 1:
        middle = (before_s + after_s) // 2
        if utc_offset_s(middle, zone_name) == offset:
            after_s = middle
        else:
            before_s = middle
    return after_s


def day_start_s(day: date, zone_name: str) -> int:
    """The first second of a local day. Where midnight does not exist the day starts after the gap."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=get_zone(zone_name))
    return int((midnight.astimezone(UTC) - _EPOCH).total_seconds())


def months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or that month's last day when it has no such day."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(max(index, 12), 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (following - timedelta(days=1)).day))
