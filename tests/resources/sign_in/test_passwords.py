"""POST /password, /password-reset-requests and /password-resets: changing a password, and a link for a new one."""

import pytest

from hourbook.access.actors import hash_key
from hourbook.journal.journal import read_since
from hourbook.resources.users import actions as users
from hourbook.resources.users.rules import AccountStatus
from tests import sign_ins
from tests.harness import NO_CREDENTIAL, REFUSED, Answer, Office, Person
from tests.people import read
from tests.sign_ins import NEW_PASSWORD, PASSWORD, Browser, mails_to, signed_in

WRONG_SIGN_IN = (401, 1009)
OVER = "This link is not good any more. Ask for a new one"


def change(browser: Browser, current: str | None = PASSWORD, new: str | None = NEW_PASSWORD) -> Answer:
    return browser.ask("POST", "/password", {"currentPassword": current, "newPassword": new})


# --- changing ----------------------------------------------------------------------------------


def test_nobody_changes_a_password(office: Office) -> None:
    body = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
    assert office.anonymous.raw("POST", sign_ins.OWN + "/password", body).refusal == NO_CREDENTIAL


def test_the_new_password_is_the_one_that_counts(browser: Browser) -> None:
    assert change(browser).status == 204
    assert Browser(browser.person).sign_in().refusal == WRONG_SIGN_IN
    assert Browser(browser.person).sign_in(NEW_PASSWORD).status == 200


def test_other_sessions_end_and_links_too(member: Person, browser: Browser) -> None:
    other, token = signed_in(member), sign_ins.reset_token(member)
    assert change(browser).status == 204
    assert browser.ask("GET", "/session").status == 200
    assert other.ask("GET", "/session").status == 401
    answer = Browser(member).ask("POST", "/password-resets", {"token": token, "password": PASSWORD})
    assert answer.message == OVER


def test_the_current_password_has_to_be_right_and_guessing_it_makes_one_wait(browser: Browser) -> None:
    answers = [change(browser, "not the password") for _ in range(6)]
    assert [answer.status for answer in answers] == [400] * 5 + [429]
    assert answers[0].message == "The current password is wrong"
    assert change(browser).status == 429
    assert browser.ask("GET", "/session").status == 200


@pytest.mark.parametrize("new", [None, "", "short", "x" * 257, "aaaaaaaaaaaa", "ababababab"])
def test_a_password_that_is_too_easy_is_refused(browser: Browser, new: str | None) -> None:
    assert change(browser, new=new).refusal == REFUSED
    assert Browser(browser.person).sign_in().status == 200


def test_the_address_is_no_password(browser: Browser) -> None:
    email = browser.person.email
    assert change(browser, new=email.upper()).refusal == REFUSED
    assert change(browser, new=email.partition("@")[0]).refusal == REFUSED


def test_a_password_is_the_same_on_every_keyboard(browser: Browser) -> None:
    assert change(browser, new="Übergröße ﬁn").status == 204
    assert Browser(browser.person).sign_in("U\u0308bergro\u0308ße fin").status == 200


def test_nothing_of_a_password_is_journaled(office: Office, browser: Browser) -> None:
    before = office.read(lambda tx: read_since(tx, 0, limit=5000))[-1].revision
    assert change(browser).status == 204
    rows = office.read(lambda tx: read_since(tx, before))
    assert {row.kind for row in rows} == {"USER"}
    assert "argon2" not in repr(rows)
    assert "password_hash" not in repr(rows)


def test_an_account_without_a_password_has_none_to_prove(office: Office) -> None:
    body = {"currentPassword": "", "newPassword": NEW_PASSWORD}
    answer = office.admin.raw("POST", sign_ins.OWN + "/password", body)
    assert answer.message == "The current password is wrong"


def test_its_owner_is_mailed_that_the_password_was_changed(mailing: Office, browser: Browser) -> None:
    assert change(browser).status == 204
    assert [template for template, _ in mails_to(browser.person)][-1] == "password_changed"


# --- asking for a link -------------------------------------------------------------------------


def ask_for_link(person: Person, email: str | None = None, *, address: str | None = None) -> Answer:
    return Browser(person, address).ask("POST", "/password-reset-requests", {"email": email or person.email})


def test_the_answer_is_the_same_for_every_address(mailing: Office, member: Person) -> None:
    known, unknown = ask_for_link(member), ask_for_link(member, "nobody@example.com")
    assert known.status == unknown.status == 204
    assert {*known.headers} == {*unknown.headers}
    assert len(mails_to(member)) == 1


def test_the_link_is_mailed_and_sets_a_password_once(mailing: Office, member: Person) -> None:
    assert ask_for_link(member, member.email.upper()).status == 204
    ((template, values),) = mails_to(member)
    address, _, token = values["link"].rpartition("/")
    mailing.server.secrets.append(token)
    assert (template, address) == ("password_reset", "https://time.example.org/#/set-password")
    new = {"token": token, "password": NEW_PASSWORD}
    assert Browser(member).ask("POST", "/password-resets", new).status == 204
    assert Browser(member).sign_in(NEW_PASSWORD).status == 200
    assert Browser(member).ask("POST", "/password-resets", new).message == OVER


