"""GET .../projects/{id}/tasks/{taskId}."""

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Office


def test_anonymous_is_asked_for_a_credential(office: Office, tasks: str, task_id: str) -> None:
    assert office.anonymous.get(f"{tasks}/{task_id}").refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office, tasks: str, task_id: str) -> None:
    assert office.outsider.get(f"{tasks}/{task_id}").refusal == DENIED


def test_whoever_sees_the_project_reads_its_tasks(office: Office, tasks: str, task_id: str) -> None:
    assert office.member.get(f"{tasks}/{task_id}").body["name"] == "Draw"


def test_a_task_is_found_in_its_own_project_alone(office: Office, tasks: str, task_id: str, hidden_id: str) -> None:
    assert office.owner.get(f"/projects/{hidden_id}/tasks/{task_id}").refusal == REFUSED
    for unknown in ("f" * 24, "nothing"):
        assert office.owner.get(f"{tasks}/{unknown}").refusal == REFUSED


def test_rates_of_tasks_are_for_those_who_may_see_them(office: Office) -> None:
    task = {"name": "Draw", "hourlyRate": {"amount": 0}, "costRate": {"amount": 3000}}
    project_id = office.owner.post("/projects", {"name": "Website", "isPublic": True, "tasks": [task]}).body["id"]
    path = f"/projects/{project_id}/tasks"
    shown = office.owner.get(path).body[0]
    # A rate of 0 is a rate here, as recorded.
    assert shown["hourlyRate"] == {"amount": 0, "currency": "USD"}
    assert shown["costRate"] == {"amount": 3000, "currency": "USD"}
    of_member = office.member.get(f"{path}/{shown['id']}").body
    assert (of_member["hourlyRate"], of_member["costRate"]) == (shown["hourlyRate"], None)
    office.set(only_admins_see_billable_rates=True)
    assert office.member.get(f"{path}/{shown['id']}").body["hourlyRate"] is None
