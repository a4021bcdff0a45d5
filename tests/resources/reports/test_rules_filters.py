"""Filters as tables of yes and no. Pure."""

from collections.abc import Mapping, Sequence

import pytest

from hourbook.columns.table import Ids
from hourbook.resources.reports import rules_filters as by
from hourbook.resources.reports.rules import Archived, Contains, IdFilter, PeopleFilter, PersonStatus
from hourbook.resources.reports.rules_facts import ClientFacts, GroupFacts, ProjectFacts, TagFacts

CONTAINS, NONE_OF, ONLY = Contains.CONTAINS, Contains.DOES_NOT_CONTAIN, Contains.CONTAINS_ONLY
TAGS = {name: TagFacts(name, name, name == "old") for name in ("new", "old")}
IDS = Ids(["new", "old", "gone"])


def filter_(*ids: str, contains: Contains = CONTAINS, status: Archived = Archived.ALL) -> IdFilter:
    return IdFilter(ids=frozenset(ids), contains=contains, status=status)


def yes(flags: by.Flags | None) -> list[int] | None:
    """Which places pass."""
    return None if flags is None else flags.nonzero()[0].tolist()


def things(wanted: IdFilter | None, ids: Ids = IDS) -> list[int] | None:
    return yes(by.by_things(wanted, ids, lambda: TAGS))


def test_no_filter_is_no_condition() -> None:
    assert things(None) is None
    assert things(filter_()) is None
    assert things(filter_(contains=NONE_OF)) is None


def test_things_are_listed_or_not_and_so_is_none() -> None:
    assert things(filter_("old")) == [1]
    assert things(filter_("old", "unknown", "")) == [1, 3]
    assert things(filter_("old", contains=NONE_OF)) == [0, 2, 3]
    assert things(filter_("old", "", contains=NONE_OF)) == [0, 2]
    assert things(filter_("old", contains=ONLY)) == [1]
    # More are named than there are.
    many = filter_("old", *(str(number) for number in range(99)))
    assert things(many) == [1]
    assert things(many, Ids()) == []


def test_things_are_archived_or_not_and_none_is_not() -> None:
    assert things(filter_(status=Archived.ARCHIVED)) == [1]
    assert things(filter_(status=Archived.ACTIVE)) == [0, 2, 3]
    assert things(filter_("old", "new", status=Archived.ACTIVE)) == [0]
    assert things(filter_("new", contains=NONE_OF, status=Archived.ARCHIVED)) == [1]


def test_what_a_dictionary_got_meanwhile_is_left_out() -> None:
    class Growing(Ids):
        """Another reader adds an id after the size was taken."""

        def __len__(self) -> int:
            size = super().__len__()
            self.code(f"more {size}")
            return size

    assert things(filter_("old", "more 3", "more 4"), Growing(["new", "old", "gone"])) == [1]
    assert things(filter_("more 3"), Growing(["new", "old", "gone"])) == []


def test_both_conditions_or_the_one_there_is() -> None:
    first, second = (
        by.by_things(filter_("old", "new"), IDS, lambda: TAGS),
        by.by_things(filter_("old"), IDS, lambda: TAGS),
    )
    assert by.joined(None, None) is None
    assert yes(by.joined(first, None)) == yes(by.joined(None, first)) == [0, 1]
    assert yes(by.joined(first, second)) == [1]


def test_clients_are_those_of_projects() -> None:
    projects = {
        "p": ProjectFacts("p", "P", "", "b", archived=False, is_public=True),
        "q": ProjectFacts("q", "Q", "", "", archived=False, is_public=True),
        "r": ProjectFacts("r", "R", "", "a", archived=False, is_public=True),
    }
    owners = by.owners_of(Ids(["p", "q", "gone", "r"]), projects)
    assert owners.clients.values == ["a", "b"]
    assert owners.table.tolist() == [1, 2, 2, 0, 2]
    assert owners.nbytes > 0
    clients = {"a": ClientFacts("a", "A", archived=True)}
    assert by.by_clients(None, owners, lambda: clients) is None
    assert yes(by.by_clients(filter_("b"), owners, lambda: clients)) == [0]
    assert yes(by.by_clients(filter_("b", contains=NONE_OF), owners, lambda: clients)) == [1, 2, 3, 4]
    assert yes(by.by_clients(filter_(status=Archived.ARCHIVED), owners, lambda: clients)) == [3]


# --- tags ------------------------------------------------------------------------------------------

SETS: list[tuple[int, ...]] = [(), (0,), (1,), (0, 1), (1, 2)]


def tags(wanted: IdFilter | None) -> list[int] | None:
    return yes(by.by_tags(wanted, by.Members().of(SETS), ids=IDS, tags=lambda: TAGS))


