"""What a session that one workspace's provider began may leave behind: nothing that reaches further than itself."""

from hourbook.access.tokens import csrf_token
from hourbook.resources.workspaces import actions as workspaces
from tests.harness import DENIED, REFUSED, Answer, Office, Person
from tests.identity_provider import IdentityProvider
from tests.own_surface import own
from tests.resources.single_sign_on.conftest import OWN, set_up
from tests.sign_ins import Browser, open_session


def browser_of(person: Person, *, method: str = "password") -> Browser:
    token = open_session(person, method=method).token
    return Browser(person, cookie=token, csrf=csrf_token(token))


def provider_session(office: Office) -> Browser:
    """The member, as the provider of the workspace let them in."""
    return browser_of(office.member, method=f"oidc:{office.workspace_id}")


def new_key(browser: Browser) -> dict[str, str]:
    made = browser.ask("POST", "/api-keys", {"name": "left behind"})
    assert made.status == 201, made
    browser.server.secrets.append(made.body["apiKey"])
    return made.body


def enter(office: Office, key: str, workspace_id: str) -> Answer:
    return office.anonymous.raw("GET", f"/api/v1/workspaces/{workspace_id}/tags", headers={"X-Api-Key": key})


def join_elsewhere(office: Office, person: Person) -> Office:
    other = Office(office.server)
    other.write(lambda tx: workspaces.add_member(tx, person.id))
    return other


def test_a_key_made_in_such_a_session_enters_the_one_workspace_and_ends_with_the_trust(office: Office) -> None:
    key = new_key(provider_session(office))["apiKey"]
    assert enter(office, key, office.workspace_id).status == 200
    other = join_elsewhere(office, office.member)
    assert enter(office, key, other.workspace_id).status == 401, "its provider is not the other workspace's"
    assert enter(office, key, office.workspace_id).status == 401


def test_a_bound_key_enters_no_other_workspace(office: Office) -> None:
    other = join_elsewhere(office, office.member)
    key = new_key(provider_session(office))["apiKey"]
    assert enter(office, key, office.workspace_id).status == 200
    assert enter(office, key, other.workspace_id).status == 403


def test_keys_made_by_a_bound_key_are_bound_too(office: Office) -> None:
    other = join_elsewhere(office, office.member)
    key = new_key(provider_session(office))["apiKey"]
    made = office.anonymous.raw("POST", f"{OWN}/api-keys", {"name": "next"}, headers={"X-Api-Key": key}).body
    office.server.secrets.append(made["apiKey"])
    assert enter(office, made["apiKey"], other.workspace_id).status == 403


def test_a_key_of_the_whole_account_is_bound_when_such_a_session_replaces_it(office: Office) -> None:
    other = join_elsewhere(office, office.member)
    whole = new_key(browser_of(office.member))
    assert enter(office, whole["apiKey"], other.workspace_id).status == 200
    rotated = provider_session(office).ask("POST", f"/api-keys/{whole['id']}/rotate", {}).body
    office.server.secrets.append(rotated["apiKey"])
    assert enter(office, rotated["apiKey"], office.workspace_id).status == 200
    assert enter(office, rotated["apiKey"], other.workspace_id).status == 403


def test_keys_of_the_whole_account_go_on_when_somebody_joins_elsewhere(office: Office) -> None:
    key = new_key(browser_of(office.member))["apiKey"]
    other = join_elsewhere(office, office.member)
    assert enter(office, key, other.workspace_id).status == 200


def test_whom_the_provider_let_in_cannot_link_it_to_the_whole_account(
    office: Office, provider: IdentityProvider
) -> None:
    set_up(office.owner, provider)
    path = f"/workspaces/{office.workspace_id}/single-sign-on/link"
    browser = provider_session(office)
    answer = browser.ask("POST", path)
    assert answer.refusal == (400, 1012)
    assert "password" in answer.message
    by_key = office.anonymous.raw("POST", OWN + path, headers={"X-Api-Key": new_key(browser)["apiKey"]})
    assert by_key.refusal == (400, 1012)


