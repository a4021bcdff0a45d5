"""GET .../projects/{id}/tasks."""

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Answer, Office


def names_in(answer: Answer) -> list[str]:
    assert answer.status == 200, answer
    return [task["name"] for task in answer.body]


def make(office: Office, tasks: str, *names: str) -> None:
    for name in names:
        assert office.owner.post(tasks, {"name": name}).status == 201


def test_anonymous_is_asked_for_a_credential(office: Office, tasks: str) -> None:
    assert office.anonymous.get(tasks).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office, tasks: str) -> None:
    assert office.outsider.get(tasks).refusal == DENIED


def test_tasks_come_by_name_and_in_pages(office: Office, tasks: str) -> None:
    make(office, tasks, "beta", "Alpha", "Gamma")
    assert names_in(office.member.get(tasks)) == ["Alpha", "beta", "Gamma"]
    assert names_in(office.member.get(tasks, sort_column="ID", sort_order="DESCENDING")) == ["Gamma", "Alpha", "beta"]
    first, second = (office.member.get(tasks, page=page, page_size=2) for page in (1, 2))
    assert (names_in(first), first.headers["Last-Page"]) == (["Alpha", "beta"], "false")
    assert (names_in(second), second.headers["Last-Page"]) == (["Gamma"], "true")


def test_names_are_searched_by_part_or_exactly(office: Office, tasks: str) -> None:
    make(office, tasks, "Draw", "Draw more", "draw")
    assert names_in(office.member.get(tasks, name="MORE")) == ["Draw more"]
    assert names_in(office.member.get(tasks, name="Draw", strict_name_search=True)) == ["Draw"]


def test_is_active_tells_active_from_done(office: Office, tasks: str) -> None:
    make(office, tasks, "Active")
    office.owner.post(tasks, {"name": "Done", "status": "DONE"})
    assert names_in(office.member.get(tasks)) == ["Active", "Done"]
    assert names_in(office.member.get(tasks, is_active=True)) == ["Active"]
    assert names_in(office.member.get(tasks, is_active=False)) == ["Done"]


def test_tracked_time_is_shown(office: Office, tasks: str, task_id: str, project_id: str) -> None:
    times = {"start": "2026-05-20T08:00:00Z", "end": "2026-05-20T09:30:00Z"}
    body = {**times, "projectId": project_id, "taskId": task_id}
    assert office.member.post("/time-entries", body).status == 201
    assert office.member.get(tasks).body[0]["duration"] == "PT1H30M"


def test_tasks_of_an_unseen_project_are_unknown(office: Office, hidden_id: str) -> None:
    for project_id in (hidden_id, "f" * 24):
        answer = office.member.get(f"/projects/{project_id}/tasks")
        assert (answer.refusal, answer.message) == (
            REFUSED,
            f"Task doesn't belong to PROJECT with id {project_id}",
        )
    assert office.owner.get(f"/projects/{hidden_id}/tasks").body == []


def test_an_unknown_sort_column_is_refused(office: Office, tasks: str) -> None:
    assert office.owner.get(tasks, sort_column="SIZE").refusal == REFUSED
