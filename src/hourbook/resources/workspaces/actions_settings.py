"""The verbs of a workspace's own surface: its name and logo, and all of its settings.

Each takes the workspace's row for itself first, so that two changes at once become one after the
other. What somebody may set is in `rules_settings.py`.
"""

from typing import Any

import msgspec

from hourbook.db.tx import Tx
from hourbook.resources.workspaces import actions, rules, rules_settings, store
from hourbook.resources.workspaces.rules import Workspace
from hourbook.resources.workspaces.rules_settings import WorkspaceSettings


def configure(tx: Tx, changes: dict[str, Any], *, address: str) -> WorkspaceSettings:
    """Replaces some settings (snake_case names); InvalidValue for a wrong value.

    A list of networks that would lock out the address the change comes from is refused.
    """
    after = actions.change_settings(tx, **changes)
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
