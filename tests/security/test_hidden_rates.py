"""Whoever may not see rates finds no digit of one in any answer.

Every level has a rate whose digits occur nowhere else, projects and tasks have such budgets. Every
operation is asked by everybody who is no admin, with billable rates hidden and shown, and each byte of
the answers is searched. Writes are rehearsed.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from hourbook import resources
from hourbook.http.operation import Operation
from tests.harness import Answer, Server
from tests.security.matrix import DEFAULTS, cells
from tests.security.samples import operations, operations_in_passing
from tests.security.stage import Stage, Stages, rehearsing

resources.load()

NO_ADMINS = ("manager", "other_manager", "team_manager", "other_team_manager", "member")
# Digits that stand in no id, instant or sample: a rate or budget each.
BILLABLE = {
    "workspace": 7_310_001,
    "member": 7_310_013,
    "project": 7_310_029,
    "project member": 7_310_031,
    "task": 7_310_049,
    "project budget": 7_310_051,
    "task budget": 7_310_063,
}
COST = {
    "workspace": 8_420_003,
    "member": 8_420_011,
    "project": 8_420_027,
    "project member": 8_420_039,
    "task": 8_420_041,
}


class Rates:
    """A stage whose every level has rates."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.owner = stage.office.owner
        self._put("", "workspace")
        people = [stage.somebody, *(stage.people[role] for role in ("owner", "admin", *NO_ADMINS))]
        for person in people:
            self._put(f"/users/{person.id}", "member")
        for kind, project_id in stage.projects.items():
            self._plant_project(kind, project_id)
            self._put(f"/projects/{project_id}/users/{stage.somebody.id}", "project member")
            self._put(f"/projects/{project_id}/tasks/{stage.tasks[kind]}", "task")
            budget = {"budgetEstimate": {"active": True, "estimate": BILLABLE["project budget"], "type": "MANUAL"}}
            self._done(self.owner.patch(f"/projects/{project_id}/estimate", budget))
            task = {"name": f"Task of the {kind} project", "budgetEstimate": BILLABLE["task budget"]}
            self._done(self.owner.put(f"/projects/{project_id}/tasks/{stage.tasks[kind]}", task))

    def _plant_project(self, kind: str, project_id: str) -> None:
        body = {
            "name": f"A {kind} matter",
            "isPublic": kind == "public",
            "billable": True,
            "clientId": self.stage.world.client_id,
            "hourlyRate": {"amount": BILLABLE["project"]},
            "costRate": {"amount": COST["project"]},
        }
        self._done(self.owner.put(f"/projects/{project_id}", body))

    def _put(self, path: str, level: str) -> None:
        self._done(self.owner.put(path + "/hourly-rate", {"amount": BILLABLE[level]}))
        self._done(self.owner.put(path + "/cost-rate", {"amount": COST[level]}))

    def _done(self, answer: Answer) -> None:
        assert answer.status < 300, answer


class RateStages(Stages):
    """Stages with rates, made as operations need them."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self._with_rates: set[int] = set()

    def of(self, record: Operation) -> Stage:
        stage = super().of(record)
        if id(stage) not in self._with_rates:
            self._with_rates.add(id(stage))
            Rates(stage)
        return stage


@pytest.fixture(scope="module")
def stages(server: Server) -> RateStages:
    return RateStages(server)


def answers(stage: Stage, record: Operation, roles: tuple[str, ...], settings: dict[str, Any]) -> Iterator[Any]:
    """(what was asked, the answer), by everybody, about own rows and others', in both projects."""
    stage.set(DEFAULTS | {"only_admins_see_all_time_entries": False} | settings)
    for cell in cells(record):
        if not cell.settings and cell.role in roles:
            values = stage.values(record, whose=cell.whose, kind=cell.kind)
            with rehearsing(stage.office.server):
                yield cell, stage.ask(record, cell.role, values)


def digits_in(content: bytes, rates: dict[str, int]) -> list[str]:
    return [level for level, amount in rates.items() if str(amount).encode() in content]


@pytest.mark.parametrize("hidden", [True, False], ids=["billable rates hidden", "billable rates shown"])
@pytest.mark.parametrize("record", [*operations(), *operations_in_passing()], ids=lambda record: record.name)
def test_no_digit_of_a_hidden_rate_is_in_any_byte(
    server: Server, stages: RateStages, record: Operation, hidden: bool
) -> None:
    server.clock.reset()
    settings = {"only_admins_see_billable_rates": hidden}
    leaks = []
    for cell, answer in answers(stages.of(record), record, NO_ADMINS, settings):
        content = answer.content + repr(answer.headers).encode()
        found = [f"cost rate of {level}" for level in digits_in(content, COST)]
        if hidden:
            found += [f"billable rate of {level}" for level in digits_in(content, BILLABLE)]
        leaks += [f"{cell}: {leak}" for leak in found]
    assert not leaks, "\n".join(leaks)


def test_the_owner_sees_every_one_of_these_rates(server: Server, stages: RateStages) -> None:
    """Or the search above would look for what nobody is shown."""
    server.clock.reset()
    seen: set[str] = set()
    for record in operations():
        for _, answer in answers(stages.of(record), record, ("owner",), {"only_admins_see_billable_rates": True}):
            seen |= {f"billable {level}" for level in digits_in(answer.content, BILLABLE)}
            seen |= {f"cost {level}" for level in digits_in(answer.content, COST)}
    assert seen == {f"billable {level}" for level in BILLABLE} | {f"cost {level}" for level in COST}


def test_whoever_may_see_billable_rates_does(server: Server, stages: RateStages) -> None:
    """Hiding everything always would pass the search, too."""
    server.clock.reset()
    seen: set[str] = set()
    for record in operations():
        for _, answer in answers(stages.of(record), record, ("member",), {"only_admins_see_billable_rates": False}):
            seen |= set(digits_in(answer.content, BILLABLE))
    assert seen >= BILLABLE.keys() - {"project member"}
