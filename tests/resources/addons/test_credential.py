"""X-Addon-Token as a credential: which tokens open the API, for whom, where, and until when."""

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from hourbook.access.addon_keys import list_keys, private_half
from hourbook.journal.journal import iterate_since
from tests.addon_server import AddonPerson, AddonServer, own_path, speaking, tell, token_of
from tests.harness import DENIED, Answer, Office, Person
from tests.resources.shared_reports.sharing import opened, share

BAD_TOKEN = (401, 4017)
EVERY_SCOPE = ["TAG_READ", "TAG_WRITE", "USER_READ", "WORKSPACE_READ", "TIME_ENTRY_WRITE", "TIME_ENTRY_READ"]


@pytest.fixture
def addon(office: Office, addon_server: AddonServer) -> AddonPerson:
    return speaking(office, token_of(office, addon_server, scopes=EVERY_SCOPE))


def claims_of(token: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def signed(office: Office, claims: dict[str, Any], **header: Any) -> str:
    """A token of the server's own key, saying anything."""
    key = office.read(list_keys)[0]
    private = private_half(key, office.server.runtime.secrets)
    return jwt.encode(claims, private, "RS256", headers={"kid": key.key_id, **header})


def signed_as_it_is(office: Office, claims: dict[str, Any]) -> str:
    """The same for claims that no library would sign."""
    return signed_bytes(office, json.dumps(claims).encode())


def signed_bytes(office: Office, content: bytes, **header: Any) -> str:
    """A token of the server's own key with any content."""
    key = office.read(list_keys)[0]
    private = private_half(key, office.server.runtime.secrets)
    head = json.dumps({"alg": "RS256", "typ": "JWT", "kid": key.key_id, **header}).encode()
    parts = [base64.urlsafe_b64encode(one).rstrip(b"=") for one in (head, content)]
    signature = private.sign(b".".join(parts), padding.PKCS1v15(), hashes.SHA256())
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


def refused(office: Office, token: str) -> bool:
    return speaking(office, token).get("/tags").refusal == BAD_TOKEN


def test_an_installation_token_acts_as_the_owner(office: Office, addon: AddonPerson) -> None:
    assert addon.get("/tags").status == 200
    assert addon.raw("GET", "/api/v1/user").body["id"] == office.owner.id
    assert addon.raw("GET", f"/api/v1/workspaces/{office.workspace_id}").body["id"] == office.workspace_id


def test_what_it_changes_is_journaled_as_the_addons(office: Office, addon: AddonPerson) -> None:
    assert addon.post("/tags", {"name": "by the add-on"}).status == 201
    row = office.read(lambda tx: list(iterate_since(tx, 0)))[-1]
    assert (row.event, row.actor_kind, row.auth, row.actor_id) == ("NEW_TAG", "addon", "addon_token", office.owner.id)


def test_a_token_of_another_key_is_refused(office: Office, addon: AddonPerson) -> None:
    claims, header = claims_of(str(addon.key)), jwt.get_unverified_header(str(addon.key))
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert refused(office, jwt.encode(claims, other, "RS256", headers={"kid": header["kid"]}))
    assert refused(office, jwt.encode(claims, other, "RS256", headers={"kid": "unknown"}))
    assert refused(office, jwt.encode(claims, other, "RS256"))


def test_other_algorithms_are_refused(office: Office, addon: AddonPerson) -> None:
    claims, header = claims_of(str(addon.key)), jwt.get_unverified_header(str(addon.key))
    key = office.read(list_keys)[0]
    private = private_half(key, office.server.runtime.secrets)
    for algorithm in ("RS384", "PS256"):
        assert refused(office, jwt.encode(claims, private, algorithm, headers={"kid": header["kid"]}))
    parts = [json.dumps(one).encode() for one in ({"alg": "none", "typ": "JWT", "kid": header["kid"]}, claims)]
    assert refused(office, ".".join(base64.urlsafe_b64encode(one).decode().rstrip("=") for one in parts) + ".")
    # The public key as the secret of a symmetric signature: the oldest trick there is. The library would not sign so.
    parts[0] = json.dumps({"alg": "HS256", "typ": "JWT", "kid": header["kid"]}).encode()
    text = ".".join(base64.urlsafe_b64encode(one).decode().rstrip("=") for one in parts)
    mac = hmac.digest(key.public_pem.encode(), text.encode(), hashlib.sha256)
    assert refused(office, f"{text}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}")


@pytest.mark.parametrize("change", [{"iss": "other"}, {"type": "user"}, {"sub": "other-addon"}, {"user": "x"}])
def test_claims_must_be_ours(office: Office, addon: AddonPerson, change: dict[str, Any]) -> None:
    assert refused(office, signed(office, claims_of(str(addon.key)) | change))


@pytest.mark.parametrize("claim", ["iss", "type", "sub", "user", "workspaceId", "addonId"])
def test_no_claim_may_be_missing(office: Office, addon: AddonPerson, claim: str) -> None:
    claims = claims_of(str(addon.key))
    del claims[claim]
    assert refused(office, signed(office, claims))


@pytest.mark.parametrize(
    "more",
    [
        {"exp": 1},
        {"exp": True},
        {"exp": "tomorrow"},
        {"exp": 1e30},
        {"exp": -(10**400)},
        {"aud": "somebody else"},
        {"aud": ["clockify"]},
        {"nbf": 99_999_999_999},
        {"sub": 5},
        {"workspaceId": ["a" * 24]},
        {"addonId": None},
        {"user": "A" * 25},
        {"user": "\0" * 24},
    ],
)
def test_odd_claims_are_no_credential(office: Office, addon: AddonPerson, more: dict[str, Any]) -> None:
    """Even though the server's own key signed them."""
    assert refused(office, signed_as_it_is(office, claims_of(str(addon.key)) | more))


@pytest.mark.parametrize("content", [b"[]", b'"words"', b"5", b"null", b"", b"{", b"\xff", b"[" * 3000])
def test_what_is_signed_but_no_claims_is_refused(office: Office, addon: AddonPerson, content: bytes) -> None:
    assert refused(office, signed_bytes(office, content))


@pytest.mark.parametrize("header", [{"kid": None}, {"kid": 5}, {"kid": ["a"]}, {"crit": ["b64"], "b64": False}])
def test_odd_headers_are_refused(office: Office, addon: AddonPerson, header: dict[str, Any]) -> None:
    content = json.dumps(claims_of(str(addon.key))).encode()
    assert refused(office, signed_bytes(office, content, **header))


def test_an_unknown_installation_is_refused(office: Office, addon: AddonPerson) -> None:
    claims = claims_of(str(addon.key))
    assert refused(office, signed(office, claims | {"addonId": "f" * 24}))
    assert refused(office, signed(office, claims | {"workspaceId": office.outsider_workspace_id}))


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é", "x" * 10_000, "null", "{}", "."])
def test_what_is_no_token_is_refused(office: Office, token: str) -> None:
    assert speaking(office, token).get("/tags").refusal == BAD_TOKEN


def test_tokens_of_webhooks_and_of_the_lifecycle_open_nothing(office: Office, addon_server: AddonServer) -> None:
    token_of(office, addon_server)
    (heard,) = addon_server.told("INSTALLED")
    assert refused(office, heard.body["webhooks"][0]["authToken"])
    assert refused(office, heard.headers["x-addon-lifecycle-token"])


def test_two_credentials_are_none(office: Office, addon: AddonPerson) -> None:
    headers = {"x-addon-token": str(addon.key)}
    answer = office.owner.raw("GET", f"/api/v1/workspaces/{office.workspace_id}/tags", headers=headers)
    assert answer.refusal == (401, 1000)


def test_a_header_sent_twice_or_joined_is_refused(office: Office, addon: AddonPerson) -> None:
    path = f"/api/v1/workspaces/{office.workspace_id}/tags"
    token = str(addon.key)

    def ask(*values: str) -> Answer:
        headers = [(b"x-addon-token", value.encode()) for value in values]
        return office.server.ask("GET", path, headers=headers)

    assert ask(token).status == 200
    assert ask(token, token).refusal == BAD_TOKEN
    assert ask("nonsense", token).refusal == BAD_TOKEN
    assert ask(f"{token},{token}").refusal == BAD_TOKEN
    assert ask(f"{token}, nonsense").refusal == BAD_TOKEN


def test_the_services_of_reports_take_it_by_another_name_too(office: Office, addon_server: AddonServer) -> None:
    token = token_of(office, addon_server, scopes=["REPORTS_READ"])
    path = f"/report/v1/workspaces/{office.workspace_id}/shared-reports"
    assert office.anonymous.raw("GET", path, headers={"x-addon-key": token}).status == 200
    assert office.anonymous.raw("GET", path, headers={"x-addon-token": token}).status == 200


def test_another_workspace_is_closed_even_where_the_owner_is_a_member(office: Office, addon: AddonPerson) -> None:
    made = office.owner.raw("POST", "/api/v1/workspaces", {"name": "Second"}).body["id"]
    assert office.owner.at(made).get("/tags").status == 200
    assert addon.raw("GET", f"/api/v1/workspaces/{made}/tags").refusal == DENIED


def test_of_its_person_it_learns_nothing_of_other_workspaces(office: Office, addon: AddonPerson) -> None:
    made = office.owner.raw("POST", "/api/v1/workspaces", {"name": "Second"}).body["id"]
    assert office.owner.raw("PATCH", "/api/hourbook/v1/user/settings", {"activeWorkspace": made}).status == 200
    query = {"include-memberships": "true"}
    assert made in repr(office.owner.raw("GET", "/api/v1/user", query=query).body["memberships"])
    told = addon.raw("GET", "/api/v1/user", query=query).body
    assert made not in repr(told)
    assert (told["activeWorkspace"], told["defaultWorkspace"]) == (office.workspace_id, office.workspace_id)
    assert office.workspace_id in repr(told["memberships"])


def test_a_report_of_another_workspace_is_not_opened_for_its_person(office: Office, addon_server: AddonServer) -> None:
    token = token_of(office, addon_server, scopes=["REPORTS_READ"])
    made = office.owner.raw("POST", "/api/v1/workspaces", {"name": "Second"}).body["id"]
    here, there = (share(person, isPublic=False)["id"] for person in (office.owner, office.owner.at(made)))
    assert opened(office.owner, there).status == 200
    assert opened(speaking(office, token), here).status == 200
    assert opened(speaking(office, token), there).refusal == opened(office.outsider, there).refusal


def test_it_dies_with_the_installation_at_once(office: Office, addon: AddonPerson, addon_server: AddonServer) -> None:
    assert addon.get("/tags").status == 200
    addon_id = claims_of(str(addon.key))["addonId"]
    assert office.owner.raw("DELETE", own_path(office, f"/{addon_id}")).status == 204
    assert addon.get("/tags").refusal == BAD_TOKEN
    addon_server.heard.clear()
    assert speaking(office, token_of(office, addon_server)).get("/tags").status in (200, 403)
    assert addon.get("/tags").refusal == BAD_TOKEN


def test_it_sleeps_while_the_addon_is_inactive(office: Office, addon: AddonPerson) -> None:
    assert addon.get("/tags").status == 200
    path = own_path(office, f"/{claims_of(str(addon.key))['addonId']}")
    assert office.owner.raw("PATCH", path, {"status": "INACTIVE"}).status == 200
    assert addon.get("/tags").refusal == BAD_TOKEN
    assert office.owner.raw("PATCH", path, {"status": "ACTIVE"}).status == 200
    assert addon.get("/tags").status == 200


def test_it_outlives_the_owner_it_names(office: Office, addon: AddonPerson) -> None:
    path = f"/api/hourbook/v1/workspaces/{office.workspace_id}/owner"
    assert office.owner.raw("PUT", path, {"userId": office.admin.id}).status == 204
    assert addon.raw("GET", "/api/v1/user").body["id"] == office.admin.id


def test_the_allowed_addresses_of_the_workspace_bind_it_too(office: Office, addon: AddonPerson) -> None:
    office.set(allowed_networks=("192.0.2.1",))
    assert addon.get("/tags").refusal == (403, 1006)


# --- user tokens -----------------------------------------------------------------------------------


def user_token(office: Office, addon: AddonPerson, user_id: str) -> str:
    answer = addon.raw("POST", f"/api/addon/user/{user_id}/token")
    assert answer.status == 200, answer
    assert isinstance(answer.body, str)
    return answer.body


def test_an_addon_gets_a_token_of_a_member(office: Office, addon: AddonPerson) -> None:
    claims = claims_of(user_token(office, addon, office.member.id))
    installation = claims_of(str(addon.key))
    extra = {name: claims.pop(name) for name in ("language", "theme", "workspaceRole", "exp")}
    assert claims == installation | {"user": office.member.id}
    assert extra == {"language": "EN", "theme": "DEFAULT", "workspaceRole": "USER", "exp": office.clock.now_s + 1800}


def test_the_role_in_it_is_the_members_highest(office: Office, addon: AddonPerson) -> None:
    for person, role in ((office.owner, "OWNER"), (office.admin, "WORKSPACE_ADMIN"), (office.lead, "TEAM_MANAGER")):
        assert claims_of(user_token(office, addon, person.id))["workspaceRole"] == role


def test_with_it_the_addon_acts_as_the_member(office: Office, addon: AddonPerson) -> None:
    member = speaking(office, user_token(office, addon, office.member.id))
    assert member.raw("GET", "/api/v1/user").body["id"] == office.member.id
    others = f"/user/{office.owner.id}/time-entries"
    body = {"start": "2026-05-20T08:00:00Z", "end": "2026-05-20T09:00:00Z"}
    assert member.post(others, body).refusal == DENIED
    assert addon.post(others, body).status == 201


def test_it_ends_after_half_an_hour(office: Office, addon: AddonPerson) -> None:
    member = speaking(office, user_token(office, addon, office.member.id))
    office.clock.move(1799)
    assert member.get("/tags").status == 200
    office.clock.move(1)
    assert member.get("/tags").refusal == BAD_TOKEN
    assert addon.get("/tags").status == 200


def test_it_opens_nothing_for_whoever_left(office: Office, addon: AddonPerson) -> None:
    member = speaking(office, user_token(office, addon, office.member.id))
    assert office.owner.put(f"/users/{office.member.id}", {"status": "INACTIVE"}).status == 200
    assert member.get("/tags").refusal == DENIED


def test_it_opens_nothing_for_whoever_was_removed_or_erased(office: Office, addon: AddonPerson) -> None:
    gone = office.hire("Gone Guest")
    token = user_token(office, addon, gone.id)
    assert speaking(office, token).get("/tags").status == 200
    path = f"/api/hourbook/v1/workspaces/{office.workspace_id}/members/{gone.id}"
    assert office.owner.raw("DELETE", path).status == 204
    assert speaking(office, token).get("/tags").refusal == DENIED
    assert addon.raw("POST", f"/api/addon/user/{gone.id}/token").refusal == (400, 501)
    erased = office.hire("Erased Guest")
    token = user_token(office, addon, erased.id)
    assert erased.raw("POST", "/api/hourbook/v1/user/erase", {"confirmation": erased.email}).status in (200, 204)
    assert speaking(office, token).get("/tags").refusal in (DENIED, BAD_TOKEN)
    assert addon.raw("POST", f"/api/addon/user/{erased.id}/token").refusal == (400, 501)


def test_a_user_token_makes_no_other(office: Office, addon: AddonPerson) -> None:
    member = speaking(office, user_token(office, addon, office.member.id))
    assert member.raw("POST", f"/api/addon/user/{office.owner.id}/token").refusal == DENIED


def test_a_stranger_has_none(office: Office, addon: AddonPerson) -> None:
    for user_id in (office.outsider.id, "f" * 24, "nonsense", office.limited.id):
        answer = addon.raw("POST", f"/api/addon/user/{user_id}/token")
        assert (answer.status, answer.message) == (400, "User doesn't belong to Workspace")


def test_nobody_else_asks_for_one(office: Office) -> None:
    assert office.anonymous.raw("POST", f"/api/addon/user/{office.member.id}/token").refusal == (401, 1000)
    assert office.owner.raw("POST", f"/api/addon/user/{office.member.id}/token").refusal == (400, 501)


def test_a_member_gets_one_for_opening_the_addon(office: Office, addon: AddonPerson) -> None:
    path = own_path(office, f"/{claims_of(str(addon.key))['addonId']}/user-token")
    answer = office.member.raw("POST", path)
    assert answer.status == 200, answer
    assert claims_of(answer.body["token"])["user"] == office.member.id
    assert speaking(office, answer.body["token"]).get("/tags").status == 200
    assert office.anonymous.raw("POST", path).refusal == (401, 1000)
    assert office.outsider.raw("POST", path).refusal == DENIED


def test_a_key_that_only_looks_gets_a_token_that_only_looks(office: Office, addon: AddonPerson) -> None:
    key = office.member.raw("POST", "/api/hourbook/v1/api-keys", {"name": "Looks", "readOnly": True}).body["apiKey"]
    office.server.secrets.append(key)
    path = own_path(office, f"/{claims_of(str(addon.key))['addonId']}/user-token")
    looking = Person(office.server, office.workspace_id, office.member.id, key)
    token = looking.raw("POST", path).body["token"]
    assert claims_of(token)["readOnly"] is True
    assert speaking(office, token).get("/tags").status == 200
    assert speaking(office, token).post("/tags", {"name": "x"}).refusal == (403, 1007)
    assert "readOnly" not in claims_of(office.member.raw("POST", path).body["token"])


def test_a_member_gets_none_for_pages_of_admins(office: Office, addon_server: AddonServer) -> None:
    page = {"type": "widget", "accessLevel": "ADMINS", "path": "/w", "label": "W"}
    token = token_of(office, addon_server, components=[page])
    path = own_path(office, f"/{claims_of(token)['addonId']}/user-token")
    assert office.member.raw("POST", path).refusal == (400, 501)
    assert office.admin.raw("POST", path).status == 200
    assert office.owner.raw("PATCH", path.removesuffix("/user-token"), {"status": "INACTIVE"}).status == 200
    assert office.admin.raw("POST", path).refusal == (400, 501)


def test_all_calls_are_told_once(office: Office, addon: AddonPerson, addon_server: AddonServer) -> None:
    tell(office)
    assert len(addon_server.told("INSTALLED")) == 1
