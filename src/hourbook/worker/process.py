"""The worker process: what runs in it, from its start to its last answer.

It begins small: the database and the slices are loaded when something needs them. Told to stop, it takes
nothing new, finishes what it has in hand and says what became of it. Killed, it leaves leases that end.
"""

import asyncio
import gc
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import structlog

from hourbook.settings import Settings
from hourbook.worker.addon_calls import AddonCaller
from hourbook.worker.answering import AnswerServer
from hourbook.worker.deliveries import Deliverer
from hourbook.worker.fanout import Fanout
from hourbook.worker.frames import Unreachable
from hourbook.worker.handlers import GIVEN_UP, HANDLERS, RECURRING
from hourbook.worker.places import Places
from hourbook.worker.remote import RemoteVerbs
from hourbook.worker.runner import Runner
from hourbook.worker.sender import Sender
from hourbook.worker.verbs import Verbs

if TYPE_CHECKING:
    from hourbook.http.pipeline import Pipeline
    from hourbook.main import Runtime

log = structlog.get_logger("hourbook.worker")
POLL_SECONDS = 1.0
SWITCH_SECONDS = 0.0005
# Long enough to hand most mails over; one that hangs is tried again when its lease ends.
FINISH_SECONDS = 8.0
# A try at a webhook ends by itself in this time (posting.py), and what became of it is written down.
TRY_SECONDS = 17.0
# What reads a slow answer has at least so long.
ANSWERS_SECONDS = 1.0
OBJECTS_BETWEEN_COLLECTIONS = 100_000
# Where there are webhooks and processors are short, who waits for an answer comes before what is sent.
NICENESS = 5


