"""What may be asked of a report, and which moments it is about. Pure.

The range is read as wall clock in the report's zone, whatever offset was written (wire-reports
section 2). Amounts are chosen here too: nobody is told of money they may not see.
"""

import enum
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from hourbook.core.calendar import END_SECOND, FIRST_SECOND, get_zone, offset_change_s
from hourbook.core.errors import InvalidValue
from hourbook.core.rounding import Rounding, RoundingWay
from hourbook.resources.reports.rules_words import ExportType

GROUPS_LIMIT = 3
# Clocks of some zones show these years at moments that can be.
FIRST_YEAR, LAST_YEAR = 1969, 3000
BEFORE_ALL = FIRST_SECOND - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WALL = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d{1,12})?)?(?:[Zz]|[+-]\d\d(?::?\d\d)?)?)?", re.ASCII
)


class Contains(enum.StrEnum):
    """How a filter's ids are meant. CONTAINS_ONLY differs from CONTAINS for tags: exactly these."""

    CONTAINS = "CONTAINS"
    DOES_NOT_CONTAIN = "DOES_NOT_CONTAIN"
    CONTAINS_ONLY = "CONTAINS_ONLY"


class Archived(enum.StrEnum):
    ACTIVE = "ACTIVE"
    ARCHIVED = "ARCHIVED"
    ALL = "ALL"


class PersonStatus(enum.StrEnum):
    ALL = "ALL"
    ACTIVE_WITH_PENDING = "ACTIVE_WITH_PENDING"
    ACTIVE = "ACTIVE"
    PENDING = "PENDING"
    INACTIVE = "INACTIVE"


class Amount(enum.StrEnum):
    """EARNED: billable time at the billable rate. COST: all time at the cost rate. PROFIT: the one less the other."""

    EARNED = "EARNED"
    COST = "COST"
    PROFIT = "PROFIT"
    HIDE_AMOUNT = "HIDE_AMOUNT"
    EXPORT = "EXPORT"


class Group(enum.StrEnum):
    CLIENT = "CLIENT"
    PROJECT = "PROJECT"
    TASK = "TASK"
    USER = "USER"
    USER_GROUP = "USER_GROUP"
    TAG = "TAG"
    DATE = "DATE"
    WEEK = "WEEK"
    MONTH = "MONTH"
    TIMEENTRY = "TIMEENTRY"


class SummarySort(enum.StrEnum):
    GROUP = "GROUP"
    DURATION = "DURATION"
    AMOUNT = "AMOUNT"
    EARNED = "EARNED"
    COST = "COST"
    PROFIT = "PROFIT"


class NumberCondition(enum.StrEnum):
    EQUAL = "EQUAL"
    GREATER_THAN = "GREATER_THAN"
    LESS_THAN = "LESS_THAN"


class IdFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Things by id and by their own status. No ids: any. The empty id stands for having none of the kind."""

    contains: Contains = Contains.CONTAINS
    ids: frozenset[str] = frozenset()
    status: Archived = Archived.ALL


class PeopleFilter(msgspec.Struct, frozen=True, kw_only=True):
    contains: Contains = Contains.CONTAINS
    ids: frozenset[str] = frozenset()
    status: PersonStatus = PersonStatus.ALL


class FieldFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Entries (or people) by the value of one custom field. `value`: as JSON has it."""

    id: str
    value: object = None
    is_empty: bool | None = None
    condition: NumberCondition | None = None


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What an entry must be to be in a report; None: anything. `currency`: codes, or ids of currencies."""

    clients: IdFilter | None = None
    projects: IdFilter | None = None
    tasks: IdFilter | None = None
    tags: IdFilter | None = None
    currency: IdFilter | None = None
    users: PeopleFilter | None = None
    user_groups: PeopleFilter | None = None
    billable: bool | None = None
    is_invoiced: bool | None = None
    is_approved: bool | None = None
    description: str | None = None
    without_description: bool = False
    custom_fields: tuple[FieldFilter, ...] = ()
    user_custom_fields: tuple[FieldFilter, ...] = ()


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """What all reports over time have in common.

    `start`, `end`: wall clock as it was written. `zone`, `week_start`: None for those of whoever asks.
    `amount_shown`: the kind of money in a row's own `amount`; `amounts`: those that are listed, in order.
    `export`: as what the answer is wanted.
    """

    start: str
    end: str
    zone: str | None = None
    week_start: str | None = None
    rounds: bool = False
    filters: Filters = Filters()
    amount_shown: Amount | None = None
    amounts: tuple[Amount, ...] | None = None
    is_descending: bool | None = None
    export: ExportType = ExportType.JSON


class SummaryAsk(msgspec.Struct, frozen=True, kw_only=True):
    """A summary: one to three groups, each other, in order."""

    ask: Ask
    groups: tuple[Group, ...]
    sort: SummarySort = SummarySort.GROUP


class Span(msgspec.Struct, frozen=True):
    """The moments a report is about: entries that begin from `start_s` up to before `end_s`.

    `zone`: whose days; `week_start`: 0 for weeks that begin on Monday. `holes`: stretches left out (from the
    first second up to before the second): where clocks go back over an edge of the range.
    """

    start_s: int
    end_s: int
    zone: str
    week_start: int
    holes: tuple[tuple[int, int], ...] = ()


class MoneyShown(msgspec.Struct, frozen=True):
    """Which money an answer holds. `shown`: what stands in `amount`; None: nothing does.

    `visible`: what the reader may see at all.
    """

    shown: Amount | None
    amounts: tuple[Amount, ...]
    visible: tuple[Amount, ...]


def check_groups(groups: Sequence[Group]) -> tuple[Group, ...]:
    """One to three groups, each once; InvalidValue otherwise."""
    if not 1 <= len(groups) <= GROUPS_LIMIT:
        raise InvalidValue(f"summaryFilter.groups must name 1 to {GROUPS_LIMIT} of {', '.join(Group)}")
    if len(set(groups)) != len(groups):
        raise InvalidValue(f"summaryFilter.groups must not name a group twice: {', '.join(groups)}")
    return tuple(groups)


def check_zone(name: str) -> str:
    """InvalidValue for a zone that does not exist."""
    try:
        get_zone(name)
    except ValueError:
        raise InvalidValue(f"timeZone {name[:64]} is unknown; it must be a time zone like Europe/Berlin") from None
    return name


def read_wall(text: str, field: str) -> datetime:
    """A wall clock, offset and fraction left aside; a date alone is its first second. InvalidValue otherwise."""
    match = _WALL.fullmatch(text.strip())
    try:
        if match is None:
            raise ValueError
        year, month, day = int(match[1]), int(match[2]), int(match[3])
        return datetime(year, month, day, int(match[4] or 0), int(match[5] or 0), int(match[6] or 0))
    except ValueError:
        raise InvalidValue(f"{field} must be a date and time like 2026-05-20T14:00:00Z") from None


def span_of(start: str, end: str, *, zone: str, week_start: int) -> Span:
    """The span of a written range; InvalidValue when it is reversed.

    The last second that is written counts too (23:59:59 is the end of its day), but a midnight does not:
    it begins the day after. A date alone is all of its day. Years before 1970 and after 2999, when nothing can
    be, are cut off.
    """
    first, last = read_wall(start, "dateRangeStart"), read_wall(end, "dateRangeEnd")
    is_date = len(end.strip()) == len("2026-05-20")
    if first > (last.replace(hour=23, minute=59, second=59) if is_date else last):
        raise InvalidValue(f"dateRangeStart {first.isoformat()} is after dateRangeEnd {last.isoformat()}")
    if is_date:
        last = last.replace(hour=23, minute=59, second=59)
    elif first < last and (last.hour, last.minute, last.second) == (0, 0, 0):
        last -= timedelta(seconds=1)
    starts, ends = seconds_of_wall(first, zone), seconds_of_wall(last, zone)
    holes = []
    # Where an edge comes twice, clocks show something outside of the range in between.
    if starts[0] < starts[1]:
        holes.append((offset_change_s(*starts, zone), starts[1]))
    if ends[0] < ends[1]:
        holes.append((ends[0] + 1, offset_change_s(*ends, zone)))
    real = tuple(hole for hole in holes if hole[0] < hole[1])
    return Span(starts[0], max(starts[0], ends[1] + 1), zone, week_start, real)


def seconds_of_wall(wall: datetime, zone: str) -> tuple[int, int]:
    """The first and the last second at which a clock in the zone shows this.

    Of a time that is skipped: the first second after the gap and the last before it.
    """
    if not FIRST_YEAR <= wall.year <= LAST_YEAR:
        second = BEFORE_ALL if wall.year < FIRST_YEAR else END_SECOND
        return second, second
    early, late = (
        (wall.replace(fold=fold, tzinfo=get_zone(zone)).astimezone(UTC) - _EPOCH) // timedelta(seconds=1)
        for fold in (0, 1)
    )
    if early > late:
        # A skipped time, read with the offset from before the gap and with that from after it.
        change = offset_change_s(late, early, zone)
        early, late = change, change - 1
    return min(max(early, BEFORE_ALL), END_SECOND), min(max(late, BEFORE_ALL), END_SECOND)


def check_export(export: ExportType) -> ExportType:
    """How an answer over time may be wanted: as JSON (of either version), CSV, XLSX or PDF; InvalidValue otherwise."""
    if export is ExportType.ZIP:
        raise InvalidValue("exportType ZIP is for receipts of expenses; choose JSON, CSV, XLSX or PDF")
    return ExportType.JSON if export is ExportType.JSON_V1 else export


def rounding_of(word: str, minutes: str) -> Rounding:
    """The rounding that a workspace's settings name."""
    ways = {"Round up to": RoundingWay.UP, "Round down to": RoundingWay.DOWN}
    return Rounding(ways.get(word, RoundingWay.NEAREST), int(minutes) * 60)


def money_shown(ask: Ask, *, sees_earned: bool, sees_cost: bool) -> MoneyShown:
    """What an answer shows of money: what was asked for, without what the reader may not see.

    EXPORT is EARNED by another name; without `amounts` it is the shown one (wire-reports section 8).
    """
    may_see = {Amount.EARNED: sees_earned, Amount.COST: sees_cost, Amount.PROFIT: sees_earned and sees_cost}
    shown = _as_counted(ask.amount_shown or Amount.EARNED)
    visible = tuple(amount for amount, is_seen in may_see.items() if is_seen)
    if shown is Amount.HIDE_AMOUNT:
        return MoneyShown(None, (), visible)
    asked = ask.amounts or (ask.amount_shown or Amount.EARNED,)
    wanted = tuple(dict.fromkeys(_as_counted(amount) for amount in asked))
    kept = tuple(amount for amount in wanted if amount in visible)
    return MoneyShown(shown if shown in visible else None, kept, visible)


def only_asked(money: MoneyShown) -> MoneyShown:
    """What may be told to others: the money that was asked for by name. A profit tells what it is made of."""
    asked = {money.shown, *money.amounts}
    if Amount.PROFIT in asked:
        return money
    return msgspec.structs.replace(money, visible=tuple(amount for amount in money.visible if amount in asked))


def _as_counted(amount: Amount) -> Amount:
    return Amount.EARNED if amount is Amount.EXPORT else amount
