"""The rules of the change feed: who hears of what."""

import msgspec
import pytest

from hourbook.resources.changes import rules_live as rules
from hourbook.resources.changes.rules_live import Notice, Place, Sight

MINE = Place("me", "apollo")
THEIRS = Place("them", "apollo")
NOTICE = Notice(7, 0, "TIME_ENTRY_UPDATED", "TIME_ENTRY", "update", "e1", None, ("description",), "me", None, "api", ())


def notice(**changes: object) -> Notice:
    return msgspec.structs.replace(NOTICE, **changes)


def is_mine(place: Place) -> bool:
    return place.user_id == "me"


ALL = Sight(frozenset({"TIME_ENTRY"}), {}, frozenset())
OWN = Sight(frozenset(), {"TIME_ENTRY": is_mine}, frozenset())
BLIND = Sight(frozenset({"TIME_ENTRY"}), {}, rules.COST_FIELDS)


def test_who_sees_every_thing_of_a_kind_hears_of_it_as_it_is() -> None:
    assert rules.seen(notice(places=(THEIRS,)), ALL) == notice(places=(THEIRS,))


def test_who_may_not_see_the_kind_hears_nothing() -> None:
    assert rules.seen(notice(kind="RATE", places=(MINE,)), OWN) is None


def test_others_hear_of_what_is_or_was_theirs() -> None:
    assert rules.seen(notice(places=(THEIRS,)), OWN) is None
    for places in ((MINE,), (THEIRS, MINE)):
        found = rules.seen(notice(places=places), OWN)
        assert found is not None
        assert found.thing_id == "e1"


@pytest.mark.parametrize("places", [(), (THEIRS, MINE)])
def test_of_many_things_none_is_named_to_those_who_see_some(places: tuple[Place, ...]) -> None:
    found = rules.seen(notice(thing_id=None, verb="update_many", ids=("e1", "e2"), places=places), OWN)
    assert found is not None
    assert found.ids is None


def test_a_thing_of_which_nothing_is_known_is_not_named() -> None:
    found = rules.seen(notice(places=()), OWN)
    assert found is not None
    assert found.thing_id is None


def test_a_change_of_hidden_fields_is_none() -> None:
    assert rules.seen(notice(changed=("cost_rate_minor",)), BLIND) is None
    found = rules.seen(notice(changed=("cost_rate_minor", "name")), BLIND)
    assert found is not None
    assert found.changed == ("name",)
    assert rules.seen(notice(changed=None), BLIND) == notice(changed=None)


@pytest.mark.parametrize(
    ("field", "shown"),
    [
        ("name", "name"),
        ("hourly_rate_minor", "hourlyRate"),
        ("start_s", "start"),
        ("estimate_seconds", "estimate"),
        ("deletes_at_us", "deletesAt"),
        ("is_public", "public"),
        ("tag_ids", "tagIds"),
    ],
)
def test_fields_have_the_names_of_the_api(field: str, shown: str) -> None:
    assert rules.shown_name(field) == shown


def test_so_many_things_are_named_and_no_more() -> None:
    assert rules.named_ids(None) is None
    assert rules.named_ids(["x"] * rules.IDS_LIMIT) == ("x",) * rules.IDS_LIMIT
    assert rules.named_ids(["x"] * (rules.IDS_LIMIT + 1)) is None


def test_a_change_of_many_things_weighs_as_much_as_they_are_many() -> None:
    one, many = notice(ids=("x",)), notice(ids=("x",) * 1000)
    assert notice().weight < one.weight < many.weight
    assert many.weight - one.weight == 999 * (one.weight - notice().weight)
    assert notice(places=(MINE,)).weight > notice().weight
