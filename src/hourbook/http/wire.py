"""Bases and formats of the wire structs.

A slice's `wire.py` builds its requests, queries and answers from these. `In` and `Out` are
camelCase JSON, `Query` is kebab-case query text. Instants and durations are read here with
the refusals the wire knows. Nothing here knows a resource.
"""

import enum
import re
import types
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Union, get_args, get_origin, get_type_hints

import msgspec

from hourbook.core.calendar import format_instant, parse_instant
from hourbook.core.duration import format_duration, parse_duration
from hourbook.core.errors import InvalidChoice, InvalidValue, MissingParameter, UnreadableBody, UnreadableParameter
from hourbook.core.types import Page
from hourbook.http.body import fit as fit

PAGE_SIZE_LIMIT = 5000
LONG_PAGE_ROWS = 500
# No list is that long, and an offset must fit into the databases' common integer.
OFFSET_LIMIT = (1 << 31) - 1
LIST_LIMIT = 100_000
INT_LIMIT = (1 << 63) - 1
_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off"})
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)


class In(msgspec.Struct, rename="camel", kw_only=True):
    """A JSON request body. Unknown keys are ignored, null means absent."""


class Out(msgspec.Struct, rename="camel", kw_only=True):
    """A JSON answer."""


class Query(msgspec.Struct, rename="kebab", kw_only=True):
    """Query parameters. Unknown ones are ignored; an empty value means absent."""


# Marks of answer fields that not everybody may see; the renderer nulls them (design section 7).
BillableRateField = msgspec.Meta(extra={"secret": "billable_rate"})
# An amount that the contract never shows as null: hidden, it is 0, as where there is none.
BillableAmountField = msgspec.Meta(extra={"secret": "billable_rate", "hidden": 0})
CostRateField = msgspec.Meta(extra={"secret": "cost_rate"})

# What an answer shows once, or that opens something. An answer that is kept for a repeated request lacks it.
CredentialField = msgspec.Meta(extra={"secret": "credential", "hidden": ""})
CredentialsField = msgspec.Meta(extra={"secret": "credential", "hidden": []})

Instant = Annotated[int, msgspec.Meta(extra={"query": "instant"})]
"""A query instant: seconds since 1970 UTC after reading."""

Int64 = Annotated[int, msgspec.Meta(ge=-INT_LIMIT - 1, le=INT_LIMIT)]


