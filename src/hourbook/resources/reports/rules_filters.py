"""Filters as tables of yes and no by code. Pure.

What entries have in common (a project, a person, a set of tags) decides, so a filter is answered once
for each thing that occurs, not once for each entry. The last place of a table stands for having none.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from hourbook.core.text import fold
from hourbook.resources.reports.rules import Archived, Contains, IdFilter, PeopleFilter, PersonStatus

Flags = NDArray[np.bool_]
NONE_ID = ""


class ProjectFacts(msgspec.Struct, frozen=True):
    """A project as far as reports read it; `client_id` empty without one."""

    id: str
    name: str
    color: str
    client_id: str
    archived: bool
    is_public: bool


class ClientFacts(msgspec.Struct, frozen=True):
    id: str
    name: str
    archived: bool


class TaskFacts(msgspec.Struct, frozen=True):
    id: str
    name: str
    project_id: str
    is_done: bool


class TagFacts(msgspec.Struct, frozen=True):
    id: str
    name: str
    archived: bool


class GroupFacts(msgspec.Struct, frozen=True):
    id: str
    name: str
    user_ids: tuple[str, ...]


def joined(first: Flags | None, second: Flags | None) -> Flags | None:
    """Both conditions; None where there is none."""
    if first is None or second is None:
        return second if first is None else first
    return first & second


def by_things(filter_: IdFilter | None, ids: Sequence[str], is_archived: Mapping[str, bool]) -> Flags | None:
    """Whether each of `ids`, and then none at all, passes. `is_archived`: the things that exist still."""
    if filter_ is None or (not filter_.ids and filter_.status is Archived.ALL):
        return None
    wants_archived = None if filter_.status is Archived.ALL else filter_.status is Archived.ARCHIVED
    found = np.zeros(len(ids) + 1, dtype=bool)
    for code, one in enumerate((*ids, NONE_ID)):
        is_listed = not filter_.ids or (one in filter_.ids) is (filter_.contains is not Contains.DOES_NOT_CONTAIN)
        # What an entry does not have cannot be archived.
        has_status = wants_archived is None or one == NONE_ID or is_archived.get(one, False) is wants_archived
        found[code] = is_listed and has_status
    return found


def by_clients(
    filter_: IdFilter | None,
    project_ids: Sequence[str],
    projects: Mapping[str, ProjectFacts],
    archived: dict[str, bool],
) -> Flags | None:
    """A filter on clients, as one on the projects that have them."""
    clients = [projects[one].client_id if one in projects else NONE_ID for one in project_ids]
    distinct = sorted(set(clients) - {NONE_ID})
    passes = by_things(filter_, distinct, archived)
    if passes is None:
        return None
    place = {one: code for code, one in enumerate(distinct)}
    return passes[[place.get(one, len(distinct)) for one in (*clients, NONE_ID)]]


def by_tags(
    filter_: IdFilter | None, tag_sets: Sequence[tuple[int, ...]], tag_ids: Sequence[str], archived: Mapping[str, bool]
) -> Flags | None:
    """Whether each set of tags passes: any of the listed, none of them, or exactly them."""
    if filter_ is None or (not filter_.ids and filter_.status is Archived.ALL):
        return None
    listed = filter_.ids - {NONE_ID}
    found = np.zeros(len(tag_sets), dtype=bool)
    for code, members in enumerate(tag_sets):
        names = {tag_ids[tag] for tag in members}
        found[code] = _has_tags(filter_, names, listed) and _has_status(filter_.status, names, archived)
    return found


def _has_tags(filter_: IdFilter, names: set[str], listed: frozenset[str]) -> bool:
    if not filter_.ids:
        return True
    if filter_.contains is Contains.CONTAINS_ONLY:
        return names == listed
    has_one = bool(names & listed) or (not names and NONE_ID in filter_.ids)
    return has_one is (filter_.contains is Contains.CONTAINS)


def _has_status(status: Archived, names: set[str], archived: Mapping[str, bool]) -> bool:
    """One of the tags has it. An entry without tags has nothing that could be archived."""
    if status is Archived.ALL or not names:
        return True
    return any(archived.get(name, False) is (status is Archived.ARCHIVED) for name in names)


def by_people(filter_: PeopleFilter | None, user_ids: Sequence[str], statuses: Mapping[str, str]) -> Flags | None:
    """Whether each person passes; `statuses`: of members. Who left is inactive."""
    if filter_ is None or (not filter_.ids and filter_.status is PersonStatus.ALL):
        return None
    wants = filter_.contains is not Contains.DOES_NOT_CONTAIN
    return np.array(
        [
            (not filter_.ids or (one in filter_.ids) is wants) and _is_status(filter_.status, statuses.get(one))
            for one in user_ids
        ],
        dtype=bool,
    )


def _is_status(wanted: PersonStatus, status: str | None) -> bool:
    if wanted is PersonStatus.ALL:
        return True
    known = status if status in ("ACTIVE", "PENDING") else "INACTIVE"
    return known in ("ACTIVE", "PENDING") if wanted is PersonStatus.ACTIVE_WITH_PENDING else known == wanted.value


def by_groups(
    filter_: PeopleFilter | None, user_ids: Sequence[str], groups: Iterable[GroupFacts], statuses: Mapping[str, str]
) -> Flags | None:
    """Whether each person is in one of the listed groups, or in none of them."""
    if filter_ is None:
        return None
    listed = {user_id for group in groups if group.id in filter_.ids for user_id in group.user_ids}
    if NONE_ID in filter_.ids:
        grouped = {user_id for group in groups for user_id in group.user_ids}
        listed |= set(user_ids) - grouped
    people = PeopleFilter(contains=filter_.contains, ids=frozenset(listed or {" "}), status=filter_.status)
    return by_people(people if filter_.ids else PeopleFilter(status=filter_.status), user_ids, statuses)


def by_currency(filter_: IdFilter | None, currencies: Sequence[str], codes_of: Mapping[str, str]) -> Flags | None:
    """Whether each rate's currency passes; a filter may name codes or ids of the workspace's currencies."""
    if filter_ is None or not filter_.ids:
        return None
    codes = {codes_of.get(one, one) for one in filter_.ids}
    wants = filter_.contains is not Contains.DOES_NOT_CONTAIN
    return np.array([(currency in codes) is wants for currency in currencies], dtype=bool)


def by_text(text: str | None, without: bool, descriptions: Sequence[str]) -> Flags | None:
    """Whether each description contains the text, without regard to case; or is blank."""
    tests: list[Callable[[str], bool]] = []
    if text:
        needle = fold(text)
        tests.append(lambda found: needle in fold(found))
    if without:
        tests.append(lambda found: not found.strip())
    if not tests:
        return None
    return np.array([all(test(found) for test in tests) for found in descriptions], dtype=bool)
