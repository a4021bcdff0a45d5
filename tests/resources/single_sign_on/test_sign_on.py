"""Signing in at a workspace's identity provider: whom it lets in, and from which browser."""

from typing import Any

import pytest

from hourbook.resources.workspaces import actions as workspaces
from tests.contract.world import invite
from tests.harness import REFUSED, Office
from tests.identity_provider import IdentityProvider
from tests.resources.single_sign_on.conftest import (
    NOT_BEGUN,
    NOT_HERE,
    NOT_PROVED,
    OWN,
    Surfer,
    known,
    refused,
    set_up,
)

# --- letting in --------------------------------------------------------------------------------


def test_a_member_signs_in_by_a_verified_address(office: Office, provider: IdentityProvider, surfer: Surfer) -> None:
    set_up(office.owner, provider)
    answer = surfer.sign_in(provider, "max", **known(office))
    assert (answer.status, answer.headers["Location"]) == (302, "http://127.0.0.1:8080/")
    assert surfer.account["id"] == office.member.id
    assert surfer.enter().status == 200
    assert answer.cookies["hourbook_sign_on"] == ""


def test_a_subject_stays_the_same_person_when_the_address_changes(
    office: Office, provider: IdentityProvider, surfer: Surfer
) -> None:
    set_up(office.owner, provider)
    surfer.sign_in(provider, "max", **known(office))
    again = Surfer(office)
    again.sign_in(provider, "max", email="another@example.org", email_verified=False)
    assert again.account["id"] == office.member.id


def test_an_address_the_token_leaves_out_is_asked_for(
    office: Office, provider: IdentityProvider, surfer: Surfer
) -> None:
    provider.metadata = {"userinfo_endpoint": provider.issuer + "/userinfo"}
    set_up(office.owner, provider)
    provider.userinfo = {"sub": "max", **known(office)}
    assert surfer.sign_in(provider, "max").status == 302
    assert surfer.account["id"] == office.member.id
    provider.userinfo = {"sub": "somebody else", **known(office, "admin")}
    refused(Surfer(office).sign_in(provider, "adam"), NOT_PROVED)


def test_a_client_secret_may_be_asked_for_in_the_form(
    office: Office, provider: IdentityProvider, surfer: Surfer
) -> None:
    provider.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    set_up(office.owner, provider)
    assert surfer.sign_in(provider, "max", **known(office)).status == 302


def test_somebody_invited_comes_in_and_the_link_is_of_no_use_any_more(
    office: Office, provider: IdentityProvider, surfer: Surfer
) -> None:
    set_up(office.owner, provider)
    email = f"guest.{office.server.ids.new_id()}@example.org"
    token = invite(office.owner, email, role="WORKSPACE_ADMIN")["token"]
    assert surfer.sign_in(provider, "gus", email=email, email_verified=True, name="Gus Guest").status == 302
    assert (surfer.account["name"], surfer.account["status"]) == ("Gus Guest", "ACTIVE")
    assert surfer.enter().status == 200
    assert office.anonymous.raw("GET", f"{OWN}/invitations/{token}").refusal == REFUSED


def test_a_new_person_of_an_allowed_domain_joins_by_themselves(
    office: Office, provider: IdentityProvider, surfer: Surfer
) -> None:
    set_up(office.owner, provider, allowedDomains=["Example.ORG"], autoJoin=True)
    email = f"new.{office.server.ids.new_id()}@EXAMPLE.org"
    assert surfer.sign_in(provider, "new", email=email, email_verified=True).status == 302
    assert surfer.account["email"] == email
    assert surfer.enter().status == 200
    assert office.owner.get("/users", email=email, include_roles=True).body[0]["roles"] == []


@pytest.mark.parametrize("settings", [{}, {"allowedDomains": ["example.org"]}])
def test_nobody_joins_by_themselves_unless_the_owner_says_so(
    office: Office, provider: IdentityProvider, surfer: Surfer, settings: dict[str, Any]
) -> None:
    set_up(office.owner, provider, **settings)
    refused(surfer.sign_in(provider, "new", email=f"{office.workspace_id}@example.org", email_verified=True), NOT_HERE)


