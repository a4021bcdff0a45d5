"""POST /addons: an add-on is installed from the address of its manifest."""

from typing import Any

import jwt
import pytest

from hourbook.journal.journal import iterate_since
from tests.addon_server import AddonServer, installed, own_path, tell
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Answer, Office


def install(office: Office, url: str) -> Answer:
    return office.owner.raw("POST", own_path(office), {"manifestUrl": url})


def test_nobody_installs_without_a_credential(office: Office, addon_server: AddonServer) -> None:
    body = {"manifestUrl": addon_server.manifest_url()}
    assert office.anonymous.raw("POST", own_path(office), body).refusal == NO_CREDENTIAL


def test_nobody_installs_in_a_foreign_workspace(office: Office, addon_server: AddonServer) -> None:
    body = {"manifestUrl": addon_server.manifest_url()}
    assert office.outsider.raw("POST", own_path(office), body).refusal == DENIED


def test_members_and_managers_cannot_install(office: Office, addon_server: AddonServer) -> None:
    body = {"manifestUrl": addon_server.manifest_url()}
    for person in (office.member, office.manager):
        assert person.raw("POST", own_path(office), body).refusal == DENIED


def test_an_admin_installs_and_sees_what_the_manifest_says(office: Office, addon_server: AddonServer) -> None:
    answer = office.admin.raw("POST", own_path(office), {"manifestUrl": addon_server.manifest_url()})
    assert answer.status == 201, answer
    body = answer.body
    assert (body["key"], body["name"], body["status"]) == ("example-addon-key", "An example", "ACTIVE")
    assert body["scopes"] == ["TAG_WRITE", "TIME_ENTRY_READ"]
    assert body["webhookEvents"] == ["NEW_TIME_ENTRY"]
    assert body["installedBy"] == office.admin.id
    assert body["iconUrl"] == addon_server.url + "/icon.png"
    assert body["components"][0]["url"] == addon_server.url + "/sidebar"
    assert [(call["type"], call["state"], call["tries"]) for call in body["calls"]] == [("INSTALLED", "QUEUED", 0)]


def test_the_addon_is_told_in_the_recorded_shape(office: Office, addon_server: AddonServer) -> None:
    addon_id = installed(office, addon_server).body["id"]
    tell(office)
    (heard,) = addon_server.told("INSTALLED")
    assert heard.headers["content-type"] == "application/json"
    body = heard.body
    assert list(body) == ["addonId", "authToken", "workspaceId", "asUser", "apiUrl", "addonUserId", "webhooks"]
    assert body["addonId"] == addon_id
    assert body["workspaceId"] == office.workspace_id
    assert body["asUser"] == office.owner.id
    assert body["apiUrl"] == office.server.runtime.pipeline.deployment.base_url + "/api"
    (hook,) = body["webhooks"]
    assert (hook["path"], hook["webhookType"]) == ("/webhooks/new-time-entry", "ADDON")


def test_the_tokens_have_the_recorded_claims_and_are_signed_with_the_published_key(
    office: Office, addon_server: AddonServer
) -> None:
    addon_id = installed(office, addon_server).body["id"]
    tell(office)
    (heard,) = addon_server.told("INSTALLED")
    pem = office.anonymous.raw("GET", "/api/hourbook/v1/signing-keys/pem").content
    base = office.server.runtime.pipeline.deployment.base_url
    bare = {
        "iss": "clockify",
        "sub": "example-addon-key",
        "type": "addon",
        "workspaceId": office.workspace_id,
        "addonId": addon_id,
    }
    full = {
        **bare,
        "user": office.owner.id,
        "backendUrl": base + "/api",
        "reportsUrl": base + "/report",
        "ptoUrl": base + "/pto",
        "locationsUrl": base + "/locations",
        "screenshotsUrl": base + "/screenshots",
    }
    tokens = {
        heard.body["authToken"]: full,
        heard.body["webhooks"][0]["authToken"]: bare,
        heard.headers["x-addon-lifecycle-token"]: bare,
    }
    for token, claims in tokens.items():
        header = jwt.get_unverified_header(token)
        assert (header["alg"], header["typ"]) == ("RS256", "JWT")
        assert jwt.decode(token, pem.decode(), algorithms=["RS256"]) == claims


