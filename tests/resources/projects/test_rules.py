"""What a project is made of."""

import msgspec
import pytest

from hourbook.core.errors import ActiveCannotBeDeleted, InvalidValue, NotFound
from hourbook.core.money import NewRate
from hourbook.resources.projects import rules
from hourbook.resources.projects.rules import (
    BudgetEstimate,
    Details,
    Estimate,
    EstimateReset,
    Estimates,
    EstimateType,
    MemberDetails,
    MembershipStatus,
    Project,
    TimeEstimate,
)


def make(**said: object) -> Project:
    details = Details(**{"name": "Website", **said})  # type: ignore[arg-type]
    return rules.new_project("w" * 24, "a" * 24, details, billable=True, is_public=False)


def test_silence_takes_the_defaults() -> None:
    made = make()
    assert (made.client_id, made.note, made.billable, made.is_public) == (rules.NO_CLIENT_ID, "", True, False)
    assert made.color == rules.color_for(made.id)
    assert rules.estimates_of(made) == Estimates()


def test_what_is_said_is_kept() -> None:
    made = make(client_id="c" * 24, color="#ABCDEF", note="n", billable=False, is_public=True)
    assert (made.client_id, made.color, made.note) == ("c" * 24, "#ABCDEF", "n")
    assert (made.billable, made.is_public) == (False, True)


@pytest.mark.parametrize("name", [None, "x", "x" * 251])
def test_a_name_has_2_to_250_characters(name: str | None) -> None:
    with pytest.raises(InvalidValue):
        rules.check_name(name)


def test_notes_and_colours_have_their_form() -> None:
    with pytest.raises(InvalidValue):
        rules.check_note("x" * 16385)
    for color in ("red", "#12345", "#1234567", "#12345g", "#123456\n"):
        with pytest.raises(InvalidValue):
            rules.check_color(color)


def test_the_stand_in_for_no_client_is_no_client() -> None:
    with pytest.raises(NotFound):
        make(client_id=rules.NO_CLIENT_ID)


def test_only_an_archived_project_can_be_deleted() -> None:
    with pytest.raises(ActiveCannotBeDeleted):
        rules.check_deletable(make())
    rules.check_deletable(msgspec.structs.replace(make(), archived=True))


def test_a_change_keeps_what_is_not_said_but_two_flags() -> None:
    before = msgspec.structs.replace(make(is_public=True, note="n"), hourly_rate_minor=5, cost_rate_minor=6)
    assert rules.changed_project(before, Details()) == msgspec.structs.replace(before, is_public=False, billable=False)
    said = Details(name="New", color="#000000", note="m", is_public=True, billable=True, archived=True)
    after = rules.changed_project(before, said)
    assert (after.name, after.color, after.note, after.archived) == ("New", "#000000", "m", True)
    assert (after.hourly_rate_minor, after.cost_rate_minor, after.is_public) == (5, 6, True)


def test_a_copy_is_active_and_no_template() -> None:
    template = msgspec.structs.replace(make(is_public=True), is_template=True, archived=True)
    copy = rules.copied_project(template, "b" * 24, Details(name="Copy"))
    assert (copy.id, copy.is_template, copy.archived, copy.is_public) == ("b" * 24, False, False, True)
    other = rules.copied_project(template, "b" * 24, Details(name="Copy", color="#000000", is_public=False))
    assert (other.color, other.is_public) == ("#000000", False)


def test_a_member_keeps_what_is_not_said_and_is_active() -> None:
    first = rules.changed_member("w", "p", MemberDetails(user_id="u"), before=None)
    assert (first.status, first.hourly_rate_minor, first.cost_rate_minor) == ("ACTIVE", None, None)
    rated = msgspec.structs.replace(first, hourly_rate_minor=5, cost_rate_minor=6)
    said = MemberDetails(user_id="u", status=MembershipStatus.INACTIVE)
    second = rules.changed_member("w", "p", said, before=rated)
    assert (second.status, second.hourly_rate_minor, second.cost_rate_minor) == ("INACTIVE", 5, 6)


def test_whoever_is_named_wins_over_the_others() -> None:
    named = [MemberDetails(user_id="a"), MemberDetails(user_id="a", hourly_rate=NewRate(5))]
    found = rules.merged(named, ["a", "b"])
    assert found == {"a": named[1], "b": MemberDetails(user_id="b")}


def test_estimates_are_stored_as_text_and_read_again() -> None:
    estimates = Estimates(
        Estimate(estimate_seconds=5, type=EstimateType.MANUAL),
        TimeEstimate(active=True, estimate_seconds=7, type=EstimateType.MANUAL),
        BudgetEstimate(estimate_minor=9),
        EstimateReset(hour=3, month="MAY"),
    )
    assert rules.estimates_of(rules.with_estimates(make(), estimates)) == estimates


def test_a_manual_estimate_at_the_start_is_the_time_estimate_too() -> None:
    manual = rules.first_estimates(Estimate(estimate_seconds=5, type=EstimateType.MANUAL))
    assert manual.time == TimeEstimate(active=True, estimate_seconds=5, type=EstimateType.MANUAL)
    assert rules.first_estimates(Estimate(estimate_seconds=5)).time == TimeEstimate()
    assert rules.first_estimates(None) == Estimates()


def test_only_one_estimate_is_active() -> None:
    time, budget = TimeEstimate(active=True), BudgetEstimate(active=True)
    with_time, with_budget = Estimates(time=time), Estimates(budget=budget)
    both = Estimates(time=time, budget=budget)
    assert rules.changed_estimates(Estimates(), with_time) == with_time
    assert rules.changed_estimates(with_time, both).time.active is False
    switched = rules.changed_estimates(with_budget, both)
    assert switched.budget is not None
    assert (switched.budget.active, switched.time.active) == (False, True)
    with pytest.raises(InvalidValue):
        rules.changed_estimates(Estimates(), both)


def test_what_progress_and_budget_are_measured_against() -> None:
    def stored(estimates: Estimates) -> Project:
        return rules.with_estimates(make(), estimates)

    manual = TimeEstimate(active=True, estimate_seconds=5, type=EstimateType.MANUAL)
    assert rules.estimate_seconds_of(stored(Estimates(time=manual))) == 5
    assert rules.estimate_seconds_of(stored(Estimates(time=TimeEstimate(active=True)))) == rules.SUM_OF_TASKS
    assert rules.estimate_seconds_of(stored(Estimates())) == 0
    assert rules.budget_minor_of(stored(Estimates())) == 0
    assert rules.budget_minor_of(stored(Estimates(budget=BudgetEstimate(estimate_minor=9)))) == 0
    assert rules.budget_minor_of(stored(Estimates(budget=BudgetEstimate(active=True, estimate_minor=9)))) == 9
