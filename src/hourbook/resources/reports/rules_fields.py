"""Filters on custom fields: whether a value is one that is asked for. Pure.

Text is searched without regard to case, numbers are compared, of the words of a dropdown any will do, a
box is ticked or not. Several filters must all hold. What a field is, `resources/custom_fields` says.
"""

from collections.abc import Callable, Sequence
from typing import Any

from hourbook.core.errors import InvalidValue
from hourbook.core.text import fold
from hourbook.resources.reports.rules import FieldFilter, NumberCondition
from hourbook.resources.reports.rules_words import FieldType

FILTERS_LIMIT = 50
Test = Callable[[Any], bool]
"""Whether a value passes; None is no value."""


def check_filters(filters: Sequence[FieldFilter], name: str) -> tuple[FieldFilter, ...]:
    """The filters that say anything; InvalidValue when there are too many or one is of no field."""
    if len(filters) > FILTERS_LIMIT:
        raise InvalidValue(f"{name} must have at most {FILTERS_LIMIT} filters")
    if not all(one.id for one in filters):
        raise InvalidValue(f"{name}[].id must name a custom field")
    return tuple(one for one in filters if one.is_empty is not None or not _is_nothing(one.value))


def _is_nothing(value: object) -> bool:
    return value is None or value in ("", [])


def condition_of(filter_: FieldFilter, kind: str | None) -> Test:
    """What a filter asks of a field of this type; nothing passes for None, a field that is not there.

    InvalidValue for a value that no such field has.
    """
    if kind is None:
        return lambda value: False
    tests: list[Test] = []
    if filter_.is_empty is not None:
        wants_empty = filter_.is_empty
        tests.append(lambda value: (value is None) is wants_empty)
    if not _is_nothing(filter_.value):
        tests.append(_TESTS[FieldType(kind)](filter_))
    return lambda value: all(test(value) for test in tests)


def _text(filter_: FieldFilter) -> Test:
    if not isinstance(filter_.value, str):
        raise InvalidValue("The value of a filter on a custom field of text has to be text")
    needle = fold(filter_.value)
    return lambda value: isinstance(value, str) and needle in fold(value)


def _number(filter_: FieldFilter) -> Test:
    wanted = _number_of(filter_.value)
    if wanted is None:
        raise InvalidValue("The value of a filter on a custom field of numbers has to be a number")
    if filter_.condition is NumberCondition.GREATER_THAN:
        return lambda value: value is not None and value > wanted
    if filter_.condition is NumberCondition.LESS_THAN:
        return lambda value: value is not None and value < wanted
    return lambda value: value is not None and value == wanted


def _number_of(value: object) -> int | float | None:
    """A number, or a text that is one; NaN and what is beyond all numbers are none."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) < float("inf") else None


def _words(filter_: FieldFilter) -> Test:
    words = filter_.value if isinstance(filter_.value, list) else [filter_.value]
    if not all(isinstance(word, str) for word in words):
        raise InvalidValue("The value of a filter on a dropdown has to be one of its words, or a list of them")
    wanted = frozenset(words)
    return lambda value: not wanted.isdisjoint(value if isinstance(value, list) else [value])


def _flag(filter_: FieldFilter) -> Test:
    wanted = filter_.value
    if isinstance(wanted, str):
        wanted = {"true": True, "false": False}.get(wanted.lower())
    if not isinstance(wanted, bool):
        raise InvalidValue("The value of a filter on a checkbox has to be true or false")
    # A box that nobody touched is not ticked.
    return lambda value: (value is True) is wanted


_TESTS: dict[FieldType, Callable[[FieldFilter], Test]] = {
    FieldType.TXT: _text,
    FieldType.LINK: _text,
    FieldType.NUMBER: _number,
    FieldType.DROPDOWN_SINGLE: _words,
    FieldType.DROPDOWN_MULTIPLE: _words,
    FieldType.CHECKBOX: _flag,
}
