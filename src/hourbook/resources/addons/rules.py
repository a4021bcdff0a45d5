"""What an installed add-on is, and what the values of its settings are. Pure.

The manifest is kept as it was read; beside it stand the values that somebody changed. A call of the lifecycle is
tried on the schedule of webhooks until it is answered with 2xx, or given up.
"""

import enum
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from hourbook.core.errors import InvalidValue
from hourbook.resources.addons.rules_manifest import (
    AccessLevel,
    Component,
    Group,
    LifecycleType,
    Manifest,
    Setting,
    SettingsTree,
    Tab,
    WebhookHook,
    address_of,
    decode_manifest,
    settings_of,
    value_problem,
)

PATCH_LIMIT = 200


class Status(enum.StrEnum):
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"


class Addon(msgspec.Struct):
    """A row of the table. `scopes`, `manifest`, `setting_values`: JSON."""

    workspace_id: str
    id: str
    user_id: str
    key: str
    name: str
    manifest_url: str
    manifest: str
    scopes: str
    status: Status
    setting_values: str

    @property
    def parsed(self) -> Manifest:
        return decode_manifest(self.manifest)

    @property
    def values(self) -> dict[str, Any]:
        """The values of settings that somebody changed, by id."""
        return decode_values(self.setting_values)


class Change(msgspec.Struct, frozen=True):
    """A new value of one setting."""

    id: str
    value: Any


class Issued(msgspec.Struct, frozen=True):
    """A user token and when it ends (seconds)."""

    token: str
    ends_s: int


class Told(msgspec.Struct, frozen=True):
    """A setting as SETTINGS_UPDATED tells it."""

    id: str
    name: str
    value: Any


decode_values = msgspec.json.Decoder(dict[str, Any]).decode
decode_scopes = msgspec.json.Decoder(tuple[str, ...]).decode


def encode(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def scopes_of(manifest: Manifest) -> str:
    """The scopes as they are stored: each once, in order."""
    return encode(sorted(set(manifest.scopes or [])))


def check_same(addon: Addon, manifest: Manifest) -> None:
    """InvalidValue when a manifest that was read again is that of another add-on."""
    if manifest.key != addon.key:
        raise InvalidValue(f"The manifest is that of another add-on now: {manifest.key}")


def paths_of(manifest: Manifest, type_: LifecycleType) -> list[str]:
    """Where a call of this type goes."""
    found = [address_of(manifest, hook.path) for hook in manifest.lifecycle or [] if hook.type is type_]
    return list(dict.fromkeys(found))


def hooks_of(manifest: Manifest) -> dict[tuple[str, str], WebhookHook]:
    """The webhooks it declares, by address and event."""
    return {(address_of(manifest, hook.path), hook.event): hook for hook in manifest.webhooks or []}


def open_components(addon: Addon, *, is_admin: bool) -> list[Component]:
    """The pages that somebody may open: owner and admins all, other members those for everyone."""
    found = addon.parsed.components or []
    return [one for one in found if is_admin or one.access_level is AccessLevel.EVERYONE]


# --- settings --------------------------------------------------------------------------------------


def kept_values(values: Mapping[str, Any], manifest: Manifest) -> dict[str, Any]:
    """Of values that were set, those that still fit the manifest."""
    known = {setting.id: setting for setting in settings_of(manifest.tree)}
    return {id_: value for id_, value in values.items() if id_ in known and value_problem(known[id_], value) is None}


def changed_values(addon: Addon, changes: Sequence[Change], *, is_admin: bool, is_addon: bool) -> dict[str, Any]:
    """The values with the changes; InvalidValue for a setting that is not there, not theirs, or of another kind."""
    if len(changes) > PATCH_LIMIT:
        raise InvalidValue(f"At most {PATCH_LIMIT} settings can be changed at once")
    known = {setting.id: setting for setting in settings_of(addon.parsed.tree)}
    values = addon.values
    for change in changes:
        setting = known.get(change.id)
        if setting is None or not _is_open(setting, is_admin=is_admin):
            raise InvalidValue(f"Setting {change.id[:100]} doesn't belong to the add-on")
        if setting.read_only and not is_addon:
            raise InvalidValue(f"Setting {change.id} can only be changed by the add-on itself")
        problem = value_problem(setting, change.value)
        if problem is not None:
            raise InvalidValue(f"Setting {change.id} {problem}")
        values[change.id] = change.value
    return values


def shown_tree(addon: Addon, *, is_admin: bool) -> SettingsTree:
    """The settings with their values now; those for admins are left out for others."""
    values = addon.values

    def shown(settings: list[Setting] | None) -> list[Setting] | None:
        if settings is None:
            return None
        return [
            msgspec.structs.replace(setting, value=values.get(setting.id, setting.value))
            for setting in settings
            if _is_open(setting, is_admin=is_admin)
        ]

    def shown_group(group: Group) -> Group:
        return msgspec.structs.replace(group, settings=shown(group.settings))

    def shown_tab(tab: Tab) -> Tab:
        groups = None if tab.groups is None else [shown_group(group) for group in tab.groups]
        return msgspec.structs.replace(tab, groups=groups, settings=shown(tab.settings))

    return SettingsTree(tabs=[shown_tab(tab) for tab in addon.parsed.tree.tabs])


def flattened(addon: Addon) -> list[Told]:
    """All settings, out of tabs and groups, with their values now."""
    tree = shown_tree(addon, is_admin=True)
    return [Told(setting.id, setting.name, setting.value) for setting in settings_of(tree)]


def _is_open(setting: Setting, *, is_admin: bool) -> bool:
    return is_admin or setting.access_level is AccessLevel.EVERYONE
