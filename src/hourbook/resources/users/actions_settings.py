"""The verbs of one's own account: its settings, name, picture, and which workspace it opens.

Everybody for themselves alone. A changed name is repeated on the memberships, so that lists of people
find it.
"""

from typing import Any

import msgspec

from hourbook.core.errors import NotFound
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.files import actions as files
from hourbook.resources.users import actions, rules, rules_settings, store
from hourbook.resources.users.rules import Person, User
from hourbook.resources.users.rules_settings import Said
from hourbook.resources.workspaces import actions as workspaces
from hourbook.resources.workspaces.rules import MemberStatus


def get_own(tx: ReadTx) -> Person:
    """The acting account, with workspaces it can open."""
    return actions.get_self(tx)


def change_own(tx: Tx, said: Said) -> Person:
    """Replaces what is said; InvalidValue or NotFound for a value that cannot be, and then nothing."""
    actions.go_home(tx, str(tx.actor.id))
    before: User | None = tx.find(store.USER, str(tx.actor.id), locked=True)
    if before is None:
        raise NotFound("User")
    settings = rules.decode_settings(before.settings) or rules.UserSettings()
    after = msgspec.structs.replace(
        before,
        settings=rules.encode_settings(rules_settings.changed_settings(settings, said.settings)),
        **_of_account(tx, said),
    )
    tx.update(store.USER, before, after, event="USER_UPDATED", subject=after.id)
    return actions.get_self(tx)


def _of_account(tx: Tx, said: Said) -> dict[str, Any]:
    """The changed fields of the account itself, checked."""
    found: dict[str, Any] = {}
    if said.name is not None:
        found["name"] = rules_settings.check_own_name(rules.check_name(said.name))
    if said.profile_picture is not None:
        found["profile_picture"] = files.checked_address(tx, said.profile_picture)
    chosen = {"active_workspace_id": said.active_workspace_id, "default_workspace_id": said.default_workspace_id}
    wanted = {name: workspace_id for name, workspace_id in chosen.items() if workspace_id is not None}
    if wanted:
        mine = workspaces.memberships_of(tx, str(tx.actor.id))
        open_ids = [member.workspace_id for member in mine if member.status is MemberStatus.ACTIVE]
        found |= {name: rules_settings.check_open(one, open_ids) for name, one in wanted.items()}
    return found
