"""ISO-8601 durations as the wire wants them.

Out: hours never become days, zero is `PT0S`, no fraction, at least four characters
(wire-core 0.7). In: the same, and also weeks, days and fractions of a second, which people
write; months and years have no length and are refused.
"""

import re

_PATTERN = re.compile(
    r"P(?:(?P<weeks>\d{1,9})W)?(?:(?P<days>\d{1,9})D)?"
    r"(?:T(?:(?P<hours>\d{1,9})H)?(?:(?P<minutes>\d{1,9})M)?(?:(?P<seconds>\d{1,9})(?:\.\d{1,9})?S)?)?",
    re.ASCII,
)
_SECONDS_PER = {"weeks": 604_800, "days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
# Nine digits of every unit stay below this, so a duration never outgrows a double.
DURATION_LIMIT_SECONDS = 1 << 53


def format_duration(seconds: int) -> str:
    """`285120` seconds as `PT79H12M`; zero as `PT0S`. Negative input is a bug and raises."""
    if seconds <= 0:
        if seconds == 0:
            return "PT0S"
        raise ValueError("a duration is never negative")
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    text = f"PT{hours}H" if hours else "PT"
    if minutes:
        text = f"{text}{minutes}M"
    return f"{text}{rest}S" if rest else text


def parse_duration(text: str) -> int:
    """Whole seconds of an ISO duration, fractions cut off; ValueError when it is none."""
    match = _PATTERN.fullmatch(text)
    if match is None or text[-1] in "PT":
        raise ValueError(f"not an ISO-8601 duration: {text[:40]}")
    return sum(int(value) * _SECONDS_PER[unit] for unit, value in match.groupdict().items() if value)
