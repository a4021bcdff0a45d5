"""How many requests are taken: who is counted, what is said about it, and what happens without the shared counts."""

import asyncio
import contextlib
import time
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import pytest

from hourbook.access.actors import Actor, Settings
from hourbook.core.errors import TooManyRequests
from hourbook.core.networks import counted_network
from hourbook.http import limits as module
from hourbook.http import limits_shared
from hourbook.http.limits import CountsHere, Limit, Limits, Name
from hourbook.http.limits_shared import CONNECTIONS, LOG_SECONDS, PATIENCE_SECONDS, PAUSE_SECONDS, CountsInRedis
from hourbook.http.messages import Request
from hourbook.http.operation import OPERATIONS
from tests.harness import API, Answer, Office
from tests.http.redis_server import SERVERS, RedisServer, running_redis
from tests.watching import AppLog

A: Name = ("key", "a", "")
TOO_MANY = (429, 429)
SAID = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "RateLimit", "RateLimit-Policy")


class StillTime:
    """Time that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic_ns(self) -> int:
        return round(self.now * 1e9)

    def time(self) -> float:
        return 1_700_000_000 + self.now

    def now_us(self) -> int:
        return round(self.time() * 1e6)

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> StillTime:
    found = StillTime()
    monkeypatch.setattr(module, "time", found)
    monkeypatch.setattr(module, "_CLOCK", found)
    return found


@contextlib.contextmanager
def limited(office: Office, rate: int = 0, addon_rate: int = 0) -> Iterator[Limits]:
    askers = office.server.runtime.pipeline.askers
    before, askers.limits = askers.limits, Limits(rate, addon_rate)
    try:
        yield askers.limits
    finally:
        askers.limits = before


def ask(office: Office, count: int) -> list[Answer]:
    return [office.owner.get("/tags") for _ in range(count)]


def test_a_key_may_send_a_burst_and_then_its_rate(office: Office, still: StillTime) -> None:
    with limited(office, rate=10):
        assert {answer.status for answer in ask(office, 20)} == {200}
        refused = office.owner.get("/tags")
        assert refused.refusal == TOO_MANY
        assert refused.body == {"message": "Too many requests", "code": 429}
        assert refused.headers["Retry-After"] == "1"
        still.now += 0.1
        assert [answer.status for answer in ask(office, 2)] == [200, 429]
        still.now += 1
        assert [answer.status for answer in ask(office, 11)] == [200] * 10 + [429]


def test_answers_say_how_much_is_left(office: Office, still: StillTime) -> None:
    with limited(office, rate=10):
        first, second = ask(office, 2)
        assert [first.headers[name] for name in SAID] == [
            "20",
            "19",
            str(int(still.time()) + 1),
            '"key";r=19;t=1',
            '"key";q=20;w=2',
        ]
        assert second.headers["X-RateLimit-Remaining"] == "18"
        refused = ask(office, 19)[-1]
        assert refused.headers["RateLimit"] == '"key";r=0;t=2'
        assert int(refused.headers["X-RateLimit-Reset"]) == int(still.time()) + 2
        refusal = office.owner.post("/tags", {"name": ""})
        assert refusal.status == 429


def test_a_refusal_of_another_kind_says_it_too(office: Office, still: StillTime) -> None:
    with limited(office, rate=10):
        assert office.owner.post("/tags", {"name": ""}).headers["X-RateLimit-Remaining"] == "19"
        assert office.member.raw("GET", f"{API}/user").headers["X-RateLimit-Remaining"] == "19"


def test_too_many_are_refused_before_the_role_and_the_body(office: Office, still: StillTime) -> None:
    with limited(office, rate=1):
        assert [office.member.delete("/tags/nothing", b"{").status for _ in range(3)][-1] == 429
        assert office.member.post("/tags", b"{").status == 429
        # What the role refuses is counted, too.
        assert [office.lead.get("/webhooks").status for _ in range(3)] == [403, 403, 429]


def test_off_means_that_nothing_is_counted_and_nothing_said(office: Office) -> None:
    with limited(office):
        answers = ask(office, 50)
    assert {answer.status for answer in answers} == {200}
    assert not [name for name in SAID if name in answers[0].headers]


def test_keys_and_workspaces_are_counted_apart(office: Office, still: StillTime) -> None:
    with limited(office, rate=1):
        assert [answer.status for answer in ask(office, 3)] == [200, 200, 429]
        assert office.admin.get("/tags").status == 200
        assert office.owner.raw("GET", f"{API}/user").status == 200
        assert office.owner.get("/clients").status == 429


def test_a_workspace_asks_for_less_than_the_server_and_never_for_more(office: Office, still: StillTime) -> None:
    office.set(requests_per_second=2)
    with limited(office, rate=10):
        assert [answer.status for answer in ask(office, 5)] == [200] * 4 + [429]
    office.set(requests_per_second=1000)
    with limited(office, rate=10):
        assert ask(office, 1)[0].headers["X-RateLimit-Limit"] == "20"
    with limited(office, rate=0):
        assert ask(office, 1)[0].headers["X-RateLimit-Limit"] == "2000"


def test_a_workspace_sets_its_own_rates(office: Office) -> None:
    path = f"/api/hourbook/v1/workspaces/{office.workspace_id}/settings"
    answer = office.owner.raw("PATCH", path, {"requestsPerSecond": 30, "addonRequestsPerSecond": 5})
    assert (answer.body["requestsPerSecond"], answer.body["addonRequestsPerSecond"]) == (30, 5)
    for name in ("requestsPerSecond", "addonRequestsPerSecond"):
        assert office.owner.raw("PATCH", path, {name: -1}).refusal == (400, 501)
        assert office.owner.raw("PATCH", path, {name: 1_000_001}).refusal == (400, 501)


def test_wrong_credentials_are_counted_by_their_address_and_good_ones_never_refused(
    office: Office, still: StillTime
) -> None:
    def wrong(number: int, address: str) -> Answer:
        headers = {"x-api-key": f"wrong{number}"}
        return office.server.ask_from(address, office.anonymous.prepared("GET", f"{API}/user", headers=headers))

    with limited(office, rate=1000):
        answers = [wrong(number, "192.0.2.7") for number in range(103)]
        assert [answer.status for answer in answers] == [401] * 100 + [429] * 3
        assert answers[-1].refusal == TOO_MANY
        assert answers[-1].headers["RateLimit-Policy"] == '"wrong-credentials";q=100;w=10'
        assert wrong(0, "192.0.2.8").status == 401
        asked = office.owner.prepared("GET", f"{API}/user")
        assert office.server.ask_from("192.0.2.7", asked).status == 200


def test_no_credential_at_all_is_cheap_and_not_counted(office: Office, still: StillTime) -> None:
    with limited(office, rate=1):
        assert {office.anonymous.get("/tags").status for _ in range(150)} == {401}


def test_a_sign_in_is_not_counted_twice(office: Office, still: StillTime) -> None:
    with limited(office, rate=1):
        body = {"email": "nobody@example.com", "password": "wrong"}
        answers = [office.anonymous.raw("POST", "/api/hourbook/v1/sign-in", body) for _ in range(4)]
    assert {answer.status for answer in answers} == {401}
    assert not [name for name in SAID if name in answers[0].headers]


def test_who_is_refused_uses_nothing_up(still: StillTime) -> None:
    counts, limit = CountsHere(), Limit(1, 2)
    assert counts.spend(A, limit) > 0
    assert counts.spend(A, limit) > 0
    before = counts.spend(A, limit)
    assert before < 0
    for _ in range(100):
        assert counts.spend(A, limit) < 0
    assert counts.spend(A, limit) == before


def test_an_add_on_is_counted_by_its_own_rate(still: StillTime) -> None:
    limits = Limits(100, 50)
    actor = Actor(id="1" * 24, kind="addon", auth="addon_token", credential_id="2" * 24, workspace_id="3" * 24)
    request = asking()
    assert limits.check(request, actor) is None
    assert dict(request.told)[b"ratelimit-policy"] == b'"addon";q=50;w=1'
    for _ in range(49):
        limits.check(request, actor)
    with pytest.raises(TooManyRequests):
        limits.check(request, actor)
    less = Actor(**{name: getattr(actor, name) for name in ("id", "kind", "auth", "credential_id")}, settings=LESS)
    limits.check(request, less)
    assert dict(request.told)[b"x-ratelimit-limit"] == b"7"


LESS = Settings(addon_requests_per_second=7)


def asking() -> Request:
    return Request(OPERATIONS["list_tags"], (), b"", {}, b"", "request", "127.0.0.1")


def test_memory_is_bounded_whoever_asks(still: StillTime) -> None:
    counts, limit = CountsHere(most=1000), Limit(10, 20)
    for _ in range(20):
        counts.spend(("key", "busy", ""), limit)
    for number in range(5000):
        counts.spend(("key", f"passing {number}", ""), limit)
    assert len(counts) <= 1000
    assert counts.spend(("key", "busy", ""), limit) < 0
    still.now += 60
    for number in range(1001):
        counts.spend(("key", f"later {number}", ""), limit)
    assert len(counts) <= 1000


def test_an_address_is_counted_with_its_network_where_somebody_has_many() -> None:
    assert counted_network("2001:db8:1:2::1") == counted_network("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"
    assert counted_network("2001:db8:1:3::1") != counted_network("2001:db8:1:2::1")
    assert counted_network("::ffff:192.0.2.1") == counted_network("192.0.2.1") == "192.0.2.1"
    assert counted_network("nowhere") == "nowhere"


# --- counts that servers share -----------------------------------------------------------------


class Slow(Limit):
    """So little that a machine which stands still for a while lets nobody through."""

    SECONDS = 60

    @cached_property
    def step_us(self) -> int:
        return self.SECONDS * 1_000_000


@pytest.fixture(params=SERVERS, ids=lambda path: path.name)
def redis(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[RedisServer]:
    # A busy machine is no reason to do without the counts.
    monkeypatch.setattr(limits_shared, "PATIENCE_SECONDS", 20.0)
    with running_redis(request.param) as found:
        yield found


def spend(counts: list[CountsInRedis], name: Name, limit: Limit, times: int) -> list[int | None]:
    """So many requests, in turn through each of the servers' counts."""

    async def all_of_them() -> list[int | None]:
        found = [await counts[number % len(counts)].spend(name, limit) for number in range(times)]
        for one in counts:
            await one.close()
        return found

    return asyncio.run(all_of_them())


