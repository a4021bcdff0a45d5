"""POST .../webhooks."""

from typing import Any

import pytest
import sqlalchemy as sa

from hourbook.core.types import Deployment
from hourbook.db.statement import Statement
from hourbook.db.tables.journal import journal
from hourbook.db.tables.webhooks import webhooks
from hourbook.resources.webhooks.rules import EVENTS
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Office

HOOK: dict[str, Any] = {
    "url": "https://receiver.example/hook",
    "webhookEvent": "NEW_TAG",
    "triggerSourceType": "WORKSPACE_ID",
    "triggerSource": [],
    "name": "My hook",
}
EVERYTHING = [Statement(sa.select(table)) for table in (webhooks, journal)]
RECORDED_KEYS = [
    *("id", "userId", "workspaceId", "name", "url", "authToken", "webhookEvent", "triggerSourceType"),
    *("triggerSource", "enabled", "deliveryEnabled", "planEnabled"),
]


def stored(tx: Any) -> str:
    """Webhooks and journal as they lie in the database."""
    return repr([tx.rows(statement) for statement in EVERYTHING])


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert office.anonymous.post("/webhooks", HOOK).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert office.outsider.post("/webhooks", HOOK).refusal == DENIED


def test_only_owner_and_admins_make_webhooks(office: Office) -> None:
    office.grant(office.manager, "PROJECT_MANAGER", office.server.ids.new_id())
    for person in (office.member, office.manager):
        assert person.post("/webhooks", HOOK).refusal == DENIED
    for person in (office.owner, office.admin):
        assert person.post("/webhooks", HOOK).status == 201


def test_a_new_webhook_is_as_recorded_and_shows_its_signing_secret_once(office: Office) -> None:
    answer = office.admin.post("/webhooks", HOOK)
    assert answer.status == 201
    made = answer.body
    assert list(made) == [*RECORDED_KEYS, "signingSecret"]
    assert made["userId"] == office.admin.id
    assert (made["enabled"], made["deliveryEnabled"], made["planEnabled"]) == (True, True, True)
    assert len(made["authToken"]) == 32
    assert made["authToken"].isalnum()
    assert made["signingSecret"].startswith("whsec_")
    again = office.owner.get(f"/webhooks/{made['id']}").body
    assert again == {name: made[name] for name in RECORDED_KEYS}


def test_neither_token_nor_secret_stands_in_the_database_or_the_journal(office: Office) -> None:
    made = office.owner.post("/webhooks", HOOK).body
    for secret in (made["authToken"], made["signingSecret"]):
        assert secret not in office.read(stored)


def test_without_a_name_one_is_made_up(office: Office) -> None:
    body = {key: value for key, value in HOOK.items() if key != "name"}
    assert office.owner.post("/webhooks", body).body["name"] == "New tag"
    for event in EVENTS:
        body |= {"webhookEvent": event, "triggerSourceType": "WORKSPACE_ID"}
        if event in ("USER_UPDATED", "USER_EMAIL_CHANGED"):
            body |= {"triggerSourceType": "USER_ID", "triggerSource": [office.member.id]}
        else:
            body["triggerSource"] = []
        answer = office.admin.post("/webhooks", body)
        assert answer.status == 201, (event, answer)
        assert 2 <= len(answer.body["name"]) <= 30
        assert office.admin.delete(f"/webhooks/{answer.body['id']}").status == 200


@pytest.mark.parametrize("name", ["", " ", "x", "x" * 31])
def test_a_name_has_2_to_30_characters(office: Office, name: str) -> None:
    answer = office.owner.post("/webhooks", {**HOOK, "name": name})
    assert answer.refusal == REFUSED
    assert answer.message == "length must be between 2 and 30"


@pytest.mark.parametrize("key", ["url", "webhookEvent", "triggerSourceType"])
def test_what_is_required_is_asked_for(office: Office, key: str) -> None:
    body = {name: value for name, value in HOOK.items() if name != key}
    answer = office.owner.post("/webhooks", body)
    assert answer.refusal == REFUSED
    assert key in answer.message


