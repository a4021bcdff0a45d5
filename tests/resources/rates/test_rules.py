"""Which rate counts at a moment, and what a change does to a timeline."""

from typing import Any

import pytest

from hourbook.core.errors import AccessDenied, InvalidValue
from hourbook.core.money import AMOUNT_LIMIT_MINOR, RateKind
from hourbook.resources.rates import rules
from hourbook.resources.rates.rules import NOBODY_ID, Falling, Level, Plan, Rate, Source, Wanted, places_of, source_of

WORKSPACE, PERSON, PROJECT, TASK = (letter * 24 for letter in "abcd")
NOW = 1000
PLACE = (PERSON, NOBODY_ID)


def row(since_s: int, amount: int | None, *, is_waiting: bool = False) -> Rate:
    at = f"{since_s:024x}"
    return Rate(WORKSPACE, at, Level.MEMBER, RateKind.HOURLY, PERSON, NOBODY_ID, since_s, amount, is_waiting)


def wish(amount: int | None, since_s: int | None = None, **more: Any) -> Wanted:
    return Wanted(
        level=Level.MEMBER, kind=RateKind.HOURLY, target_id=PERSON, amount_minor=amount, since_s=since_s, **more
    )


def plan(rows: list[Rate], *wishes: Wanted) -> Plan:
    return rules.planned(rows, wishes, workspace_id=WORKSPACE, now_s=NOW)


def line(found: Plan) -> list[tuple[int, int | None]]:
    return [(one.since_s, one.amount_minor) for one in found.lines[RateKind.HOURLY, PLACE]]


def spans(found: Plan) -> list[tuple[int, int | None]]:
    return [(span.from_s, span.until_s) for span in found.spans]


def test_the_newest_change_at_or_before_a_second_counts() -> None:
    points = ((10, 1), (20, None), (30, 3))
    assert [rules.rate_at(points, at) for at in (9, 10, 19, 20, 30, 99)] == [None, 1, 1, None, 3, 3]


def test_places_go_from_the_task_to_the_workspace() -> None:
    general = ((PERSON, NOBODY_ID), (WORKSPACE, NOBODY_ID))
    on_project = ((PROJECT, PERSON), (PROJECT, NOBODY_ID))
    assert rules.places_of(WORKSPACE, PERSON, project_id=None, task_id=None) == general
    assert rules.places_of(WORKSPACE, PERSON, project_id=PROJECT, task_id=None) == (*on_project, *general)
    assert rules.places_of(WORKSPACE, PERSON, project_id=PROJECT, task_id=TASK) == (
        (TASK, NOBODY_ID),
        *on_project,
        *general,
    )


def test_the_nearest_rate_that_is_set_counts_and_without_any_it_is_0() -> None:
    places = rules.places_of(WORKSPACE, PERSON, project_id=PROJECT, task_id=None)
    lines = {(PROJECT, NOBODY_ID): ((10, 5), (20, None)), (WORKSPACE, NOBODY_ID): ((15, 0), (25, 7))}
    assert [rules.resolve(lines, places, at) for at in (9, 10, 20, 25)] == [0, 5, 0, 7]


def test_a_change_reaches_what_has_no_nearer_rate() -> None:
    lines = {
        (WORKSPACE, NOBODY_ID): ((10, 5),),
        (PERSON, NOBODY_ID): ((0, 3), (15, None)),
        (PROJECT, NOBODY_ID): ((20, 6), (30, None)),
    }
    named, nothing = (bytes.fromhex(PERSON), bytes.fromhex(PROJECT), None), (bytes.fromhex(PERSON), None, None)
    of_workspace = Falling(WORKSPACE, Level.WORKSPACE, lines)
    assert [of_workspace.at(named, at) for at in (0, 10, 15, 19, 20, 29, 30)] == [None, None, 5, 5, None, None, 5]
    assert of_workspace.at(nothing, 20) == 5
    of_project = Falling(WORKSPACE, Level.PROJECT, lines)
    assert [of_project.at(named, at) for at in (0, 15, 20, 30)] == [3, 5, 6, 5]
    assert Falling(WORKSPACE, Level.TASK, {}).at(named, 0) == 0


def test_only_what_has_a_rate_of_its_own_is_looked_at_one_by_one() -> None:
    places = ((WORKSPACE, NOBODY_ID), (PERSON, NOBODY_ID), (PROJECT, PERSON), (TASK, NOBODY_ID))
    lines: dict[rules.Place, rules.Timeline] = dict.fromkeys(places, ((0, 1),))
    rated = [PERSON, PROJECT, TASK]
    of_workspace = rules.near_ids(Level.WORKSPACE, (WORKSPACE, NOBODY_ID), lines)
    assert of_workspace == {"task_ids": rated, "project_ids": rated, "user_ids": rated}
    of_person = rules.near_ids(Level.MEMBER, (PERSON, NOBODY_ID), lines)
    assert of_person == {name: [WORKSPACE, PROJECT, TASK] for name in ("task_ids", "project_ids")}
    of_project = rules.near_ids(Level.PROJECT, (PROJECT, NOBODY_ID), lines)
    assert of_project == {"task_ids": [WORKSPACE, PERSON, TASK], "user_ids": [PERSON]}
    assert rules.near_ids(Level.PROJECT_MEMBER, (PROJECT, PERSON), lines) == {"task_ids": [WORKSPACE, PERSON, TASK]}
    assert rules.near_ids(Level.TASK, (TASK, NOBODY_ID), lines) == {}
    assert rules.near_ids(Level.PROJECT, (PROJECT, NOBODY_ID), {(PROJECT, NOBODY_ID): ((0, 1),)}) == {}


