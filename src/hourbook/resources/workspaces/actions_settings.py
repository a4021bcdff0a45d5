"""The verbs of a workspace's own surface: its name and logo, and all of its settings.

Each takes the workspace's row for itself first, so that two changes at once become one after the
other. What somebody may set is in `rules_settings.py`.
"""

from typing import Any

import msgspec

from hourbook.access.actors import Actor
from hourbook.core.errors import InvalidValue
from hourbook.db.tx import Tx
from hourbook.resources.workspaces import actions, rules, rules_settings, store
from hourbook.resources.workspaces.rules import Workspace
from hourbook.resources.workspaces.rules_settings import WorkspaceSettings


def configure(tx: Tx, changes: dict[str, Any], *, address: str) -> WorkspaceSettings:
    """Replaces some settings (snake_case names); InvalidValue for a wrong value.

    Refused is what would lock out who changes it: a list of networks without their address, a second factor they
    did not prove. Whether its own provider is asked for is for the owner, as the provider is: AccessDenied.
    """
    actor: Actor = tx.actor
    before = actions.get_settings(tx)
    after = actions.change_settings(tx, **changes)
    if before.single_sign_on_required != after.single_sign_on_required:
        actor.check("single_sign_on.manage")
    if after.multi_factor_enabled and not before.multi_factor_enabled and actor.lacks_second_factor:
        raise InvalidValue("Sign in with a second factor to ask for one: without it you could not enter any more")
    if "allowed_networks" in changes:
        rules_settings.check_still_reached(after, address)
    return after


def change_outline(tx: Tx, name: str | None, *, image_url: str | None) -> Workspace:
    """Replaces name and logo; None keeps what is there, an empty logo takes it away."""
    before: Workspace = tx.get(store.WORKSPACE, tx.workspace_id, locked=True)
    after = msgspec.structs.replace(
        before,
        name=before.name if name is None else rules.check_name(name),
        image_url=before.image_url if image_url is None else rules.check_logo(image_url),
    )
    tx.update(store.WORKSPACE, before, after)
    return after


def lift_networks(tx: Tx) -> WorkspaceSettings:
    """Opens the workspace to every address again; for the operator, when nobody can get in any more."""
    return actions.change_settings(tx, allowed_networks=())
