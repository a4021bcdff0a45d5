"""The second factor: setting it up, signing in with it, taking it away; workspaces that ask for one."""

import pytest

from hourbook.access import one_time_codes
from hourbook.journal.journal import read_since
from hourbook.resources.sign_in import actions_second_factor
from tests import sign_ins
from tests.harness import NO_CREDENTIAL, REFUSED, Answer, Office, Person
from tests.people import read
from tests.sign_ins import PASSWORD, Browser, signed_in

WRONG = (401, 1009)
NEEDED = "A code of the second factor is needed"
USED = "The code is wrong, or was used before"
STEP = one_time_codes.STEP_SECONDS


def set_up(browser: Browser) -> tuple[str, list[str]]:
    """A second factor that counts: its secret and recovery codes. The clock is one step further then."""
    server = browser.server
    made = browser.ask("POST", "/second-factor", {"password": PASSWORD})
    assert made.status == 201, made
    secret = str(made.body["secret"])
    confirmed = browser.ask("POST", "/second-factor/confirm", {"code": sign_ins.code_of(server, secret)})
    assert confirmed.status == 200, confirmed
    codes = list(confirmed.body["recoveryCodes"])
    server.secrets += [secret, *codes]
    server.clock.move(STEP)
    return secret, codes


def code_now(browser: Browser, secret: str) -> str:
    return sign_ins.code_of(browser.server, secret)


def fresh(browser: Browser) -> Browser:
    """Another browser of the same person."""
    return Browser(browser.person)


# --- setting up --------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("POST", ""), ("DELETE", ""), ("POST", "/confirm")])
def test_nobody_has_a_second_factor(office: Office, method: str, path: str) -> None:
    body = {"password": PASSWORD, "code": "123456"}
    assert office.anonymous.raw(method, f"{sign_ins.OWN}/second-factor{path}", body).refusal == NO_CREDENTIAL


def test_an_account_begins_without_one(browser: Browser) -> None:
    answer = browser.ask("GET", "/second-factor")
    assert answer.body == {"isEnabled": False, "confirmedAt": None, "recoveryCodesLeft": 0}


def test_the_secret_comes_as_text_and_as_an_address_for_apps(browser: Browser) -> None:
    answer = browser.ask("POST", "/second-factor", {"password": PASSWORD})
    secret = answer.body["secret"]
    browser.server.secrets.append(secret)
    assert len(secret) == 32
    name = browser.person.email.replace("@", "%40")
    assert answer.body["uri"] == f"otpauth://totp/Hourbook:{name}?secret={secret}&issuer=Hourbook"


def test_the_password_is_asked_for_once_more_and_guessing_it_makes_one_wait(browser: Browser) -> None:
    answers = [browser.ask("POST", "/second-factor", {"password": "not the password"}) for _ in range(6)]
    assert [answer.status for answer in answers] == [400] * 5 + [429]
    assert answers[0].message == "The password is wrong"


def test_it_counts_from_its_confirmation_on(browser: Browser) -> None:
    secret = browser.ask("POST", "/second-factor", {"password": PASSWORD}).body["secret"]
    browser.server.secrets.append(secret)
    assert fresh(browser).sign_in().status == 200
    answer = browser.ask("POST", "/second-factor/confirm", {"code": "000000"})
    assert answer.message == "The code is wrong. Check the clock of the device"
    assert browser.ask("GET", "/second-factor").body["isEnabled"] is False
    assert browser.ask("POST", "/second-factor/confirm", {"code": code_now(browser, secret)}).status == 200
    assert fresh(browser).sign_in().message == NEEDED


def test_until_then_a_new_secret_takes_the_place_of_the_old_one(browser: Browser) -> None:
    first, second = (browser.ask("POST", "/second-factor", {"password": PASSWORD}).body["secret"] for _ in range(2))
    browser.server.secrets += [first, second]
    assert browser.ask("POST", "/second-factor/confirm", {"code": code_now(browser, first)}).refusal == REFUSED
    assert browser.ask("POST", "/second-factor/confirm", {"code": code_now(browser, second)}).status == 200


def test_there_is_nothing_to_confirm_without_a_secret_or_twice(browser: Browser) -> None:
    waits = "There is no second factor that waits to be confirmed"
    assert browser.ask("POST", "/second-factor/confirm", {"code": "123456"}).message == waits
    set_up(browser)
    assert browser.ask("POST", "/second-factor/confirm", {"code": "123456"}).message == waits