def test_rows_become_timelines_in_order() -> None:
    found = rules.lines_of([row(20, 2), row(10, None)])
    assert found == {RateKind.HOURLY: {PLACE: ((10, None), (20, 2))}, RateKind.COST: {}}


def test_without_a_moment_a_rate_counts_from_now_on() -> None:
    found = plan([row(0, 5)], wish(6))
    assert (line(found), spans(found)) == ([(0, 5), (NOW, 6)], [(NOW, None)])
    assert not found.inserted[0].is_waiting


def test_repeating_the_rate_in_force_changes_nothing() -> None:
    found = plan([row(0, 5)], wish(5))
    assert (line(found), spans(found), found.inserted) == ([(0, 5)], [], [])
    assert plan([], wish(None)).spans == []


def test_a_moment_that_is_said_stands_even_where_the_amount_is_the_same() -> None:
    found = plan([row(0, 5)], wish(5, since_s=500))
    assert (line(found), spans(found)) == ([(0, 5), (500, 5)], [(500, None)])
    assert plan([row(500, 5)], wish(5, since_s=500)).spans == []


def test_a_past_rate_counts_until_the_next_one_that_was_said() -> None:
    found = plan([row(0, 5), row(800, 8)], wish(6, since_s=500))
    assert (line(found), spans(found)) == ([(0, 5), (500, 6), (800, 8)], [(500, 800)])


def test_a_rate_of_the_same_moment_is_replaced() -> None:
    old = row(500, 5)
    found = plan([old, row(800, 8)], wish(6, since_s=500))
    assert (line(found), found.inserted) == ([(500, 6), (800, 8)], [])
    assert [(before.amount_minor, after.amount_minor) for before, after in found.updated] == [(5, 6)]


def test_a_future_rate_waits_until_its_moment_has_come() -> None:
    found = plan([row(0, 5)], wish(6, since_s=NOW + 1))
    assert found.inserted[0].is_waiting
    assert rules.amount_in_force(found.lines[RateKind.HOURLY, PLACE], NOW) == 5
    assert rules.amount_in_force(found.lines[RateKind.HOURLY, PLACE], NOW + 1) == 6


def test_the_next_change_settles_what_has_waited_long_enough() -> None:
    found = plan([row(0, 5), row(900, 6, is_waiting=True), row(NOW + 5, 7, is_waiting=True)], wish(8))
    assert line(found) == [(0, 5), (900, 6), (NOW, 8), (NOW + 5, 7)]
    assert [(before.since_s, after.is_waiting) for before, after in found.updated] == [(900, False)]


def test_a_replaced_rate_that_waited_is_settled_in_the_same_change() -> None:
    found = plan([row(900, 6, is_waiting=True)], wish(7, since_s=900))
    assert [(before.amount_minor, after.amount_minor, after.is_waiting) for before, after in found.updated] == [
        (6, 7, False)
    ]


def test_an_end_takes_what_was_planned_with_it() -> None:
    future = row(NOW + 5, 7, is_waiting=True)
    found = plan([row(0, 5), future], wish(None, is_end=True))
    assert (line(found), spans(found), found.deleted) == ([(0, 5), (NOW, None)], [(NOW, None)], [future])
    planned_only = plan([future], wish(None, is_end=True))
    assert (line(planned_only), planned_only.inserted) == ([], [])
    at_once = plan([row(NOW, None), future], wish(None, is_end=True))
    assert line(at_once) == [(NOW, None)]
    assert plan([], wish(None, is_end=True)).spans == []


def test_only_a_change_needs_the_right_to_it() -> None:
    hourly, nothing = frozenset({RateKind.HOURLY}), frozenset[RateKind]()
    changed, repeated = plan([row(0, 5)], wish(6)), plan([row(0, 5)], wish(5))
    rules.check_allowed(changed, hourly)
    rules.check_allowed(repeated, nothing)
    rules.check_allowed(plan([row(0, 5)], wish(None, is_end=True)), nothing)
    with pytest.raises(AccessDenied):
        rules.check_allowed(changed, nothing)


@pytest.mark.parametrize("amount", [-1, AMOUNT_LIMIT_MINOR + 1])
def test_a_rate_is_money(amount: int) -> None:
    assert rules.check_amount(AMOUNT_LIMIT_MINOR) == AMOUNT_LIMIT_MINOR
    with pytest.raises(InvalidValue):
        rules.check_amount(amount)


def test_where_a_rate_comes_from_is_the_nearest_place_that_has_one_at_the_moment() -> None:
    places = places_of("w", "u", project_id="p", task_id="t")
    lines = {("w", NOBODY_ID): ((0, 5),), ("p", "u"): ((10, 7), (20, None)), ("t", NOBODY_ID): ((30, 0),)}
    assert source_of(lines, places, 9) == Source(Level.WORKSPACE, ("w", NOBODY_ID), 0, 5)
    assert source_of(lines, places, 19) == Source(Level.PROJECT_MEMBER, ("p", "u"), 10, 7)
    assert source_of(lines, places, 20) == Source(Level.WORKSPACE, ("w", NOBODY_ID), 0, 5)
    assert source_of(lines, places, 31) == Source(Level.TASK, ("t", NOBODY_ID), 30, 0)
    assert source_of({}, places, 31) is None
    general = places_of("w", "u", project_id=None, task_id=None)
    assert source_of({("u", NOBODY_ID): ((0, 3),)}, general, 1) == Source(Level.MEMBER, ("u", NOBODY_ID), 0, 3)
