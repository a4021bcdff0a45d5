"""The supervisor: it starts the web processes and the worker, starts again what dies, passes a stop on.

It holds the socket and the data folder's lock and opens no database itself, so it stays small and has
nothing to die of. A process that ends is started again after a pause that grows while it keeps ending.
When the supervisor itself is killed, its processes notice at once and end too.
"""

import contextlib
import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType

import structlog

from hourbook.cli.child import HURRY, Child, Role
from hourbook.settings import Settings
from hourbook.worker.places import Places

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 10.0
# Whoever lived so long was well; its next pause is the first one again.
WELL_SECONDS = 30.0
# Longer than the web process waits for a worker to leave (worker/verb_server.py).
STOP_MARGIN_SECONDS = 22.0
log = structlog.get_logger("hourbook.serve")


@dataclass
class Place:
    """One process that should be there. `ended_count`: how often it ended lately."""

    role: Role
    child: Child | None = None
    started_at: float = 0.0
    starts_at: float = 0.0
    ended_count: int = 0


@dataclass(frozen=True)
class Given:
    """What the processes share. `lock`: the descriptor that holds the data folder."""

    settings: Settings
    sock: socket.socket
    places: Places | None
    lock: int | None


class Supervisor:
    """`run` returns the exit status once everything has stopped."""

    def __init__(self, given: Given, on_ready: Callable[[], None]) -> None:
        self._given = given
        self._on_ready = on_ready
        settings = given.settings
        self._webs = [Place(Role.WEB) for _ in range(settings.workers)]
        self._worker = Place(Role.WORKER) if given.places is not None else None
        self._selector = selectors.DefaultSelector()
        self._signals: list[int] = []
        self._is_ready = False
        self._stops_until: float | None = None
        self._status = 0

    def run(self) -> int:
        with self._listening():
            for place in self._webs:
                self._start(place)
            while any(place.child is not None for place in self._everybody()) or self._stops_until is None:
                self._selector.select(self._pause())
                self._obey()
                for place in self._everybody():
                    self._look_after(place)
        return self._status

    def _everybody(self) -> list[Place]:
        # The worker waits until the web answers: nothing it does is as urgent as the first answer.
        return [*self._webs, *([self._worker] if self._worker is not None and self._is_ready else [])]

    def _start(self, place: Place) -> None:
        place.child = Child(place.role, self._given.settings, self._given.places)
        place.child.start(self._given.sock, self._given.lock)
        place.started_at = time.monotonic()
        if place.role is Role.WEB:
            self._selector.register(place.child.ready, selectors.EVENT_READ)

    def _look_after(self, place: Place) -> None:
        child, now = place.child, time.monotonic()
        if child is None:
            if self._stops_until is None and now >= place.starts_at:
                self._start(place)
            return
        if child.became_ready():
            self._selector.unregister(child.ready)
            if not self._is_ready:
                self._is_ready = True
                self._on_ready()
        if (status := child.status()) is None:
            if self._stops_until is not None and now >= self._stops_until:
                child.send(signal.SIGKILL)
            return
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(child.ready)
        child.close()
        place.child = None
        if self._stops_until is None:
            self._note_end(place, status)

    def _note_end(self, place: Place, status: int) -> None:
        if place.role is Role.WEB and not self._is_ready:
            # It never answered: the process itself has said why, and another try would end the same way.
            self._status = 1
            self._stop()
            return
        now = time.monotonic()
        place.ended_count = 1 if now - place.started_at >= WELL_SECONDS else place.ended_count + 1
        pause = min(FIRST_PAUSE_SECONDS * 2 ** (place.ended_count - 1), LONGEST_PAUSE_SECONDS)
        place.starts_at = now + pause
        what = f"the {place.role.value} process ended and is started again"
        log.error(what, status=status, ended_count=place.ended_count, pause_seconds=pause)

    def _pause(self) -> float | None:
        """Until when nothing will happen by itself."""
        waiting = [place.starts_at for place in self._everybody() if place.child is None]
        if self._stops_until is not None:
            waiting = [self._stops_until]
        return max(0.0, min(waiting) - time.monotonic()) if waiting else None

    # --- signals -------------------------------------------------------------------------------

    def _obey(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._woken.recv(4096)
        while self._signals:
            sig = self._signals.pop(0)
            if self._stops_until is None:
                self._stop()
            elif sig == signal.SIGINT:
                self._hurry()

    def _stop(self) -> None:
        settings = self._given.settings
        self._stops_until = time.monotonic() + settings.drain_seconds + settings.stop_seconds + STOP_MARGIN_SECONDS
        for place in self._everybody():
            if place.child is not None:
                place.child.send(signal.SIGTERM)

    def _hurry(self) -> None:
        """A second Ctrl-C: the worker leaves its leases behind, the web process gives up waiting."""
        for place in self._everybody():
            if place.child is not None:
                place.child.send(HURRY if place.role is Role.WEB else signal.SIGKILL)

    @contextlib.contextmanager
    def _listening(self) -> Iterator[None]:
        """Signals wake the loop: a stop, and that a process ended."""
        wake, woken = socket.socketpair()
        wake.setblocking(False)
        woken.setblocking(False)

        def note(sig: int, frame: FrameType | None) -> None:
            if sig != signal.SIGCHLD:
                self._signals.append(sig)
            with contextlib.suppress(BlockingIOError):
                wake.send(b".")

        kinds = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
        before = {sig: signal.signal(sig, note) for sig in kinds}
        self._selector.register(woken, selectors.EVENT_READ)
        self._woken = woken
        try:
            yield
        finally:
            for sig, handler in before.items():
                signal.signal(sig, handler)
            self._selector.close()
            wake.close()
            woken.close()
