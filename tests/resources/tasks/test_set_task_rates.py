"""PUT /projects/{id}/tasks/{taskId}/hourly-rate and /cost-rate."""

from typing import Any

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Office


@pytest.fixture
def place(office: Office) -> str:
    """The path of a task in a public project that the manager manages."""
    project = office.owner.post("/projects", {"name": "Website", "isPublic": True}).body["id"]
    office.grant(office.manager, "PROJECT_MANAGER", project)
    task = office.owner.post(f"/projects/{project}/tasks", {"name": "Draw"}).body["id"]
    return f"/projects/{project}/tasks/{task}"


def test_managers_of_the_project_set_billable_rates_and_admins_both(office: Office, place: str) -> None:
    for kind in ("hourly", "cost"):
        assert office.anonymous.put(f"{place}/{kind}-rate", {"amount": 1}).refusal == NO_CREDENTIAL
        for person in (office.outsider, office.member):
            assert person.put(f"{place}/{kind}-rate", {"amount": 1}).refusal == DENIED
        assert office.admin.put(f"{place}/{kind}-rate", {"amount": 2}).status == 200
    assert office.manager.put(f"{place}/hourly-rate", {"amount": 3}).body["hourlyRate"]["amount"] == 3
    assert office.manager.put(f"{place}/cost-rate", {"amount": 3}).refusal == DENIED
    office.set(only_admins_see_billable_rates=True)
    assert office.manager.put(f"{place}/hourly-rate", {"amount": 4}).refusal == DENIED


@pytest.mark.parametrize("kind", ["hourly", "cost"])
def test_the_answer_is_the_task_and_0_is_a_real_rate(office: Office, place: str, kind: str) -> None:
    task = office.owner.get(place).body
    assert task[f"{kind}Rate"] is None
    for amount in (4500, 0):
        answer = office.owner.put(f"{place}/{kind}-rate", {"amount": amount})
        assert answer.body == {**task, f"{kind}Rate": {"amount": amount, "currency": "USD"}}
        assert office.owner.get(place).body == answer.body
        assert answer.headers["X-Hourbook-Entries-Changed"] == "0"


@pytest.mark.parametrize("amount", [None, -1])
def test_a_rate_needs_an_amount_that_is_money(office: Office, place: str, amount: Any) -> None:
    assert office.owner.put(f"{place}/hourly-rate", {"amount": amount}).refusal == REFUSED


def test_a_task_of_another_project_is_unknown(office: Office, place: str) -> None:
    other = office.owner.post("/projects", {"name": "Other"}).body["id"]
    task = place.split("/")[-1]
    for path in (f"/projects/{other}/tasks/{task}", f"{place.rpartition('/')[0]}/{'f' * 24}"):
        answer = office.owner.put(f"{path}/hourly-rate", {"amount": 1})
        assert answer.refusal == REFUSED
        assert "doesn't belong to PROJECT with id" in answer.message
