"""The manifest of an add-on: what it may say in each version of its schema, and what is wrong with one that does not.

Schemas 1.2 to 1.4; a manifest that names none is of the newest. A null is the same as nothing. What is wrong is told
with its place (`webhooks[2].event`), because whoever reads it can only mend the manifest. Pure.
"""

import enum
import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec

from hourbook.core.addon_scopes import SCOPES
from hourbook.core.errors import InvalidValue

NEWEST = "1.4"
VERSIONS = ("1.2", "1.3", NEWEST)
WEBHOOKS_LIMIT = 10
LIFECYCLE_LIMIT = 20
COMPONENTS_LIMIT = 50
SETTINGS_LIMIT = 200
KEY_LENGTH = (2, 50)
NAME_LIMIT = 100
LABEL_LIMIT = 25
TEXT_LIMIT = 5000
# How deep what we pass on unread (options) may be nested.
DEPTH_LIMIT = 32
# What programs of all kinds read as the same number.
NUMBER_LIMIT = 1 << 63
# An escape for NUL that is not itself behind an escaped backslash; no database keeps one in a text.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_PATH = re.compile(r"[!-~]{0,1000}")
# A part that climbs, however it is spelled.
_CLIMBS = re.compile(r"(?:^|/|%2f)(?:\.|%2e){2}(?:/|%2f|$)", re.IGNORECASE)
# The API knows it, and no manifest's list does (wire-events section 4).
NOT_FOR_ADDONS = frozenset({"TIME_OFF_REQUEST_STARTED"})
_COMPONENTS = frozenset(
    {"sidebar", "widget", "timeoff.tab", "schedule.tab", "approvals.tab", "reports.tab", "activity.tab", "team.tab"}
    | {"projects.tab"}
)
_SINCE_1_4 = frozenset({"invoices.action"})


class Plan(enum.StrEnum):
    FREE = "FREE"
    BASIC = "BASIC"
    STANDARD = "STANDARD"
    PRO = "PRO"
    ENTERPRISE = "ENTERPRISE"


class LifecycleType(enum.StrEnum):
    INSTALLED = "INSTALLED"
    DELETED = "DELETED"
    STATUS_CHANGED = "STATUS_CHANGED"
    SETTINGS_UPDATED = "SETTINGS_UPDATED"


class AccessLevel(enum.StrEnum):
    ADMINS = "ADMINS"
    EVERYONE = "EVERYONE"


class SettingType(enum.StrEnum):
    TXT = "TXT"
    NUMBER = "NUMBER"
    DROPDOWN_SINGLE = "DROPDOWN_SINGLE"
    DROPDOWN_MULTIPLE = "DROPDOWN_MULTIPLE"
    CHECKBOX = "CHECKBOX"
    LINK = "LINK"
    USER_DROPDOWN_SINGLE = "USER_DROPDOWN_SINGLE"
    USER_DROPDOWN_MULTIPLE = "USER_DROPDOWN_MULTIPLE"


class _Part(msgspec.Struct, rename="camel", kw_only=True, omit_defaults=True):
    """A part of a manifest. Unknown keys are left out."""


class LifecycleHook(_Part):
    type: LifecycleType
    path: str


class WebhookHook(_Part):
    event: str
    path: str


class Component(_Part):
    type: str
    access_level: AccessLevel
    path: str
    label: str | None = None
    icon_path: str | None = None
    options: dict[str, Any] | None = None
    width: int | float | str | None = None
    height: int | float | str | None = None


class Setting(_Part):
    """One setting. `value`: what it is as long as nobody changed it."""

    id: str
    name: str
    type: SettingType
    access_level: AccessLevel | None = None
    description: str | None = None
    placeholder: str | None = None
    key: str | None = None
    value: Any = None
    allowed_values: list[str] | None = None
    required: bool | None = None
    copyable: bool | None = None
    read_only: bool | None = None


class Title(_Part):
    title: str


class Group(_Part):
    id: str
    title: str
    description: str | None = None
    header: Title | None = None
    settings: list[Setting] | None = None


class Tab(_Part):
    id: str
    name: str
    header: Title | None = None
    groups: list[Group] | None = None
    settings: list[Setting] | None = None


class SettingsTree(_Part):
    tabs: list[Tab] = []


class Manifest(_Part):
    """A manifest that was read. `settings`: the path of a page of the add-on's own, or the tree."""

    key: str
    name: str
    base_url: str
    minimal_subscription_plan: Plan
    schema_version: str | None = None
    scopes: list[str] | None = None
    description: str | None = None
    icon_path: str | None = None
    lifecycle: list[LifecycleHook] | None = None
    webhooks: list[WebhookHook] | None = None
    components: list[Component] | None = None
    settings: str | SettingsTree | None = None

    @property
    def tree(self) -> SettingsTree:
        """Its settings as a tree; an empty one where it has a page of its own, or none."""
        return self.settings if isinstance(self.settings, SettingsTree) else SettingsTree()


