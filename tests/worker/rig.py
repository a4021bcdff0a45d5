"""A worker's parts on a database of their own, without its process: what is due here was queued here."""

import asyncio
import contextlib
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

from hourbook import main
from hourbook.access.actors import SYSTEM
from hourbook.core.ids import IdSource
from hourbook.core.types import Deployment, Origin
from hourbook.db.tx import Facts
from hourbook.resources.jobs import actions as jobs
from hourbook.resources.jobs.rules import Job
from hourbook.resources.mail import actions as mails
from hourbook.resources.mail.rules import Mail, QueuedMail
from hourbook.settings import Settings, load_settings
from hourbook.worker.running import DirectVerbs, VerbRunner
from tests import people
from tests.databases import fresh_database
from tests.harness import START_S, Clock
from tests.worker.sink import Sink

T = TypeVar("T")
MAIL = Mail(
    to="mia@example.org",
    template="password_reset",
    values={"link": "https://time.example.org/reset?token=Sesame", "expires_at_us": START_S * 1_000_000},
    account_id="a" * 24,
)


class Rig:
    """`office_id` is a workspace that exists."""

    def __init__(self, url: str) -> None:
        self.clock = Clock(START_S * 1_000_000)
        self.runtime = main.build(url, clock=self.clock, ids=IdSource(self.clock))
        self.runtime.pipeline.deployment = Deployment("https://time.example.org", True)
        people.make_schema(self.runtime.engine)
        self.runtime.database.open()
        self.database = self.runtime.database
        deployment = self.runtime.pipeline.deployment
        self.runner = VerbRunner(self.database, self.clock, self.runtime.ids, deployment=deployment)
        self.verbs = DirectVerbs(self.runner)

    def facts(self, actor: Any = SYSTEM) -> Facts:
        return Facts(
            actor, self.clock.now_us(), "test", self.runtime.ids.new_id, Origin.CLI, self.runtime.pipeline.deployment
        )

    def write(self, work: Any, workspace_id: str = "") -> Any:
        return self.database.write_now(self.facts(), workspace_id, work)

    def read(self, work: Any, workspace_id: str = "") -> Any:
        return self.database.read_now(self.facts(), workspace_id, work)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(work)

    def queue_mail(self, mail: Mail = MAIL) -> None:
        assert self.write(lambda tx: mails.queue(tx, mail))

    def mails(self) -> list[QueuedMail]:
        found: list[QueuedMail] = self.read(lambda tx: mails.list_recent(tx, 1000))
        return found

    def queue_job(self, kind: str, payload: Any = None, **more: Any) -> Job:
        job: Job = self.write(lambda tx: jobs.queue(tx, kind, payload, **more))
        return job

    def jobs(self) -> list[Job]:
        found: list[Job] = self.read(lambda tx: jobs.list_recent(tx, 1000))
        return found

    def job(self, job_id: str) -> Job:
        return next(job for job in self.jobs() if job.id == job_id)


@contextlib.contextmanager
def running_rig(folder: Path) -> Iterator[Rig]:
    with fresh_database(folder) as url:
        rig = Rig(url)
        try:
            yield rig
        finally:
            rig.database.close()


def settings_for(sink: Sink, **more: str) -> Settings:
    """Settings that send to a sink."""
    return load_settings({}, {**sink.settings(), **more})
