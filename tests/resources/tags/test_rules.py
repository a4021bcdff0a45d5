"""What a tag may be called."""

import pytest

from hourbook.core.errors import InvalidValue
from hourbook.resources.tags import rules


def test_a_name_is_returned_without_blanks_around_it() -> None:
    assert rules.check_name(" Urgent ") == "Urgent"
    assert rules.check_name("x" * rules.NAME_LIMIT) == "x" * rules.NAME_LIMIT


@pytest.mark.parametrize("name", [None, "", " \t\n"])
def test_a_name_is_not_empty(name: str | None) -> None:
    with pytest.raises(InvalidValue):
        rules.check_name(name)


def test_a_name_is_not_longer_than_the_limit() -> None:
    with pytest.raises(InvalidValue) as refused:
        rules.check_name("x" * (rules.NAME_LIMIT + 1))
    assert str(rules.NAME_LIMIT) in refused.value.reason
