"""The operations that add-ons call about themselves, and the keys that everybody may read.

The former are below `/api/addon`, which is `backendUrl` in their tokens; the latter need no credential, because
whoever verifies a token has none.
"""

from hourbook.core.errors import InvalidValue
from hourbook.http.operation import OF_ITSELF, Call, Content, Cost, CredentialUse, Preparation, Surface, operation
from hourbook.resources.addons import actions_keys, actions_settings, actions_tokens
from hourbook.resources.addons.wire import JwkOut, JwksOut, SettingsOut, SettingValueIn, settings_out

_SETTINGS = "/workspaces/{workspace_id}/settings"


@operation("GET", _SETTINGS, contract=None, action="addon.act", surface=Surface.ADDON, scope=OF_ITSELF)
def get_own_addon_settings(call: Call) -> SettingsOut:
    """Reads the add-on's own settings, with their values."""
    return settings_out(actions_settings.show(call.read, actions_settings.own_id(call.read)))


@operation(
    "PATCH",
    _SETTINGS,
    contract=None,
    action="addon.act",
    surface=Surface.ADDON,
    scope=OF_ITSELF,
    journals=("ADDON_SETTINGS_UPDATED",),
)
def change_own_addon_settings(call: Call, body: list[SettingValueIn]) -> None:
    """Changes settings of the add-on itself."""
    addon_id = actions_settings.own_id(call.read)
    actions_settings.change(call.write, addon_id, [one.to_change() for one in body], box=call.secrets)


def _issued(preparation: Preparation, user_id: str) -> str:
    actor, box = preparation.actor, preparation.secrets
    issued: str = preparation.read(lambda tx: actions_tokens.for_addon(tx, user_id, actor=actor, box=box))
    return issued


@operation(
    "POST",
    "/user/{user_id}/token",
    contract=None,
    action="addon.act",
    surface=Surface.ADDON,
    scope=OF_ITSELF,
    reads_only=True,
    prepare=_issued,
)
def create_token_of_user(call: Call, user_id: str, prepared: str) -> str:
    """Makes a token of half an hour for a member, asked by the add-on with its installation token."""
    return prepared


# Long: what reads keys is loaded with the first of them, and never on the loop.
@operation(
    "GET",
    "/signing-keys",
    contract=None,
    action="addon.verify",
    credential=CredentialUse.NONE,
    cost=Cost.LONG,
)
def list_signing_keys(call: Call) -> JwksOut:
    """Lists the public keys that tokens of add-ons are verified with, as a JSON Web Key Set."""
    return JwksOut(keys=[JwkOut(**key) for key in actions_keys.jwks(call.read)])


@operation(
    "GET",
    "/signing-keys/pem",
    contract=None,
    action="addon.verify",
    credential=CredentialUse.NONE,
    cost=Cost.LONG,
    refuses=(InvalidValue,),
)
def get_signing_key(call: Call) -> Content:
    """Downloads the public key that signs tokens of add-ons (PEM)."""
    call.headers["Content-Disposition"] = 'attachment; filename="hourbook-addons.pem"'
    return Content(actions_keys.pem(call.read).encode(), "application/x-pem-file")
