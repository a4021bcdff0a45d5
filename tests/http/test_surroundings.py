"""What is answered besides the API: health, readiness, metrics, pages."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from hourbook import __version__
from hourbook.http.messages import Response
from hourbook.http.metrics import Metrics
from hourbook.http.surroundings import Surroundings
from hourbook.settings import Settings
from tests.harness import Answer, Office, Server

Ask = Callable[..., Answer]


@pytest.fixture
def ask(server: Server) -> Ask:
    """A request to any path without a credential: `ask("/health", method="HEAD")`."""

    def call(path: str, method: str = "GET", **headers: str) -> Answer:
        named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        return server.ask(method, path, headers=named)

    return call


def answer_of(surroundings: Surroundings, path: str, headers: dict[bytes, bytes], client: Any) -> Response:
    """The answer to a client that connects from elsewhere than the tests do."""
    found = asyncio.run(surroundings.answer(path, headers, {"client": client}))
    assert found is not None
    return found


def elsewhere(server: Server, **settings: Any) -> Surroundings:
    return Surroundings(replace(Settings(), **settings), server.database, Metrics(server.database))


# --- health and readiness ----------------------------------------------------------------------


def test_health_says_that_the_process_lives_and_asks_nobody(
    ask: Ask, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.database, "answers", None)
    answer = ask("/health")
    assert (answer.status, answer.body) == (200, {"status": "ok", "version": __version__})
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-request-id"]


def test_ready_asks_the_database(ask: Ask) -> None:
    assert ask("/ready").body == {"status": "ready"}


def test_not_ready_while_the_server_stops(ask: Ask, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server.runtime.surroundings, "draining", True)
    answer = ask("/ready")
    assert answer.refusal == (503, 503)
    assert int(answer.headers["retry-after"]) > 0
    assert ask("/health").status == 200


@pytest.mark.parametrize("trouble", [ValueError("surprise"), TimeoutError()])
def test_not_ready_while_the_database_is_away(
    ask: Ask, server: Server, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    def broken() -> Any:
        raise trouble

    monkeypatch.setattr(server.database, "_thread_connection", broken)
    answer = ask("/ready")
    assert answer.refusal == (503, 503)
    assert "surprise" not in answer.message
    assert int(answer.headers["retry-after"]) > 0


def test_readiness_does_not_wait_for_ever(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(work: Any) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(server.database, "_in_thread", never)
    assert asyncio.run(server.database.answers(within_seconds=0.01)) is False


# --- metrics -----------------------------------------------------------------------------------


def test_metrics_count_requests_by_operation_and_status_class_and_never_by_path(ask: Ask, office: Office) -> None:
    def lines() -> dict[str, float]:
        text = ask("/metrics").content.decode()
        pairs = [line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, value in pairs}

    before = lines()
    office.owner.get("/tags")
    office.anonymous.get("/tags")
    ask("/made-up-by-a-stranger")
    after = lines()
    for status in ("2xx", "4xx"):
        name = f'hourbook_request_duration_seconds_count{{operation="list_tags",status="{status}"}}'
        assert after[name] == before.get(name, 0) + 1
    assert not any("stranger" in name for name in after)
    assert after[f'hourbook_build_info{{version="{__version__}"}}'] == 1
    assert after["hourbook_requests_in_flight"] == 1
    assert {"hourbook_database_waiting", "hourbook_writer_batches_total", "process_resident_memory_bytes"} <= set(after)


def test_buckets_add_up() -> None:
    class Idle:
        waiting_count = 3
        commit_counts = (2, 5)

    metrics = Metrics(Idle())  # type: ignore[arg-type]
    for seconds in (0.0005, 0.001, 0.3, 99.0):
        metrics.observe("read", 200, seconds)
    text = metrics.render().decode()
    name = 'hourbook_request_duration_seconds_bucket{le="%s",operation="read",status="2xx"} %s'
    for bound, count in (("0.001", 2.0), ("0.25", 2.0), ("0.5", 3.0), ("10.0", 3.0), ("+Inf", 4.0)):
        assert name % (bound, count) in text
    assert "hourbook_writer_operations_total 5.0" in text
    assert "hourbook_database_waiting 3.0" in text


def test_metrics_are_for_this_machine(server: Server) -> None:
    surroundings = elsewhere(server)
    for host in ("127.0.0.1", "::1", "127.8.9.1"):
        assert answer_of(surroundings, "/metrics", {}, (host, 1)).status == 200
    for client in (("192.0.2.1", 1), ("2001:db8::1", 1), ("testclient", 1), None):
        answer = answer_of(surroundings, "/metrics", {}, client)
        assert (answer.status, msgspec.json.decode(answer.content or b"")["code"]) == (403, 501)


@pytest.mark.parametrize("header", [b"x-forwarded-for", b"forwarded", b"x-real-ip", b"via", b"origin"])
def test_metrics_are_not_for_what_a_proxy_or_a_page_brings_to_this_machine(server: Server, header: bytes) -> None:
    answer = answer_of(elsewhere(server), "/metrics", {header: b"127.0.0.1"}, ("127.0.0.1", 1))
    assert answer.status == 403


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (b"Bearer right-token", 200),
        (b"bearer  right-token ", 200),
        (b"Bearer wrong-token", 403),
        (b"Basic right-token", 403),
        (b"Bearer ", 403),
        (b"Bearer \xff", 403),
        (b"", 403),
    ],
)
def test_a_token_opens_metrics_to_other_machines(server: Server, given: bytes, status: int) -> None:
    surroundings = elsewhere(server, metrics_token="right-token")
    assert answer_of(surroundings, "/metrics", {b"authorization": given}, ("192.0.2.1", 1)).status == status


def test_without_a_token_set_none_is_right(server: Server) -> None:
    answer = answer_of(elsewhere(server), "/metrics", {b"authorization": b"Bearer "}, ("192.0.2.1", 1))
    assert answer.status == 403


# --- pages -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/docs", "text/html; charset=utf-8"),
        ("/docs/", "text/html; charset=utf-8"),
        ("/docs/webhooks", "text/html; charset=utf-8"),
        ("/docs/errors/", "text/html; charset=utf-8"),
        ("/docs/deploy/nginx.conf", "text/plain; charset=utf-8"),
        ("/openapi.json", "application/json"),
        ("/favicon.ico", "image/svg+xml"),
        ("/static/favicon.svg", "image/svg+xml"),
    ],
)
def test_pages_need_no_key_and_have_their_content_type(ask: Ask, path: str, kind: str) -> None:
    answer = ask(path)
    assert (answer.status, answer.headers["content-type"]) == (200, kind)
    head = ask(path, method="HEAD")
    assert (head.status, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(answer.content))


@pytest.mark.parametrize("path", ["/", "/docs", "/health", "/ready", "/metrics", "/static/favicon.svg"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_pages_are_read_only(ask: Ask, path: str, method: str) -> None:
    answer = ask(path, method=method)
    assert answer.refusal == (405, 3000)
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize(
    "path",
    ["/static/../main.py", "/static/%2e%2e/x", "/static/", "/static", "/nothing", "/health/x"]
    + ["/docs/nothing", "/docs/webhooks.md", "/docs/..%2fREADME", "/docs/deploy/", "/docs/deploy/../webhooks"],
)
def test_what_is_not_there_is_404_in_the_one_error_shape(ask: Ask, path: str) -> None:
    assert ask(path).refusal == (404, 3000)


def test_the_published_contract_is_a_document(ask: Ask) -> None:
    document = ask("/openapi.json").body
    assert document["openapi"].startswith("3.1")
    assert document["info"]["version"] == __version__
    assert ask("/openapi.json").content == ask("/openapi.json").content


def test_the_host_header_is_never_trusted(ask: Ask) -> None:
    assert (
        b"evil.example" not in ask("/", host="evil.example").content + ask("/openapi.json", host="evil.example").content
    )


# --- the page of a shared report ---------------------------------------------------------------


def test_the_page_of_a_shared_report_is_the_same_for_every_id(ask: Ask) -> None:
    """Whether there is such a report is not told by the page."""
    first, second = ask(f"/shared-reports/{'a' * 24}"), ask(f"/shared-reports/{'b' * 24}")
    assert first.status == 200
    assert first.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in first.headers["content-security-policy"]
    assert first.headers["referrer-policy"] == "no-referrer"
    assert b"report.js" in first.content
    assert first.content == second.content


@pytest.mark.parametrize("path", ["/shared-reports", "/shared-reports/nonsense", f"/shared-reports/{'a' * 24}/export"])
def test_there_is_no_page_without_an_id(ask: Ask, path: str) -> None:
    assert ask(path).status == 404


def test_the_page_of_a_shared_report_only_reads(ask: Ask) -> None:
    assert ask(f"/shared-reports/{'a' * 24}", method="DELETE").status == 405