@pytest.mark.parametrize("domain", ["other.example.org", "notexample.org", "example.org.evil.example"])
def test_only_allowed_domains_come_in(office: Office, provider: IdentityProvider, surfer: Surfer, domain: str) -> None:
    set_up(office.owner, provider, allowedDomains=["example.org"], autoJoin=True)
    email = f"{office.server.ids.new_id()}@{domain}"
    refused(surfer.sign_in(provider, "new", email=email, email_verified=True), NOT_HERE)
    refused(surfer.sign_in(provider, "max", **known(office)), NOT_HERE)


# --- accounts that are not this workspace's -----------------------------------------------------


def test_a_provider_opens_no_account_of_another_workspace(
    office: Office, provider: IdentityProvider, surfer: Surfer
) -> None:
    """Its owner chose it, and could let it say anything."""
    set_up(office.owner, provider, allowedDomains=["example.com"], autoJoin=True)
    refused(surfer.sign_in(provider, "otto", **known(office, "outsider")), NOT_HERE)
    assert office.owner.get("/users", email=office.outsider.email).body == []


def test_a_provider_opens_no_account_that_is_elsewhere_too(
    office: Office, provider: IdentityProvider, surfer: Surfer
) -> None:
    set_up(office.owner, provider)
    other = Office(office.server)
    other.owner.post("/users", {"email": office.member.email})
    assert other.owner.put(f"/users/{office.member.id}", {"status": "ACTIVE"}).status == 200
    refused(surfer.sign_in(provider, "max", **known(office)), NOT_HERE)


def test_an_account_that_joins_elsewhere_later_is_closed_to_the_provider(
    office: Office, provider: IdentityProvider, surfer: Surfer
) -> None:
    set_up(office.owner, provider)
    assert surfer.sign_in(provider, "max", **known(office)).status == 302
    other = Office(office.server)
    other.owner.post("/users", {"email": office.member.email})
    assert other.owner.put(f"/users/{office.member.id}", {"status": "ACTIVE"}).status == 200
    refused(Surfer(office).sign_in(provider, "max", **known(office)), NOT_HERE)
    assert surfer.enter().status == 401, "what the provider opened is closed"
    assert surfer.enter(other.workspace_id).status == 401


def test_a_session_of_a_workspaces_provider_enters_no_other(office: Office, surfer: Surfer) -> None:
    from tests.sign_ins import open_session

    other = Office(office.server)
    other.write(lambda tx: workspaces.add_member(tx, office.member.id))
    surfer.cookies["hourbook_session"] = open_session(office.member, method=f"oidc:{office.workspace_id}").token
    assert surfer.enter().status == 200
    assert surfer.enter(other.workspace_id).status == 403


def test_who_linked_the_provider_signs_in_with_the_whole_account(
    office: Office, provider: IdentityProvider, surfer: Surfer
) -> None:
    set_up(office.owner, provider)
    invite_token = invite(office.owner, office.outsider.email)["token"]
    office.outsider.raw("POST", f"{OWN}/invitations/{invite_token}/join")
    begun = office.outsider.raw("POST", f"{OWN}/workspaces/{office.workspace_id}/single-sign-on/link")
    surfer.cookies.update(begun.cookies)
    office.server.secrets.extend(begun.cookies.values())
    back = provider.authorize(begun.body["location"], subject="otto", email="other@example.org", email_verified=False)
    assert surfer.come_back(**back).status == 302
    later = Surfer(office)
    assert later.sign_in(provider, "otto").status == 302
    assert later.account["id"] == office.outsider.id
    assert later.enter(office.outsider_workspace_id).status == 200
    linked = office.outsider.raw("GET", f"{OWN}/workspaces/{office.workspace_id}/single-sign-on/link").body
    assert linked == [{"issuer": provider.issuer, "subject": "otto", "linkedByPerson": True}]
    path = f"{OWN}/workspaces/{office.workspace_id}/single-sign-on/link"
    assert office.outsider.raw("DELETE", path).status == 204
    refused(Surfer(office).sign_in(provider, "otto", **known(office, "outsider")), NOT_HERE)


def test_a_subject_of_somebody_else_cannot_be_linked(
    office: Office, provider: IdentityProvider, surfer: Surfer
) -> None:
    set_up(office.owner, provider)
    surfer.sign_in(provider, "max", **known(office))
    begun = office.admin.raw("POST", f"{OWN}/workspaces/{office.workspace_id}/single-sign-on/link")
    other = Surfer(office, dict(begun.cookies))
    refused(other.come_back(**provider.authorize(begun.body["location"], subject="max")), NOT_HERE)


