"""Scheduled reports in tests: asking for them, and the worker that makes and mails them."""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

import msgspec

from hourbook.core.types import Deployment
from hourbook.settings import Settings
from hourbook.worker.handlers import HANDLERS
from hourbook.worker.runner import Handler, Runner
from hourbook.worker.running import DirectVerbs, VerbRunner
from hourbook.worker.sender import Sender
from hourbook.worker.verbs import Verbs
from tests.harness import Answer, Office, Person
from tests.worker.rig import settings_for
from tests.worker.sink import Sink

DAY_S = 86_400


def path_of(person: Person, *rest: str, list_: str = "scheduled-reports") -> str:
    return "/".join((f"/api/hourbook/v1/workspaces/{person.workspace_id}/{list_}", *rest))


def body_of(*recipients: Person, **more: Any) -> dict[str, Any]:
    """A detailed report of yesterday, mailed every day at seven."""
    return {
        "name": "Yesterday",
        "type": "DETAILED",
        "exportType": "CSV",
        "filter": {"dateRangeType": "YESTERDAY"},
        "frequency": "DAILY",
        "time": "07:00",
        "recipients": [one.id for one in recipients],
    } | more


def create(person: Person, *recipients: Person, **more: Any) -> Answer:
    return person.raw("POST", path_of(person), body_of(*(recipients or (person,)), **more))


def created(person: Person, *recipients: Person, **more: Any) -> str:
    answer = create(person, *recipients, **more)
    assert answer.status == 201, answer
    return str(answer.body["id"])


def get(person: Person, report_id: str) -> Any:
    answer = person.raw("GET", path_of(person, report_id))
    assert answer.status == 200, answer
    return answer.body


def put(person: Person, report_id: str, **changes: Any) -> Answer:
    return person.raw("PUT", path_of(person, report_id), changes)


def delete(person: Person, report_id: str) -> Answer:
    return person.raw("DELETE", path_of(person, report_id))


def leave(person: Person, report_id: str) -> Answer:
    return person.raw("DELETE", path_of(person, report_id, list_="received-reports"))


@contextlib.contextmanager
def with_mail(office: Office) -> Iterator[None]:
    """The server sends mail."""
    pipeline = office.server.runtime.pipeline
    before: Deployment = pipeline.deployment
    pipeline.deployment = msgspec.structs.replace(before, mail_is_on=True, base_url="https://time.example.org")
    try:
        yield
    finally:
        pipeline.deployment = before


class Post:
    """The worker of the tests' server: makes what is due, and hands mails to a mail server."""

    def __init__(self, office: Office, sink: Sink, *, handler: Handler | None = None, **settings: str) -> None:
        runtime = office.server.runtime
        self.server = office.server
        self.settings: Settings = settings_for(sink, **settings)
        runner = VerbRunner(runtime.database, runtime.clock, runtime.ids, deployment=runtime.pipeline.deployment)
        self.verbs: Verbs = DirectVerbs(runner)
        self._handler = handler or HANDLERS["scheduled_reports"]
        self._runtime = runtime

    def wait_for(self, work: Any) -> Any:
        return self.server.loop.run_until_complete(asyncio.wait_for(work, 120))

    def make(self) -> None:
        """What is due by now becomes mails."""
        runner = Runner(self.settings, self.verbs, {"scheduled_reports": self._handler}, runtime=lambda: self._runtime)
        self.wait_for(self.verbs.call("jobs.ensure_recurring", type(None), _JOB))
        while self.wait_for(runner.work()):
            pass

    def send(self) -> None:
        """Mails go out."""
        sender = Sender(self.settings, self.verbs)
        while self.wait_for(sender.work()):
            pass

    def work(self) -> None:
        self.make()
        self.send()


_JOB = {"kind": "scheduled_reports", "every_seconds": 30}