def test_its_webhooks_are_there_and_listed(office: Office, addon_server: AddonServer) -> None:
    addon_id = installed(office, addon_server).body["id"]
    tell(office)
    answer = office.owner.get(f"/addons/{addon_id}/webhooks")
    assert answer.body["workspaceWebhookCount"] == 1
    (webhook,) = answer.body["webhooks"]
    assert webhook["url"] == addon_server.url + "/webhooks/new-time-entry"
    assert webhook["webhookEvent"] == "NEW_TIME_ENTRY"
    assert webhook["authToken"] == addon_server.told("INSTALLED")[0].body["webhooks"][0]["authToken"]
    assert office.owner.get("/webhooks", type="ADDON").body["webhooks"] == [webhook]


def test_an_addon_is_installed_once(office: Office, addon_server: AddonServer) -> None:
    assert installed(office, addon_server).status == 201
    answer = installed(office, addon_server)
    assert answer.refusal == REFUSED
    assert "already installed" in answer.message


def test_what_cannot_be_fetched_is_refused_with_the_reason(office: Office, addon_server: AddonServer) -> None:
    url = addon_server.manifest_url()
    addon_server.statuses["/manifest/example-addon-key"] = 404
    assert "the answer is 404" in install(office, url).message
    addon_server.bodies["/none"] = b"<html>"
    assert "no JSON" in install(office, addon_server.url + "/none").message
    addon_server.close()
    assert "no connection" in install(office, url).message


@pytest.mark.parametrize(
    "url",
    ["http://10.0.0.1/manifest", "https://169.254.169.254/m", "http://[::1]/m", "file:///etc/passwd", "nonsense", ""],
)
def test_a_manifest_is_only_fetched_where_servers_may_be_asked(office: Office, url: str) -> None:
    answer = install(office, url)
    assert answer.refusal == REFUSED, answer
    assert "The manifest can't be read" in answer.message


def test_the_addons_own_server_must_be_one_that_may_be_asked(office: Office, addon_server: AddonServer) -> None:
    addon_server.manifest = {"baseUrl": "http://10.0.0.1"}
    answer = installed(office, addon_server)
    assert answer.refusal == REFUSED
    assert "baseUrl" in answer.message


def test_a_body_without_an_address_is_refused(office: Office) -> None:
    assert office.owner.raw("POST", own_path(office), {}).refusal == UNREADABLE
    assert office.owner.raw("POST", own_path(office)).refusal == UNREADABLE


def test_a_failure_leaves_it_installed_and_the_admin_sees_why(office: Office, addon_server: AddonServer) -> None:
    addon_server.statuses["/lifecycle/installed"] = 500
    addon_id = installed(office, addon_server).body["id"]
    tell(office)
    (call,) = office.owner.raw("GET", own_path(office, f"/{addon_id}")).body["calls"]
    assert (call["state"], call["tries"], call["reason"]) == ("QUEUED", 1, "the answer is 500")
    addon_server.statuses.clear()
    office.clock.move(6)
    tell(office)
    (call,) = office.owner.raw("GET", own_path(office, f"/{addon_id}")).body["calls"]
    assert (call["state"], call["tries"], call["reason"], call["nextTryAt"]) == ("SENT", 2, "", None)
    assert len(addon_server.told("INSTALLED")) == 2


def test_the_workspaces_limit_of_webhooks_counts_those_of_addons(office: Office, addon_server: AddonServer) -> None:
    events = ["NEW_TAG", "TAG_UPDATED", "TAG_DELETED", "NEW_CLIENT", "CLIENT_UPDATED", "CLIENT_DELETED", "NEW_PROJECT"]
    addon_server.manifest = {"webhooks": [{"event": event, "path": f"/{event}"} for event in events]}
    for number in range(14):
        assert installed(office, addon_server, f"addon-{number}").status == 201
    answer = installed(office, addon_server, "one-too-many")
    assert (answer.status, answer.code) == (400, 4033)
    assert office.owner.get("/webhooks").body["workspaceWebhookCount"] == 98


def test_it_is_journaled_without_values_of_settings(office: Office, addon_server: AddonServer) -> None:
    addon_id = installed(office, addon_server).body["id"]
    change = [{"id": "s1", "value": "a secret of another service"}]
    assert office.owner.raw("PATCH", own_path(office, f"/{addon_id}/settings"), change).status == 200
    rows: list[Any] = office.read(lambda tx: list(iterate_since(tx, 0)))
    assert {"ADDON_INSTALLED", "WEBHOOK_CREATED", "ADDON_SETTINGS_UPDATED"} <= {row.event for row in rows}
    assert not [row for row in rows if "a secret of another service" in repr((row.before, row.after))]