class Paged(Query):
    """The parameters of every paged list. `long_sorts`: columns that no index sorts by."""

    long_sorts: ClassVar[frozenset[str]] = frozenset()
    page: int = 1
    page_size: int = 50

    @property
    def is_long(self) -> bool:
        """Whether answering takes longer than a turn of the event loop has."""
        return self.page_size > LONG_PAGE_ROWS or getattr(self, "sort_column", None) in self.long_sorts

    def to_page(self, *, size_limit: int = PAGE_SIZE_LIMIT) -> Page:
        """The asked page; InvalidValue outside 1 to the limit (never clamped in silence)."""
        if self.page < 1:
            raise InvalidValue("Page number must be greater than or equal to 1")
        if not 1 <= self.page_size <= size_limit:
            raise InvalidValue(f"Page size must be between 1 and {size_limit}")
        return Page(min(self.page, OFFSET_LIMIT // self.page_size), self.page_size)


class RateOut(Out):
    """An hourly rate: integer minor units and the currency's code."""

    amount: int
    currency: str


def instant_of(text: str | None, field: str) -> int | None:
    """Seconds of an instant in a body; None when absent or empty; UnreadableBody when it is none."""
    if not text:
        return None
    try:
        return parse_instant(text)
    except ValueError:
        raise UnreadableBody(
            f"{field} must be an instant like 2026-05-20T14:00:00Z, in the years 1970 to 2999"
        ) from None


def duration_of(text: str | None, field: str) -> int | None:
    """Seconds of an ISO duration in a body; None when absent or empty."""
    if not text:
        return None
    try:
        return parse_duration(text)
    except ValueError:
        raise UnreadableBody(f"{field} must be an ISO-8601 duration like PT1H30M") from None


def id_of(text: str | None) -> str | None:
    """An optional id in a request: the empty string is the same as absent (wire-core 13, row 27)."""
    return text or None


def time_interval(start_s: int, end_s: int | None) -> "TimeInterval":
    """The three keys of a time interval; a running one has neither end nor duration."""
    if end_s is None:
        return TimeInterval(start=format_instant(start_s), end=None, duration=None)
    return TimeInterval(
        start=format_instant(start_s), end=format_instant(end_s), duration=format_duration(end_s - start_s)
    )


class TimeInterval(Out):
    start: str
    end: str | None
    duration: str | None


# --- reading queries -------------------------------------------------------------------------

Pairs = list[tuple[str, str]]


def _read_bool(name: str, text: str) -> bool:
    folded = text.strip().lower()
    if folded in _TRUE:
        return True
    if folded in _FALSE:
        return False
    raise UnreadableParameter(name, "java.lang.Boolean", f"Invalid boolean value [{text[:200]}]")


def _read_int(name: str, text: str) -> int:
    if _INTEGER.fullmatch(text.strip()) is None:
        raise UnreadableParameter(name, "int", f'For input string: "{text[:200]}"')
    return int(text)


def _read_text(name: str, text: str) -> str:
    if "\0" in text:
        raise UnreadableParameter(name, "java.lang.String", "NUL characters are not accepted")
    return text


def _read_instant(name: str, text: str) -> int:
    try:
        # A plus sign of an offset arrives as a space when the client did not encode it.
        return parse_instant(text.strip().replace(" ", "+"))
    except ValueError:
        raise UnreadableParameter(name, "java.time.Instant", f"Invalid instant [{text[:200]}]") from None


def _enum_reader(kind: type[enum.Enum]) -> Callable[[str, str], Any]:
    def read(name: str, text: str) -> Any:
        try:
            return kind(text)
        except ValueError:
            raise InvalidChoice(name, tuple(str(word.value) for word in kind)) from None

    return read


def _reader_for(annotation: Any) -> tuple[Callable[[str, str], Any], bool]:
    """The converter of one value, and whether the parameter is a list."""
    if get_origin(annotation) is Annotated:
        return _read_instant, False
    if get_origin(annotation) in (Union, types.UnionType):
        inner = [part for part in get_args(annotation) if part is not type(None)]
        return _reader_for(inner[0])
    if get_origin(annotation) is tuple:
        return _reader_for(get_args(annotation)[0])[0], True
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return _enum_reader(annotation), False
    simple: dict[Any, Callable[[str, str], Any]] = {bool: _read_bool, int: _read_int, str: _read_text}
    return simple[annotation], False


@lru_cache(maxsize=512)
def _plan(kind: type[Query]) -> dict[str, tuple[str, Callable[[str, str], Any], bool]]:
    hints = get_type_hints(kind, include_extras=True)
    names = zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True)
    return {wire: (attribute, *_reader_for(hints[attribute])) for attribute, wire in names}


@lru_cache(maxsize=512)
def _required(kind: type[Query]) -> tuple[str, ...]:
    return tuple(f.encode_name for f in msgspec.structs.fields(kind) if f.required)


def read_query(kind: type[Query], pairs: Pairs) -> Any:
    """The query struct of the given pairs; lists may be repeated or comma-joined (wire-core 0.6)."""
    plan = _plan(kind)
    values: dict[str, Any] = {}
    for wire, text in pairs:
        planned = plan.get(wire)
        if planned is None or text == "":
            continue
        attribute, read, is_list = planned
        if is_list:
            parts = [read(wire, part) for part in text.split(",") if part]
            values[attribute] = (*values.get(attribute, ()), *parts)
            if len(values[attribute]) > LIST_LIMIT:
                raise InvalidValue(f"Parameter {wire} has more than {LIST_LIMIT} values")
        elif attribute not in values:
            values[attribute] = read(wire, text)
    for wire in _required(kind):
        if plan[wire][0] not in values:
            raise MissingParameter(wire, "List" if plan[wire][2] else "String")
    return kind(**values)
