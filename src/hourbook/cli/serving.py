"""`hourbook serve`: the server process, from the lock on the data folder to the last commit.

It stops gracefully: at the first signal /ready says 503, a moment later nothing more is accepted,
requests under way are finished, the writer's queue is drained, everything is closed, status 0.
uvicorn owns sockets and the protocol; what it is told stands here and nowhere else.
"""

import asyncio
import contextlib
import gc
import signal
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hourbook import __version__
from hourbook.cli.runtime import DatabaseOption, DataOption, make_current, settings_of
from hourbook.core.errors import CannotRun
from hourbook.settings import Settings, listening_address

if TYPE_CHECKING:
    from hourbook.main import Runtime
    from hourbook.worker.places import Places
    from hourbook.worker.verb_server import VerbServer
    from hourbook.worker.waking import Waker

KEEP_ALIVE_SECONDS = 75
BACKLOG = 2048
TOUCH_SECONDS = 5.0
# A server that was killed leaves its web process for a moment.
LOCK_PATIENCE_SECONDS = 1.0


def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on.", show_default=False)] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on; 0 takes a free one.")] = None,
    data: DataOption = None,
    database: DatabaseOption = None,
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate file, to answer HTTPS directly.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Private key file of the certificate.")] = None,
    workers: Annotated[int | None, typer.Option(help="Web processes (PostgreSQL only).")] = None,
    worker: Annotated[
        bool | None, typer.Option("--worker/--no-worker", help="Whether mail and jobs have a process of their own.")
    ] = None,
) -> None:
    """Run the server until it is told to stop (Ctrl-C or SIGTERM)."""
    given = {"host": host, "port": port, "data": data, "database": database, "workers": workers, "worker": worker}
    run(settings_of(**given, tls_cert=tls_cert, tls_key=tls_key))


def run(settings: Settings, *, announce: Callable[[Settings], str] | None = None) -> None:
    """Serves with these settings and returns when the server has stopped.

    `announce` makes what is printed once the server answers, from the settings with the port it has.
    """
    from hourbook import logs
    from hourbook.db.folder import hold_folder

    logs.configure(settings.log_level, settings.log_format)
    check_tls(settings)
    file = settings.embedded_file
    if file is not None and settings.workers > 1:
        raise CannotRun(
            "More than one worker needs PostgreSQL: an SQLite database has one server. Leave --workers at 1."
        )
    folder = None if file is None else file.absolute().parent
    with hold_folder(folder, "serve", patience_seconds=LOCK_PATIENCE_SECONDS) as lock, listening(settings) as sock:
        settings = replace(settings, port=sock.getsockname()[1])

        def on_start() -> None:
            typer.echo((announce or announcement)(settings))

        if settings.worker or settings.workers > 1:
            supervise(settings, sock, lock=lock, on_start=on_start)
        else:
            run_server(settings, sock, on_start=on_start)


def supervise(settings: Settings, sock: socket.socket, *, lock: int | None, on_start: Callable[[], None]) -> None:
    """Web processes and a worker, until all of them have stopped; typer.Exit when they could not start."""
    from hourbook.cli.supervisor import Given, Supervisor
    from hourbook.worker.places import places

    file = settings.embedded_file
    with contextlib.ExitStack() as opened:
        met = opened.enter_context(places(None if file is None else file.parent)) if settings.worker else None
        status = Supervisor(Given(settings, sock, met, lock), on_start).run()
    if status:
        raise typer.Exit(status)


def run_server(
    settings: Settings,
    sock: socket.socket,
    *,
    on_start: Callable[[], None],
    places: "Places | None" = None,
    hurry: int | None = None,
) -> None:
    """One server process on a bound socket. It configures nothing that the process has once.

    `places`: where it meets a worker; None when there is none. `hurry`: under a supervisor, the signal that
    makes a stopping server give up waiting; a Ctrl-C is the supervisor's matter then.
    """
    import uvicorn

    from hourbook import main
    from hourbook.db.engine import make_engine

    make_current(make_engine(settings.database_url), holds_folder=True)
    serving = Serving(main.build(settings=settings), places)

    class StoppableServer(uvicorn.Server):
        """A server that first stops being ready, then stops accepting, and ends with status 0."""

        stops_at: float | None = None

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            """The first signal begins the stop, a second Ctrl-C hurries it, a third ends it."""
            if self.should_exit:
                self.force_exit = True
            elif self.stops_at is None:
                serving.runtime.surroundings.draining = True
                self.stops_at = time.monotonic() + settings.drain_seconds
            elif sig == signal.SIGINT:
                self.should_exit = True

        async def on_tick(self, counter: int) -> bool:
            if self.stops_at is not None and time.monotonic() >= self.stops_at:
                self.should_exit = True
            return await super().on_tick(counter)

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if hurry is not None:
                _leave_ctrl_c_to(hurry, self.handle_exit)
            _collect_from_now_on()
            if self.started:
                on_start()

    StoppableServer(_uvicorn_config(serving, settings)).run(sockets=[sock])


def _collect_from_now_on() -> None:
    """What a start made is there for good: no collection of garbage looks at it again."""
    gc.freeze()
    gc.enable()


