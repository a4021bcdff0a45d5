"""Rates over time: where they stand, which one counts at a moment, what a change does. Pure.

A place (workspace, member, project, somebody on a project, task) has a timeline for billable and
one for cost rates. Seconds since 1970 UTC, minor units an hour; the order of the places and the
meaning of `since` are told in docs/rates.md.
"""

import enum
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from hourbook.core.errors import AccessDenied, InvalidValue
from hourbook.core.ids import UNKNOWN_ID_BYTES
from hourbook.core.money import AMOUNT_LIMIT_MINOR, RateKind

NOBODY_ID = UNKNOWN_ID_BYTES.hex()
BEGINNING_S = 0


class Level(enum.StrEnum):
    WORKSPACE = "WORKSPACE"
    MEMBER = "MEMBER"
    PROJECT = "PROJECT"
    PROJECT_MEMBER = "PROJECT_MEMBER"
    TASK = "TASK"


# How far from the end a level stands in the order of places.
DEPTH = {Level.WORKSPACE: 1, Level.MEMBER: 2, Level.PROJECT: 3, Level.PROJECT_MEMBER: 4, Level.TASK: 5}
KINDS = frozenset(RateKind)
EVENTS = {RateKind.HOURLY: "BILLABLE_RATE_UPDATED", RateKind.COST: "COST_RATE_UPDATED"}

Place = tuple[str, str]
"""Id of the target and, for somebody on a project, of the account (else `NOBODY_ID`)."""
Timeline = tuple[tuple[int, int | None], ...]
"""(since, amount or None) in order."""
Timelines = Mapping[Place, Timeline]
"""Of one kind."""


