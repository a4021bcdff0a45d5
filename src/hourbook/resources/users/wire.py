"""The JSON of accounts and of the people of a workspace (wire-core sections 1, 3 and 11).

Only this file knows how the contract spells these things. It converts and refuses what cannot be
converted; it decides nothing.
"""

import enum
from collections.abc import Sequence
from typing import Any

import msgspec

from hourbook.core.types import Page, Role, SortOrder, Weekday
from hourbook.http.wire import In, Int64, Out, Paged, Query
from hourbook.resources.custom_fields.wire import UserCustomFieldValueOut, user_value_out
from hourbook.resources.users.rules import (
    LISTED_STATUSES,
    AccountStatus,
    DashboardSelection,
    DashboardView,
    MembershipsWanted,
    PeopleFilter,
    PeopleSort,
    Person,
    RoleView,
    StatusWanted,
    Theme,
    TimeFormat,
    UserSettings,
    decode_settings,
)
from hourbook.resources.workspaces.wire import MembershipOut

_ROLE_NAMES = {
    Role.OWNER: "Owner",
    Role.WORKSPACE_ADMIN: "Administrator",
    Role.PROJECT_MANAGER: "Project manager",
    Role.TEAM_MANAGER: "Team manager",
}


class SummaryReportOut(Out):
    group: str
    subgroup: str


class UserSettingsOut(Out):
    alerts: bool
    approval: bool
    collapse_all_project_lists: bool
    dashboard_pin_to_top: bool
    dashboard_selection: DashboardSelection
    dashboard_view_type: DashboardView
    date_format: str
    group_similar_entries_disabled: bool
    invoice_reminders: bool
    is_compact_view_on: bool
    lang: str
    long_running: bool
    multi_factor_enabled: bool
    my_start_of_day: str
    onboarding: bool
    project_list_collapse: int | None
    project_picker_task_filter: bool
    pto: bool
    reminders: bool
    scheduled_reports: bool
    scheduling: bool
    send_newsletter: bool
    show_only_working_days: bool
    summary_report_settings: SummaryReportOut
    theme: Theme
    time_format: TimeFormat
    time_tracking_manual: bool
    time_zone: str
    week_start: Weekday
    weekly_updates: bool


class RoleSourceOut(Out):
    id: str
    type: str


class RoleEntityOut(Out):
    id: str
    name: str
    source: RoleSourceOut | None


class RoleOut(Out):
    role: Role
    formatter_role_name: str
    entities: list[RoleEntityOut]


class UserOut(Out):
    """`settings` null for somebody who never signed in, and the name empty; `roles` only when asked for.

    The live service may say null for such a name; a public client accepts text alone.
    """

    id: str
    email: str
    name: str
    profile_picture: str
    active_workspace: str
    default_workspace: str
    status: AccountStatus
    settings: UserSettingsOut | None
    memberships: list[MembershipOut]
    custom_fields: list[UserCustomFieldValueOut]
    roles: list[RoleOut] | msgspec.UnsetType = msgspec.UNSET


class SelfQuery(Query):
    include_memberships: bool = False


class PeopleQuery(Paged):
    email: str | None = None
    name: str | None = None
    project_id: str | None = None
    status: StatusWanted = StatusWanted.ALL
    account_statuses: tuple[AccountStatus, ...] = ()
    memberships: MembershipsWanted = MembershipsWanted.NONE
    include_roles: bool = False
    sort_column: PeopleSort = PeopleSort.EMAIL
    sort_order: SortOrder = SortOrder.ASCENDING

    def wanted(self) -> PeopleFilter:
        """The search as the actions take it."""
        return PeopleFilter(
            email_part=self.email,
            name_part=self.name,
            status=self.status,
            account_statuses=frozenset(self.account_statuses) or LISTED_STATUSES,
            project_id=self.project_id or None,
            sort=self.sort_column,
            order=self.sort_order,
            memberships=self.memberships,
            with_roles=self.include_roles,
        )


class PeopleIn(In):
    """The search body; null means absent, as everywhere."""

    account_statuses: list[AccountStatus] | None = None
    email: str | None = None
    include_roles: bool | None = None
    memberships: MembershipsWanted | None = None
    name: str | None = None
    page: Int64 | None = None
    page_size: Int64 | None = None
    project_id: str | None = None
    roles: list[Role] | None = None
    sort_column: PeopleSort | None = None
    sort_order: SortOrder | None = None
    status: StatusWanted | None = None
    user_groups: list[str] | None = None

    def to_page(self) -> Page:
        """The asked page; InvalidValue as for a query."""
        number = 1 if self.page is None else self.page
        return Paged(page=number, page_size=50 if self.page_size is None else self.page_size).to_page()

    def wanted(self) -> PeopleFilter:
        """The search as the actions take it."""
        return PeopleFilter(
            email_part=self.email,
            name_part=self.name,
            status=self.status or StatusWanted.ALL,
            account_statuses=frozenset(self.account_statuses or ()) or LISTED_STATUSES,
            project_id=self.project_id or None,
            group_ids=tuple(self.user_groups or ()),
            roles=frozenset(self.roles or ()),
            sort=self.sort_column or PeopleSort.EMAIL,
            order=self.sort_order or SortOrder.ASCENDING,
            memberships=self.memberships or MembershipsWanted.NONE,
            with_roles=bool(self.include_roles),
        )


class InviteQuery(Query):
    """`send-email=false`: whoever invites hands over the link, which the own surface shows."""

    send_email: bool = True


class InviteIn(In):
    email: str | None = None


class SettableStatus(enum.StrEnum):
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"


class StatusIn(In):
    status: SettableStatus | None = None


def user_out(person: Person, memberships: list[MembershipOut]) -> UserOut:
    user = person.user
    return UserOut(
        id=user.id,
        email=user.email,
        name=user.name or "",
        profile_picture=user.profile_picture,
        active_workspace=person.active_workspace_id,
        default_workspace=person.default_workspace_id,
        status=user.status,
        settings=_settings_out(decode_settings(user.settings)),
        memberships=memberships,
        custom_fields=[user_value_out(value) for value in person.field_values],
        roles=msgspec.UNSET if person.roles is None else _roles_out(person.roles),
    )


def _settings_out(settings: UserSettings | None) -> UserSettingsOut | None:
    if settings is None:
        return None
    values: dict[str, Any] = msgspec.structs.asdict(settings)
    report = settings.summary_report_settings
    values["summary_report_settings"] = SummaryReportOut(group=report.group, subgroup=report.subgroup)
    return UserSettingsOut(**values)


def _roles_out(roles: Sequence[RoleView]) -> list[RoleOut]:
    return [
        RoleOut(
            role=view.role,
            formatter_role_name=_ROLE_NAMES[view.role],
            entities=[
                RoleEntityOut(
                    id=entity.id,
                    name=entity.name,
                    source=RoleSourceOut(id=entity.id, type="USER_GROUP") if entity.is_group else None,
                )
                for entity in view.entities
            ],
        )
        for view in roles
    ]
