"""Filters on custom fields. Pure."""

from typing import Any

import pytest

from hourbook.core.errors import InvalidValue
from hourbook.resources.reports.rules import FieldFilter, NumberCondition
from hourbook.resources.reports.rules_fields import FILTERS_LIMIT, check_filters, condition_of


def passing(kind: str | None, values: list[Any], **asked: Any) -> list[Any]:
    test = condition_of(FieldFilter(id="x", **asked), kind)
    return [value for value in values if test(value)]


def test_filters_that_ask_for_nothing_are_left_out() -> None:
    asking = FieldFilter(id="x", is_empty=False), FieldFilter(id="x", value=0), FieldFilter(id="x", value=False)
    nothing: tuple[Any, ...] = (None, "", [])
    silent = [FieldFilter(id="x", value=value) for value in nothing]
    assert check_filters([*silent, *asking], "f") == asking
    with pytest.raises(InvalidValue, match="must name a custom field"):
        check_filters([FieldFilter(id="", value=1)], "f")
    with pytest.raises(InvalidValue, match="at most"):
        check_filters([asking[0]] * (FILTERS_LIMIT + 1), "f")


def test_of_a_field_that_is_not_there_nothing_passes() -> None:
    assert passing(None, [None, "x"], is_empty=True) == []


def test_there_is_a_value_or_none() -> None:
    assert passing("TXT", [None, "x"], is_empty=True) == [None]
    assert passing("TXT", [None, "x", "y"], is_empty=False, value="y") == ["y"]
    assert passing("TXT", [None, "x"]) == [None, "x"]


@pytest.mark.parametrize("kind", ["TXT", "LINK"])
def test_text_contains(kind: str) -> None:
    assert passing(kind, [None, "Hello", "hel", 5], value="HEL") == ["Hello", "hel"]


def test_numbers_compare() -> None:
    values = [None, 4, 5, 5.5]
    assert passing("NUMBER", values, value=5) == [5]
    assert passing("NUMBER", values, value="5.5", condition=NumberCondition.EQUAL) == [5.5]
    assert passing("NUMBER", values, value=5, condition=NumberCondition.GREATER_THAN) == [5.5]
    assert passing("NUMBER", values, value=5, condition=NumberCondition.LESS_THAN) == [4]


def test_words_are_any_of_these() -> None:
    for kind in ("DROPDOWN_SINGLE", "DROPDOWN_MULTIPLE"):
        assert passing(kind, [None, "a", "b"], value="a") == ["a"]
        assert passing(kind, [None, ["a", "b"], ["c"]], value=["b", "x"]) == [["a", "b"]]


def test_boxes_are_ticked_or_not() -> None:
    assert passing("CHECKBOX", [None, True, False], value=True) == [True]
    assert passing("CHECKBOX", [None, True, False], value="FALSE") == [None, False]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("TXT", 1),
        ("LINK", ["x"]),
        ("NUMBER", "x"),
        ("NUMBER", "inf"),
        ("NUMBER", True),
        ("NUMBER", ["1"]),
        ("CHECKBOX", 1),
        ("CHECKBOX", "yes"),
        ("DROPDOWN_SINGLE", 1),
        ("DROPDOWN_MULTIPLE", ["a", 1]),
    ],
)
def test_a_value_of_another_kind_is_refused(kind: str, value: Any) -> None:
    with pytest.raises(InvalidValue):
        condition_of(FieldFilter(id="x", value=value), kind)
