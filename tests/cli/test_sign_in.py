"""Signing in at a real server, and the commands for whoever cannot: links, second factors, sessions, keys."""

from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie
from typing import Any

import pytest

from hourbook.db.engine import make_engine
from tests.cli.conftest import Program, Reply, Run, Shared, answers, shared_server, until

EMAIL, PASSWORD, NEW = "ada@example.org", "a good password", "an even better password"
OWN = "/api/hourbook/v1"
Serving = Callable[..., Program]


@pytest.fixture
def at(own_url: str) -> tuple[str, str]:
    return ("--database", own_url)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    with shared_server(tmp_path_factory.mktemp("shared")) as running:
        yield running


@pytest.fixture
def owner(run: Run, at: tuple[str, str]) -> dict[str, str]:
    """An owner who can sign in."""
    words = ("admin", "create-owner", "--email", EMAIL, "--password", PASSWORD, "--workspace", "Office", "--json")
    made: dict[str, str] = run(*words, *at).json
    return made


def rows_of(url: str, sql: str) -> list[tuple[Any, ...]]:
    connection = make_engine(url).connect()
    try:
        return [tuple(row) for row in connection.fetch_text(sql)]
    finally:
        connection.close()


def sign_in(program: Program, password: str = PASSWORD, *, prefix: str = OWN, email: str = EMAIL) -> Reply:
    return program.ask(f"{prefix}/sign-in", method="POST", body={"email": email, "password": password})


def cookie_of(reply: Reply) -> str:
    morsel = SimpleCookie(reply.headers["set-cookie"])["hourbook_session"]
    return f"hourbook_session={morsel.value}"


# --- a server ----------------------------------------------------------------------------------


def test_a_session_survives_the_server_and_its_use_is_noted(
    serving: Serving, owner: dict[str, str], own_url: str
) -> None:
    first = serving()
    cookie = cookie_of(sign_in(first))
    first.ask("/api/v1/user", x_api_key=owner["apiKey"])
    assert first.ask(OWN + "/session", cookie=cookie).status == 200
    assert first.stop() == 0
    ((seen, began),) = rows_of(own_url, "SELECT last_seen_at_us, created_at_us FROM sessions")
    assert seen > began
    assert rows_of(own_url, "SELECT count(*) FROM api_keys WHERE last_used_at_us IS NOT NULL") == [(1,)]
    assert serving().ask(OWN + "/session", cookie=cookie).status == 200


def test_failures_are_counted_over_a_restart(serving: Serving, owner: dict[str, str]) -> None:
    """After five of them one more is looked at when the wait is over, and then one waits again."""
    first = serving()
    assert [sign_in(first, "not the password").status for _ in range(5)] == [401] * 5
    first.stop()
    second = serving()
    until(lambda: sign_in(second, "not the password").status == 401)
    answer = sign_in(second)
    assert (answer.status, answer.json["code"]) == (429, 1010)
    assert 1 <= int(answer.headers["retry-after"]) <= 4


def test_behind_https_and_below_a_path_the_cookie_is_for_that_alone(serving: Serving, owner: dict[str, str]) -> None:
    program = serving(HOURBOOK_PUBLIC_URL="https://example.org/hourbook")
    sent = sign_in(program, prefix="/hourbook" + OWN).headers["set-cookie"]
    assert sent.partition("; ")[2] == "Path=/hourbook; HttpOnly; SameSite=Lax; Secure"


def test_no_password_and_no_token_is_logged(serving: Serving, owner: dict[str, str]) -> None:
    program = serving(HOURBOOK_ACCESS_LOG="1", HOURBOOK_LOG_LEVEL="debug")
    reply = sign_in(program)
    sign_in(program, "planted-wrong-password")
    cookie, csrf = cookie_of(reply), reply.json["csrfToken"]
    made = program.ask(OWN + "/api-keys", method="POST", body={"name": "x"}, cookie=cookie, x_csrf_token=csrf)
    asked = {"token": "planted-token-of-a-link", "password": NEW}
    program.ask(OWN + "/password-resets", method="POST", body=asked)
    program.stop()
    assert '"operation": "sign_in"' in program.log
    secrets = (PASSWORD, NEW, "planted-wrong-password", "planted-token-of-a-link", cookie.partition("=")[2], csrf)
    assert [secret for secret in (*secrets, made.json["apiKey"], EMAIL) if secret in program.log] == []


# --- commands ----------------------------------------------------------------------------------


