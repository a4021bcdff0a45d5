"""The verbs of members' profiles, and of many new members at once.

A profile belongs to a membership: week start, capacity and working days may differ from workspace
to workspace. What one may say in a profile is decided by the slice of users.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from hourbook.db.tx import Tx
from hourbook.resources.workspaces import store
from hourbook.resources.workspaces.actions_rates import begin_member_rates
from hourbook.resources.workspaces.rules import Member


def change_profile(tx: Tx, before: Member, event: str | None, **changes: Any) -> Member:
    """The membership with other `week_start`, `work_capacity_seconds` or `working_days`."""
    after = msgspec.structs.replace(before, **changes)
    tx.update(store.MEMBER, before, after, event=event, subject=before.user_id)
    return after


def add_limited_members(tx: Tx, members: Sequence[Member]) -> None:
    """New members without a sign-in, in a few statements."""
    tx.insert_many(store.MEMBER, members, event="LIMITED_USERS_ADDED_TO_WORKSPACE")
    begin_member_rates(tx, members)