class Rate(msgspec.Struct):
    """One change of a rate at a place. `is_waiting`: it lay in the future when the place was last written."""

    workspace_id: str
    id: str
    level: Level
    kind: RateKind
    target_id: str
    user_id: str
    since_s: int
    amount_minor: int | None
    is_waiting: bool

    @property
    def place(self) -> Place:
        return (self.target_id, self.user_id)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A rate somebody wants at a place: `amount_minor` None is none of its own, `since_s` None is now.

    `is_end`: the place goes; whatever was planned for it goes as well.
    """

    level: Level
    kind: RateKind
    target_id: str
    amount_minor: int | None
    user_id: str = NOBODY_ID
    since_s: int | None = None
    is_end: bool = False

    @property
    def place(self) -> Place:
        return (self.target_id, self.user_id)


class Span(msgspec.Struct, frozen=True):
    """From when until when (None: for ever) a place has another rate than before."""

    level: Level
    kind: RateKind
    place: Place
    from_s: int
    until_s: int | None
    amount_minor: int | None
    is_end: bool = False


class Plan(msgspec.Struct):
    """What a wish does to the timelines. `lines`: by kind and place, as they will be."""

    lines: dict[tuple[RateKind, Place], list[Rate]]
    spans: list[Span] = []
    inserted: list[Rate] = []
    updated: list[tuple[Rate, Rate]] = []
    deleted: list[Rate] = []


# --- which rate counts -------------------------------------------------------------------------


def rate_at(line: Timeline, at_s: int) -> int | None:
    """The amount of the newest change at or before a second; None before the first."""
    index = bisect_right(line, at_s, key=_since)
    return line[index - 1][1] if index else None


def _since(point: tuple[int, int | None]) -> int:
    return point[0]


def places_of(workspace_id: str, user_id: str, *, project_id: str | None, task_id: str | None) -> tuple[Place, ...]:
    """Where the rate of an entry may stand, the nearest place first."""
    general = ((user_id, NOBODY_ID), (workspace_id, NOBODY_ID))
    if project_id is None:
        return general
    on_project = ((project_id, user_id), (project_id, NOBODY_ID), *general)
    return on_project if task_id is None else ((task_id, NOBODY_ID), *on_project)


def nearest(lines: Timelines, places: Iterable[Place], at_s: int) -> int | None:
    """The nearest rate that is set at a second; None when none is."""
    for place in places:
        line = lines.get(place)
        if line is not None and (amount := rate_at(line, at_s)) is not None:
            return amount
    return None


def resolve(lines: Timelines, places: Iterable[Place], at_s: int) -> int:
    """The same, and 0 when none is."""
    return nearest(lines, places, at_s) or 0


class Source(msgspec.Struct, frozen=True):
    """Where a rate comes from: the place that decides, and the change of it that is in force."""

    level: Level
    place: Place
    since_s: int
    amount_minor: int


def source_of(lines: Timelines, places: Sequence[Place], at_s: int) -> Source | None:
    """The place among those of an entry (nearest first) whose rate counts at a second; None when none is set."""
    levels = {depth: level for level, depth in DEPTH.items()}
    for index, place in enumerate(places):
        line = lines.get(place, ())
        point = bisect_right(line, at_s, key=_since) - 1
        if point >= 0 and (amount := line[point][1]) is not None:
            return Source(levels[len(places) - index], place, line[point][0], amount)
    return None


class Falling:
    """What entries get where a rate changed, by the ids of person, project and task as the database has them.

    `level`: of the place that changed. Where a nearer place has a rate, the change is none of theirs.
    """

    def __init__(self, workspace_id: str, level: Level, lines: Timelines) -> None:
        self._workspace_id, self._level, self._lines = workspace_id, level, lines
        self._steps: dict[tuple[bytes, bytes | None, bytes | None], tuple[list[int], list[int | None]]] = {}

    def at(self, named: tuple[bytes, bytes | None, bytes | None], at_s: int) -> int | None:
        """The rate at a second, None where a nearer place decides."""
        found = self._steps.get(named)
        if found is None:
            found = self._steps[named] = self._made(*(None if one is None else one.hex() for one in named))
        starts, amounts = found
        return amounts[bisect_right(starts, at_s) - 1]

    def _made(
        self, user_id: str | None, project_id: str | None, task_id: str | None
    ) -> tuple[list[int], list[int | None]]:
        places = places_of(self._workspace_id, user_id or NOBODY_ID, project_id=project_id, task_id=task_id)
        nearer, rest = places[: -DEPTH[self._level]], places[-DEPTH[self._level] :]
        points = (point for place in places for point in self._lines.get(place, ()))
        starts = sorted({BEGINNING_S, *(since_s for since_s, _ in points)})
        return starts, [
            resolve(self._lines, rest, at) if nearest(self._lines, nearer, at) is None else None for at in starts
        ]


def near_ids(level: Level, place: Place, lines: Timelines) -> dict[str, list[str]]:
    """What may have a nearer rate than a place: ids by `task_ids`, `project_ids`, `user_ids`.

    Ids of other things may stand among them; no task, project or person has those.
    """
    if level is Level.TASK:
        return {}
    targets = sorted({target for target, _ in lines} - {place[0]})
    found = {"task_ids": targets}
    if level in (Level.WORKSPACE, Level.MEMBER):
        found["project_ids"] = targets
    if level is Level.WORKSPACE:
        found["user_ids"] = targets
    if level is Level.PROJECT:
        found["user_ids"] = sorted({user for target, user in lines if target == place[0]} - {NOBODY_ID})
    return {name: ids for name, ids in found.items() if ids}


def lines_of(rows: Iterable[Rate]) -> dict[RateKind, dict[Place, Timeline]]:
    """Timelines by kind and place, of rows in any order."""
    found: dict[RateKind, dict[Place, list[tuple[int, int | None]]]] = {kind: {} for kind in RateKind}
    for row in rows:
        found[row.kind].setdefault(row.place, []).append((row.since_s, row.amount_minor))
    return {
        kind: {place: tuple(sorted(points, key=_since)) for place, points in places.items()}
        for kind, places in found.items()
    }


# --- what a change does ------------------------------------------------------------------------


def check_amount(amount_minor: int) -> int:
    """InvalidValue when it is negative or beyond what money can be."""
    if not 0 <= amount_minor <= AMOUNT_LIMIT_MINOR:
        raise InvalidValue(f"Rate amount must be between 0 and {AMOUNT_LIMIT_MINOR}")
    return amount_minor


def check_allowed(plan: Plan, allowed: frozenset[RateKind]) -> None:
    """AccessDenied when a rate changes that its sender may not set; repeating the one in force is no change."""
    if any(span.kind not in allowed and not span.is_end for span in plan.spans):
        raise AccessDenied


def planned(rows: Iterable[Rate], wanted: Iterable[Wanted], *, workspace_id: str, now_s: int) -> Plan:
    """What the wishes do to the rows of their places. New rows have no id yet."""
    plan = Plan({})
    for row in sorted(rows, key=lambda row: row.since_s):
        plan.lines.setdefault((row.kind, row.place), []).append(row)
    for wish in wanted:
        _plan_one(plan, wish, workspace_id, now_s)
        _settle(plan, plan.lines[wish.kind, wish.place], now_s)
    return plan


def amount_in_force(line: Sequence[Rate], at_s: int) -> int | None:
    """The amount at a second of rows in order."""
    return next((row.amount_minor for row in reversed(line) if row.since_s <= at_s), None)


def _plan_one(plan: Plan, wish: Wanted, workspace_id: str, now_s: int) -> None:
    line = plan.lines.setdefault((wish.kind, wish.place), [])
    since_s = now_s if wish.since_s is None else wish.since_s
    later = [row for row in line if row.since_s > since_s]
    dropped = later if wish.is_end else []
    is_said = wish.since_s is not None
    same = next((row for row in line if row.since_s == since_s), None)
    is_new = amount_in_force(line, since_s) != wish.amount_minor or (is_said and same is None)
    if not (is_new or dropped):
        return
    until_s = later[0].since_s if later and not wish.is_end else None
    plan.spans.append(Span(wish.level, wish.kind, wish.place, since_s, until_s, wish.amount_minor, wish.is_end))
    plan.deleted += dropped
    kept = [row for row in line if row not in dropped and row is not same]
    if is_new and same is not None:
        after = msgspec.structs.replace(same, amount_minor=wish.amount_minor)
        plan.updated.append((same, after))
        kept.append(after)
    elif is_new:
        row = Rate(
            workspace_id,
            "",
            wish.level,
            wish.kind,
            wish.target_id,
            wish.user_id,
            since_s,
            wish.amount_minor,
            since_s > now_s,
        )
        plan.inserted.append(row)
        kept.append(row)
    elif same is not None:
        kept.append(same)
    line[:] = sorted(kept, key=lambda row: row.since_s)


def _settle(plan: Plan, line: list[Rate], now_s: int) -> None:
    """Rows whose moment has come wait no more: the place is written with them now."""
    for index, row in enumerate(line):
        if row.is_waiting and row.since_s <= now_s:
            after = msgspec.structs.replace(row, is_waiting=False)
            known = next((number for number, (_, found) in enumerate(plan.updated) if found is row), None)
            if known is None:
                plan.updated.append((row, after))
            else:
                plan.updated[known] = (plan.updated[known][0], after)
            line[index] = after
