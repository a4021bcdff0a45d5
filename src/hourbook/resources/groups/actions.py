"""The verbs of user groups.

An action looks things up, lets the rules decide and writes through `tx`. It has no effect outside
of its transaction, because it may be run again.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from hourbook.core.errors import NameTaken, NotFound
from hourbook.core.types import Page, SortOrder
from hourbook.db.tx import ReadTx, Tx, reacts_to
from hourbook.resources.groups import rules, store
from hourbook.resources.groups.rules import GroupSort, TeamManager, UserGroup
from hourbook.resources.workspaces import actions as workspaces


def list_groups(
    tx: ReadTx, filters: dict[str, object], page: Page, *, sort: GroupSort, order: SortOrder
) -> list[UserGroup]:
    """Groups in a total order; see `store.list_groups` for the filters. A project that is not seen has none."""
    project_id = filters.get("project_id")
    if project_id is not None and tx.one(store.FIND_PROJECT, "project.list", project_id=project_id) is None:
        return []
    return store.list_groups(tx, filters, page, sort=sort, order=order)


def find_groups(tx: ReadTx, group_ids: Iterable[str]) -> dict[str, UserGroup]:
    """By id, as many as there are."""
    return tx.find_many(store.USER_GROUP, group_ids)


def managers_of(tx: ReadTx, group_ids: Iterable[str]) -> list[TeamManager]:
    """Who manages the members of these groups."""
    return tx.rows(store.LIST_MANAGERS, ids=list(group_ids))


def check_groups(tx: Tx, group_ids: Iterable[str]) -> tuple[str, ...]:
    """The ids without repetitions, held until commit; NotFound when one of them is no group of the workspace."""
    wanted = tuple(dict.fromkeys(group_ids))
    if wanted and len(tx.rows(store.LIST_KNOWN_IDS, ids=wanted)) != len(wanted):
        raise NotFound(store.USER_GROUP.word)
    return wanted


def all_group_ids(tx: Tx) -> tuple[str, ...]:
    """Every group of the workspace, held until commit."""
    return tuple(row[0] for row in tx.rows(store.LIST_IDS))


def people_of(tx: ReadTx, group_ids: tuple[str, ...], status: str | None = None) -> tuple[str, ...]:
    """Ids of the people in any of the groups, those of one membership status if it is given."""
    if not group_ids:
        return ()
    rows = tx.rows(store.LIST_PEOPLE, ids=group_ids)
    return tuple(dict.fromkeys(user_id for user_id, of_status in rows if status is None or of_status == status))


def create_group(tx: Tx, name: str | None) -> UserGroup:
    """An empty group; InvalidValue for the name, NameTaken when a group has it."""
    group = UserGroup(tx.workspace_id, tx.new_id(), rules.check_name(name))
    _check_free(tx, group)
    tx.insert(store.USER_GROUP, group, event="USER_GROUP_CREATED")
    return group


def update_group(tx: Tx, group_id: str, name: str | None, *, user_ids: list[str] | None) -> UserGroup:
    """Renames; replaces the people when `user_ids` is given. Its own name again is accepted."""
    before = _get_locked(tx, group_id)
    people = before.user_ids if user_ids is None else _check_people(tx, user_ids)
    after = msgspec.structs.replace(before, name=rules.check_name(name), user_ids=people)
    _check_free(tx, after)
    _write(tx, [(before, after)])
    return after


def delete_group(tx: Tx, group_id: str) -> UserGroup:
    """Removes it, and the manager roles held over it; projects and tasks lose it by reaction."""
    group = _get_locked(tx, group_id)
    workspaces.revoke_roles_of(tx, group.id)
    tx.delete(store.USER_GROUP, group, event="USER_GROUP_DELETED")
    return group


def add_to_group(tx: Tx, group_id: str, user_id: str) -> UserGroup:
    """Puts a member of the workspace into the group; twice changes nothing."""
    before = _get_locked(tx, group_id)
    people = tuple(sorted({*before.user_ids, *_check_people(tx, [user_id])}))
    return _change_people(tx, before, people)


def add_to_groups(tx: Tx, group_ids: Iterable[str], user_id: str) -> None:
    """Puts a member of the workspace into several groups; NotFound when one of them is missing."""
    _add_people(tx, None, {group_id: [user_id] for group_id in group_ids})


def remove_from_group(tx: Tx, group_id: str, user_id: str) -> UserGroup:
    """Takes a member of the workspace out; who is not in it changes nothing."""
    before = _get_locked(tx, group_id)
    gone = set(_check_people(tx, [user_id]))
    return _change_people(tx, before, tuple(other for other in before.user_ids if other not in gone))


def _change_people(tx: Tx, before: UserGroup, user_ids: tuple[str, ...]) -> UserGroup:
    after = msgspec.structs.replace(before, user_ids=user_ids)
    _write(tx, [(before, after)])
    return after


@reacts_to("USER_GROUP", "join")
def _add_people(tx: Tx, _: None, people_of: dict[str, list[str]]) -> None:
    """Puts new members into groups, by group; NotFound when one of them is no group of the workspace."""
    found = tx.get_many(store.USER_GROUP, sorted(people_of), for_="group.manage", locked=True)
    pairs = []
    for group_id, before in found.items():
        people = tuple(sorted({*before.user_ids, *people_of[group_id]}))
        pairs.append((before, msgspec.structs.replace(before, user_ids=people)))
    _write(tx, pairs)


def _write(tx: Tx, pairs: list[tuple[UserGroup, UserGroup]]) -> None:
    """What groups bring with them follows: the projects they are on."""
    tx.update_all(store.USER_GROUP, pairs, event="USER_GROUP_UPDATED")
    moved = [pair for pair in pairs if pair[0].user_ids != pair[1].user_ids]
    if moved:
        tx.announce(
            store.USER_GROUP.kind, "people_changed", before=[one for one, _ in moved], after=[one for _, one in moved]
        )


def _get_locked(tx: Tx, group_id: str) -> UserGroup:
    found: UserGroup | None = tx.find(store.USER_GROUP, group_id, for_="group.manage", locked=True)
    if found is None:
        raise NotFound(store.USER_GROUP.word)
    return found


def _check_people(tx: ReadTx, user_ids: list[str]) -> tuple[str, ...]:
    """Sorted, without repetitions; NotFound unless all are members of the workspace."""
    wanted = set(user_ids)
    if workspaces.members_of(tx, wanted).keys() != wanted:
        raise NotFound("User")
    return tuple(sorted(wanted))


def _check_free(tx: ReadTx, group: UserGroup) -> None:
    if store.find_id_by_name(tx, group.name) not in (None, group.id):
        raise NameTaken(store.USER_GROUP.word, group.name)


@reacts_to("MEMBER", "delete")
def _forget_person(tx: Tx, member: Any, _: None) -> None:
    tx.forget_link(store.USER_GROUP, store.PEOPLE, member.user_id)
