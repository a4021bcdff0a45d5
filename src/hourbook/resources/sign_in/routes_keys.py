"""The operations of API keys, for the account they belong to.

A handler takes its arguments apart, calls an action and shows the result; it decides nothing. Keys
are those of an account in all its workspaces, so nobody manages those of others here.
"""

from hourbook.http.operation import Call, operation
from hourbook.resources.sign_in import actions_keys
from hourbook.resources.sign_in.wire import (
    ApiKeyIn,
    ApiKeyNameIn,
    ApiKeyOut,
    NewApiKeyOut,
    RotationIn,
    api_key_out,
    new_api_key_out,
)

_KEYS = "/api-keys"
_KEY = _KEYS + "/{api_key_id}"


@operation("GET", _KEYS, contract=None, action="api_key.manage")
def list_api_keys(call: Call) -> list[ApiKeyOut]:
    """Lists the account's API keys."""
    return [api_key_out(key) for key in actions_keys.list_own(call.read)]


@operation("POST", _KEYS, contract=None, action="api_key.manage", status=201, journals=("API_KEY",))
def create_api_key(call: Call, body: ApiKeyIn) -> NewApiKeyOut:
    """Makes an API key, which is shown this once."""
    made = actions_keys.create(
        call.write, body.name, expires_at_us=body.expires_at_us(), is_read_only=bool(body.read_only)
    )
    return new_api_key_out(*made)


@operation("PATCH", _KEY, contract=None, action="api_key.manage", journals=("API_KEY",))
def rename_api_key(call: Call, api_key_id: str, body: ApiKeyNameIn) -> ApiKeyOut:
    """Gives an API key another name."""
    return api_key_out(actions_keys.rename(call.write, api_key_id, body.name))


@operation("POST", _KEY + "/rotate", contract=None, action="api_key.manage", status=201, journals=("API_KEY",))
def rotate_api_key(call: Call, api_key_id: str, body: RotationIn) -> NewApiKeyOut:
    """Makes a new key in the place of one, which ends at once or after an overlap."""
    return new_api_key_out(*actions_keys.rotate(call.write, api_key_id, overlap_seconds=body.overlap_seconds))


@operation("DELETE", _KEY, contract=None, action="api_key.manage", status=204, journals=("API_KEY",))
def revoke_api_key(call: Call, api_key_id: str) -> None:
    """Ends an API key."""
    actions_keys.revoke(call.write, api_key_id)
