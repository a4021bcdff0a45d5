"""GET /session, GET and DELETE /sessions, POST /sign-out; and what a session opens on the public API."""

import pytest

from hourbook.resources.sign_in import actions
from hourbook.resources.users.rules import AccountStatus
from tests import sign_ins
from tests.harness import DENIED, NO_CREDENTIAL, Answer, Office, Person
from tests.people import write
from tests.sign_ins import Browser, signed_in

FORGED = (403, 1005)
NOT_OURS = "Session doesn't belong to Account"
HOUR, DAY = 3600, 86_400


def is_over(answer: Answer) -> bool:
    return answer.refusal == NO_CREDENTIAL


# --- who am I ----------------------------------------------------------------------------------


def test_nobody_is_told_who_they_are(office: Office) -> None:
    assert is_over(office.anonymous.raw("GET", sign_ins.OWN + "/session"))
    assert is_over(Browser(office.member, cookie="nonsense").ask("GET", "/session"))


def test_a_session_tells_who_and_the_token_for_changes_again(browser: Browser) -> None:
    answer = browser.ask("GET", "/session")
    assert answer.body["user"]["id"] == browser.person.id
    assert answer.body["csrfToken"] == browser.csrf
    assert answer.body["method"] == "password"


def test_a_key_tells_who_too_and_has_no_token(office: Office) -> None:
    answer = office.member.raw("GET", sign_ins.OWN + "/session")
    assert answer.body["user"]["id"] == office.member.id
    assert (answer.body["csrfToken"], answer.body["expiresAt"], answer.body["method"]) == (None, None, "api_key")


# --- a session as a credential -----------------------------------------------------------------


def test_a_session_opens_the_public_api(office: Office, browser: Browser) -> None:
    tags = f"/api/v1/workspaces/{office.workspace_id}/tags"
    made = browser.ask("POST", tags, {"name": "from a browser"})
    assert made.status == 201
    assert browser.ask("GET", tags).body[0]["name"] == "from a browser"
    assert browser.ask("GET", "/api/v1/user").body["id"] == browser.person.id


def test_a_session_has_the_rights_of_its_account_and_no_more(office: Office, browser: Browser) -> None:
    rate = f"/api/v1/workspaces/{office.workspace_id}/users"
    assert browser.ask("POST", rate, {"email": "new@example.com"}).refusal == DENIED
    assert browser.ask("GET", f"/api/v1/workspaces/{office.outsider_workspace_id}/tags").refusal == DENIED


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("csrf", [None, "", "nonsense"])
def test_a_change_without_the_token_is_forged_whatever_it_asks_for(
    office: Office, browser: Browser, method: str, csrf: str | None
) -> None:
    headers = {} if csrf is None else {"x-csrf-token": csrf}
    path = f"/api/v1/workspaces/{office.workspace_id}/tags" + ("" if method == "POST" else "/" + "f" * 24)
    browser.csrf = None
    if method == "PATCH":
        path = sign_ins.OWN + "/api-keys/" + "f" * 24
    assert browser.ask(method, path, {"name": "forged"}, headers).refusal == FORGED


def test_the_token_of_another_session_is_forged_too(office: Office, member: Person, browser: Browser) -> None:
    other = signed_in(member)
    browser.csrf = other.csrf
    path = f"/api/v1/workspaces/{office.workspace_id}/tags"
    assert browser.ask("POST", path, {"name": "forged"}).refusal == FORGED
    assert office.owner.get("/tags").body == []


def test_no_page_of_another_origin_may_read_with_the_cookie(browser: Browser) -> None:
    answer = browser.ask("GET", "/session", None, {"origin": "https://elsewhere.example"})
    assert "access-control-allow-credentials" not in answer.headers
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_key_counts_before_a_cookie(office: Office, browser: Browser) -> None:
    answer = browser.ask("GET", "/session", None, {"x-api-key": str(office.owner.key)})
    assert answer.body["user"]["id"] == office.owner.id


