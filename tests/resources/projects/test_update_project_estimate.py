"""PATCH .../projects/{id}/estimate."""

from typing import Any

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Office

MANUAL = {"active": True, "estimate": "PT8H", "type": "MANUAL", "includeNonBillable": False}


@pytest.fixture
def estimate(path: str) -> str:
    return f"{path}/estimate"


def test_anonymous_is_asked_for_a_credential(office: Office, estimate: str) -> None:
    assert office.anonymous.patch(estimate, {}).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office, estimate: str) -> None:
    assert office.outsider.patch(estimate, {}).refusal == DENIED


def test_a_member_estimates_nothing(office: Office, estimate: str) -> None:
    assert office.member.patch(estimate, {"timeEstimate": MANUAL}).refusal == DENIED


def test_a_time_estimate_leaves_the_plain_one_alone(office: Office, estimate: str) -> None:
    answer = office.owner.patch(estimate, {"timeEstimate": MANUAL})
    assert answer.status == 200
    assert answer.body["timeEstimate"] == {**MANUAL, "resetOption": None}
    assert answer.body["estimate"] == {"estimate": "PT0S", "type": "AUTO"}
    assert answer.body["budgetEstimate"] is None


def test_what_is_not_said_is_kept(office: Office, estimate: str) -> None:
    office.owner.patch(estimate, {"timeEstimate": {**MANUAL, "resetOption": "WEEKLY"}})
    changed = office.owner.patch(estimate, {"timeEstimate": {"estimate": "PT9H", "active": None}}).body["timeEstimate"]
    assert changed == {**MANUAL, "estimate": "PT9H", "resetOption": "WEEKLY"}
    without = office.owner.patch(estimate, {"timeEstimate": {"resetOption": None}}).body["timeEstimate"]
    assert without == {**MANUAL, "estimate": "PT9H", "resetOption": None}
    assert office.owner.patch(estimate, {}).body["timeEstimate"] == without


def test_both_estimates_may_be_sent_and_one_is_active(office: Office, estimate: str) -> None:
    budget = {"estimate": 0, "type": "MANUAL", "active": False}
    both = office.owner.patch(estimate, {"timeEstimate": MANUAL, "budgetEstimate": budget}).body
    assert both["budgetEstimate"] == {**budget, "includeExpenses": False, "resetOption": None}
    switched = office.owner.patch(estimate, {"budgetEstimate": {"active": True, "estimate": 500}}).body
    assert (switched["budgetEstimate"]["active"], switched["timeEstimate"]["active"]) == (True, False)
    back = office.owner.patch(estimate, {"timeEstimate": {"active": True}}).body
    assert (back["budgetEstimate"]["active"], back["timeEstimate"]["active"]) == (False, True)


def test_both_cannot_be_switched_on_at_once(office: Office, estimate: str) -> None:
    answer = office.owner.patch(estimate, {"timeEstimate": {"active": True}, "budgetEstimate": {"active": True}})
    assert answer.refusal == REFUSED


def test_a_reset_is_set_changed_and_switched_off(office: Office, estimate: str) -> None:
    reset = {"interval": "MONTHLY", "dayOfMonth": 31, "hour": 6, "isActive": True}
    shown = office.owner.patch(estimate, {"estimateReset": reset}).body["estimateReset"]
    assert shown == {"interval": "MONTHLY", "dayOfMonth": 31, "hour": 6, "dayOfWeek": None, "month": None}
    assert office.owner.patch(estimate, {"estimateReset": {"hour": 7}}).body["estimateReset"] == {**shown, "hour": 7}
    for switch in ("active", "isActive"):
        assert office.owner.patch(estimate, {"estimateReset": {switch: False}}).body["estimateReset"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"timeEstimate": {"estimate": "8h"}},
        {"timeEstimate": {"type": "SOME"}},
        {"budgetEstimate": {"estimate": -1}},
        {"budgetEstimate": {"estimate": "much"}},
        {"estimateReset": {"dayOfMonth": 32}},
        {"estimateReset": {"hour": 24}},
        {"estimateReset": {"month": "SMARCH"}},
    ],
)
def test_what_cannot_be_read_is_refused(office: Office, estimate: str, wrong: dict[str, Any]) -> None:
    assert office.owner.patch(estimate, wrong).refusal == UNREADABLE


def test_an_unknown_project_is_refused(office: Office) -> None:
    assert office.owner.patch("/projects/nothing/estimate", {}).refusal == REFUSED