def _leave_ctrl_c_to(hurry: int, handle: Callable[[int, FrameType | None], None]) -> None:
    """A Ctrl-C reaches every process of a terminal; what it means comes from the supervisor as another signal."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(hurry, lambda _, frame: handle(signal.SIGINT, frame))


def announcement(settings: Settings) -> str:
    """The one line of a start."""
    address = listening_address(settings.host, settings.port, has_tls=settings.has_tls)
    public = f", for others at {settings.public_url}" if settings.public_url else ""
    return f"Hourbook {__version__} is running at {address}{public}. Ctrl-C stops it."


def _uvicorn_config(serving: "Serving", settings: Settings) -> Any:
    import uvicorn

    from hourbook.http.protocol import Protocol

    return uvicorn.Config(
        serving,
        http=Protocol,
        lifespan="on",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=max(1, round(settings.stop_seconds)),
        # Never by default: uvicorn would believe whoever connects from this machine.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        ssl_certfile=settings.tls_cert or None,
        ssl_keyfile=settings.tls_key or None,
    )


class Serving:
    """The application with its life around it: opened before the first request, closed after the last."""

    def __init__(self, runtime: "Runtime", places: "Places | None" = None) -> None:
        self.runtime = runtime
        self._app = runtime.app
        self._places = places
        self._verbs: VerbServer | None = None
        self._waker: Waker | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        await receive()
        self.runtime.database.open()
        self.runtime.pipeline.streams.hub.start()
        if self._places is not None:
            await self._meet_worker(self._places)
        toucher = asyncio.create_task(self._touch_now_and_then())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        toucher.cancel()
        await self._touch()
        if self._waker is not None:
            await self._waker.close()
        if self._verbs is not None:
            await self._verbs.close()
        await self.runtime.pipeline.askers.limits.close()
        await asyncio.to_thread(self.runtime.pipeline.streams.hub.close)
        # In a thread: the writer's last answers come over this loop.
        await asyncio.to_thread(self.runtime.database.close)
        await send({"type": "lifespan.shutdown.complete"})

    async def _meet_worker(self, places: "Places") -> None:
        """Long reads go to the worker; where this process alone writes, the worker's verbs come here."""
        from hourbook.worker.asking import WorkerDoor
        from hourbook.worker.running import VerbRunner
        from hourbook.worker.verb_server import VerbServer
        from hourbook.worker.waking import Waker

        runtime = self.runtime
        runtime.pipeline.pass_on = WorkerDoor(places.worker).pass_on
        self._waker = Waker(places.worker, runtime.database)
        self._waker.start()
        if runtime.engine.one_writer:
            deployment = runtime.pipeline.deployment
            runner = VerbRunner(runtime.database, runtime.clock, runtime.ids, deployment=deployment)
            self._verbs = VerbServer(runner, places.web)
            await self._verbs.start()

    async def _touch_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(TOUCH_SECONDS)
            await self._touch()

    async def _touch(self) -> None:
        """Writes down when keys and sessions were last used; what cannot be written now waits for the next time."""
        from hourbook.resources.sign_in import actions as sign_in
        from hourbook.resources.users import actions_keys

        pipeline = self.runtime.pipeline
        await self._touch_with(actions_keys.touch_keys, pipeline.askers.used_keys)
        await self._touch_with(sign_in.touch_sessions, pipeline.askers.used_sessions)

    async def _touch_with(self, touch: Callable[[Any, dict[str, int]], None], gathered: dict[str, int]) -> None:
        import structlog

        from hourbook.access.actors import SYSTEM
        from hourbook.core.types import Origin
        from hourbook.db.tx import Facts

        runtime, used = self.runtime, dict(gathered)
        if not used:
            return
        facts = Facts(
            SYSTEM, runtime.clock.now_us(), "key-use", runtime.ids.new_id, Origin.JOB, runtime.pipeline.deployment
        )
        try:
            await runtime.database.write(facts, "", lambda tx: touch(tx, used))
        except Exception:
            structlog.get_logger("hourbook.serve").warning("the last use of keys was not written", exc_info=True)
            return
        for credential_id, at_us in used.items():
            if gathered.get(credential_id) == at_us:
                del gathered[credential_id]


def check_tls(settings: Settings) -> None:
    """CannotRun when the certificate and its key cannot be used."""
    if not settings.has_tls:
        return
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # A password for the key would be asked on the terminal; a server has none.
        context.load_cert_chain(settings.tls_cert, settings.tls_key, password=_no_password)
    except ssl.SSLError:
        reason = "they are no certificate and the private key that belongs to it, in PEM form"
        raise CannotRun(f"HTTPS cannot start with {settings.tls_cert} and {settings.tls_key}: {reason}.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise CannotRun(f"HTTPS cannot start with {settings.tls_cert} and {settings.tls_key}: {reason}.") from None


def _no_password() -> str:
    raise ValueError("the key is protected by a password; Hourbook needs one without")


@contextlib.contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    """The bound socket; CannotRun when the address cannot be had."""
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise CannotRun(f"The host {settings.host} is no address of this machine.") from None
    family, kind, protocol, _, address = found[0]
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
    except OSError as error:
        sock.close()
        raise CannotRun(
            f"Hourbook cannot listen on {settings.host} port {settings.port}: {error.strerror}. "
            "Choose another port with --port."
        ) from None
    with sock:
        yield sock
