"""The JSON of add-ons: our own surface, and the settings API that add-ons call (wire-events section 4).

The settings tree goes out in the manifest's own words; what a manifest left out is not there. A value is whatever
the type of its setting says.
"""

from typing import Any

from hourbook.core.calendar import format_instant
from hourbook.core.clock import seconds_of
from hourbook.http.wire import In, Out, Paged
from hourbook.resources.addons.rules import Addon, Change, Issued, Status, decode_scopes, open_components
from hourbook.resources.addons.rules_calls import Call, CallState
from hourbook.resources.addons.rules_manifest import (
    AccessLevel,
    Component,
    Group,
    LifecycleType,
    Setting,
    SettingsTree,
    SettingType,
    Tab,
    Title,
    address_of,
)


class InstallIn(In):
    manifest_url: str


class StatusIn(In):
    status: Status


class AddonsQuery(Paged):
    """A page of the workspace's add-ons."""


class SettingValueIn(In):
    """The new value of one setting: a text, a number, true or false, or a list of texts, as its type says."""

    id: str
    value: str | int | float | bool | list[str] | None = None

    def to_change(self) -> Change:
        return Change(self.id, self.value)


class ComponentOut(Out):
    """Where the web app shows a page of the add-on. `url` lacks the token of whoever opens it."""

    type: str
    access_level: AccessLevel
    label: str | None
    url: str
    icon_url: str | None
    options: dict[str, Any] | None
    width: int | float | str | None
    height: int | float | str | None


class AddonOut(Out):
    """An installed add-on. `webhookEvents`: what its webhooks hear of."""

    id: str
    workspace_id: str
    key: str
    name: str
    description: str | None
    status: Status
    schema_version: str
    manifest_url: str
    base_url: str
    icon_url: str | None
    scopes: list[str]
    webhook_events: list[str]
    lifecycle: list[LifecycleType]
    components: list[ComponentOut]
    has_settings: bool
    settings_url: str | None
    installed_by: str


class AddonPagesOut(Out):
    """The pages of an add-on that the asker may open, each with a token of their own (`auth_token`)."""

    addon_id: str
    key: str
    name: str
    icon_url: str | None
    pages: list[ComponentOut]


class CallOut(Out):
    """A call that told the add-on something, or is to. `reason`: why the last try did not arrive."""

    id: str
    type: LifecycleType
    url: str
    state: CallState
    tries: int
    reason: str
    queued_at: str
    changed_at: str
    next_try_at: str | None


class AddonDetailsOut(AddonOut):
    """With the last calls of its lifecycle, the newest first."""

    calls: list[CallOut]


class UserTokenOut(Out):
    """For `?auth_token=` of the add-on's pages."""

    token: str
    expires_at: str


class JwkOut(Out):
    kty: str
    use: str
    alg: str
    kid: str
    n: str
    e: str


class JwksOut(Out):
    """The keys that tokens are verified with (RFC 7517); the first one signs."""

    keys: list[JwkOut]


class TitleOut(Out):
    title: str


class SettingOut(Out, omit_defaults=True):
    id: str
    name: str
    type: SettingType
    value: Any
    description: str | None = None
    placeholder: str | None = None
    access_level: AccessLevel | None = None
    key: str | None = None
    allowed_values: list[str] | None = None
    required: bool | None = None
    copyable: bool | None = None
    read_only: bool | None = None


class GroupOut(Out, omit_defaults=True):
    id: str
    title: str
    description: str | None = None
    header: TitleOut | None = None
    settings: list[SettingOut] | None = None


class TabOut(Out, omit_defaults=True):
    id: str
    name: str
    header: TitleOut | None = None
    groups: list[GroupOut] | None = None
    settings: list[SettingOut] | None = None


class SettingsOut(Out):
    tabs: list[TabOut]


def settings_out(tree: SettingsTree) -> SettingsOut:
    return SettingsOut(tabs=[_tab(tab) for tab in tree.tabs])


def _tab(tab: Tab) -> TabOut:
    groups = None if tab.groups is None else [_group(group) for group in tab.groups]
    return TabOut(id=tab.id, name=tab.name, header=_title(tab.header), groups=groups, settings=_settings(tab.settings))


def _group(group: Group) -> GroupOut:
    return GroupOut(
        id=group.id,
        title=group.title,
        description=group.description,
        header=_title(group.header),
        settings=_settings(group.settings),
    )


def _title(title: Title | None) -> TitleOut | None:
    return None if title is None else TitleOut(title=title.title)


def _settings(settings: list[Setting] | None) -> list[SettingOut] | None:
    if settings is None:
        return None
    names = SettingOut.__struct_fields__
    return [SettingOut(**{name: getattr(setting, name) for name in names}) for setting in settings]


def addon_out(addon: Addon) -> AddonOut:
    return AddonOut(**_fields(addon))


def addon_details_out(addon: Addon, calls: list[Call]) -> AddonDetailsOut:
    return AddonDetailsOut(**_fields(addon), calls=[call_out(call) for call in calls])


def addon_pages_out(addon: Addon, *, is_admin: bool) -> AddonPagesOut:
    icon = addon.parsed.icon_path
    return AddonPagesOut(
        addon_id=addon.id,
        key=addon.key,
        name=addon.name,
        icon_url=None if icon is None else address_of(addon.parsed, icon),
        pages=[_component(addon, one) for one in open_components(addon, is_admin=is_admin)],
    )


def _fields(addon: Addon) -> dict[str, Any]:
    manifest = addon.parsed
    icon, settings = manifest.icon_path, manifest.settings
    return {
        "id": addon.id,
        "workspace_id": addon.workspace_id,
        "key": addon.key,
        "name": addon.name,
        "description": manifest.description,
        "status": addon.status,
        "schema_version": manifest.schema_version or "1.4",
        "manifest_url": addon.manifest_url,
        "base_url": manifest.base_url,
        "icon_url": None if icon is None else address_of(manifest, icon),
        "scopes": list(decode_scopes(addon.scopes)),
        "webhook_events": [hook.event for hook in manifest.webhooks or []],
        "lifecycle": [hook.type for hook in manifest.lifecycle or []],
        "components": [_component(addon, one) for one in manifest.components or []],
        "has_settings": bool(manifest.tree.tabs),
        "settings_url": address_of(manifest, settings) if isinstance(settings, str) else None,
        "installed_by": addon.user_id,
    }


def _component(addon: Addon, one: Component) -> ComponentOut:
    manifest = addon.parsed
    return ComponentOut(
        type=one.type,
        access_level=one.access_level,
        label=one.label,
        url=address_of(manifest, one.path),
        icon_url=None if one.icon_path is None else address_of(manifest, one.icon_path),
        options=one.options,
        width=one.width,
        height=one.height,
    )


def call_out(call: Call) -> CallOut:
    is_waiting = call.state is CallState.QUEUED
    return CallOut(
        id=call.id,
        type=LifecycleType(call.type),
        url=call.url,
        state=call.state,
        tries=call.attempts,
        reason=call.reason,
        queued_at=format_instant(seconds_of(call.created_at_us)),
        changed_at=format_instant(seconds_of(call.updated_at_us)),
        next_try_at=format_instant(seconds_of(call.next_try_at_us)) if is_waiting else None,
    )


def user_token_out(issued: Issued) -> UserTokenOut:
    return UserTokenOut(token=issued.token, expires_at=format_instant(issued.ends_s))
