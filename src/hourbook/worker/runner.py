"""Does jobs: takes them under a lease, keeps the lease alive, says how each ended.

A handler is a plain function and runs in a thread. It may be run again after a crash, at any point,
so what it does must bear being done twice. When its lease is lost, it is told at its next step and
stops: somebody else has the job.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from hourbook.resources.jobs.rules import TRIES, Job, decode
from hourbook.settings import Settings
from hourbook.worker.frames import Unreachable
from hourbook.worker.verbs import Verbs, call_patiently

if TYPE_CHECKING:
    from hourbook.main import Runtime

T = TypeVar("T")
Handler = Callable[["JobRun"], Any]
GivenUp = Callable[["JobRun", str], Any]
log = structlog.get_logger("hourbook.worker")
AT_ONCE = 2
# Also how often whoever waits for a job sees how far it is.
HEARTBEAT_SECONDS = 5.0


class LeaseLost(Exception):
    """Somebody else has the job by now."""


class JobRun:
    """What a handler works with: the job, and verbs to write with. Its methods block; they are for its thread."""

    def __init__(
        self,
        job: Job,
        settings: Settings,
        verbs: Verbs,
        *,
        loop: asyncio.AbstractEventLoop,
        runtime: "Callable[[], Runtime]",
    ) -> None:
        self.job = job
        self.settings = settings
        # Everything a request needs, for what is read; made when first asked for.
        self.runtime = runtime
        self.payload = decode(job.payload)
        self.progress_percent = 0
        self.is_lost = False
        self._verbs = verbs
        self._loop = loop

    def call(self, verb: str, result: type[T], arguments: dict[str, Any] | None = None, *, workspace_id: str = "") -> T:
        """Runs a verb, waiting a while for a database that is away. LeaseLost when the job is no longer ours."""
        if self.is_lost:
            raise LeaseLost(self.job.id)
        work = call_patiently(self._verbs, verb, result, arguments=arguments or {}, workspace_id=workspace_id)
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


def _no_runtime() -> "Runtime":
    raise LookupError("jobs here do not read")


class Runner:
    """The jobs' worker. `work` does what is due now and says whether there was anything."""

    def __init__(
        self,
        settings: Settings,
        verbs: Verbs,
        handlers: Mapping[str, Handler],
        *,
        given_up: Mapping[str, GivenUp] | None = None,
        holder: str = "",
        runtime: "Callable[[], Runtime] | None" = None,
    ) -> None:
        self._holder = holder
        self._runtime = runtime or _no_runtime
        self._settings = settings
        self._verbs = verbs
        self._handlers = handlers
        self._given_up = given_up or {}

    async def work(self) -> bool:
        if not await self._verbs.call("jobs.is_due", bool):
            return False
        found = await self._verbs.call("jobs.lease_due", list[Job], {"limit": AT_ONCE, "holder": self._holder})
        await asyncio.gather(*map(self._do, found))
        return bool(found)

    async def _do(self, job: Job) -> None:
        handler = self._handlers.get(job.kind)
        run = JobRun(job, self._settings, self._verbs, loop=asyncio.get_running_loop(), runtime=self._runtime)
        if handler is None:
            await self._fail(run, f"nothing does jobs of the kind {job.kind}")
            return
        if job.attempts > TRIES and job.every_seconds is None:
            # It never came to an end of any kind: most likely it takes its worker down.
            await self._fail(run, job.reason or "the worker ended each time before the job did")
            return
        alive = asyncio.create_task(self._keep_lease(run))
        try:
            result = await asyncio.to_thread(handler, run)
            await call_patiently(self._verbs, "jobs.settle_done", bool, arguments={"job": job, "result": result})
        except LeaseLost:
            log.warning("a job was lost to another worker", job=job.id, kind=job.kind)
        except Unreachable:
            raise
        except Exception as error:
            log.exception("a job failed", job=job.id, kind=job.kind, attempt=job.attempts)
            await self._fail(run, f"{type(error).__name__}: {error}")
        finally:
            alive.cancel()

    async def _fail(self, run: JobRun, reason: str) -> None:
        """Tried again later. After its last try, who waits for the job hears first that it is given up."""
        job, tell = run.job, self._given_up.get(run.job.kind)
        if tell is not None and job.attempts >= TRIES and job.every_seconds is None:
            await asyncio.to_thread(tell, run, reason)
        await call_patiently(self._verbs, "jobs.settle_failed", bool, arguments={"job": job, "reason": reason})

    async def _keep_lease(self, run: JobRun) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            with contextlib.suppress(Unreachable):
                arguments = {"job": run.job, "progress_percent": run.progress_percent}
                run.is_lost = not await self._verbs.call("jobs.extend", bool, arguments)