@pytest.mark.parametrize("status", ["INACTIVE"])
def test_somebody_deactivated_does_not_get_in(
    office: Office, provider: IdentityProvider, surfer: Surfer, status: str
) -> None:
    set_up(office.owner, provider)
    surfer.sign_in(provider, "max", **known(office))
    assert office.owner.put(f"/users/{office.member.id}", {"status": status}).status == 200
    for subject in ("max", "another subject"):
        refused(Surfer(office).sign_in(provider, subject, **known(office)), NOT_HERE)


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "false"},
        {"email_verified": 1},
        {"email": None},
        {"email": ""},
        {"email": ["a@example.com"]},
    ],
)
def test_an_address_that_is_not_verified_opens_nothing(
    office: Office, provider: IdentityProvider, surfer: Surfer, claims: dict[str, Any]
) -> None:
    set_up(office.owner, provider)
    refused(surfer.sign_in(provider, "max", **{**known(office), **claims}), "that it is verified")


@pytest.mark.parametrize("email", ["a b@example.org", "a@b@example.org", "@example.org", "x" * 70 + "@example.org"])
def test_a_nonsense_address_makes_no_account(
    office: Office, provider: IdentityProvider, surfer: Surfer, email: str
) -> None:
    set_up(office.owner, provider, allowedDomains=["example.org"], autoJoin=True)
    assert surfer.sign_in(provider, "new", email=email, email_verified=True).refusal == REFUSED


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b", "a\r\nb", "\u202eab"])
def test_what_nobody_can_read_is_left_out(
    office: Office, provider: IdentityProvider, surfer: Surfer, text: str
) -> None:
    set_up(office.owner, provider, allowedDomains=["example.org"], autoJoin=True)
    refused(surfer.sign_in(provider, "new", email=f"{text}@example.org", email_verified=True), "that it is verified")
    refused(surfer.sign_in(provider, text, **known(office)), NOT_PROVED)
    email = f"new.{office.server.ids.new_id()}@example.org"
    assert surfer.sign_in(provider, "new", email=email, email_verified=True, name=text).status == 302
    assert surfer.account["name"] == email.partition("@")[0]


# --- the browser -------------------------------------------------------------------------------


def test_a_sign_in_counts_once(office: Office, provider: IdentityProvider, surfer: Surfer) -> None:
    set_up(office.owner, provider)
    location = surfer.start().headers["Location"]
    brought = provider.authorize(location, subject="max", **known(office))
    kept = dict(surfer.cookies)
    assert surfer.come_back(**brought).status == 302
    again = Surfer(office, kept)
    refused(again.come_back(**provider.authorize(location, subject="max", **known(office))), NOT_BEGUN)


def test_a_sign_in_that_another_browser_began_does_not_count(office: Office, provider: IdentityProvider) -> None:
    """Otherwise somebody could sign others in to an account of their own."""
    set_up(office.owner, provider)
    brought = provider.authorize(Surfer(office).start().headers["Location"], subject="max", **known(office))
    without_cookie, with_another = Surfer(office), Surfer(office)
    with_another.start()
    for browser in (without_cookie, with_another):
        refused(browser.come_back(**brought), NOT_BEGUN)
    assert provider.asked == ["/.well-known/openid-configuration"], "nothing was asked for them"


def test_a_sign_in_takes_ten_minutes_at_most(office: Office, provider: IdentityProvider, surfer: Surfer) -> None:
    set_up(office.owner, provider)
    location = surfer.start().headers["Location"]
    office.clock.move(600)
    refused(surfer.come_back(**provider.authorize(location, subject="max", **known(office))), NOT_BEGUN)


@pytest.mark.parametrize("state", ["", "x", "f" * 24, "f" * 67, "f" * 500, "%ff", "\u00e9" * 30])
def test_a_state_of_nobody_is_refused(office: Office, provider: IdentityProvider, surfer: Surfer, state: str) -> None:
    set_up(office.owner, provider)
    surfer.start()
    refused(surfer.come_back(state=state, code="code"), NOT_BEGUN)


