"""The operations of add-ons for people: installing, looking, switching, settings, reading the manifest again, removing.

Each is one declared record. The manifest is fetched before the transaction; nothing is decided here.
"""

from hourbook.http.operation import Call, Preparation, operation
from hourbook.resources.addons import actions, actions_calls, actions_settings, actions_tokens
from hourbook.resources.addons.actions import Fetched
from hourbook.resources.addons.rules_manifest import Manifest
from hourbook.resources.addons.wire import (
    AddonDetailsOut,
    AddonOut,
    AddonPagesOut,
    AddonsQuery,
    InstallIn,
    SettingsOut,
    SettingValueIn,
    StatusIn,
    UserTokenOut,
    addon_details_out,
    addon_out,
    addon_pages_out,
    settings_out,
    user_token_out,
)

_ADDONS = "/workspaces/{workspace_id}/addons"
_ADDON = _ADDONS + "/{addon_id}"


def _fetched(preparation: Preparation, body: InstallIn) -> Fetched:
    networks = preparation.deployment.webhook_networks
    return actions.fetched_first(preparation.read, networks, body.manifest_url, box=preparation.secrets)


def _fetched_again(preparation: Preparation, addon_id: str) -> Manifest:
    addon = preparation.read(lambda tx: actions.get_addon(tx, addon_id))
    return actions.fetched(preparation.deployment.webhook_networks, addon.manifest_url)


@operation(
    "POST",
    _ADDONS,
    contract=None,
    action="addon.manage",
    status=201,
    journals=("ADDON_INSTALLED", "WEBHOOK_CREATED"),
    prepare=_fetched,
    lane="outside",
)
def install_addon(call: Call, body: InstallIn, prepared: Fetched) -> AddonDetailsOut:
    """Installs an add-on from the address of its manifest, and tells it so."""
    addon = actions.install(call.write, body.manifest_url, prepared, box=call.secrets)
    return addon_details_out(addon, actions_calls.list_of_addon(call.read, addon.id))


@operation("GET", _ADDONS, contract=None, action="addon.manage")
def list_addons(call: Call, query: AddonsQuery) -> list[AddonOut]:
    """Lists the add-ons of a workspace."""
    page = query.to_page()
    return [addon_out(addon) for addon in call.paged(actions.list_addons(call.read, page), page)]


@operation("GET", _ADDON, contract=None, action="addon.manage")
def get_addon(call: Call, addon_id: str) -> AddonDetailsOut:
    """Reads an add-on, with the last calls that told it something."""
    addon = actions.get_addon(call.read, addon_id)
    return addon_details_out(addon, actions_calls.list_of_addon(call.read, addon_id))


@operation(
    "PATCH",
    _ADDON,
    contract=None,
    action="addon.manage",
    journals=("ADDON_STATUS_CHANGED", "WEBHOOK_UPDATED"),
)
def change_addon_status(call: Call, addon_id: str, body: StatusIn) -> AddonOut:
    """Switches an add-on off, with its tokens and webhooks, or on again."""
    return addon_out(actions.set_status(call.write, addon_id, body.status, box=call.secrets))


@operation(
    "DELETE",
    _ADDON,
    contract=None,
    action="addon.manage",
    status=204,
    journals=("ADDON_UNINSTALLED", "WEBHOOK_DELETED"),
)
def uninstall_addon(call: Call, addon_id: str) -> None:
    """Removes an add-on: its tokens open nothing any more, its webhooks are gone."""
    actions.uninstall(call.write, addon_id, box=call.secrets)


@operation(
    "POST",
    _ADDON + "/manifest",
    contract=None,
    action="addon.manage",
    journals=("ADDON_UPDATED", "WEBHOOK_CREATED", "WEBHOOK_DELETED"),
    prepare=_fetched_again,
    lane="outside",
)
def refresh_addon(call: Call, addon_id: str, prepared: Manifest) -> AddonOut:
    """Reads the manifest of an add-on again and takes over what it says now."""
    return addon_out(actions.refresh(call.write, addon_id, prepared, box=call.secrets))


@operation("GET", _ADDON + "/settings", contract=None, action="addon.manage")
def get_settings_of_addon(call: Call, addon_id: str) -> SettingsOut:
    """Reads the settings of an add-on, with their values."""
    return settings_out(actions_settings.show(call.read, addon_id))


@operation(
    "PATCH",
    _ADDON + "/settings",
    contract=None,
    action="addon.manage",
    journals=("ADDON_SETTINGS_UPDATED",),
)
def change_settings_of_addon(call: Call, addon_id: str, body: list[SettingValueIn]) -> SettingsOut:
    """Changes settings of an add-on, and tells it so."""
    actions_settings.change(call.write, addon_id, [one.to_change() for one in body], box=call.secrets)
    return settings_out(actions_settings.show(call.read, addon_id))


@operation("GET", "/workspaces/{workspace_id}/addon-pages", contract=None, action="addon.open")
def list_addon_pages(call: Call, query: AddonsQuery) -> list[AddonPagesOut]:
    """Lists the pages of add-ons that one may open, by add-on."""
    page = query.to_page()
    found = call.paged(actions.list_open(call.read, page), page)
    return [addon_pages_out(addon, is_admin=call.actor.is_admin) for addon in found]


def _issued(preparation: Preparation, addon_id: str) -> UserTokenOut:
    actor, box = preparation.actor, preparation.secrets
    issued = preparation.read(lambda tx: actions_tokens.for_member(tx, addon_id, actor=actor, box=box))
    return user_token_out(issued)


@operation(
    "POST",
    _ADDON + "/user-token",
    contract=None,
    action="addon.open",
    reads_only=True,
    prepare=_issued,
)
def create_addon_user_token(call: Call, addon_id: str, prepared: UserTokenOut) -> UserTokenOut:
    """Makes a token of half an hour with which a page of the add-on is opened."""
    return prepared