def test_without_mail_nothing_is_made(office: Office, member: Person) -> None:
    before = office.read(lambda tx: read_since(tx, 0, limit=5000))[-1].revision
    assert ask_for_link(member).status == 204
    assert office.read(lambda tx: read_since(tx, before)) == []


def test_a_newer_link_leaves_the_older_one_and_one_use_ends_both(member: Person) -> None:
    """Or whoever asks for links of somebody else would keep theirs from working."""
    first, second = sign_ins.reset_token(member), sign_ins.reset_token(member)
    answer = Browser(member).ask("POST", "/password-resets", {"token": first, "password": NEW_PASSWORD})
    assert answer.status == 204
    answer = Browser(member).ask("POST", "/password-resets", {"token": second, "password": PASSWORD})
    assert answer.message == OVER


def test_nobody_is_flooded_with_mail(mailing: Office, member: Person) -> None:
    answers = [ask_for_link(member, address=f"203.0.113.{number}") for number in range(12)]
    assert {answer.status for answer in answers} == {204}
    assert len(mails_to(member)) == 3


def test_a_place_that_asks_for_many_links_has_to_wait(mailing: Office, member: Person) -> None:
    statuses = [ask_for_link(member, f"guess{number}@example.com").status for number in range(22)]
    assert statuses == [204] * 20 + [429] * 2


@pytest.mark.parametrize("email", ["", "  ", "x" * 300])
def test_what_is_no_address_is_refused(member: Person, email: str) -> None:
    assert Browser(member).ask("POST", "/password-reset-requests", {"email": email}).refusal == REFUSED


# --- using a link ------------------------------------------------------------------------------


def test_a_link_is_over_after_an_hour(office: Office, member: Person) -> None:
    token = sign_ins.reset_token(member)
    office.clock.move(3600)
    answer = Browser(member).ask("POST", "/password-resets", {"token": token, "password": NEW_PASSWORD})
    assert answer.message == OVER


@pytest.mark.parametrize("token", [None, "", "nonsense", "0" * 5000, "ü"])
def test_an_unknown_link_sets_nothing(member: Person, token: str | None) -> None:
    answer = Browser(member).ask("POST", "/password-resets", {"token": token, "password": NEW_PASSWORD})
    assert answer.message == OVER


def test_a_bad_password_does_not_use_the_link_up(member: Person) -> None:
    token = sign_ins.reset_token(member)
    answer = Browser(member).ask("POST", "/password-resets", {"token": token, "password": "short"})
    assert answer.refusal == REFUSED
    answer = Browser(member).ask("POST", "/password-resets", {"token": token, "password": NEW_PASSWORD})
    assert answer.status == 204


def test_two_who_use_a_link_at_once_set_one_password(member: Person) -> None:
    token = sign_ins.reset_token(member)
    browser = Browser(member)
    asked = [
        browser.prepared("POST", "/password-resets", {"token": token, "password": f"{NEW_PASSWORD} {number}"})
        for number in range(4)
    ]
    assert sorted(answer.status for answer in member.server.ask_all(asked)) == [204, 400, 400, 400]


def test_all_sessions_end(browser: Browser) -> None:
    token = sign_ins.reset_token(browser.person)
    answer = Browser(browser.person).ask("POST", "/password-resets", {"token": token, "password": NEW_PASSWORD})
    assert answer.status == 204
    assert browser.ask("GET", "/session").status == 401


def test_a_closed_account_gets_no_password(member: Person) -> None:
    token = sign_ins.reset_token(member)
    sign_ins.change_status(member, AccountStatus.DELETED)
    answer = Browser(member).ask("POST", "/password-resets", {"token": token, "password": NEW_PASSWORD})
    assert answer.message == OVER


def test_a_link_does_not_get_around_the_second_factor(member: Person) -> None:
    browser = signed_in(member)
    secret = sign_ins.enrol(member)
    assert (
        browser.ask("POST", "/second-factor/confirm", {"code": sign_ins.code_of(member.server, secret)}).status == 200
    )
    token = sign_ins.reset_token(member)
    answer = Browser(member).ask("POST", "/password-resets", {"token": token, "password": NEW_PASSWORD})
    assert answer.status == 204
    assert Browser(member).sign_in(NEW_PASSWORD).message == "A code of the second factor is needed"


def test_a_token_is_kept_as_a_digest(member: Person) -> None:
    from hourbook.resources.sign_in import store

    token = sign_ins.reset_token(member)
    (reset,) = read(member.server, "", lambda tx: store.list_unused_resets(tx, member.id))
    assert reset.token_hash == hash_key(token)
    assert read(member.server, "", lambda tx: users.get_user(tx, member.id)).password_hash.startswith("$argon2id$")
