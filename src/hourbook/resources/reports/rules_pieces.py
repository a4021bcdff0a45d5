"""The columns of a detailed file, made of what portions of entries hold. Pure.

A piece is a few columns whose cells follow from one key (a project's code, a person's, a time of day). What
a key shows is made once and looked up afterwards, which is what makes files of a million rows quick.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from hourbook.resources.reports.rules_detailed import Portion, Words
from hourbook.resources.reports.rules_walls import DAY_SECONDS, walls_of

Keys = Sequence[Any]
Rates = Sequence[tuple[int, int, str]]
TYPE_WORDS = {"REGULAR": "Regular", "BREAK": "Break", "HOLIDAY": "Holiday", "TIME_OFF": "Time off"}
_NEVER = -1


class Clocks:
    """Local days (since 1970) and seconds of the day of the portion at hand, computed once for its four columns."""

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self._portion: Portion | None = None
        self._found: dict[str, tuple[list[int], list[int]]] = {}

    def of(self, portion: Portion) -> dict[str, tuple[list[int], list[int]]]:
        """`start`, `end`, `made`: days and seconds of each; an end that is not yet is -1."""
        if portion is not self._portion:
            ends = [_NEVER if end is None else end for end in portion.end_s]
            made = np.frombuffer(bytes.fromhex("".join([id_[:8] for id_ in portion.ids])), ">u4")
            self._found = {
                "start": self._split(np.array(portion.start_s, dtype=np.int64)),
                "end": self._split(np.array(ends, dtype=np.int64)),
                # An id begins with the second in which it was made.
                "made": self._split(made.astype(np.int64)),
            }
            self._portion = portion
        return self._found

    def _split(self, moments: NDArray[np.int64]) -> tuple[list[int], list[int]]:
        is_there = moments != _NEVER
        walls = np.full(len(moments), _NEVER * DAY_SECONDS)
        walls[is_there] = walls_of(moments[is_there], self._zone)
        days, seconds = np.divmod(walls, DAY_SECONDS)
        seconds[~is_there] = _NEVER
        return days.tolist(), seconds.tolist()


class Money(msgspec.Struct, frozen=True):
    """What an hour of entries is worth in one currency, minor units, by twice the code of their rate; None: elsewhere.

    The place after an even one is for billable time.
    """

    per_hour: list[int | None]

    def rates(self, portion: Portion) -> list[int | None]:
        per_hour = self.per_hour
        return [
            per_hour[2 * rate + billable] for rate, billable in zip(portion.rates, portion.is_billable, strict=True)
        ]

    def amounts(self, portion: Portion) -> list[int | None]:
        """Seconds times rate: 3600 times what they are."""
        columns = zip(self.rates(portion), portion.seconds, strict=True)
        return [None if rate is None else rate * seconds for rate, seconds in columns]


def earned_in(currency: str, rates: Rates) -> Money:
    """Time that is not billable earns nothing."""
    return Money([_of(one, currency, hourly) for one in rates for hourly in (0, one[0])])


def cost_in(currency: str, rates: Rates) -> Money:
    return Money([_of(one, currency, one[1]) for one in rates for _ in (0, 1)])


def profit_in(currency: str, rates: Rates) -> Money:
    return Money([_of(one, currency, hourly - one[1]) for one in rates for hourly in (0, one[0])])


def _of(rate: tuple[int, int, str], currency: str, per_hour: int) -> int | None:
    return per_hour if rate[2] == currency else None


def project_cells(words: Words) -> Callable[[int], tuple[str | None, ...]]:
    def cells(code: int) -> tuple[str | None, ...]:
        project = words.projects[code]
        return (project.name, project.client_name) if project else (None, None)

    return cells


def task_cells(words: Words) -> Callable[[int], tuple[str | None, ...]]:
    def cells(code: int) -> tuple[str | None, ...]:
        task = words.tasks[code]
        return (task.name if task else None,)

    return cells


def kinds(portion: Portion) -> list[tuple[str, bool, bool]]:
    """Type, billable, invoiced."""
    return list(zip(portion.types, portion.is_billable, portion.is_invoiced, strict=True))


def field_text(value: Any) -> str | None:
    """A custom field's value as people write it; None for none."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)