class Worker:
    """One worker beside one server."""

    def __init__(self, settings: Settings, places: Places) -> None:
        self._settings = settings
        self._places = places
        self._stopping = asyncio.Event()
        # Set when there may be something to tell, and when there is something to deliver.
        self._changed = asyncio.Event()
        self._told = asyncio.Event()
        # Set when an add-on may have to be called.
        self._called = asyncio.Event()
        self._building = threading.Lock()
        self._built: Runtime | None = None
        self._is_nice = False

    async def run(self) -> None:
        """Works until `stop` is called, then finishes what is in hand."""
        # What a worker before this one was making when it was killed.
        shutil.rmtree(self._places.files, ignore_errors=True)
        verbs = self._verbs()
        holder = self._places.holder
        deliverer = Deliverer(
            self._settings, verbs, secrets=lambda: self._runtime().secrets, holder=holder, woken=self._told
        )
        fanout = Fanout(verbs, self._runtime, told=self._told.set, woken=self._changed, deliverer=deliverer)

        async def look(*, is_asked: bool) -> list[str]:
            self._changed.set()
            if is_asked:  # what add-ons are told comes with such a message (waking.py), and so that others cost nothing
                self._called.set()
            found = await fanout.listening() if is_asked else []
            if found:
                self._yield()
            return found

        answers = AnswerServer(self._places.worker, self._pipeline, look=look)
        await answers.start()
        runner = Runner(self._settings, verbs, HANDLERS, given_up=GIVEN_UP, holder=holder, runtime=self._runtime)
        loops = [self._begun("jobs", verbs, runner.work, dict(RECURRING))]
        caller = AddonCaller(self._settings, verbs, holder=holder, runtime=self._runtime)
        loops.append(self._begun("addons.calls", verbs, caller.work, {}, woken_by=self._called))
        loops.append(asyncio.create_task(self._again_and_again("fan-out", fanout.work, woken_by=self._changed)))
        loops.append(self._begun("webhooks.deliveries", verbs, deliverer.work, {}, woken_by=self._told))
        if self._settings.mail_is_on:
            loops.append(self._begun("mail", verbs, Sender(self._settings, verbs, holder=holder).work, {}))
        await self._stopping.wait()
        stopped_at = time.monotonic()
        await self._finish(loops, deliverer)
        await fanout.close()
        await deliverer.close()
        await caller.close()
        left = self._settings.drain_seconds + self._settings.stop_seconds - (time.monotonic() - stopped_at)
        await answers.close(within_seconds=max(left, ANSWERS_SECONDS))
        await verbs.close()
        if self._built is not None:
            await asyncio.to_thread(self._built.database.close)

    async def _finish(self, loops: "list[asyncio.Task[None]]", deliverer: Deliverer) -> None:
        """Waits for what is in hand; for tries at webhooks longer, where the server may take its time to stop."""
        sending = asyncio.create_task(deliverer.finish())
        await asyncio.wait([*loops, sending], timeout=FINISH_SECONDS)
        longer_seconds = min(TRY_SECONDS, self._settings.stop_seconds) - FINISH_SECONDS
        if longer_seconds > 0:
            await asyncio.wait([sending], timeout=longer_seconds)
        for task in (*loops, sending):
            task.cancel()

    def _yield(self) -> None:
        """From the first webhook on. There is no way back, and none is needed."""
        if not self._is_nice and hasattr(os, "nice"):
            self._is_nice = True
            os.nice(NICENESS)

    def stop(self) -> None:
        for event in (self._stopping, self._changed, self._told, self._called):
            event.set()

    def _begun(
        self,
        part: str,
        verbs: Verbs,
        work: Callable[[], Awaitable[bool]],
        recurring: dict[str, int],
        *,
        woken_by: asyncio.Event | None = None,
    ) -> "asyncio.Task[None]":
        """Works from here on. First it takes up what the worker before this one had in hand."""
        is_begun = False

        async def begin_and_work() -> bool:
            nonlocal is_begun
            if not is_begun:
                await verbs.call(f"{part}.release", int, {"holder": self._places.holder})
                for kind, seconds in recurring.items():
                    await verbs.call("jobs.ensure_recurring", type(None), {"kind": kind, "every_seconds": seconds})
                is_begun = True
            return await work()

        return asyncio.create_task(self._again_and_again(part, begin_and_work, woken_by=woken_by))

    async def _again_and_again(
        self, name: str, work: Callable[[], Awaitable[bool]], *, woken_by: asyncio.Event | None = None
    ) -> None:
        """At once while there is something to do or it is woken, else now and then. Nothing that goes wrong ends it."""
        while not self._stopping.is_set():
            did_something = False
            if woken_by is not None:
                woken_by.clear()
            try:
                did_something = await work()
            except Unreachable:
                # The web process starts again, or the database is away: both say so themselves.
                pass
            except Exception:
                log.exception("the worker stumbled", part=name)
            if not did_something:
                await self._pause(woken_by or self._stopping)

    async def _pause(self, woken_by: asyncio.Event) -> None:
        try:
            await asyncio.wait_for(woken_by.wait(), POLL_SECONDS)
        except TimeoutError:
            return

    def _verbs(self) -> Verbs:
        if self._settings.embedded_file is not None:
            return RemoteVerbs(self._places.web)
        from hourbook.worker.running import DirectVerbs, VerbRunner

        runtime = self._runtime()
        deployment = runtime.pipeline.deployment
        return DirectVerbs(VerbRunner(runtime.database, runtime.clock, runtime.ids, deployment=deployment))

    def _pipeline(self) -> "Pipeline":
        return self._runtime().pipeline

    def _runtime(self) -> "Runtime":
        """Everything a request needs. An embedded database is only read here: its one writer is elsewhere."""
        from hourbook import main
        from hourbook.http.file_answers import AnswerFiles

        with self._building:
            if self._built is None:
                self._built = main.build(settings=self._settings)
                self._built.pipeline.kept.files = AnswerFiles(self._places.files)
                self._built.database.open(writes=not self._built.engine.one_writer)
            return self._built


def run(settings: Settings, places: Places) -> None:
    """The whole life of the process."""
    # A large report makes a hundred thousand small objects, and none of them stands in a circle.
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, 20, 20)
    gc.freeze()
    gc.enable()

    # Reports calculate in threads beside the loop, which only passes bytes on and should not wait long for its turn.
    sys.setswitchinterval(SWITCH_SECONDS)

    async def live() -> None:
        worker = Worker(settings, places)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, worker.stop)
        await worker.run()

        # Not by way of the interpreter's end, which would wait for a thread that a mail server keeps.
        os._exit(0)

    with asyncio.Runner(loop_factory=_quick_loop()) as runner:
        runner.run(live())


def _quick_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The one that the web process takes, too, where it is installed."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
