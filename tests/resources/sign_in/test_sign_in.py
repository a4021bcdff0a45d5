"""POST /sign-in: a new session for whoever proves the password, and nothing told to anybody else."""

import pytest

from hourbook.access import passwords
from hourbook.access.actors import hash_key
from hourbook.journal.journal import read_since
from hourbook.resources.sign_in import actions
from hourbook.resources.users import actions as users
from hourbook.resources.users.rules import AccountStatus
from tests import sign_ins
from tests.harness import REFUSED, UNREADABLE, Office, Person
from tests.people import read
from tests.sign_ins import PASSWORD, Browser, set_password, signed_in

WRONG = (401, 1009)


def password_hash_of(person: Person) -> str:
    found: str = read(person.server, "", lambda tx: users.get_user(tx, person.id)).password_hash
    return found


def test_nobody_needs_a_credential_and_everybody_the_password(office: Office, member: Person) -> None:
    assert Browser(member).sign_in("not the password").refusal == WRONG
    assert Browser(member).sign_in().status == 200


def test_the_answer_says_who_until_when_and_which_token_changes_need(office: Office, member: Person) -> None:
    answer = Browser(member).sign_in()
    assert answer.body["user"] == {
        "id": member.id,
        "email": member.email,
        "name": "Max Member",
        "activeWorkspace": office.workspace_id,
        "defaultWorkspace": office.workspace_id,
    }
    assert answer.body["expiresAt"] == "2026-06-03T14:00:00Z"
    assert (answer.body["method"], answer.body["hasSecondFactor"]) == ("password", False)
    assert answer.body["csrfToken"]
    assert b"hash" not in answer.content


def test_the_address_counts_without_case_and_blanks(member: Person) -> None:
    assert Browser(member).sign_in(email=f"  {member.email.upper()} ").status == 200


def test_the_cookie_is_for_http_alone_and_not_sent_along_from_elsewhere(member: Person) -> None:
    sent = Browser(member).sign_in().headers["set-cookie"]
    name, *marks = sent.split("; ")
    assert name.startswith("hourbook_session=")
    assert marks == ["Path=/", "HttpOnly", "SameSite=Lax"]


def test_the_token_is_kept_as_a_digest_and_told_in_the_cookie_alone(member: Person) -> None:
    browser = Browser(member)
    answer = browser.sign_in()
    assert browser.cookie is not None
    assert browser.cookie.encode() not in answer.content
    (session,) = sign_ins.sessions_of(member)
    assert session.token_hash == hash_key(browser.cookie)
    assert session.user_agent == ""
    assert session.client_address == sign_ins.place_of(member)


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(member: Person) -> None:
    wrong = Browser(member).sign_in("not the password")
    unknown = Browser(member).sign_in(email="nobody@example.com")
    assert wrong.refusal == unknown.refusal == WRONG
    assert wrong.content == unknown.content
    assert {*wrong.headers} == {*unknown.headers}
    assert "set-cookie" not in wrong.headers


@pytest.mark.parametrize("password", ["", "x", "🔒" * 100, "A PASSWORD FOR TESTS", PASSWORD + " "])
def test_nothing_but_the_password_is_the_password(member: Person, password: str) -> None:
    assert Browser(member).sign_in(password).refusal in (WRONG, REFUSED)


def test_an_account_without_a_password_cannot_sign_in_by_one(office: Office) -> None:
    assert Browser(office.admin).sign_in("").refusal == REFUSED
    assert Browser(office.admin).sign_in("None").refusal == WRONG


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "a@example.com"},
        {"password": PASSWORD},
        {"email": "", "password": PASSWORD},
        {"email": "a" * 300, "password": PASSWORD},
        {"email": "a@example.com", "password": "x" * 2000},
        {"email": None, "password": None},
    ],
)
def test_what_cannot_be_an_address_and_a_password_is_refused(office: Office, body: object) -> None:
    assert Browser(office.member).ask("POST", "/sign-in", body).refusal == REFUSED