def test_one_that_counts_is_not_replaced(browser: Browser) -> None:
    set_up(browser)
    answer = browser.ask("POST", "/second-factor", {"password": PASSWORD})
    assert answer.message == "A second factor is set up already. Take it away first"


def test_the_account_shows_that_it_has_one(office: Office, browser: Browser) -> None:
    set_up(browser)
    shown = browser.ask("GET", "/second-factor").body
    assert shown == {"isEnabled": True, "confirmedAt": "2026-05-20T14:00:00Z", "recoveryCodesLeft": 10}
    assert browser.ask("GET", "/session").body["hasSecondFactor"] is True
    assert browser.ask("GET", "/api/v1/user").body["settings"]["multiFactorEnabled"] is True


def test_the_secret_is_stored_encrypted_and_journaled_not_at_all(office: Office, browser: Browser) -> None:
    before = office.read(lambda tx: read_since(tx, 0, limit=5000))[-1].revision
    secret, codes = set_up(browser)
    factor = read(office.server, "", lambda tx: actions_second_factor.find_factor(tx, browser.person.id))
    assert secret.encode() not in factor.secret
    assert office.server.runtime.secrets.decrypt(factor.secret, "second factor") == secret.encode()
    assert all(code not in factor.recovery_digests for code in codes)
    rows = office.read(lambda tx: read_since(tx, before))
    assert {row.kind for row in rows} == {"SECOND_FACTOR", "USER", "SESSION"}
    after = next(row.after for row in rows if row.kind == "SECOND_FACTOR")
    assert set(after) == {"user_id", "confirmed_at_us"}


# --- signing in --------------------------------------------------------------------------------


def sign_in(browser: Browser, code: str | None) -> Answer:
    return fresh(browser).sign_in(code=code)


def test_password_and_code_together_sign_in(browser: Browser) -> None:
    secret, _ = set_up(browser)
    answer = sign_in(browser, code_now(browser, secret))
    assert answer.status == 200
    assert answer.body["method"] == "password+totp"


def test_without_a_code_one_is_asked_for_and_with_a_wrong_password_nothing_is_told(browser: Browser) -> None:
    set_up(browser)
    assert sign_in(browser, None).refusal == WRONG
    assert sign_in(browser, None).message == NEEDED
    answer = fresh(browser).sign_in("not the password")
    assert answer.message == "The e-mail address or the password is wrong"


def test_a_code_is_good_once(browser: Browser) -> None:
    secret, _ = set_up(browser)
    code = code_now(browser, secret)
    assert sign_in(browser, code).status == 200
    assert sign_in(browser, code).message == USED


def test_a_code_that_was_used_twice_at_once_signs_in_once(browser: Browser) -> None:
    secret, _ = set_up(browser)
    body = {"email": browser.person.email, "password": PASSWORD, "code": code_now(browser, secret)}
    asked = [fresh(browser).prepared("POST", "/sign-in", body) for _ in range(4)]
    assert sorted(answer.status for answer in browser.server.ask_all(asked)) == [200, 401, 401, 401]


def test_a_code_before_one_that_was_used_is_over(browser: Browser) -> None:
    secret, _ = set_up(browser)
    older = code_now(browser, secret)
    browser.server.clock.move(STEP)
    assert sign_in(browser, code_now(browser, secret)).status == 200
    assert sign_in(browser, older).message == USED