decode_manifest = msgspec.json.Decoder(Manifest).decode


def encode_manifest(manifest: Manifest) -> str:
    return msgspec.json.encode(manifest).decode()


def read_manifest(content: bytes, events: Collection[str]) -> Manifest:
    """The manifest in a JSON text; InvalidValue with what is wrong, and where. `events`: those there are."""
    if _NUL.search(content):
        raise InvalidValue("The manifest is wrong: NUL characters are not accepted")
    try:
        found = decode_manifest(content)
    except msgspec.ValidationError as error:
        raise InvalidValue(f"The manifest is wrong: {_told(str(error))}") from None
    except RecursionError:
        raise InvalidValue("The manifest is wrong: it is nested too deep") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InvalidValue("The manifest is no JSON") from None
    _check_head(found)
    _check_scopes(found)
    _check_webhooks(found.webhooks or [], events)
    _check_lifecycle(found.lifecycle or [])
    _check_components(found)
    _check_settings(found)
    return found


def address_of(manifest: Manifest, path: str) -> str:
    """Where a path of the manifest is. It can never lead to another host than the base URL."""
    return manifest.base_url.rstrip("/") + "/" + path.lstrip("/")


def called_addresses(manifest: Manifest) -> dict[str, str]:
    """Where calls and events will go, by their place in the manifest."""
    parts: list[tuple[str, Sequence[LifecycleHook | WebhookHook]]] = [
        ("lifecycle", manifest.lifecycle or []),
        ("webhooks", manifest.webhooks or []),
    ]
    return {
        f"{name}[{index}].path": address_of(manifest, hook.path)
        for name, hooks in parts
        for index, hook in enumerate(hooks)
    }


def settings_of(tree: SettingsTree) -> list[Setting]:
    """All settings of a tree, in its order: of a tab first those in groups."""
    found: list[Setting] = []
    for tab in tree.tabs:
        parts: list[Group | Tab] = [*(tab.groups or []), tab]
        found += [setting for part in parts for setting in part.settings or []]
    return found


def check_path(path: str, place: str) -> None:
    """InvalidValue for what cannot be a path below the base URL."""
    climbs = _CLIMBS.search(path.partition("?")[0]) is not None
    if climbs or _PATH.fullmatch(path) is None or "://" in path or "#" in path or "\\" in path:
        raise _wrong(place, "must be a path below baseUrl")


def _wrong(place: str, reason: str) -> InvalidValue:
    return InvalidValue(f"The manifest is wrong: {place} {reason}")


def _told(message: str) -> str:
    """The decoder's words, with the place first: `webhooks[0].path must be of another kind`."""
    reason, _, place = message.partition(" - at `$")
    return f"{place.strip('`.') or 'it'}: {reason}"


def _check_head(manifest: Manifest) -> None:
    version = manifest.schema_version
    if version is not None and version not in VERSIONS:
        raise _wrong("schemaVersion", f"must be one of {', '.join(VERSIONS)}")
    least, most = KEY_LENGTH
    if not least <= len(manifest.key) <= most or not manifest.key.isprintable():
        raise _wrong("key", f"must have {least} to {most} characters")
    if not manifest.name.strip() or len(manifest.name) > NAME_LIMIT:
        raise _wrong("name", f"must have 1 to {NAME_LIMIT} characters")
    if len(manifest.description or "") > TEXT_LIMIT:
        raise _wrong("description", f"can't be longer than {TEXT_LIMIT} characters")
    if manifest.icon_path is not None:
        check_path(manifest.icon_path, "iconPath")
    if "?" in manifest.base_url or "#" in manifest.base_url:
        raise _wrong("baseUrl", "must have neither a query nor a fragment")


def _check_scopes(manifest: Manifest) -> None:
    if manifest.scopes is None and manifest.schema_version == "1.2":
        raise _wrong("scopes", "is required in schema 1.2")
    for index, scope in enumerate(manifest.scopes or []):
        if scope not in SCOPES:
            raise _wrong(f"scopes[{index}]", f"is no scope: {scope[:100]!r}")


def _check_lifecycle(hooks: list[LifecycleHook]) -> None:
    if len(hooks) > LIFECYCLE_LIMIT:
        raise _wrong("lifecycle", f"can't be more than {LIFECYCLE_LIMIT}")
    for index, hook in enumerate(hooks):
        check_path(hook.path, f"lifecycle[{index}].path")


