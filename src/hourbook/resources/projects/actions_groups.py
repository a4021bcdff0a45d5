"""How groups bring people onto projects, and what happens when somebody joins or leaves one.

Who joins a group is put on the projects it is on. Who leaves it (or whose group goes) leaves those
projects, unless somebody named them there or another group of theirs is on the project, too.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec

from hourbook.db.tx import Tx, reacts_to
from hourbook.resources.projects import actions_rates, store
from hourbook.resources.projects.rules import MembershipStatus, ProjectMember
from hourbook.resources.rates import actions as rates


def marked(members: dict[str, ProjectMember], before: dict[str, ProjectMember], *, named: Collection[str]) -> None:
    """Notes who is on the project because of a group alone: whoever nobody named, now or earlier."""
    for user_id, member in members.items():
        earlier = before.get(user_id)
        by_group = user_id not in named and (earlier is None or earlier.by_group)
        members[user_id] = msgspec.structs.replace(member, by_group=by_group)


@reacts_to("USER_GROUP", "people_changed")
def _follow_groups(tx: Tx, before: Sequence[Any], after: Sequence[Any]) -> None:
    """`before`, `after`: the same groups with the people they had and have."""
    joined: set[str] = set()
    left: set[str] = set()
    for old, new in zip(before, after, strict=True):
        joined.update(set(new.user_ids) - set(old.user_ids))
        left.update(set(old.user_ids) - set(new.user_ids))
    if joined or left:
        if left:
            rates.hold(tx)
        project_ids = store.hold_projects_of_groups(tx, [group.id for group in after])
        _settle(tx, project_ids, joined=joined, left=left)


@reacts_to("USER_GROUP", "delete")
def _forget_group(tx: Tx, group: Any, _: None) -> None:
    rates.hold(tx)
    project_ids = store.hold_projects_of_groups(tx, [group.id])
    store.forget_group(tx, group.id)
    _settle(tx, project_ids, joined=set(), left=set(group.user_ids))


def _settle(tx: Tx, project_ids: Iterable[str], *, joined: set[str], left: set[str]) -> None:
    """Puts the joined on the projects that a group of theirs is on, takes the left off where none is any more."""
    ids, people = list(project_ids), sorted(joined | left)
    if not ids or not people:
        return
    reached = store.reached_by_groups(tx, ids, people)
    present = {(member.project_id, member.user_id): member for member in store.members_among(tx, ids, people)}
    store.add_members(
        tx,
        [
            ProjectMember(tx.workspace_id, project_id, user_id, MembershipStatus.ACTIVE, by_group=True)
            for project_id, user_id in sorted(reached - present.keys())
            if user_id in joined
        ],
    )
    gone = [present[key] for key in sorted(present) if present[key].by_group and key not in reached]
    store.remove_members(tx, gone)
    actions_rates.end_rates(tx, gone)
