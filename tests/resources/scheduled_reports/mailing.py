"""Scheduled reports in tests: asking for them, and the worker that makes and mails them."""

import asyncio
import csv
import io
from collections.abc import Coroutine
from email.message import EmailMessage
from typing import Any, TypeVar, cast

from hourbook.resources.jobs.rules import Job, JobState
from hourbook.settings import Settings
from hourbook.worker.runner import JobRun
from hourbook.worker.running import DirectVerbs, VerbRunner
from hourbook.worker.scheduled_reports import send_due
from hourbook.worker.sender import Sender
from hourbook.worker.verbs import Verbs
from tests.harness import Answer, Office, Person
from tests.worker.rig import settings_for
from tests.worker.sink import Sink

T = TypeVar("T")
HOUR_S, DAY_S = 3600, 86_400


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


def mails_to(person: Person, sink: Sink) -> list[EmailMessage]:
    """What came for somebody, in the order it came."""
    return [cast(EmailMessage, mail) for mail in sink.mails if mail["To"] == person.email]


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def file_of(mail: EmailMessage) -> EmailMessage:
    """The one file that goes with a mail."""
    (file,) = mail.iter_attachments()
    return file


def rows_of(mail: EmailMessage) -> list[dict[str, str]]:
    """The rows of a CSV that goes with a mail."""
    content = file_of(mail).get_content()
    return list(csv.DictReader(io.StringIO(content.decode() if isinstance(content, bytes) else content)))


class Killed(BaseException):
    """What ends a worker at once: nothing that it does itself can catch it."""


class Post:
    """The worker of the tests' server: makes what is due, and hands mails to a mail server."""

    def __init__(self, office: Office, sink: Sink, **settings: str) -> None:
        self._server, self._runtime = office.server, office.server.runtime
        runtime = self._runtime
        self._settings: Settings = settings_for(sink, **settings)
        runner = VerbRunner(runtime.database, runtime.clock, runtime.ids, deployment=runtime.pipeline.deployment)
        self.verbs: Verbs = DirectVerbs(runner)

    def wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        return self._server.loop.run_until_complete(asyncio.wait_for(work, 120))

    def make(self) -> int:
        """What is due by now becomes mails; how many schedules were served. As the job of the worker does it."""

        async def work() -> int:
            loop = asyncio.get_running_loop()
            run = JobRun(JOB, self._settings, self.verbs, loop=loop, runtime=lambda: self._runtime)
            return await asyncio.to_thread(send_due, run)

        return self.wait_for(work())

    def send(self) -> None:
        """Mails go out."""
        sender = Sender(self._settings, self.verbs)
        while self.wait_for(sender.work()):
            pass

    def work(self) -> None:
        self.make()
        self.send()


JOB = Job("0" * 24, "0" * 24, "scheduled_reports", JobState.QUEUED, "{}", None, 30, 1, 0, 0, "", 0, 0)
