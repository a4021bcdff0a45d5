"""The JSON of member profiles and limited users (wire-core sections 3 and 11).

Only this file knows how the contract spells these things. It converts and refuses what cannot be
converted; it decides nothing.
"""

from typing import Any

from hourbook.core.duration import format_duration
from hourbook.core.errors import InvalidValue
from hourbook.core.types import Weekday
from hourbook.http.wire import In, Int64, Out, duration_of
from hourbook.resources.custom_fields.wire import FullUserValueOut, full_user_value_out
from hourbook.resources.users.rules_profiles import FieldValue, LimitedDraft, Profile, ProfileChange
from hourbook.resources.users.wire import UserOut


class MemberProfileOut(Out):
    """`email` and `imageUrl` are empty where there is none; nobody asks for approval yet."""

    email: str
    name: str
    image_url: str
    has_password: bool
    has_pending_approval_request: bool
    week_start: Weekday
    work_capacity: str
    working_days: list[Weekday]
    workspace_number: int
    user_custom_field_values: list[FullUserValueOut]


class UserFieldIn(In):
    custom_field_id: str | None = None
    value: Any = None

    def to_value(self) -> FieldValue:
        if not self.custom_field_id:
            raise InvalidValue("customFieldId must not be null")
        return FieldValue(self.custom_field_id, self.value)


class _ProfileIn(In):
    week_start: Weekday | None = None
    work_capacity: str | None = None
    working_days: list[Weekday] | None = None
    user_custom_fields: list[UserFieldIn] | None = None

    def to_change(self, **account: Any) -> ProfileChange:
        return ProfileChange(
            week_start=self.week_start,
            capacity_seconds=duration_of(self.work_capacity, "workCapacity"),
            days=None if self.working_days is None else tuple(self.working_days),
            fields=tuple(field.to_value() for field in self.user_custom_fields or ()),
            **account,
        )


class MemberProfileIn(_ProfileIn):
    """PATCH merges: what is not there is kept."""

    name: str | None = None
    image_url: str | None = None
    remove_profile_image: bool | None = None

    def change(self) -> ProfileChange:
        return self.to_change(name=self.name, image_url=self.image_url, removes_image=bool(self.remove_profile_image))


class LimitedUserIn(_ProfileIn):
    """The rates are bare numbers of minor units, unlike everywhere else."""

    name: str | None = None
    user_groups: list[str] | None = None
    hourly_rate: Int64 | None = None
    cost_rate: Int64 | None = None

    def to_draft(self) -> LimitedDraft:
        return LimitedDraft(
            name=self.name,
            profile=self.to_change(),
            group_ids=tuple(self.user_groups or ()),
            hourly_rate=self.hourly_rate,
            cost_rate=self.cost_rate,
        )


class LimitedUsersIn(In):
    users: list[LimitedUserIn] | None = None


class LimitedUsersOut(Out):
    users: list[UserOut]


def profile_out(profile: Profile) -> MemberProfileOut:
    user = profile.user
    return MemberProfileOut(
        email=user.email,
        name=user.name or "",
        image_url=user.profile_picture,
        has_password=user.password_hash is not None,
        has_pending_approval_request=False,
        week_start=profile.week_start,
        work_capacity=format_duration(profile.capacity_seconds),
        working_days=[Weekday(day) for day in profile.days],
        workspace_number=profile.workspaces,
        user_custom_field_values=[full_user_value_out(value) for value in profile.field_values],
    )
