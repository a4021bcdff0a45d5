"""GET .../webhooks, .../webhooks/{id}, .../addons/{id}/webhooks; DELETE .../webhooks/{id}."""

from typing import Any

import msgspec
import pytest

from hourbook.resources.webhooks import actions
from hourbook.resources.webhooks.store import WEBHOOK
from tests.harness import DENIED, NO_CREDENTIAL, Office, Person

HOOK: dict[str, Any] = {
    "url": "https://receiver.example/hook",
    "webhookEvent": "NEW_TAG",
    "triggerSourceType": "WORKSPACE_ID",
    "triggerSource": [],
}
UNKNOWN = "0123456789abcdef01234567"
ADDON = "aaaaaaaaaaaaaaaaaaaaaaaa"


def make(person: Person, **more: Any) -> dict[str, Any]:
    answer = person.post("/webhooks", {**HOOK, **more})
    assert answer.status == 201, answer
    made: dict[str, Any] = answer.body
    made.pop("signingSecret")
    return made


def make_of_addon(office: Office) -> str:
    """A webhook as an installed add-on brings it."""
    template = make(office.owner, name="Of an add-on")

    def work(tx: Any) -> str:
        webhook = tx.get(WEBHOOK, template["id"])
        actions.add(
            tx, msgspec.structs.replace(webhook, id=tx.new_id(), addon_id=ADDON, name="Add-on"), after_revision=0
        )
        return str(tx.changes[-1].entity_id)

    found: str = office.write(work)
    assert office.owner.delete(f"/webhooks/{template['id']}").status == 200
    return found


@pytest.mark.parametrize("path", ["/webhooks", f"/webhooks/{UNKNOWN}", f"/addons/{UNKNOWN}/webhooks"])
def test_webhooks_are_shown_to_owner_and_admins_alone(office: Office, path: str) -> None:
    assert office.anonymous.get(path).refusal == NO_CREDENTIAL
    for person in (office.outsider, office.member, office.manager):
        assert person.get(path).refusal == DENIED
    for person in (office.owner, office.admin):
        assert person.get(path).status == (400 if path.startswith("/webhooks/") else 200)


def test_a_workspace_without_webhooks_has_an_empty_list(office: Office) -> None:
    assert office.owner.get("/webhooks").body == {"webhooks": [], "workspaceWebhookCount": 0}


def test_all_webhooks_are_listed_whoever_made_them_and_whatever_page_is_asked_for(office: Office) -> None:
    made = [make(office.owner), make(office.admin, name="Other")]
    answer = office.admin.get("/webhooks", page=3, page_size=1)
    assert answer.status == 200
    assert answer.body == {"webhooks": made, "workspaceWebhookCount": 2}


def test_a_list_may_ask_for_one_kind(office: Office) -> None:
    addon_id = make_of_addon(office)
    mine = make(office.owner)["id"]
    found = {
        kind: [one["id"] for one in office.owner.get("/webhooks", type=kind).body["webhooks"]]
        for kind in ("USER_CREATED", "ADDON", "SYSTEM", None)
    }
    assert found == {"USER_CREATED": [mine], "ADDON": [addon_id], "SYSTEM": [], None: [addon_id, mine]}
    assert office.owner.get("/webhooks", type="OTHER").refusal == (400, 501)


def test_an_unknown_addon_has_no_webhooks(office: Office) -> None:
    make(office.owner)
    answer = office.owner.get(f"/addons/{UNKNOWN}/webhooks")
    assert (answer.status, answer.body) == (200, {"webhooks": [], "workspaceWebhookCount": 0})


def test_an_addon_has_its_own_webhooks_until_they_are_taken_away(office: Office) -> None:
    addon_id = make_of_addon(office)
    make(office.owner)
    answer = office.owner.get(f"/addons/{ADDON}/webhooks").body
    assert [one["id"] for one in answer["webhooks"]] == [addon_id]
    assert answer["workspaceWebhookCount"] == 1
    office.write(lambda tx: actions.delete_of_addon(tx, ADDON))
    assert office.owner.get(f"/addons/{ADDON}/webhooks").body["webhooks"] == []
    assert len(office.owner.get("/webhooks").body["webhooks"]) == 1


def test_one_webhook_is_read(office: Office) -> None:
    made = make(office.owner)
    assert office.admin.get(f"/webhooks/{made['id']}").body == made


@pytest.mark.parametrize("id_", [UNKNOWN, "events", "x", "%20"])
def test_an_id_that_nothing_has_is_answered_in_the_recorded_words(office: Office, id_: str) -> None:
    answer = office.owner.get(f"/webhooks/{id_}")
    assert answer.refusal == (400, 501)
    assert answer.message == "Webhook doesn't belong to Workspace"


def test_routes_that_were_recorded_as_none_are_none(office: Office) -> None:
    made = make(office.owner)
    assert office.owner.get(f"/webhooks/{made['id']}/events").refusal == (404, 3000)
    answer = office.owner.get(f"/webhooks/{made['id']}/logs")
    assert (answer.refusal, answer.headers["allow"]) == ((405, 3000), "POST")
    answer = office.owner.get(f"/webhooks/{made['id']}/token")
    assert (answer.refusal, answer.message) == ((405, 3000), "Request method 'GET' is not supported")
    assert office.owner.patch(f"/webhooks/{made['id']}/generateNewToken").refusal == (404, 3000)


def test_a_deleted_webhook_is_gone_and_the_answer_is_empty(office: Office) -> None:
    made = make(office.owner)
    path = f"/webhooks/{made['id']}"
    assert office.member.delete(path).refusal == DENIED
    answer = office.admin.delete(path)
    assert (answer.status, answer.content) == (200, b"")
    for again in (office.admin.delete(path), office.admin.get(path)):
        assert again.refusal == (400, 501)
    assert office.owner.get("/webhooks").body["workspaceWebhookCount"] == 0


def test_lists_take_the_same_number_of_statements_however_long_they_are(office: Office, statement_count: Any) -> None:
    make(office.owner)
    few = statement_count(lambda: office.owner.get("/webhooks"))
    for _ in range(8):
        make(office.owner)
    assert statement_count(lambda: office.owner.get("/webhooks")) == few


# --- people who go -------------------------------------------------------------------------------------


def test_webhooks_of_somebody_who_leaves_become_the_owners(office: Office) -> None:
    made = make(office.admin)
    path = f"/api/hourbook/v1/workspaces/{office.workspace_id}/members/{office.admin.id}"
    assert office.owner.raw("DELETE", path).status in (200, 204)
    assert office.owner.get(f"/webhooks/{made['id']}").body == {**made, "userId": office.owner.id}


def test_webhooks_of_somebody_who_is_erased_become_the_owners(office: Office) -> None:
    made = make(office.admin)
    path = f"/api/hourbook/v1/workspaces/{office.workspace_id}/users/{office.admin.id}/erase"
    answer = office.owner.raw("POST", path, {"confirmation": office.admin.email})
    assert answer.status == 200, answer
    assert office.owner.get(f"/webhooks/{made['id']}").body["userId"] == office.owner.id


def test_a_source_that_vanishes_stays_in_the_webhook(office: Office) -> None:
    """Its vanishing is told; then nothing matches any more."""
    tag = office.owner.post("/tags", {"name": "Urgent"}).body["id"]
    made = make(office.owner, webhookEvent="TAG_DELETED", triggerSourceType="TAG_ID", triggerSource=[tag])
    assert office.owner.delete(f"/tags/{tag}").status == 200
    assert office.owner.get(f"/webhooks/{made['id']}").body["triggerSource"] == [tag]