def test_members_grow_with_the_sets() -> None:
    members = by.Members()
    assert [one.tolist() for one in members.of([])] == [[0], []]
    sets: list[tuple[int, ...]] = [(), (4, 5)]
    assert [one.tolist() for one in members.of(sets)] == [[0, 1, 3], [-1, 4, 5]]
    sets += [(7,)]
    assert [one.tolist() for one in members.of(sets)] == [[0, 1, 3, 4], [-1, 4, 5, 7]]
    assert [one.tolist() for one in members.of(sets)] == [[0, 1, 3, 4], [-1, 4, 5, 7]]
    assert members.nbytes == 8 * 8


def test_sets_of_tags_have_one_none_or_exactly_these() -> None:
    assert tags(None) is None
    assert tags(filter_()) is None
    assert tags(filter_("new")) == [1, 3]
    assert tags(filter_("new", "gone")) == [1, 3, 4]
    assert tags(filter_("new", contains=NONE_OF)) == [0, 2, 4]
    assert tags(filter_("new", contains=ONLY)) == [1]
    assert tags(filter_("new", "old", contains=ONLY)) == [3]
    assert tags(filter_("new", "unknown", contains=ONLY)) == []
    assert tags(filter_("")) == [0]
    assert tags(filter_("", "gone")) == [0, 4]
    assert tags(filter_("", contains=NONE_OF)) == [1, 2, 3, 4]
    assert tags(filter_("", contains=ONLY)) == [0]
    assert tags(filter_("", "old", contains=ONLY)) == [0, 2]


def test_the_tags_that_are_meant_are_in_a_state() -> None:
    assert tags(filter_(status=Archived.ARCHIVED)) == [2, 3, 4]
    assert tags(filter_(status=Archived.ACTIVE)) == [0, 1, 3, 4]
    assert tags(filter_("old", status=Archived.ACTIVE)) == []
    assert tags(filter_("new", status=Archived.ACTIVE)) == [1, 3]
    assert tags(filter_("new", contains=NONE_OF, status=Archived.ACTIVE)) == [0, 4]
    assert tags(filter_("gone", contains=NONE_OF, status=Archived.ARCHIVED)) == [2, 3]


# --- people ----------------------------------------------------------------------------------------

PEOPLE = ["active", "pending", "inactive", "left"]
STATUSES: Mapping[str, str] = {"active": "ACTIVE", "pending": "PENDING", "inactive": "INACTIVE"}
GROUPS = (GroupFacts("g", "G", ("active", "left")), GroupFacts("h", "H", ("active", "pending")))


def people(*ids: str, contains: Contains = CONTAINS, status: PersonStatus = PersonStatus.ALL) -> PeopleFilter:
    return PeopleFilter(ids=frozenset(ids), contains=contains, status=status)


def persons(wanted: PeopleFilter | None) -> list[int] | None:
    return yes(by.by_people(wanted, PEOPLE, STATUSES))


def of_groups(wanted: PeopleFilter | None, groups: Sequence[GroupFacts] = GROUPS) -> list[int] | None:
    return yes(by.by_groups(wanted, PEOPLE, groups=groups, statuses=STATUSES))


@pytest.mark.parametrize("asked", [persons, of_groups])
def test_people_are_in_a_state_and_who_left_is_inactive(asked: object) -> None:
    assert callable(asked)
    assert asked(None) is None
    assert asked(people()) is None
    expected = {
        PersonStatus.ACTIVE: [0],
        PersonStatus.PENDING: [1],
        PersonStatus.INACTIVE: [2, 3],
        PersonStatus.ACTIVE_WITH_PENDING: [0, 1],
    }
    for status, places in expected.items():
        assert asked(people(status=status)) == places


def test_people_are_listed_or_not() -> None:
    assert persons(people("active", "left", "unknown")) == [0, 3]
    assert persons(people("active", "left", contains=NONE_OF)) == [1, 2]
    assert persons(people("active", "left", status=PersonStatus.INACTIVE)) == [3]


def test_people_are_in_one_of_the_groups_or_in_none() -> None:
    assert of_groups(people("g")) == [0, 3]
    assert of_groups(people("g", "h", contains=NONE_OF)) == [2]
    assert of_groups(people("unknown")) == []
    assert of_groups(people("unknown", contains=NONE_OF)) == [0, 1, 2, 3]
    assert of_groups(people("")) == [2]
    assert of_groups(people("", "h")) == [0, 1, 2]
    assert of_groups(people("g", status=PersonStatus.ACTIVE)) == [0]
    assert of_groups(people(""), ()) == [0, 1, 2, 3]


def test_currencies_are_named_by_code_or_id() -> None:
    def currencies(wanted: IdFilter | None) -> list[int] | None:
        return yes(by.by_currency(wanted, ["USD", "JPY"], {"an id": "JPY"}))

    assert currencies(None) is None
    assert currencies(filter_(status=Archived.ARCHIVED)) is None
    assert currencies(filter_("an id")) == currencies(filter_("JPY")) == [1]
    assert currencies(filter_("an id", contains=NONE_OF)) == [0]
    assert currencies(filter_("EUR")) == []
