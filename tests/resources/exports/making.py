"""Exports in tests: asking for them, and doing their jobs as the worker does."""

import asyncio
from typing import Any

import pytest

from hourbook.core.clock import SystemClock
from hourbook.settings import Settings, load_settings
from hourbook.worker.handlers import GIVEN_UP, HANDLERS
from hourbook.worker.runner import Handler, Runner
from hourbook.worker.running import DirectVerbs, VerbRunner
from tests.harness import Answer, Office, Person

MAY = {"dateRangeStart": "2026-05-01T00:00:00Z", "dateRangeEnd": "2026-05-31T23:59:59Z"}


def path_of(person: Person, *rest: str) -> str:
    return "/".join((f"/api/hourbook/v1/workspaces/{person.workspace_id}/exports", *rest))


def start(person: Person, kind: str = "CSV", *, type_: str = "DETAILED", **filter_: Any) -> Answer:
    body = {"type": type_, "filter": MAY | {"exportType": kind} | filter_}
    return person.raw("POST", path_of(person), body)


def started(person: Person, kind: str = "CSV", **more: Any) -> str:
    answer = start(person, kind, **more)
    assert answer.status == 201, answer
    return str(answer.body["id"])


def get(person: Person, export_id: str) -> Any:
    answer = person.raw("GET", path_of(person, export_id))
    assert answer.status == 200, answer
    return answer.body


def file_of(person: Person, export_id: str) -> Answer:
    return person.raw("GET", path_of(person, export_id, "file"))


class Worker:
    """Does what is due on the server of the tests, in whichever workspace."""

    def __init__(self, office: Office, *, handler: Handler | None = None, settings: Settings | None = None) -> None:
        runtime = office.server.runtime
        runner = VerbRunner(runtime.database, runtime.clock, runtime.ids, deployment=runtime.pipeline.deployment)
        handlers = {**HANDLERS} if handler is None else {"export": handler}
        self._server = office.server
        settings = settings or load_settings({}, {})
        verbs = DirectVerbs(runner)
        self._runner = Runner(settings, verbs, handlers, given_up=GIVEN_UP, runtime=lambda: runtime)

    def work(self) -> None:
        while self._server.loop.run_until_complete(asyncio.wait_for(self._runner.work(), 60)):
            pass


def stop_clock(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker asks the machine's clock; here that is the test's."""
    monkeypatch.setattr(SystemClock, "now_us", lambda self: office.clock.now_us())