@pytest.mark.parametrize(("seconds", "is_good"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_clocks_may_differ_by_half_a_minute(browser: Browser, seconds: int, is_good: bool) -> None:
    secret, _ = set_up(browser)
    browser.server.clock.move(120)
    code = one_time_codes.code_at(secret, browser.server.clock.now_us() + seconds * 1_000_000)
    assert (sign_in(browser, f"{code[:3]} {code[3:]}").status == 200) is is_good


@pytest.mark.parametrize("code", ["000000", "12345", "x" * 5000, "ü", "0x1", "１２３４５６"])
def test_nothing_else_is_a_code(browser: Browser, code: str) -> None:
    set_up(browser)
    assert sign_in(browser, code).refusal == WRONG


def test_guessing_codes_makes_one_wait(browser: Browser) -> None:
    secret, _ = set_up(browser)
    answers = [sign_in(browser, f"{number:06}") for number in range(6)]
    assert [answer.status for answer in answers] == [401] * 5 + [429]
    assert sign_in(browser, code_now(browser, secret)).status == 429
    browser.server.clock.move(STEP)
    assert sign_in(browser, code_now(browser, secret)).status == 200


def test_a_recovery_code_is_good_once(browser: Browser) -> None:
    _, codes = set_up(browser)
    assert len(set(codes)) == 10
    assert sign_in(browser, codes[3].upper().replace("-", " ")).status == 200
    assert sign_in(browser, codes[3]).message == USED
    assert browser.ask("GET", "/second-factor").body["recoveryCodesLeft"] == 9
    assert sign_in(browser, codes[4]).status == 200


# --- taking away -------------------------------------------------------------------------------


def take_away(browser: Browser, password: str, code: str) -> Answer:
    return browser.ask("DELETE", "/second-factor", {"password": password, "code": code})


def test_taking_it_away_asks_for_password_and_code(browser: Browser) -> None:
    secret, _ = set_up(browser)
    assert take_away(browser, "not the password", code_now(browser, secret)).message == "The password is wrong"
    assert take_away(browser, PASSWORD, "000000").message == USED
    assert sign_in(browser, None).message == NEEDED
    assert take_away(browser, PASSWORD, code_now(browser, secret)).status == 204
    assert sign_in(browser, None).status == 200
    assert browser.ask("GET", "/api/v1/user").body["settings"]["multiFactorEnabled"] is False


def test_guessing_a_code_to_take_it_away_makes_one_wait(browser: Browser) -> None:
    set_up(browser)
    assert [take_away(browser, PASSWORD, "000000").status for _ in range(6)] == [400] * 5 + [429]


def test_one_that_waits_to_be_confirmed_is_taken_away_with_the_password(browser: Browser) -> None:
    sign_ins.enrol(browser.person)
    assert take_away(browser, PASSWORD, "").status == 204
    assert take_away(browser, PASSWORD, "").message == "There is no second factor"


def test_without_the_keys_of_secrets_a_code_cannot_be_looked_at(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hourbook.access.secrets import Keyring

    set_up(browser)
    box = browser.server.runtime.secrets
    monkeypatch.setattr(box, "ring", Keyring("another key that is long enough for anything"))
    assert sign_in(browser, "123456").status == 503


# --- workspaces that ask for one ---------------------------------------------------------------


@pytest.fixture
def strict(office: Office) -> str:
    """The path of something in a workspace whose members need a second factor."""
    office.set(multi_factor_enabled=True)
    return f"/api/v1/workspaces/{office.workspace_id}/tags"


def test_a_session_without_it_does_not_enter(strict: str, browser: Browser) -> None:
    answer = browser.ask("GET", strict)
    assert answer.refusal == (403, 1008)
    assert answer.message.startswith("This workspace asks for a second factor")
    assert browser.ask("POST", strict, {"name": "x"}).refusal == (403, 1008)
    assert browser.ask("GET", "/session").status == 200


def test_a_session_that_sets_one_up_enters_and_older_ones_do_not(strict: str, browser: Browser) -> None:
    older = signed_in(browser.person)
    set_up(browser)
    assert browser.ask("GET", strict).status == 200
    assert older.ask("GET", strict).refusal == (403, 1008)


def test_a_sign_in_with_a_code_enters(strict: str, browser: Browser) -> None:
    secret, _ = set_up(browser)
    second = fresh(browser)
    assert second.sign_in(code=code_now(browser, secret)).status == 200
    assert second.ask("GET", strict).status == 200


def test_without_the_factor_nobody_enters_any_more(strict: str, browser: Browser) -> None:
    secret, _ = set_up(browser)
    assert take_away(browser, PASSWORD, code_now(browser, secret)).status == 204
    assert browser.ask("GET", strict).refusal == (403, 1008)


def test_the_workspaces_own_provider_answers_for_its_factors(strict: str, office: Office, member: Person) -> None:
    """A provider of another workspace does not, nor does a link."""
    methods = {f"oidc:{office.workspace_id}": 200, f"oidc:{office.outsider_workspace_id}": 403, "invitation": 403}
    for method, status in methods.items():
        token = sign_ins.open_session(member, method=method).token
        assert Browser(member, cookie=token).ask("GET", strict).status == status, method


def test_keys_enter_as_before(strict: str, office: Office) -> None:
    assert office.member.get("/tags").status == 200


def test_other_workspaces_ask_for_nothing(strict: str, office: Office) -> None:
    browser = signed_in(office.outsider)
    assert browser.ask("GET", f"/api/v1/workspaces/{office.outsider_workspace_id}/tags").status == 200
