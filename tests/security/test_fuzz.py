"""Generated requests of every role: no 5xx, and no answer that breaks our own document.

`make fuzz` sends a million; here it is ten thousand by role and some more on each database, and each
database has cases of its own. The last tests prove that the oracle would notice.
"""

import random
import re
from dataclasses import replace
from types import SimpleNamespace

import pytest

from hourbook.resources.shared_reports import actions as shared_reports
from tests.databases import IS_SQLITE, fresh_database
from tests.harness import Answer, Headers, Server, sqlite_url
from tests.security.fuzz import APART, EVERYBODY, NOT_BY_CHANCE, Fuzzer, Result, as_curl, document
from tests.security.fuzz_cases import Case, Generator
from tests.security.fuzz_check import Checker, leaks
from tests.security.fuzz_world import ROLES
from tests.watching import AppLog

REQUESTS_OF_A_ROLE = 1_680
REQUESTS_ON_BOTH = 1_200
ROUNDS = 20
SEED = 20_260_520
# Making cases takes longer than sending all requests: four an operation, and others on the other database.
CASES, SEED_OF_CASES = 4, SEED + IS_SQLITE
GET_TAG = Case("get_tag", "GET", "/api/v1/workspaces/{workspaceId}/tags/{tagId}", {"workspaceId": "w", "tagId": "t"})
TAG = {"id": "t", "name": "Tea", "workspaceId": "w", "archived": False}


@pytest.fixture(scope="module")
def fuzzer(server, whole_log):
    yield Fuzzer(server, whole_log, seed=SEED, generator=Generator(document(), SEED_OF_CASES, cases=CASES))
    server.clock.reset()


@pytest.mark.slow
@pytest.mark.parametrize("role", [*ROLES, EVERYBODY])
def test_no_request_of_this_role_breaks_the_server_or_the_document(fuzzer, role):
    result = Result()
    fuzzer.run(role, REQUESTS_OF_A_ROLE, result)
    assert not result.failures, result.report()
    assert result.requests == REQUESTS_OF_A_ROLE


@pytest.mark.slow
def test_the_owner_gets_through_to_every_operation(fuzzer):
    result = Result()
    for _ in range(ROUNDS):
        missing = fuzzer.operations - NOT_BY_CHANCE - result.accepted
        fuzzer.run("owner", max(160, 12 * len(missing)), result, among=missing)
        assert not result.failures, result.report()
        if fuzzer.operations - NOT_BY_CHANCE <= result.accepted:
            return
    missing = sorted(fuzzer.operations - NOT_BY_CHANCE - result.accepted)
    assert not missing, missing


@pytest.mark.slow
@pytest.mark.parametrize("role", [*ROLES, EVERYBODY])
def test_operations_that_end_things_break_nothing_either(fuzzer, role):
    result = Result()
    for _ in range(3):
        fuzzer.run(role, 120, result, among=APART)
    assert not result.failures, result.report()


@pytest.mark.slow
@pytest.mark.skipif(IS_SQLITE, reason="compares PostgreSQL with SQLite")
def test_both_databases_give_the_same_answers(fuzzer, whole_log, tmp_path):
    with fresh_database(tmp_path) as postgres_url:
        said = [transcript(url, whole_log, fuzzer.generator) for url in (postgres_url, sqlite_url(tmp_path))]
    different = [f"{one}\n--- and on SQLite\n{other}" for one, other in zip(*said, strict=True) if one != other]
    assert not different, "\n\n".join(different[:5])


# Words that are drawn anew each time: keys, tokens and what is made of them, and the names of requests.
SECRET = re.compile(
    r'-----BEGIN.*?-----END|whsec_[A-Za-z0-9+/=]+|(?<="kid":")[^"]+|(?<="requestId":")[^"]+|[A-Za-z0-9_-]{32,}'
)


def transcript(url: str, log: AppLog, generator: Generator) -> list[str]:
    """What a server with this database answers to requests sent one after the other; ids are the same on each."""
    server, result = Server(url, log, id_seed=SEED), Result(transcript=[])
    server.open()
    chance = random.Random(SEED)
    drawn = SimpleNamespace(token_hex=lambda count: chance.randbytes(count).hex())
    try:
        # Ids that nobody is to guess are the same, too.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(shared_reports, "secrets", drawn)
            Fuzzer(server, log, seed=SEED, generator=generator).run(EVERYBODY, REQUESTS_ON_BOTH, result, at_once=1)
    finally:
        server.close()
    assert not result.failures, result.report()
    # Secrets (keys, addresses of files, seeds of codes) are drawn anew each time.
    return [SECRET.sub("SECRET", one) for one in result.transcript or []]


# --- the oracle would notice -----------------------------------------------------------------


@pytest.fixture
def checker():
    return Checker(document())


def answer(status: int, body: object, **headers: str) -> Answer:
    found = Headers({"content-type": "application/json", "x-request-id": "1"})
    return Answer(status, body, Headers({**found, **headers}), b"{}" if body is not None else b"")


def test_a_good_answer_has_no_problems(checker):
    assert checker.problems(GET_TAG, answer(200, TAG)) == []
    assert checker.problems(GET_TAG, answer(400, {"message": "no", "code": 501})) == []


@pytest.mark.parametrize(
    "broken",
    [
        answer(500, {"message": "no", "code": 500}),
        answer(503, {"message": "no", "code": 503}),
        answer(404, {"message": "no", "code": 404}),
        answer(201, TAG),
        answer(200, None),
        answer(200, {**TAG, "archived": None}),
        answer(200, {"id": "t"}),
        answer(200, [TAG]),
        answer(400, {"message": "no", "code": "501"}),
        answer(200, TAG, **{"content-type": "text/plain"}),
        answer(200, TAG, **{"last-page": "true"}),
        replace(answer(200, TAG), headers=Headers({"content-type": "application/json"})),
    ],
    ids=lambda broken: f"{broken.status} {broken.body} {broken.headers}"[:60],
)
def test_a_broken_answer_is_noticed(checker, broken):
    assert checker.problems(GET_TAG, broken)


def test_words_of_the_inside_are_noticed_unless_the_request_brought_them():
    refusal = answer(400, {"message": "no such table in sqlite3: SELECT name", "code": 501})
    assert leaks(GET_TAG, refusal)
    assert not leaks(replace(GET_TAG, query=[("name", "SQLite select ")]), refusal)


def test_a_failure_prints_a_request_that_can_be_sent_again():
    case = Case("create_tag", "POST", "/tags/{tagId}", {"tagId": "a b"}, [("x", "1")], {"name": "it's"}, True)
    assert as_curl(case, "owner") == (
        'curl -X POST -H "X-Api-Key: $OWNER" "$URL/tags/a%20b?x=1" '
        "-H 'Content-Type: application/json' --data-binary '{\"name\": \"it'\"'\"'s\"}'"
    )
