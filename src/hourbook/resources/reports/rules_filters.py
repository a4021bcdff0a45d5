"""Filters as tables of yes and no by code. Pure.

What entries have in common (a project, a person, a set of tags) decides, so a filter is answered once
for each thing that occurs, not once for each entry. The last place of a table of things stands for having
none. The dictionaries of the columns may grow meanwhile, so their sizes are taken once.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from hourbook.columns.table import Ids
from hourbook.resources.reports.rules import Archived, Contains, IdFilter, PeopleFilter, PersonStatus
from hourbook.resources.reports.rules_facts import GroupFacts, ProjectFacts

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
NONE_ID = ""


class MayBeArchived(Protocol):
    @property
    def archived(self) -> bool: ...


Things = Callable[[], Mapping[str, MayBeArchived]]
"""The things that exist still, by id; looked up when a filter asks for their state."""


def joined(first: Flags | None, second: Flags | None) -> Flags | None:
    """Both conditions; None where there is none."""
    if first is None or second is None:
        return second if first is None else first
    return first & second


def by_things(filter_: IdFilter | None, ids: Ids, things: Things) -> Flags | None:
    """Whether each of `ids`, and then none at all, passes.

    What an entry does not have is not archived: it passes where active ones are asked for.
    """
    if filter_ is None or (not filter_.ids and filter_.status is Archived.ALL):
        return None
    size = len(ids)
    passes = np.ones(size + 1, dtype=bool)
    if filter_.ids:
        listed = _listed(filter_.ids, ids, size)
        passes = ~listed if filter_.contains is Contains.DOES_NOT_CONTAIN else listed
    if filter_.status is not Archived.ALL:
        passes &= _archived(ids, size, things) == (filter_.status is Archived.ARCHIVED)
    return passes


def _listed(wanted: frozenset[str], ids: Ids, size: int) -> Flags:
    """Which ids are among the wanted, in as few steps as either has; the last place: whether none is."""
    found = np.zeros(size + 1, dtype=bool)
    code_of = ids.code_of
    if len(wanted) < size:
        codes = [code_of[one] for one in wanted if one in code_of]
        found[[code for code in codes if code < size]] = True
    else:
        found[:size] = [one in wanted for one in ids.values[:size]]
    found[size] = NONE_ID in wanted
    return found


def _archived(ids: Ids, size: int, things: Things) -> Flags:
    """Whether each thing is archived; one that is gone is not, nor is none."""
    known = {id_ for id_, thing in things().items() if thing.archived}
    return _listed(frozenset(known), ids, size)


class Owners(msgspec.Struct, frozen=True):
    """The clients that projects have: place n of `table` is the code of project n's, the last that of no project's.

    The code behind the last of `clients` is for none.
    """

    clients: Ids
    table: Ints

    @property
    def nbytes(self) -> int:
        return int(self.table.nbytes) + 100 * len(self.clients)


def owners_of(project_ids: Ids, projects: Mapping[str, ProjectFacts]) -> Owners:
    """Whose each project is."""
    size = len(project_ids)
    found = [projects[one].client_id if one in projects else NONE_ID for one in project_ids.values[:size]]
    clients = Ids(sorted(set(found) - {NONE_ID}))
    place = clients.code_of
    none = len(clients)
    return Owners(clients, np.array([place.get(one, none) for one in (*found, NONE_ID)], dtype=np.int64))


def by_clients(filter_: IdFilter | None, owners: Owners, clients: Things) -> Flags | None:
    """A filter on clients, as one on the projects that have them."""
    passes = by_things(filter_, owners.clients, clients)
    return None if passes is None else passes[owners.table]


class Members:
    """Sets of codes as one array, `members[offsets[n]:offsets[n + 1]]` those of set n; an empty one has -1.

    The list of sets only grows, and this with it. Readers may ask at the same time.
    """

    def __init__(self) -> None:
        self._known: tuple[Ints, Ints] = (np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int64))

    def of(self, sets: Sequence[tuple[int, ...]]) -> tuple[Ints, Ints]:
        """Offsets and members."""
        offsets, members = self._known
        more = [one or (-1,) for one in sets[len(offsets) - 1 :]]
        if more:
            lengths = np.fromiter(map(len, more), dtype=np.int64, count=len(more))
            flat = np.fromiter(itertools.chain.from_iterable(more), dtype=np.int64, count=int(lengths.sum()))
            offsets = np.concatenate([offsets, offsets[-1] + np.cumsum(lengths)])
            members = np.concatenate([members, flat])
            self._known = (offsets, members)
        return offsets, members

    @property
    def nbytes(self) -> int:
        return sum(one.nbytes for one in self._known)


def by_tags(filter_: IdFilter | None, sets: tuple[Ints, Ints], *, ids: Ids, tags: Things) -> Flags | None:
    """Whether each set of tags passes: any of the listed, none of them, or exactly them.

    With a state, one of the tags it passes for has to be in it. Active ones are what no tags are, too.
    """
    if filter_ is None or (not filter_.ids and filter_.status is Archived.ALL):
        return None
    offsets, members = sets
    size = len(ids)
    passes = np.ones(len(offsets) - 1, dtype=bool)
    counted = np.ones(len(members), dtype=bool)
    if filter_.ids:
        counted = _listed(filter_.ids, ids, size)[members]
        passes = _has_tags(filter_, counted, offsets, is_none=members[offsets[:-1]] < 0)
        if filter_.contains is Contains.DOES_NOT_CONTAIN:
            counted = np.ones(len(members), dtype=bool)
    if filter_.status is not Archived.ALL:
        in_state = _archived(ids, size, tags)[members] == (filter_.status is Archived.ARCHIVED)
        passes &= np.logical_or.reduceat(counted & in_state, offsets[:-1])
    return passes


def _has_tags(filter_: IdFilter, is_listed: Flags, offsets: Ints, *, is_none: Flags) -> Flags:
    has_one: Flags = np.logical_or.reduceat(is_listed, offsets[:-1])
    if filter_.contains is Contains.DOES_NOT_CONTAIN:
        return ~has_one
    if filter_.contains is Contains.CONTAINS:
        return has_one
    wanted = len(filter_.ids - {NONE_ID})
    has_all: Flags = np.logical_and.reduceat(is_listed, offsets[:-1]) & (np.diff(offsets) == wanted)
    # Exactly no tags, which stand as one member of their own.
    return np.where(is_none, has_one, has_all)


def by_people(filter_: PeopleFilter | None, user_ids: Sequence[str], statuses: Mapping[str, str]) -> Flags | None:
    """Whether each person passes; `statuses`: of members. Who left is inactive."""
    if filter_ is None or (not filter_.ids and filter_.status is PersonStatus.ALL):
        return None
    return _people(filter_, filter_.ids or None, user_ids, statuses=statuses)


def _people(
    filter_: PeopleFilter, listed: Iterable[str] | None, user_ids: Sequence[str], *, statuses: Mapping[str, str]
) -> Flags:
    """Whether each person is (or is not) listed, None: whoever, and has the status."""
    passes = np.ones(len(user_ids), dtype=bool)
    if listed is not None:
        known = frozenset(listed)
        wants = filter_.contains is not Contains.DOES_NOT_CONTAIN
        passes = np.array([(one in known) is wants for one in user_ids], dtype=bool)
    if filter_.status is not PersonStatus.ALL:
        passes &= np.array([_is_status(filter_.status, statuses.get(one)) for one in user_ids], dtype=bool)
    return passes


def _is_status(wanted: PersonStatus, status: str | None) -> bool:
    known = status if status in ("ACTIVE", "PENDING") else "INACTIVE"
    return known in ("ACTIVE", "PENDING") if wanted is PersonStatus.ACTIVE_WITH_PENDING else known == wanted.value


def by_groups(
    filter_: PeopleFilter | None,
    user_ids: Sequence[str],
    *,
    groups: Iterable[GroupFacts],
    statuses: Mapping[str, str],
) -> Flags | None:
    """Whether each person is in one of the listed groups, or in none of them."""
    if filter_ is None or (not filter_.ids and filter_.status is PersonStatus.ALL):
        return None
    if not filter_.ids:
        return _people(filter_, None, user_ids, statuses=statuses)
    of_group = {group.id: group.user_ids for group in groups}
    listed = {user_id for id_ in filter_.ids & of_group.keys() for user_id in of_group[id_]}
    if NONE_ID in filter_.ids:
        listed |= set(user_ids) - {user_id for members in of_group.values() for user_id in members}
    return _people(filter_, listed, user_ids, statuses=statuses)


def by_currency(filter_: IdFilter | None, currencies: Sequence[str], codes_of: Mapping[str, str]) -> Flags | None:
    """Whether each rate's currency passes; a filter may name codes or ids of the workspace's currencies."""
    if filter_ is None or not filter_.ids:
        return None
    codes = {codes_of.get(one, one) for one in filter_.ids}
    wants = filter_.contains is not Contains.DOES_NOT_CONTAIN
    return np.array([(currency in codes) is wants for currency in currencies], dtype=bool)
