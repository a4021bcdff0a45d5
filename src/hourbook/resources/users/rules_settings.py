"""Which values the settings of an account may have. Pure.

What they are is in `rules.py`. Whether a second factor is asked for is no setting one writes here:
it follows from having set one up.
"""

import re
from typing import Any

import msgspec

from hourbook.core.calendar import get_zone
from hourbook.core.errors import InvalidValue, NotFound
from hourbook.resources.users.rules import UserSettings

TEXT_LIMIT = 100
_DATE_PARTS = r"(?:YYYY|MM|M|DD|D)"
_DATE = re.compile(rf"{_DATE_PARTS}([-/. ]){_DATE_PARTS}\1{_DATE_PARTS}")
_LANGUAGE = re.compile(r"[A-Z]{2}(?:_[A-Z]{2})?")
_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody changes of themselves; None keeps. `settings`: by the names of the program."""

    name: str | None = None
    profile_picture: str | None = None
    active_workspace_id: str | None = None
    default_workspace_id: str | None = None
    settings: dict[str, Any] = {}


def changed_settings(settings: UserSettings, changes: dict[str, Any]) -> UserSettings:
    """The settings with some values replaced; InvalidValue for one that cannot be."""
    after = msgspec.structs.replace(settings, **changes)
    try:
        get_zone(after.time_zone)
    except ValueError:
        raise InvalidValue("timeZone is no time zone like Europe/Berlin") from None
    parts = {part[0] for part in re.split(r"[-/. ]", after.date_format) if part}
    if _DATE.fullmatch(after.date_format) is None or parts != {"Y", "M", "D"}:
        raise InvalidValue("dateFormat must name year, month and day, like DD/MM/YYYY or YYYY-MM-DD")
    if _LANGUAGE.fullmatch(after.lang) is None:
        raise InvalidValue("lang must be a language in capital letters, like EN or PT_BR")
    if _TIME.fullmatch(after.my_start_of_day) is None:
        raise InvalidValue("myStartOfDay must be a time of day like 09:00")
    report = after.summary_report_settings
    if any(not 1 <= len(word) <= TEXT_LIMIT for word in (report.group, report.subgroup)):
        raise InvalidValue(f"The grouping of summary reports has to be between 1 and {TEXT_LIMIT} characters long")
    return after


def check_own_name(name: str | None) -> str:
    """InvalidValue for somebody who would be without a name."""
    if not name:
        raise InvalidValue("The name must not be empty")
    return name


def check_open(workspace_id: str, open_ids: list[str]) -> str:
    """NotFound unless it is a workspace the account can open."""
    if workspace_id not in open_ids:
        raise NotFound("Workspace", "User")
    return workspace_id
