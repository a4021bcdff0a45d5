"""Log lines: JSON with request ids, tracebacks of bugs, and never a secret."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from hourbook import logs
from hourbook.http.app import App
from tests.harness import Office

KEY = "Kq7" * 16
PLANTED = {
    "header": "planted-in-a-header",
    "body": "planted-in-a-body",
    "query": "planted-in-a-query",
    "path": "planted-in-a-path",
    "password": "planted-password",
}
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Logging as a server has it, at its most talkative, into a text; as it was before afterwards."""
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    text = io.StringIO()
    logs.configure("debug", "json", stream=text)
    structlog.configure(cache_logger_on_first_use=False)
    yield text
    structlog.configure(**before)
    root.handlers, root.level = handlers, level


@pytest.fixture
def lines(stream: io.StringIO) -> Lines:
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_json_object_with_time_and_level(lines: Lines) -> None:
    structlog.get_logger("test").info("something\nhappened", count=1)
    (line,) = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "something\nhappened", "level": "info", "count": 1}


def test_lines_of_libraries_have_the_same_form(lines: Lines) -> None:
    logging.getLogger("some.library").warning("it said %s", "so")
    (line,) = lines()
    assert (line["event"], line["level"]) == ("it said so", "warning")


def test_text_is_for_people(stream: io.StringIO) -> None:
    logs.configure("info", "text", stream=stream)
    structlog.configure(cache_logger_on_first_use=False)
    structlog.get_logger("test").info("something happened", count=1)
    structlog.get_logger("test").debug("not this")
    assert "something happened" in stream.getvalue()
    assert "count=1" in stream.getvalue()
    assert "not this" not in stream.getvalue()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"key {KEY} was sent", "key ******** was sent"),
        ("postgresql://me:hidden@db/x", "postgresql://me:********@db/x"),
        ("http://127.0.0.1:8080/x@y", "http://127.0.0.1:8080/x@y"),
        ("0" * 64, "0" * 64),
    ],
)
def test_what_looks_like_a_credential_is_taken_out(text: str, told: str) -> None:
    assert logs.without_secrets(None, "info", {"event": text, "count": 1}) == {"event": told, "count": 1}


@pytest.fixture
def talkative(office: Office) -> Iterator[Office]:
    """An office whose server logs each request."""
    app = office.server.runtime.app
    app._logs_requests = True
    yield office
    app._logs_requests = False


def test_requests_full_of_secrets_leave_none_in_the_log(talkative: Office, stream: io.StringIO, lines: Lines) -> None:
    planted = PLANTED
    owner, anonymous = talkative.owner, talkative.anonymous
    headers = {"authorization": f"Bearer {planted['header']}", "cookie": planted["header"], "x-request-id": "told-1"}
    base = f"/api/v1/workspaces/{talkative.workspace_id}/tags"
    answers = [
        owner.raw("GET", base, query={"name": planted["query"], "api-key": owner.key}, headers=headers),
        owner.raw("POST", base, {"name": planted["body"], "password": planted["password"]}, headers=headers),
        owner.raw("POST", base, b'{"name": "' + planted["body"].encode(), headers=headers),
        owner.raw("POST", f"{base}/{planted['path']}", {"name": planted["body"]}, headers=headers),
        owner.raw("GET", f"/{planted['path']}", query={"key": planted["query"]}, headers=headers),
        anonymous.raw("GET", base, headers={"x-api-key": planted["header"]}),
        anonymous.raw("GET", base, headers={"x-addon-token": planted["header"]}),
        anonymous.raw("GET", "/metrics", headers={"authorization": f"Bearer {planted['header']}"}),
        owner.raw("GET", base, headers={"x-request-id": "bad id " + planted["header"]}),
    ]
    requests = [line for line in lines() if line["event"] == "request"]
    assert [line["status"] for line in requests] == [answer.status for answer in answers]
    assert requests[0]["request_id"] == "told-1"
    assert set(requests[0]) == {
        "event", "level", "timestamp", "request_id", "method", "operation", "status", "milliseconds"
    }  # fmt: skip
    for secret in (*planted.values(), owner.key):
        assert str(secret) not in stream.getvalue()


def test_a_bug_is_logged_with_its_traceback_and_request_id_and_without_the_key(
    talkative: Office, stream: io.StringIO, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(self: App, *_: object) -> None:
        raise RuntimeError(f"a bug met {talkative.owner.key}")

    monkeypatch.setattr(App, "_respond", broken)
    answer = talkative.owner.get("/tags")
    assert answer.refusal == (500, 500)
    assert "bug" not in answer.message
    (line,) = (line for line in lines() if line["level"] == "error")
    assert line["request_id"] == answer.headers["x-request-id"]
    assert "RuntimeError: a bug met ********" in line["exception"]
    assert str(talkative.owner.key) not in stream.getvalue()


def test_no_request_is_logged_by_default(office: Office, lines: Lines) -> None:
    office.owner.get("/tags")
    office.anonymous.get("/tags")
    assert lines() == []
