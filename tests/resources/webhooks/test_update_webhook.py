"""PUT .../webhooks/{id} and PATCH .../webhooks/{id}/token."""

from typing import Any

import msgspec
import pytest

from hourbook.journal.journal import read_since
from hourbook.resources.webhooks.store import WEBHOOK
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Office

HOOK: dict[str, Any] = {
    "url": "https://receiver.example/hook",
    "webhookEvent": "NEW_TAG",
    "triggerSourceType": "WORKSPACE_ID",
    "triggerSource": [],
    "name": "My hook",
}
OTHER = {**HOOK, "url": "https://other.example/", "webhookEvent": "NEW_CLIENT", "name": "Other"}
UNKNOWN = "0123456789abcdef01234567"


@pytest.fixture
def made(office: Office) -> dict[str, Any]:
    answer = office.owner.post("/webhooks", HOOK)
    assert answer.status == 201
    found: dict[str, Any] = answer.body
    return found


def test_only_owner_and_admins_change_webhooks(office: Office, made: dict[str, Any]) -> None:
    for method, path, body in (("PUT", "", OTHER), ("PATCH", "/token", None)):
        full = f"/api/v1/workspaces/{office.workspace_id}/webhooks/{made['id']}{path}"
        assert office.anonymous.raw(method, full, body).refusal == NO_CREDENTIAL
        for person in (office.outsider, office.member, office.manager):
            assert person.raw(method, full, body).refusal == DENIED


def test_a_webhook_is_replaced_and_keeps_its_token(office: Office, made: dict[str, Any]) -> None:
    answer = office.admin.put(f"/webhooks/{made['id']}", OTHER)
    assert answer.status == 200
    kept = {name: value for name, value in made.items() if name != "signingSecret"}
    changed = {"url": OTHER["url"], "webhookEvent": "NEW_CLIENT", "name": "Other"}
    assert answer.body == {**kept, **changed}


def test_without_a_name_it_keeps_its_own(office: Office, made: dict[str, Any]) -> None:
    body = {name: value for name, value in OTHER.items() if name != "name"}
    assert office.owner.put(f"/webhooks/{made['id']}", body).body["name"] == "My hook"


@pytest.mark.parametrize(
    "change",
    [{"name": "x"}, {"url": "http://10.0.0.1/"}, {"url": None}, {"triggerSource": [UNKNOWN]}, {"webhookEvent": None}],
)
def test_what_could_not_be_made_cannot_be_saved(office: Office, made: dict[str, Any], change: dict[str, Any]) -> None:
    assert office.owner.put(f"/webhooks/{made['id']}", {**OTHER, **change}).refusal == REFUSED
    assert office.owner.get(f"/webhooks/{made['id']}").body["url"] == HOOK["url"]


def test_an_unknown_webhook_is_refused(office: Office) -> None:
    assert office.owner.put(f"/webhooks/{UNKNOWN}", OTHER).message == "Webhook doesn't belong to Workspace"
    assert office.owner.patch(f"/webhooks/{UNKNOWN}/token").message == "Webhook doesn't belong to Workspace"


def test_saving_switches_deliveries_on_again(office: Office, made: dict[str, Any]) -> None:
    def give_up(tx: Any) -> None:
        before = tx.get(WEBHOOK, made["id"])
        tx.update(WEBHOOK, before, msgspec.structs.replace(before, delivery_enabled=False))

    office.write(give_up)
    assert office.owner.get(f"/webhooks/{made['id']}").body["deliveryEnabled"] is False
    assert office.owner.put(f"/webhooks/{made['id']}", HOOK).body["deliveryEnabled"] is True


def test_an_admin_who_saves_it_answers_for_a_webhook_whose_maker_is_none_any_more(office: Office) -> None:
    made = office.admin.post("/webhooks", HOOK).body
    assert office.owner.put(f"/webhooks/{made['id']}", OTHER).body["userId"] == office.admin.id
    path = f"/users/{office.admin.id}/roles"
    body = {"entityId": office.workspace_id, "role": "WORKSPACE_ADMIN"}
    assert office.owner.delete(path, body).status in (200, 204)
    assert office.owner.put(f"/webhooks/{made['id']}", HOOK).body["userId"] == office.owner.id


def test_a_new_token_comes_with_a_new_secret_shown_once(office: Office, made: dict[str, Any]) -> None:
    answer = office.admin.patch(f"/webhooks/{made['id']}/token")
    assert answer.status == 200
    assert answer.body.keys() == made.keys()
    for name in ("authToken", "signingSecret"):
        assert answer.body[name] != made[name]
    assert len(answer.body["authToken"]) == 32
    shown = office.owner.get(f"/webhooks/{made['id']}").body
    assert shown == {name: value for name, value in answer.body.items() if name != "signingSecret"}


def test_the_journal_says_who_did_what_and_keeps_no_secret(office: Office, made: dict[str, Any]) -> None:
    office.owner.put(f"/webhooks/{made['id']}", OTHER)
    rotated = office.admin.patch(f"/webhooks/{made['id']}/token").body
    office.admin.delete(f"/webhooks/{made['id']}")
    rows = [row for row in office.read(lambda tx: read_since(tx, 0)) if row.kind == "WEBHOOK"]
    assert [(row.event, row.actor_id) for row in rows] == [
        ("WEBHOOK_CREATED", office.owner.id),
        ("WEBHOOK_UPDATED", office.owner.id),
        ("WEBHOOK_TOKEN_CHANGED", office.admin.id),
        ("WEBHOOK_DELETED", office.admin.id),
    ]
    kept = repr(rows)
    for name in ("auth_token", "signing_secret"):
        assert name not in kept
    assert rotated["authToken"] not in kept
