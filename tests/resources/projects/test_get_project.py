"""GET .../projects/{id}."""

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Office


def test_anonymous_is_asked_for_a_credential(office: Office, path: str) -> None:
    assert office.anonymous.get(path).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office, path: str) -> None:
    assert office.outsider.get(path).refusal == DENIED


def test_every_member_reads_a_public_project(office: Office, path: str) -> None:
    assert office.member.get(path).body == office.owner.get("/projects").body[0]


def test_hydration_adds_the_same_keys_as_in_the_list(office: Office, path: str) -> None:
    hydrated = office.member.get(path, hydrated=True, custom_field_entity_type="TIMEENTRY").body
    assert hydrated == office.member.get("/projects", hydrated=True).body[0]


def test_unseen_unknown_deleted_and_foreign_projects_are_one_answer(office: Office, hidden: str) -> None:
    theirs = office.outsider.at(office.outsider_workspace_id).post("/projects", {"name": "Theirs"}).body["id"]
    gone = office.owner.post("/projects", {"name": "Gone"}).body["id"]
    office.owner.put(f"/projects/{gone}", {"archived": True})
    office.owner.delete(f"/projects/{gone}")
    for unknown in (hidden, f"/projects/{theirs}", f"/projects/{gone}", "/projects/nothing", "/projects/" + "0" * 24):
        answer = office.member.get(unknown)
        assert (answer.refusal, answer.message) == (REFUSED, "Project doesn't belong to Workspace")
    assert office.owner.get(hidden).status == 200


def test_tracked_time_is_shown(office: Office, path: str, project_id: str) -> None:
    body = {"projectId": project_id, "start": "2026-05-18T00:00:00Z", "end": "2026-05-20T02:00:10Z"}
    assert office.member.post("/time-entries", body).status == 201
    assert office.member.get(path).body["duration"] == "PT50H10S"
