"""Runs verbs on a database: in the web process for the worker, or in the worker itself.

Each verb is an operation of its own, so one that is refused takes no other with it; the database
groups their commits. What went wrong is told in a word and logged here, where it happened.
"""

import asyncio
from typing import Any, TypeVar

import msgspec
import structlog

from hourbook.access.actors import SYSTEM
from hourbook.core.clock import Clock
from hourbook.core.errors import DomainError, TryLater
from hourbook.core.ids import IdSource
from hourbook.core.types import Deployment, Origin
from hourbook.db.database import Database
from hourbook.db.tx import Facts
from hourbook.worker.verbs import BULK, READS, VerbAnswer, VerbCall, result_of, work_of

T = TypeVar("T")
REQUEST_ID = "worker"
log = structlog.get_logger("hourbook.worker")


class VerbRunner:
    """Runs verbs as the system itself, in transactions of its own."""

    def __init__(self, database: Database, clock: Clock, ids: IdSource, *, deployment: Deployment) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._deployment = deployment

    async def run_all(self, calls: list[VerbCall]) -> list[VerbAnswer]:
        """An answer for each, in order. Never raises for what a verb does."""
        return list(await asyncio.gather(*map(self.run, calls)))

    async def run(self, call: VerbCall) -> VerbAnswer:
        try:
            return VerbAnswer(msgspec.to_builtins(await self._run(call)))
        except TryLater as error:
            return VerbAnswer(refusal=error.reason, may_try_again=True)
        except DomainError as error:
            return VerbAnswer(refusal=repr(error))
        except Exception as error:
            # A bug of ours. The worker hears that it failed; the log has the whole of it.
            log.exception("a verb of the worker failed", verb=call.name)
            return VerbAnswer(refusal=type(error).__name__)

    async def _run(self, call: VerbCall) -> Any:
        work = work_of(call)
        facts = Facts(SYSTEM, self._clock.now_us(), REQUEST_ID, self._ids.new_id, Origin.JOB, self._deployment)
        if call.name in READS:
            return await self._database.read(facts, call.workspace_id, work)
        return await self._database.write(facts, call.workspace_id, work, alone=call.name in BULK)


class DirectVerbs:
    """`Verbs` of a worker whose database lets it write."""

    def __init__(self, runner: VerbRunner) -> None:
        self._runner = runner

    async def call(
        self, name: str, result: type[T], arguments: dict[str, Any] | None = None, *, workspace_id: str = ""
    ) -> T:
        call = VerbCall(name, msgspec.to_builtins(arguments or {}), workspace_id)
        return result_of(await self._runner.run(call), result)

    async def close(self) -> None:
        """Nothing to close: the database is somebody else's."""
