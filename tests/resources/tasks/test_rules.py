"""What a task is made of."""

import msgspec
import pytest

from hourbook.core.errors import AccessDenied, ActiveCannotBeDeleted, InvalidValue, NameTaken
from hourbook.core.money import NewRate
from hourbook.resources.tasks import rules
from hourbook.resources.tasks.rules import Draft, ProjectOfTask, TaskStatus

PROJECT = ProjectOfTask("p" * 24, True, "USD")


def make(**said: object) -> rules.Task:
    return rules.make_task("w" * 24, "t" * 24, PROJECT, draft=Draft(**{"name": "Draw", **said}))  # type: ignore[arg-type]


def test_a_task_takes_the_flag_of_its_project_unless_it_has_one() -> None:
    assert make().billable is True
    assert make(billable=False).billable is False


def test_ids_are_kept_once_and_in_order() -> None:
    made = make(assignee_ids=("b", "a", "b"), group_ids=("d", "c"))
    assert (made.assignee_ids, made.group_ids) == (("a", "b"), ("c", "d"))


def test_a_change_replaces_everything_but_the_rates() -> None:
    made = make(estimate_seconds=60, assignee_ids=("a",))
    before = msgspec.structs.replace(made, hourly_rate_minor=5, cost_rate_minor=6)
    after = rules.changed_task(before, Draft(name="Paint", status=TaskStatus.DONE))
    assert (after.name, after.status, after.estimate_seconds, after.assignee_ids) == ("Paint", "DONE", 0, ())
    assert (after.hourly_rate_minor, after.cost_rate_minor, after.billable) == (5, 6, False)


@pytest.mark.parametrize("name", [None, " ", "x" * 1001, "名" * 867, "ΐ" * 434])
def test_a_name_has_1_to_1000_characters(name: str | None) -> None:
    with pytest.raises(InvalidValue):
        rules.check_name(name)


@pytest.mark.parametrize("amount", [-1, (1 << 53) + 1])
def test_a_budget_is_money(amount: int) -> None:
    with pytest.raises(InvalidValue):
        make(budget_estimate_minor=amount)


def test_an_estimate_can_be_summed() -> None:
    assert make(estimate_seconds=rules.ESTIMATE_LIMIT_SECONDS).estimate_seconds == rules.ESTIMATE_LIMIT_SECONDS
    with pytest.raises(InvalidValue):
        make(estimate_seconds=rules.ESTIMATE_LIMIT_SECONDS + 1)


def test_names_of_one_project_differ() -> None:
    rules.check_names_differ([make(), make(name="Paint")])
    with pytest.raises(NameTaken):
        rules.check_names_differ([make(), make()])


def test_rates_are_for_those_who_may_set_them() -> None:
    with_rates = [Draft(name="Draw", hourly_rate=NewRate(0), cost_rate=NewRate(0))]
    for check in (rules.check_billable_rates, rules.check_cost_rates):
        check(with_rates, may_set=True)
        check([Draft(name="Draw")], may_set=False)
        with pytest.raises(AccessDenied):
            check(with_rates, may_set=False)


def test_only_a_finished_task_can_be_deleted() -> None:
    rules.check_deletable(make(status=TaskStatus.DONE))
    with pytest.raises(ActiveCannotBeDeleted):
        rules.check_deletable(make())