def _check_webhooks(webhooks: list[WebhookHook], events: Collection[str]) -> None:
    if len(webhooks) > WEBHOOKS_LIMIT:
        raise _wrong("webhooks", f"can't be more than {WEBHOOKS_LIMIT}")
    seen = set()
    for index, hook in enumerate(webhooks):
        if hook.event not in events or hook.event in NOT_FOR_ADDONS:
            raise _wrong(f"webhooks[{index}].event", f"is no event of add-ons: {hook.event[:100]!r}")
        check_path(hook.path, f"webhooks[{index}].path")
        if (hook.event, hook.path) in seen:
            raise _wrong(f"webhooks[{index}]", "is there twice")
        seen.add((hook.event, hook.path))


def _check_components(manifest: Manifest) -> None:
    components = manifest.components or []
    version = manifest.schema_version or NEWEST
    types = _COMPONENTS | (_SINCE_1_4 if version == NEWEST else frozenset())
    if len(components) > COMPONENTS_LIMIT:
        raise _wrong("components", f"can't be more than {COMPONENTS_LIMIT}")
    for index, component in enumerate(components):
        place = f"components[{index}]"
        if component.type.lower() not in types:
            raise _wrong(f"{place}.type", f"must be one of {', '.join(sorted(types))} in schema {version}")
        if component.label is None and version != "1.2":
            raise _wrong(f"{place}.label", f"is required in schema {version}")
        if len(component.label or "") > (LABEL_LIMIT if version == "1.2" else NAME_LIMIT):
            raise _wrong(f"{place}.label", "is too long")
        if not _is_shallow(component.options, DEPTH_LIMIT):
            raise _wrong(f"{place}.options", f"can't be nested deeper than {DEPTH_LIMIT} levels")
        check_path(component.path, f"{place}.path")
        if component.icon_path is not None:
            check_path(component.icon_path, f"{place}.iconPath")


def _is_shallow(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return True
    inner = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(_is_shallow(one, levels - 1) for one in inner)


def _check_settings(manifest: Manifest) -> None:
    if isinstance(manifest.settings, str):
        check_path(manifest.settings, "settings")
        return
    found = settings_of(manifest.tree)
    if len(found) > SETTINGS_LIMIT:
        raise _wrong("settings", f"can't be more than {SETTINGS_LIMIT}")
    _check_once("settings", "id", [setting.id for setting in found])
    _check_once("settings.tabs", "id", [tab.id for tab in manifest.tree.tabs])
    for setting in found:
        place = f"the setting {setting.id[:100]!r}"
        is_dropdown = setting.type in (SettingType.DROPDOWN_SINGLE, SettingType.DROPDOWN_MULTIPLE)
        if is_dropdown and not setting.allowed_values:
            raise _wrong(place, "needs allowedValues")
        # A manifest may well leave what it requires to whoever installs it.
        reason = None if setting.value in (None, "", []) else value_problem(setting, setting.value)
        if reason is not None:
            raise _wrong(place, reason)


def _check_once(place: str, name: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if not value or len(value) > NAME_LIMIT:
            raise _wrong(place, f"has an {name} that is empty or longer than {NAME_LIMIT} characters")
        if value in seen:
            raise _wrong(place, f"has the {name} {value!r} twice")
        seen.add(value)


def value_problem(setting: Setting, value: Any) -> str | None:
    """Why a value does not fit its setting, in words; None when it does. No value fits unless one is required."""
    if value is not None and (problem := _kind_problem(setting.type, value)) is not None:
        return problem
    if value in (None, "", []):
        return "needs a value" if setting.required else None
    return _choice_problem(setting, value if isinstance(value, list) else [value])


def _kind_problem(kind: SettingType, value: Any) -> str | None:
    if kind is SettingType.CHECKBOX:
        return None if isinstance(value, bool) else "must be true or false"
    if kind is SettingType.NUMBER:
        if not isinstance(value, int | float) or isinstance(value, bool):
            return "must be a number"
        return None if abs(value) < NUMBER_LIMIT else "must be a number of at most 64 bits"
    if kind in (SettingType.DROPDOWN_MULTIPLE, SettingType.USER_DROPDOWN_MULTIPLE):
        is_texts = isinstance(value, list) and all(isinstance(one, str) for one in value)
        return None if is_texts else "must be a list of texts"
    if not isinstance(value, str):
        return "must be a text"
    return None if len(value) <= TEXT_LIMIT else f"can't be longer than {TEXT_LIMIT} characters"


def _choice_problem(setting: Setting, values: list[Any]) -> str | None:
    if len(values) > SETTINGS_LIMIT:
        return f"can't have more than {SETTINGS_LIMIT} values"
    if setting.type not in (SettingType.DROPDOWN_SINGLE, SettingType.DROPDOWN_MULTIPLE):
        return None
    if all(value in (setting.allowed_values or []) for value in values):
        return None
    return f"must be one of {', '.join(setting.allowed_values or [])}"
