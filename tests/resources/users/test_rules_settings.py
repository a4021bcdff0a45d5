"""The rules of one's own settings, by themselves."""

from typing import Any

import pytest

from hourbook.core.errors import InvalidValue, NotFound
from hourbook.resources.users import rules_settings
from hourbook.resources.users.rules import SummaryReportSettings, UserSettings


def test_settings_are_replaced_by_name() -> None:
    after = rules_settings.changed_settings(UserSettings(), {"lang": "PT_BR", "date_format": "D.M.YYYY"})
    assert (after.lang, after.date_format, after.time_zone) == ("PT_BR", "D.M.YYYY", "UTC")


@pytest.mark.parametrize(
    "changes",
    [
        {"time_zone": "Mars/Olympus"},
        {"date_format": ""},
        {"date_format": "YYYY-MM-MM"},
        {"date_format": "YYYY/MM-DD"},
        {"lang": "en"},
        {"my_start_of_day": "25:00"},
        {"my_start_of_day": "09:60"},
        {"summary_report_settings": SummaryReportSettings(group="")},
        {"summary_report_settings": SummaryReportSettings(subgroup="x" * 101)},
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        rules_settings.changed_settings(UserSettings(), changes)


def test_nobody_goes_without_a_name() -> None:
    assert rules_settings.check_own_name("Ada") == "Ada"
    for name in (None, ""):
        with pytest.raises(InvalidValue):
            rules_settings.check_own_name(name)


def test_one_opens_workspaces_one_is_in() -> None:
    assert rules_settings.check_open("a", ["b", "a"]) == "a"
    with pytest.raises(NotFound):
        rules_settings.check_open("c", ["b", "a"])
