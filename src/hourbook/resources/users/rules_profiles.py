"""What a member profile holds, and what limited users begin with. Pure.

A profile says how much somebody works in one workspace. Name and picture stand in the account and
can be changed here for limited users alone: nobody else can, they have no sign-in.
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from hourbook.core.errors import InvalidValue
from hourbook.core.money import AMOUNT_LIMIT_MINOR
from hourbook.core.types import Weekday
from hourbook.resources.users.rules import User, decode_settings

NAME_LIMIT = 100
IMAGE_LIMIT = 2000
USERS_LIMIT = 250
CAPACITY_SECONDS = 8 * 3600
CAPACITY_LIMIT_SECONDS = 24 * 3600
_IMAGE = re.compile(r"(https?:/)?/[^\s<>\"'\\\x00-\x1f\x7f]+")


class FieldValue(msgspec.Struct, frozen=True):
    """A value of a custom field of people, unchecked."""

    field_id: str
    value: Any


class ProfileChange(msgspec.Struct, frozen=True, kw_only=True):
    """What a request says of a profile; None is "not said". `days`, `capacity_seconds`: unchecked."""

    name: str | None = None
    image_url: str | None = None
    removes_image: bool = False
    week_start: Weekday | None = None
    capacity_seconds: int | None = None
    days: tuple[Weekday, ...] | None = None
    fields: tuple[FieldValue, ...] = ()


class LimitedDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A limited user to be added, unchecked; rates in minor units, 0 for none of their own."""

    name: str | None
    profile: ProfileChange
    group_ids: tuple[str, ...] = ()
    hourly_rate: int | None = None
    cost_rate: int | None = None


class Profile(msgspec.Struct, frozen=True):
    """A profile as it is shown. `workspaces`: how many the person is in; `field_values`: as their slice shows them."""

    user: User
    week_start: Weekday
    capacity_seconds: int
    days: tuple[str, ...]
    workspaces: int
    field_values: Sequence[Any]


_days_of = msgspec.json.Decoder(tuple[Weekday, ...]).decode


def week_start_of(stored: str | None, user: User, *, of_workspace: str) -> Weekday:
    """The profile's own, else the account's, else that of the workspace."""
    if stored is not None:
        return Weekday(stored)
    settings = decode_settings(user.settings)
    return Weekday(of_workspace) if settings is None else settings.week_start


def days_of(stored: str | None, of_workspace: Sequence[str]) -> tuple[str, ...]:
    """The profile's own working days, else the workspace's."""
    return tuple(of_workspace) if stored is None else tuple(day.value for day in _days_of(stored))


def stored_profile(change: ProfileChange) -> dict[str, Any]:
    """The said parts of a membership as they are stored; InvalidValue for what cannot be."""
    found: dict[str, Any] = {}
    if change.week_start is not None:
        found["week_start"] = change.week_start.value
    if change.capacity_seconds is not None:
        if not 0 < change.capacity_seconds <= CAPACITY_LIMIT_SECONDS:
            raise InvalidValue("workCapacity must be more than nothing and at most 24 hours")
        found["work_capacity_seconds"] = change.capacity_seconds
    if change.days is not None:
        if not change.days:
            raise InvalidValue("There must be at least one working day")
        ordered = [day.value for day in Weekday if day in change.days]
        found["working_days"] = msgspec.json.encode(ordered).decode()
    return found


def changed_account(user: User, change: ProfileChange, *, is_limited: bool) -> User:
    """Name and picture as said. InvalidValue for those of somebody who signs in; repeating them is no change."""
    after = user
    if change.name is not None:
        after = msgspec.structs.replace(after, name=check_limited_name(change.name))
    if change.image_url is not None:
        after = msgspec.structs.replace(after, profile_picture=check_image(change.image_url))
    if change.removes_image:
        after = msgspec.structs.replace(after, profile_picture="")
    if after != user and not is_limited:
        raise InvalidValue("Name and picture can be changed here for limited users only")
    return after


def check_limited_name(name: str | None) -> str:
    """The name without surrounding blanks; InvalidValue when empty or over 100 characters."""
    trimmed = (name or "").strip()
    if not 1 <= len(trimmed) <= NAME_LIMIT:
        raise InvalidValue(f"The name has to be between 1 and {NAME_LIMIT} characters long")
    return trimmed


def check_image(address: str) -> str:
    """The address of a picture, empty for none; InvalidValue for anything a browser should not follow."""
    if address and (len(address) > IMAGE_LIMIT or _IMAGE.fullmatch(address) is None):
        raise InvalidValue("imageUrl must be the address of a picture")
    return address


def check_count(count: int) -> None:
    if not 1 <= count <= USERS_LIMIT:
        raise InvalidValue(f"There have to be between 1 and {USERS_LIMIT} limited users")


def check_rate(amount: int | None) -> int | None:
    """The amount as stored: 0 is none of their own; InvalidValue when negative or beyond what money can be."""
    if amount is not None and not 0 <= amount <= AMOUNT_LIMIT_MINOR:
        raise InvalidValue(f"Rate amount must be between 0 and {AMOUNT_LIMIT_MINOR}")
    return amount or None
