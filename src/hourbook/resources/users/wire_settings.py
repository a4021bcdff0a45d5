"""The JSON of one's own settings, on our own surface.

The keys are those of `settings` in the contract's user, with name, picture and workspaces beside
them. An unknown key is refused: a setting that is silently not set is worse than an error.
"""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from hourbook.core.types import Weekday
from hourbook.http.wire import In, Int64
from hourbook.resources.users.rules import (
    DashboardSelection,
    DashboardView,
    Person,
    SummaryReportSettings,
    Theme,
    TimeFormat,
    UserSettings,
    decode_settings,
)
from hourbook.resources.users.rules_settings import Said
from hourbook.resources.users.wire import SummaryReportOut, UserSettingsOut


class SummaryReportIn(In, forbid_unknown_fields=True):
    group: str = "Project"
    subgroup: str = "Time Entry"


class OwnSettingsIn(In, forbid_unknown_fields=True):
    """What is absent stays as it is. `profilePicture` is the address of an uploaded image; empty takes it away."""

    name: str | None = None
    profile_picture: str | None = None
    active_workspace: str | None = None
    default_workspace: str | None = None
    alerts: bool | UnsetType = UNSET
    approval: bool | UnsetType = UNSET
    collapse_all_project_lists: bool | UnsetType = UNSET
    dashboard_pin_to_top: bool | UnsetType = UNSET
    dashboard_selection: DashboardSelection | UnsetType = UNSET
    dashboard_view_type: DashboardView | UnsetType = UNSET
    date_format: str | UnsetType = UNSET
    group_similar_entries_disabled: bool | UnsetType = UNSET
    invoice_reminders: bool | UnsetType = UNSET
    is_compact_view_on: bool | UnsetType = UNSET
    lang: str | UnsetType = UNSET
    long_running: bool | UnsetType = UNSET
    my_start_of_day: str | UnsetType = UNSET
    onboarding: bool | UnsetType = UNSET
    project_list_collapse: Int64 | UnsetType | None = UNSET
    project_picker_task_filter: bool | UnsetType = UNSET
    pto: bool | UnsetType = UNSET
    reminders: bool | UnsetType = UNSET
    scheduled_reports: bool | UnsetType = UNSET
    scheduling: bool | UnsetType = UNSET
    send_newsletter: bool | UnsetType = UNSET
    show_only_working_days: bool | UnsetType = UNSET
    summary_report_settings: SummaryReportIn | UnsetType = UNSET
    theme: Theme | UnsetType = UNSET
    time_format: TimeFormat | UnsetType = UNSET
    time_tracking_manual: bool | UnsetType = UNSET
    time_zone: str | UnsetType = UNSET
    week_start: Weekday | UnsetType = UNSET
    weekly_updates: bool | UnsetType = UNSET

    def said(self) -> Said:
        """The change as the action takes it."""
        names = set(self.__struct_fields__) & set(UserSettings.__struct_fields__)
        settings = {name: value for name in sorted(names) if (value := getattr(self, name)) is not UNSET}
        report = self.summary_report_settings
        if isinstance(report, SummaryReportIn):
            settings["summary_report_settings"] = SummaryReportSettings(group=report.group, subgroup=report.subgroup)
        return Said(
            name=self.name,
            profile_picture=self.profile_picture,
            active_workspace_id=self.active_workspace,
            default_workspace_id=self.default_workspace,
            settings=settings,
        )


class OwnSettingsOut(UserSettingsOut):
    name: str
    email: str
    profile_picture: str
    active_workspace: str
    default_workspace: str


def own_settings_out(person: Person) -> OwnSettingsOut:
    user = person.user
    values: dict[str, Any] = msgspec.structs.asdict(decode_settings(user.settings) or UserSettings())
    report = values["summary_report_settings"]
    values["summary_report_settings"] = SummaryReportOut(group=report.group, subgroup=report.subgroup)
    return OwnSettingsOut(
        **values,
        name=user.name or "",
        email=user.email,
        profile_picture=user.profile_picture,
        active_workspace=person.active_workspace_id,
        default_workspace=person.default_workspace_id,
    )