@pytest.mark.parametrize(
    "change",
    [{"webhookEvent": "TIME_ENTRY_BATCH_DELETED_IDS"}, {"triggerSourceType": "CLIENT_ID"}, {"triggerSource": "x"}],
)
def test_words_that_are_none_are_refused(office: Office, change: dict[str, Any]) -> None:
    assert office.owner.post("/webhooks", {**HOOK, **change}).refusal == UNREADABLE


def test_the_workspace_may_be_named_as_source_or_left_out(office: Office) -> None:
    for source in ([], [office.workspace_id], [office.workspace_id] * 2):
        answer = office.owner.post("/webhooks", {**HOOK, "triggerSource": source})
        assert answer.status == 201
        assert answer.body["triggerSource"] == list(dict.fromkeys(source))
    elsewhere = {**HOOK, "triggerSource": [office.outsider_workspace_id]}
    assert office.owner.post("/webhooks", elsewhere).refusal == REFUSED


def test_sources_must_be_there_and_fit_the_event(office: Office) -> None:
    project = office.owner.post("/projects", {"name": "A project"}).body["id"]
    task = office.owner.post(f"/projects/{project}/tasks", {"name": "A task"}).body["id"]
    tag = office.owner.post("/tags", {"name": "tag"}).body["id"]
    unknown = "0123456789abcdef01234567"
    good = {"PROJECT_ID": project, "TASK_ID": task, "TAG_ID": tag, "USER_ID": office.member.id}
    for kind, id_ in good.items():
        body = {**HOOK, "webhookEvent": "NEW_TIME_ENTRY", "triggerSourceType": kind}
        assert office.owner.post("/webhooks", {**body, "triggerSource": [id_]}).status == 201, kind
        answer = office.owner.post("/webhooks", {**body, "triggerSource": [id_, unknown]})
        assert answer.refusal == REFUSED
        assert answer.message.endswith("doesn't belong to Workspace")
        assert office.owner.post("/webhooks", {**body, "triggerSource": []}).refusal == REFUSED
        assert office.owner.post("/webhooks", {**body, "webhookEvent": "NEW_CLIENT"}).refusal == REFUSED
    for kind, event in (("EXPENSE_ID", "EXPENSE_CREATED"), ("ASSIGNMENT_ID", "ASSIGNMENT_CREATED")):
        body = {**HOOK, "webhookEvent": event, "triggerSourceType": kind, "triggerSource": [unknown]}
        assert office.owner.post("/webhooks", body).refusal == REFUSED


@pytest.mark.parametrize("event", ["USER_UPDATED", "USER_EMAIL_CHANGED"])
def test_changes_of_people_are_told_of_named_people_only(office: Office, event: str) -> None:
    assert office.owner.post("/webhooks", {**HOOK, "webhookEvent": event}).refusal == REFUSED
    body = {**HOOK, "webhookEvent": event, "triggerSourceType": "USER_ID", "triggerSource": [office.member.id]}
    assert office.owner.post("/webhooks", body).status == 201


def test_somebody_and_a_workspace_have_a_limit(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    limited = Deployment(webhooks_per_user=2, webhooks_per_workspace=3)
    monkeypatch.setattr(office.server.runtime.pipeline, "deployment", limited)
    made = [office.owner.post("/webhooks", HOOK).status for _ in range(3)]
    assert made == [201, 201, 400]
    answer = office.owner.post("/webhooks", HOOK)
    assert answer.refusal == (400, 4033)
    assert answer.message == "You reached the limit of 2 webhooks of your own"
    assert office.admin.post("/webhooks", HOOK).status == 201
    answer = office.admin.post("/webhooks", HOOK)
    assert answer.message == "You reached the limit of 3 webhooks in this workspace"


def test_two_webhooks_may_be_the_same(office: Office) -> None:
    assert [office.owner.post("/webhooks", HOOK).status for _ in range(2)] == [201, 201]


def test_a_body_is_needed(office: Office) -> None:
    assert office.owner.post("/webhooks").refusal == UNREADABLE