def test_a_state_of_another_workspace_leads_nowhere(office: Office, provider: IdentityProvider, surfer: Surfer) -> None:
    set_up(office.owner, provider)
    other = Office(office.server)
    set_up(other.owner, provider)
    brought = provider.authorize(surfer.start().headers["Location"], subject="max", **known(office))
    moved = other.workspace_id + brought["state"][24:]
    refused(surfer.come_back(code=brought["code"], state=moved), NOT_BEGUN)


def test_what_the_provider_refuses_is_told(office: Office, provider: IdentityProvider, surfer: Surfer) -> None:
    set_up(office.owner, provider)
    state = provider.authorize(surfer.start().headers["Location"], subject="max")["state"]
    refused(surfer.come_back(state=state, error="access_denied", error_description="<b>no</b>"), "did not let you in")
    refused(surfer.come_back(state=state), "did not let you in")


def test_signing_in_ends_the_session_there_was(office: Office, provider: IdentityProvider, surfer: Surfer) -> None:
    """A session that somebody else put there does not become one of the person who signs in."""
    set_up(office.owner, provider)
    surfer.sign_in(provider, "max", **known(office))
    before = surfer.cookies["hourbook_session"]
    surfer.sign_in(provider, "max", **known(office))
    assert surfer.cookies["hourbook_session"] != before
    old = Surfer(office, {"hourbook_session": before})
    assert old.enter().status == 401


def test_a_workspace_without_a_provider_sends_nobody_anywhere(office: Office, surfer: Surfer) -> None:
    assert surfer.start().refusal == REFUSED
    assert surfer.start("f" * 24).refusal == REFUSED
    refused(surfer.start("nonsense"), NOT_BEGUN)


# --- a workspace that asks for it --------------------------------------------------------------


def test_a_workspace_may_ask_that_its_sessions_come_from_its_provider(
    office: Office, provider: IdentityProvider, surfer: Surfer
) -> None:
    from tests.sign_ins import open_session

    by_password = Surfer(office, {"hourbook_session": open_session(office.member).token})
    of_owner = Surfer(office, {"hourbook_session": open_session(office.owner).token})
    assert by_password.enter().status == 200
    set_up(office.owner, provider, required=True)
    assert by_password.enter().refusal == (403, 1011)
    assert of_owner.enter().status == 200
    assert office.member.get("/tags").status == 200, "keys go on"
    surfer.sign_in(provider, "max", **known(office))
    assert surfer.enter().status == 200
    assert office.owner.raw("DELETE", f"{OWN}/workspaces/{office.workspace_id}/single-sign-on").status == 204
    assert by_password.enter().status == 200


def test_a_password_is_no_way_in_where_every_workspace_asks_for_its_provider(
    office: Office, provider: IdentityProvider
) -> None:
    from tests.sign_ins import PASSWORD, set_password

    people = (office.owner, office.member, office.outsider)
    for person in people:
        set_password(person)
    token = invite(office.owner, office.outsider.email)["token"]
    office.outsider.raw("POST", f"{OWN}/invitations/{token}/join")
    set_up(office.owner, provider, required=True)
    said = [Surfer(office).ask("POST", "/sign-in", None, {"email": p.email, "password": PASSWORD}) for p in people]
    assert [answer.status for answer in said] == [200, 403, 200], "the owner, and who has another workspace, come in"
    assert said[1].refusal == (403, 1011)
    wrong = Surfer(office).ask("POST", "/sign-in", None, {"email": office.member.email, "password": "wrong password"})
    assert wrong.status == 401, "only who knows the password is told"


def test_the_provider_of_another_workspace_is_not_the_one_asked_for(
    office: Office, provider: IdentityProvider, surfer: Surfer
) -> None:
    """Otherwise anybody could bring a provider of their own."""
    set_up(office.owner, provider, required=True)
    other = Office(office.server)
    set_up(other.owner, provider)
    token = invite(other.owner, office.member.email)["token"]
    office.member.raw("POST", f"{OWN}/invitations/{token}/join")
    begun = office.member.raw("POST", f"{OWN}/workspaces/{other.workspace_id}/single-sign-on/link")
    surfer.cookies.update(begun.cookies)
    assert surfer.come_back(**provider.authorize(begun.body["location"], subject="max")).status == 302
    assert surfer.enter(other.workspace_id).status == 200
    assert surfer.enter().refusal == (403, 1011)