def test_servers_count_together(redis: RedisServer) -> None:
    two = [CountsInRedis(redis.address), CountsInRedis(redis.address)]
    found = spend(two, A, Slow(1, 10), 12)
    assert all(used is not None and used > 0 for used in found[:10])
    assert all(used is not None and used < 0 for used in found[10:])
    assert spend([CountsInRedis(redis.address)], ("key", "other", ""), Slow(1, 10), 1) == [Slow.SECONDS * 1_000_000]


def test_what_is_shared_is_forgotten_when_it_says_nothing_any_more(redis: RedisServer) -> None:
    spend([CountsInRedis(redis.address)], A, Limit(1, 200), 20)
    (left_ms,) = redis.ask("PTTL", "hourbook:limit:key:a:")
    assert 0 < left_ms <= 20_001


def test_a_server_over_the_shared_counts_refuses_as_ever(
    redis: RedisServer, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "limit_of", lambda rate, burst_seconds, name: Slow(rate, rate * burst_seconds, name))
    askers = office.server.runtime.pipeline.askers
    before = askers.limits
    try:
        statuses = []
        for _ in range(2):  # as another server that has counted nothing itself
            askers.limits = Limits(1, 1, shared=CountsInRedis(redis.address))
            statuses += [answer.status for answer in ask(office, 2)]
            office.server.loop.run_until_complete(askers.limits.close())
        assert statuses == [200, 200, 429, 429]
    finally:
        askers.limits = before


