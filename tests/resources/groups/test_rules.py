"""What a user group may be called."""

import pytest

from hourbook.core.errors import InvalidValue
from hourbook.resources.groups import rules


def test_a_name_is_returned_without_blanks_around_it() -> None:
    assert rules.check_name(" Design ") == "Design"
    assert rules.check_name("x" * rules.NAME_LIMIT) == "x" * rules.NAME_LIMIT


@pytest.mark.parametrize("name", [None, "", " \t", "x" * (rules.NAME_LIMIT + 1)])
def test_a_name_has_1_to_100_characters(name: str | None) -> None:
    with pytest.raises(InvalidValue):
        rules.check_name(name)
