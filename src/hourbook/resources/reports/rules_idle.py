"""Who has no time in a report, as far as its filters of people name them. Pure.

The filters are those of entries; here they are asked of the members themselves.
"""

from collections.abc import Collection, Iterable, Mapping

import msgspec

from hourbook.resources.reports.rules import Filters, PeopleFilter, PersonStatus
from hourbook.resources.reports.rules_facts import GroupFacts
from hourbook.resources.reports.rules_filters import by_groups, by_people, joined


def without_time(
    statuses: Mapping[str, str], groups: Iterable[GroupFacts], filters: Filters, *, with_time: Collection[str]
) -> list[str]:
    """The members that have no time in the report, as far as its filters of people name them.

    Only active ones, unless the filter asks for a status.
    """
    ids = sorted(statuses.keys() - set(with_time))
    people = filters.users or PeopleFilter()
    if people.status is PersonStatus.ALL:
        people = msgspec.structs.replace(people, status=PersonStatus.ACTIVE)
    passes = joined(
        by_people(people, ids, statuses), by_groups(filters.user_groups, ids, groups=groups, statuses=statuses)
    )
    return ids if passes is None else [one for one, is_kept in zip(ids, passes.tolist(), strict=True) if is_kept]