def test_nobody_waits_for_shared_counts_that_are_away_and_the_log_says_so_once(
    redis: RedisServer, whole_log: AppLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    still = StillTime()
    monkeypatch.setattr(limits_shared, "time", still)
    counts, limit = CountsInRedis(redis.address), Slow(1, 1)

    def warnings() -> list[Any]:
        return [line for line in whole_log.lines if "rate limits" in str(line.get("event"))]

    async def story() -> None:
        assert (await counts.spend(A, limit) or 0) > 0
        assert (await counts.spend(A, limit) or 0) < 0
        redis.stop()
        logged = len(warnings())
        for _ in range(5):
            assert await counts.spend(A, limit) is None
            still.now += PAUSE_SECONDS + 0.1
        assert len(warnings()) == logged + 1
        assert redis.password not in repr(warnings())
        still.now += LOG_SECONDS
        assert await counts.spend(A, limit) is None
        assert len(warnings()) == logged + 2
        redis.start()
        still.now += PAUSE_SECONDS + 0.1
        assert await counts.spend(A, limit) is not None
        await counts.close()

    asyncio.run(story())


def test_a_server_counts_for_itself_while_the_shared_counts_are_away(
    redis: RedisServer, office: Office, still: StillTime
) -> None:
    askers = office.server.runtime.pipeline.askers
    before = askers.limits
    askers.limits = Limits(1, 1, shared=CountsInRedis(redis.address))
    try:
        assert [answer.status for answer in ask(office, 1)] == [200]
        redis.stop()
        answers = ask(office, 6)
        assert [answer.status for answer in answers] == [200, 200, 429, 429, 429, 429]
        assert answers[-1].headers["Retry-After"] == "1"
        assert office.admin.get("/tags").status == 200
    finally:
        office.server.loop.run_until_complete(askers.limits.close())
        askers.limits = before


def test_a_flood_shares_a_few_connections_and_is_counted_to_the_last_request(redis: RedisServer) -> None:
    counts, limit = CountsInRedis(redis.address), Slow(1, 20)

    async def flood() -> list[int | None]:
        found = await asyncio.gather(*(counts.spend(A, limit) for _ in range(200)))
        await counts.close()
        return found

    found = asyncio.run(flood())
    assert None not in found
    taken = [used for used in found if used is not None and used > 0]
    assert len(taken) == 20
    (connections,) = redis.ask("INFO", "stats")
    assert int(connections["total_connections_received"]) <= CONNECTIONS + 5


def test_requests_do_not_wait_for_counts_that_hang(redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    counts, limit = CountsInRedis(redis.address), Slow(1, 1)

    async def story() -> float:
        assert await counts.spend(A, limit) is not None
        monkeypatch.setattr(limits_shared, "PATIENCE_SECONDS", PATIENCE_SECONDS)
        with redis.frozen():
            began = time.perf_counter()
            assert [await counts.spend(A, limit) for _ in range(20)] == [None] * 20
            taken = time.perf_counter() - began
        await counts.close()
        return taken

    # Half of what all of them would wait for.
    assert asyncio.run(story()) < 20 * PATIENCE_SECONDS / 2
