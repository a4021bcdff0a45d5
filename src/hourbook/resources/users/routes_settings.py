"""The operations of one's own account, on our own surface: settings, name, picture, workspaces.

The contract has no write for any of these. Each is one declared record; it decides nothing.
"""

from hourbook.http.operation import Call, operation
from hourbook.resources.users import actions_settings
from hourbook.resources.users.wire_settings import OwnSettingsIn, OwnSettingsOut, own_settings_out

_SETTINGS = "/user/settings"


@operation("GET", _SETTINGS, contract=None, action="user.read_self")
def get_own_settings(call: Call) -> OwnSettingsOut:
    """Reads one's own settings, name, picture and workspaces."""
    return own_settings_out(actions_settings.get_own(call.read))


@operation("PATCH", _SETTINGS, contract=None, action="user.update_self", journals=("USER_UPDATED",))
def update_own_settings(call: Call, body: OwnSettingsIn) -> OwnSettingsOut:
    """Changes what is named of one's own settings, name, picture and workspaces; unknown keys are refused."""
    return own_settings_out(actions_settings.change_own(call.write, body.said()))