# --- how long ----------------------------------------------------------------------------------


def test_a_session_that_is_not_used_is_over_after_two_weeks(office: Office, browser: Browser) -> None:
    office.clock.move(14 * DAY - 1)
    assert browser.ask("GET", "/session").status == 200
    office.server.runtime.pipeline.askers._actors.epoch += 1
    office.server.runtime.pipeline.askers._actors._found.clear()
    office.clock.move(2)
    assert is_over(browser.ask("GET", "/session"))


def test_a_session_that_is_used_goes_on_until_its_longest_life(office: Office, browser: Browser) -> None:
    used: dict[str, int] = office.server.runtime.pipeline.askers.used_sessions
    for _ in range(9):
        used.clear()
        office.clock.move(9.9 * DAY)
        assert browser.ask("GET", "/sessions").status == 200
        touched = dict(used)
        assert touched
        write(office.server, "", lambda tx, touched=touched: actions.touch_sessions(tx, touched))
        office.server.runtime.pipeline.askers._actors._found.clear()
    assert browser.ask("GET", "/session").body["expiresAt"] == "2026-08-18T14:00:00Z"
    office.clock.move(DAY)
    assert is_over(browser.ask("GET", "/session"))


def test_noting_a_use_never_brings_a_session_back(office: Office, browser: Browser) -> None:
    (session,) = sign_ins.sessions_of(browser.person)
    office.clock.move(15 * DAY)
    now_us = office.clock.now_us()
    write(office.server, "", lambda tx: actions.touch_sessions(tx, {session.id: now_us, "0" * 24: now_us}))
    assert is_over(browser.ask("GET", "/session"))


# --- the list ----------------------------------------------------------------------------------


def test_nobody_sees_sessions(office: Office) -> None:
    assert is_over(office.anonymous.raw("GET", sign_ins.OWN + "/sessions"))


def test_the_list_has_ones_own_sessions_oldest_first(office: Office, member: Person, browser: Browser) -> None:
    office.clock.move(60)
    signed_in(office.owner)
    second = Browser(member, sent={"user-agent": "A browser/1.0"}, address="2001:db8:1:2:3:4:5:6")
    assert second.sign_in().status == 200
    listed = second.ask("GET", "/sessions").body
    assert [row["isCurrent"] for row in listed] == [False, True]
    assert listed[1] == {
        "id": listed[1]["id"],
        "createdAt": "2026-05-20T14:01:00Z",
        "lastSeenAt": "2026-05-20T14:01:00Z",
        "expiresAt": "2026-06-03T14:01:00Z",
        "address": "2001:db8:1:2::/64",
        "userAgent": "A browser/1.0",
        "method": "password",
        "isCurrent": True,
    }
    assert browser.cookie is not None
    assert browser.cookie.encode() not in second.ask("GET", "/sessions").content


# --- ending ------------------------------------------------------------------------------------


def test_nobody_ends_sessions(office: Office) -> None:
    for path in ("/sessions", "/sessions/" + "f" * 24):
        assert is_over(office.anonymous.raw("DELETE", sign_ins.OWN + path))


def test_ending_a_session_ends_it_at_once(member: Person, browser: Browser) -> None:
    other = signed_in(member)
    assert other.ask("GET", "/session").status == 200
    session_id = next(row["id"] for row in browser.ask("GET", "/sessions").body if not row["isCurrent"])
    assert browser.ask("DELETE", f"/sessions/{session_id}").status == 204
    assert is_over(other.ask("GET", "/session"))
    assert browser.ask("DELETE", f"/sessions/{session_id}").message == NOT_OURS


@pytest.mark.parametrize("session_id", ["f" * 24, "nonsense", "0" * 24])
def test_an_unknown_session_cannot_be_ended(browser: Browser, session_id: str) -> None:
    assert browser.ask("DELETE", f"/sessions/{session_id}").message == NOT_OURS


