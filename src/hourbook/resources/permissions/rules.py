"""What an explanation of a permission says. Pure.

The permission table itself is `access/policy.py`; here its answer about one person, action and thing
becomes a struct and a sentence. Nothing here decides.
"""

from typing import Any

import msgspec

from hourbook.core.types import Role

ROLE_WORDS = {
    Role.OWNER: "the owner",
    Role.WORKSPACE_ADMIN: "an admin",
    Role.PROJECT_MANAGER: "a project manager",
    Role.TEAM_MANAGER: "a team manager",
}


class SettingUsed(msgspec.Struct, frozen=True):
    """A workspace setting that the row asked. `decides`: another value would change the outcome."""

    name: str
    value: Any
    decides: bool


class Permission(msgspec.Struct, frozen=True):
    """A row of the table for one person: may they, what does it reach, which settings had a say."""

    action: str
    who: str
    is_allowed: bool
    reach: str
    reaches_everything: bool
    settings: tuple[SettingUsed, ...]


class Person(msgspec.Struct, frozen=True):
    """The person asked about. `outside`: why they cannot even enter the workspace, else empty."""

    id: str
    name: str
    roles: tuple[Role, ...] = ()
    managed_project_ids: tuple[str, ...] = ()
    managed_user_ids: tuple[str, ...] = ()
    outside: str = ""


class Thing(msgspec.Struct, frozen=True):
    """The thing asked about. `kind` as the journal calls it; `is_inside` when the action reaches it."""

    id: str
    kind: str
    is_inside: bool


class Explanation(msgspec.Struct, frozen=True):
    person: Person
    permission: Permission
    thing: Thing | None

    @property
    def is_allowed(self) -> bool:
        """The role allows it, and the thing (if one was named) is among the rows it reaches."""
        return self.permission.is_allowed and (self.thing is None or self.thing.is_inside)

    @property
    def sentence(self) -> str:
        """The whole explanation in plain English."""
        return " ".join(_sentences(self))


def spelled(name: str) -> str:
    """A setting's name as the workspace's settings spell it on the wire."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def value_in_words(value: Any) -> str:
    """A setting's value; a set of words as a list of them."""
    if isinstance(value, tuple):
        return ", ".join(value) if value else "empty"
    return str(value)


def roles_in_words(roles: tuple[Role, ...]) -> str:
    """The roles as people say them, the strongest first."""
    held = [words for role, words in ROLE_WORDS.items() if role in roles]
    return " and ".join(held) if held else "a member without a further role"


def _sentences(found: Explanation) -> list[str]:
    person, permission = found.person, found.permission
    verdict = "may" if found.is_allowed else "may not"
    target = f" {found.thing.kind} {found.thing.id}" if found.thing else ""
    said = [f"{person.name} {verdict} {permission.action}{target}."]
    if person.outside:
        return [*said, f"It is not the table that decides: {person.outside}."]
    said.append(f"The row {permission.action} says: {permission.who}.")
    said.append(f"{person.name} is {roles_in_words(person.roles)}.")
    deciding = [setting for setting in permission.settings if setting.decides]
    for setting in deciding:
        said.append(f"The setting {setting.name} is {value_in_words(setting.value)}, and that decides.")
    if not deciding:
        said.append("No setting decides.")
    if not permission.is_allowed:
        return [*said, "The role is not enough, whatever the thing."]
    said.append(f"The action reaches: {permission.reach}.")
    if found.thing is not None:
        said.append("The thing is among that." if found.thing.is_inside else "The thing is not among that.")
    return said