def test_reset_password_prints_a_link_that_works_once(run: Run, shared: Shared) -> None:
    program, email = shared.program, shared.owner("--password", PASSWORD)["email"]
    link = run("admin", "reset-password", email.upper(), "--database", shared.url).out.splitlines()[0]
    address, _, token = link.rpartition("/")
    assert address == "http://127.0.0.1:8080/#/set-password"
    body = {"token": token, "password": NEW}
    assert program.ask(OWN + "/password-resets", method="POST", body=body).status == 204
    assert program.ask(OWN + "/password-resets", method="POST", body=body).status == 400
    assert sign_in(program, email=email).status == 401
    assert sign_in(program, NEW, email=email).status == 200


def test_reset_password_sets_one_beside_a_running_server_and_ends_the_sessions(run: Run, shared: Shared) -> None:
    program, email = shared.program, shared.owner("--password", PASSWORD)["email"]
    cookie = cookie_of(sign_in(program, email=email))
    assert program.ask(OWN + "/session", cookie=cookie).status == 200
    told = run("admin", "reset-password", email, "--password", "-", "--database", shared.url, typed=NEW + "\n")
    assert told.out.strip() == f"{email} has a new password. All sessions of the account have ended."
    until(answers(program, OWN + "/session", 401, cookie=cookie))
    assert sign_in(program, NEW, email=email).status == 200


def test_a_password_has_to_be_good_here_too(run: Run, at: tuple[str, str], owner: dict[str, str]) -> None:
    for password, told in (("short", "A password must have 10 to 256 characters"), (EMAIL, "The password is too easy")):
        ended = run("admin", "reset-password", EMAIL, "--password", password, *at)
        assert ended.status == 1
        assert ended.err.startswith(told)


def test_end_sessions_says_how_many_they_were(run: Run, shared: Shared) -> None:
    program, email = shared.program, shared.owner("--password", PASSWORD)["email"]
    cookie = cookie_of(sign_in(program, email=email))
    ending = ("admin", "end-sessions", email, "--database", shared.url)
    assert run(*ending).out.strip() == f"1 sessions of {email} have ended."
    until(answers(program, OWN + "/session", 401, cookie=cookie))
    assert run(*ending).out.strip() == f"0 sessions of {email} have ended."


def test_disable_second_factor_is_for_who_lost_the_device(
    run: Run, at: tuple[str, str], owner: dict[str, str], own_url: str
) -> None:
    assert run("admin", "disable-second-factor", EMAIL, *at).err.strip() == "There is no second factor"
    from hourbook import main
    from hourbook.access.actors import SYSTEM
    from hourbook.access.secrets import Keyring, SecretBox
    from hourbook.core.types import Origin
    from hourbook.db.tx import Facts
    from hourbook.resources.sign_in import actions_second_factor
    from hourbook.resources.users import actions as users

    runtime = main.build(own_url)
    runtime.database.open()
    facts = Facts(SYSTEM, runtime.clock.now_us(), "test", runtime.ids.new_id, Origin.CLI)
    box = SecretBox(Keyring("a long key for this test and for nothing else"))
    runtime.database.write_now(
        facts, "", lambda tx: actions_second_factor.enrol(tx, users.get_user(tx, owner["userId"]), box=box)
    )
    runtime.database.close()
    assert rows_of(own_url, "SELECT count(*) FROM second_factors") == [(1,)]
    told = run("admin", "disable-second-factor", EMAIL, *at).out.strip()
    assert told == f"{EMAIL} signs in with the password alone from now on."
    assert rows_of(own_url, "SELECT count(*) FROM second_factors") == [(0,)]


@pytest.mark.parametrize("command", ["reset-password", "disable-second-factor", "end-sessions"])
def test_an_unknown_account_is_a_sentence(run: Run, at: tuple[str, str], command: str) -> None:
    ended = run("admin", command, "nobody@example.org", *at)
    assert (ended.status, ended.err.strip()) == (1, "There is no account with the address nobody@example.org.")


def test_a_key_may_end_and_only_look(run: Run, shared: Shared) -> None:
    program, owner, at = shared.program, shared.owner(), ("--database", shared.url)
    words = ("--email", owner["email"], "--name", "export", "--days", "90", "--read-only", "--json")
    key = run("admin", "api-key", "create", *words, *at).json["apiKey"]
    told = next(line for line in run("admin", "api-key", "list", *at).out.splitlines() if line.endswith("export"))
    assert ", ends 20" in told
    assert ", reads only" in told
    tags = f"/api/v1/workspaces/{owner['workspaceId']}/tags"
    assert program.ask(tags, x_api_key=key).status == 200
    refused = program.ask(tags, method="POST", body={"name": "x"}, x_api_key=key)
    assert (refused.status, refused.json["code"]) == (403, 1007)