def test_nobody_ends_sessions_of_somebody_else(office: Office, browser: Browser) -> None:
    (theirs,) = sign_ins.sessions_of(browser.person)
    answer = office.owner.raw("DELETE", f"{sign_ins.OWN}/sessions/{theirs.id}")
    assert answer.message == NOT_OURS
    assert browser.ask("GET", "/session").status == 200


def test_all_others_end_and_the_one_that_asks_goes_on(office: Office, member: Person, browser: Browser) -> None:
    others = [signed_in(member) for _ in range(3)]
    bystander = signed_in(office.owner)
    assert browser.ask("DELETE", "/sessions").status == 204
    assert [is_over(other.ask("GET", "/session")) for other in others] == [True] * 3
    assert browser.ask("GET", "/session").status == 200
    assert bystander.ask("GET", "/session").status == 200


def test_with_a_key_all_sessions_end(office: Office, browser: Browser) -> None:
    assert office.member.raw("DELETE", sign_ins.OWN + "/sessions").status == 204
    assert is_over(browser.ask("GET", "/session"))


def test_signing_out_ends_the_session_and_takes_the_cookie_away(browser: Browser) -> None:
    answer = browser.ask("POST", "/sign-out")
    assert answer.status == 204
    assert answer.headers["set-cookie"] == "hourbook_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"
    assert is_over(browser.ask("GET", "/session"))
    assert is_over(browser.ask("POST", "/sign-out"))


def test_signing_out_needs_the_token_so_that_no_other_page_does_it(browser: Browser) -> None:
    browser.csrf = None
    assert browser.ask("POST", "/sign-out").refusal == FORGED
    assert browser.ask("GET", "/session").status == 200


def test_with_a_key_there_is_nothing_to_sign_out_of(office: Office, browser: Browser) -> None:
    assert office.member.raw("POST", sign_ins.OWN + "/sign-out").status == 204
    assert browser.ask("GET", "/session").status == 200


# --- accounts that close -----------------------------------------------------------------------


def test_sessions_of_a_closed_account_end(browser: Browser) -> None:
    sign_ins.change_status(browser.person, AccountStatus.DELETED)
    assert sign_ins.sessions_of(browser.person) == []
    assert is_over(browser.ask("GET", "/session"))


def test_who_is_deactivated_everywhere_is_signed_out(office: Office, browser: Browser) -> None:
    assert office.owner.put(f"/users/{browser.person.id}", {"status": "INACTIVE"}).status == 200
    assert is_over(browser.ask("GET", "/session"))
    assert office.owner.put(f"/users/{browser.person.id}", {"status": "ACTIVE"}).status == 200
    assert is_over(browser.ask("GET", "/session"))


def test_who_is_deactivated_in_one_of_their_workspaces_is_kept_out_there_and_stays_signed_in(office: Office) -> None:
    outsider = office.outsider
    assert office.owner.post("/users", {"email": outsider.email}).status in (200, 201)
    assert office.owner.put(f"/users/{outsider.id}", {"status": "ACTIVE"}).status == 200
    browser = signed_in(outsider)
    tags = f"/api/v1/workspaces/{office.workspace_id}/tags"
    assert browser.ask("GET", tags).status == 200
    assert office.owner.put(f"/users/{outsider.id}", {"status": "INACTIVE"}).status == 200
    assert browser.ask("GET", tags).refusal == DENIED
    assert browser.ask("GET", "/session").status == 200


def test_what_is_long_over_is_removed(office: Office, browser: Browser) -> None:
    assert Browser(browser.person).sign_in("not the password").status == 401
    sign_ins.reset_token(browser.person)
    office.clock.move(400 * DAY)
    before_us = office.clock.now_us() - 30 * DAY * 1_000_000
    assert write(office.server, "", lambda tx: actions.forget_over(tx, before_us, 100_000)) >= 4
    assert write(office.server, "", lambda tx: actions.forget_over(tx, before_us, 100_000)) == 0