@pytest.mark.parametrize("body", [b"", b"{", b"null", b'{"email": 1, "password": []}'])
def test_what_is_no_such_body_is_unreadable(office: Office, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    assert Browser(office.member).ask("POST", "/sign-in", body, headers).refusal == UNREADABLE


@pytest.mark.parametrize("media", ["text/plain", "text/plain; x=json", "application/x-www-form-urlencoded", ""])
def test_a_foreign_page_cannot_sign_its_visitor_in(member: Person, media: str) -> None:
    """A browser sends these without asking first; JSON it sends only after asking, and then keeps no cookie."""
    body = {"email": member.email, "password": PASSWORD}
    answer = Browser(member).ask("POST", "/sign-in", body, {"content-type": media})
    assert answer.status == 415
    assert "set-cookie" not in answer.headers
    asking = {"origin": "https://elsewhere.example", "access-control-request-method": "POST"}
    preflight = Browser(member).ask("OPTIONS", "/sign-in", None, asking)
    assert "access-control-allow-credentials" not in preflight.headers


def test_a_sign_in_is_always_a_new_session_and_ends_the_one_before(member: Person) -> None:
    """Whoever planted a cookie in somebody's browser knows nothing of the session that follows."""
    browser = signed_in(member)
    before = browser.cookie
    assert browser.sign_in().status == 200
    assert browser.cookie != before
    assert Browser(member, cookie=before).ask("GET", "/session").status == 401
    assert browser.ask("GET", "/session").status == 200


def test_a_planted_cookie_never_becomes_a_session(member: Person) -> None:
    planted = "planted-by-somebody-else-0123456789abcdefghi"
    browser = Browser(member, cookie=planted)
    assert browser.sign_in().status == 200
    assert browser.cookie != planted
    assert Browser(member, cookie=planted).ask("GET", "/session").status == 401


def test_sessions_of_other_browsers_go_on(member: Person) -> None:
    first, second = signed_in(member), signed_in(member)
    assert first.ask("GET", "/session").status == second.ask("GET", "/session").status == 200


def test_the_oldest_session_ends_when_there_are_too_many(office: Office, member: Person) -> None:
    tokens = [sign_ins.open_session(member).token for _ in range(50)]
    browser = Browser(member)
    assert browser.sign_in().status == 200
    assert Browser(member, cookie=tokens[0]).ask("GET", "/session").status == 401
    assert Browser(member, cookie=tokens[1]).ask("GET", "/session").status == 200
    assert len(sign_ins.sessions_of(member)) == 50


@pytest.mark.parametrize("status", [AccountStatus.DELETED, AccountStatus.LIMITED, AccountStatus.NOT_REGISTERED])
def test_a_closed_account_is_answered_like_an_unknown_one(member: Person, status: AccountStatus) -> None:
    sign_ins.change_status(member, status)
    assert Browser(member).sign_in().refusal == WRONG


def test_a_password_of_another_cost_is_hashed_anew(member: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    before = password_hash_of(member)
    monkeypatch.setattr(passwords, "COST", passwords.Cost(passes=2, kibibytes=16, lanes=1))
    assert Browser(member).sign_in("not the password").refusal == WRONG
    assert password_hash_of(member) == before
    assert Browser(member).sign_in().status == 200
    after = password_hash_of(member)
    assert "m=16,t=2,p=1" in after
    assert Browser(member).sign_in().status == 200
    assert password_hash_of(member) == after


def test_a_password_that_was_changed_meanwhile_is_not_right_any_more(
    member: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The password is proved before the transaction; what it proves is the password of then."""
    prove = actions.prove

    def prove_slowly(claim: actions.Claim, password: str) -> actions.Proof:
        proof = prove(claim, password)
        set_password(member, "changed in between")
        return proof

    monkeypatch.setattr(actions, "prove", prove_slowly)
    assert Browser(member).sign_in().refusal == WRONG


def test_a_sign_in_is_journaled_without_what_is_secret(office: Office, member: Person) -> None:
    before = office.read(lambda tx: read_since(tx, 0, limit=5000))[-1].revision
    assert Browser(member).sign_in().status == 200
    (row,) = office.read(lambda tx: read_since(tx, before))
    assert (row.kind, row.verb, row.subject_user_id, row.actor_id) == ("SESSION", "insert", member.id, None)
    assert set(row.after) == {"id", "user_id", "revoked_at_us", "method"}


def test_an_account_in_no_workspace_signs_in_too(member: Person) -> None:
    """There is no journal it could stand in, and nothing breaks."""
    sign_ins.forget_membership(member)
    browser = Browser(member)
    assert browser.sign_in().status == 200
    assert browser.ask("GET", "/session").body["user"]["id"] == member.id
    assert browser.ask("POST", "/sign-out").status == 204


def test_a_sign_in_from_a_new_place_is_mailed_to_its_owner(mailing: Office, member: Person) -> None:
    """Not the first one ever, and not one from where they were before: only what may be somebody else."""
    first = Browser(member, "198.51.100.1", sent={"user-agent": "A browser/1.0"})
    assert first.sign_in().status == 200
    assert first.sign_in().status == 200
    assert sign_ins.mails_to(member) == []
    assert Browser(member, "203.0.113.9", sent={"user-agent": "Another/2.0"}).sign_in().status == 200
    ((template, values),) = sign_ins.mails_to(member)
    assert template == "new_sign_in"
    assert (values["client_address"], values["user_agent"]) == ("203.0.113.9", "Another/2.0")