def test_a_lent_key_cannot_link_a_provider_that_would_outlast_it(office: Office, provider: IdentityProvider) -> None:
    set_up(office.owner, provider)

    wanted = {"name": "lent", "expiresAt": "2999-01-01T00:00:00Z"}
    made = browser_of(office.member).ask("POST", "/api-keys", wanted).body
    office.server.secrets.append(made["apiKey"])
    path = f"{OWN}/workspaces/{office.workspace_id}/single-sign-on/link"
    assert office.anonymous.raw("POST", path, headers={"X-Api-Key": made["apiKey"]}).refusal == (400, 1012)


def test_such_a_session_is_told_nothing_of_other_workspaces_and_erases_nothing_there(office: Office) -> None:
    other = join_elsewhere(office, office.member)
    browser = provider_session(office)
    listed = browser.ask("GET", "/api/v1/workspaces").body
    assert [one["id"] for one in listed] == [office.workspace_id]
    told = browser.ask("GET", "/user/data").body
    assert other.workspace_id not in str(told)
    assert [one["workspaceId"] for one in told["memberships"]] == [office.workspace_id]
    assert browser.ask("POST", "/user/erase", {"confirmation": office.member.email}).refusal == REFUSED
    assert office.member.get("/tags").status == 200


def test_who_lacks_what_a_workspace_asks_for_is_not_shown_it_either(office: Office, provider: IdentityProvider) -> None:
    browser = browser_of(office.member)
    proved = browser_of(office.member, method="password+totp")

    def shown(of: Browser) -> tuple[int, int]:
        cookie, query = {"Cookie": f"hourbook_session={of.cookie}"}, {"include-memberships": True}
        account = office.anonymous.raw("GET", "/api/v1/user", None, query, cookie).body
        return len(of.ask("GET", "/api/v1/workspaces").body), len(account["memberships"])

    assert shown(browser) == (1, 1)
    office.set(multi_factor_enabled=True)
    assert (shown(browser), shown(proved)) == ((0, 0), (1, 1))
    office.set(multi_factor_enabled=False)
    set_up(office.owner, provider, required=True)
    assert (shown(proved), shown(provider_session(office))) == ((0, 0), (1, 1))
    assert office.member.raw("GET", "/api/v1/workspaces").body != [], "keys go on"


def test_only_the_owner_says_that_sessions_come_from_the_provider_and_only_where_there_is_one(
    office: Office, provider: IdentityProvider
) -> None:
    asks = {"singleSignOnRequired": True}
    assert own(office.owner, "PATCH", "/settings", asks).refusal == REFUSED
    set_up(office.owner, provider)
    assert own(office.admin, "PATCH", "/settings", asks).refusal == DENIED
    assert own(office.owner, "PATCH", "/settings", asks).status == 200
    assert own(office.admin, "PATCH", "/settings", {"singleSignOnRequired": False}).refusal == DENIED
    assert own(office.admin, "PATCH", "/settings", asks | {"forceTags": True}).status == 200, "it stays as it is"


def test_who_did_not_prove_a_second_factor_cannot_ask_for_one(office: Office) -> None:
    path, asks = f"/workspaces/{office.workspace_id}/settings", {"multiFactorEnabled": True}
    assert browser_of(office.owner).ask("PATCH", path, asks).refusal == REFUSED
    proved = browser_of(office.owner, method="password+totp")
    assert proved.ask("PATCH", path, asks).status == 200
    assert proved.ask("PATCH", path, {"forceTags": True}).status == 200


def test_a_second_factor_beside_the_provider_shuts_nobody_out(office: Office) -> None:
    both = browser_of(office.member, method=f"oidc:{office.workspace_id}+totp")
    assert both.ask("GET", f"/api/v1/workspaces/{office.workspace_id}/tags").status == 200
