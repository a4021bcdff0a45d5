"""The operations of a workspace's own surface: name and logo, settings, currencies.

The contract has no write for any of these. Each is one declared record below our own prefix; it
decides nothing.
"""

from hourbook.http.operation import Call, Cost, operation
from hourbook.resources.workspaces import actions, actions_currencies, actions_settings
from hourbook.resources.workspaces.wire_settings import (
    CurrencyIn,
    DefinedCurrencyOut,
    OutlineIn,
    OutlineOut,
    SettingsIn,
    SettingsOut,
    currency_out,
    outline_out,
    settings_out,
)

_WORKSPACE = "/workspaces/{workspace_id}"
_SETTINGS = _WORKSPACE + "/settings"
_CURRENCIES = _WORKSPACE + "/currencies"
_CURRENCY = _CURRENCIES + "/{currency_id}"


@operation("GET", _WORKSPACE, contract=None, action="workspace.read")
def get_workspace_outline(call: Call) -> OutlineOut:
    """Reads a workspace's name and logo, and whether it is going to be deleted."""
    return outline_out(actions.get_workspace(call.read))


@operation("PATCH", _WORKSPACE, contract=None, action="workspace.configure", journals=("WORKSPACE",))
def update_workspace_outline(call: Call, body: OutlineIn) -> OutlineOut:
    """Changes a workspace's name or logo."""
    return outline_out(actions_settings.change_outline(call.write, body.name, image_url=body.image_url))


@operation("GET", _SETTINGS, contract=None, action="workspace.configure")
def get_workspace_settings(call: Call) -> SettingsOut:
    """Reads all settings of a workspace."""
    return settings_out(actions.get_settings(call.read))


@operation("PATCH", _SETTINGS, contract=None, action="workspace.configure", journals=("WORKSPACE",))
def update_workspace_settings(call: Call, body: SettingsIn) -> SettingsOut:
    """Changes the settings that are named; unknown ones are refused."""
    return settings_out(actions_settings.configure(call.write, body.changes(), address=call.visitor.address))


@operation("GET", _CURRENCIES, contract=None, action="workspace.read")
def list_currencies(call: Call) -> list[DefinedCurrencyOut]:
    """Lists the currencies of a workspace by code; never in pages."""
    return [currency_out(currency) for currency in actions_currencies.list_currencies(call.read)]


@operation("POST", _CURRENCIES, contract=None, action="workspace.configure", status=201, journals=("CURRENCY",))
def add_currency(call: Call, body: CurrencyIn) -> DefinedCurrencyOut:
    """Adds a currency of ISO 4217 to a workspace."""
    return currency_out(actions_currencies.add_currency(call.write, body.code))


# Bulk, both: whether a currency is used or amounts are set in it is asked of everything that has money.
@operation(
    "DELETE",
    _CURRENCY,
    contract=None,
    action="workspace.configure",
    status=204,
    journals=("CURRENCY",),
    cost=Cost.BULK,
)
def remove_currency(call: Call, currency_id: str) -> None:
    """Removes a currency that nothing is in."""
    actions_currencies.remove_currency(call.write, currency_id)


@operation(
    "PUT",
    _CURRENCY + "/default",
    contract=None,
    action="workspace.configure",
    journals=("CURRENCY", "WORKSPACE"),
    cost=Cost.BULK,
)
def set_default_currency(call: Call, currency_id: str) -> DefinedCurrencyOut:
    """Makes a currency the default, unless that would turn rates that are set into other money."""
    return currency_out(actions_currencies.make_default(call.write, currency_id))
