"""The JSON of one's own settings, on our own surface.

The keys are those of `settings` in the contract's user, with name, picture and workspaces beside
them. An unknown key is refused: a setting that is silently not set is worse than an error.
"""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from hourbook.http.wire import In
from hourbook.resources.users.actions_settings import Said
from hourbook.resources.users.rules import (
    DashboardSelection,
    DashboardView,
    Person,
    SummaryReportSettings,
    Theme,
    TimeFormat,
    WeekStart,
)
from hourbook.resources.users.wire import UserSettingsOut, user_out
