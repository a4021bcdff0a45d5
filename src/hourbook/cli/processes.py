"""Several server processes on one port, for a database server.

The parent holds the socket, starts the processes, starts one again when it dies, passes a stop on
and waits for all. It opens no database itself. An embedded database never comes here: it has one
server.
"""

import multiprocessing
import multiprocessing.connection
import signal
import socket
import time
from multiprocessing.process import BaseProcess
from types import FrameType

import structlog
import typer

from hourbook.settings import Settings

RESTART_PAUSE_SECONDS = 1.0
STOP_MARGIN_SECONDS = 10.0
log = structlog.get_logger("hourbook.serve")


def run_workers(settings: Settings, sock: socket.socket) -> None:
    """Runs the processes and returns when all have stopped."""
    from hourbook.cli.serving import announcement

    is_stopping = False

    def stop(sig: int, frame: FrameType | None) -> None:
        nonlocal is_stopping
        is_stopping = True

    # Children begin with these handlers too and replace them by their own at once.
    for sig in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sig, stop)
    running = [_start(settings, sock) for _ in range(settings.workers)]
    typer.echo(announcement(settings))
    while not is_stopping:
        multiprocessing.connection.wait([process.sentinel for process in running], timeout=0.2)
        for place, process in enumerate(running):
            if not process.is_alive() and not is_stopping:
                log.error("a server process ended and is started again", status=process.exitcode)
                time.sleep(RESTART_PAUSE_SECONDS)
                running[place] = _start(settings, sock)
    for process in running:
        process.terminate()
    until = time.monotonic() + settings.drain_seconds + settings.stop_seconds + STOP_MARGIN_SECONDS
    for process in running:
        process.join(max(0.0, until - time.monotonic()))
        if process.is_alive():
            process.kill()
            process.join()


def _start(settings: Settings, sock: socket.socket) -> BaseProcess:
    # A fresh interpreter each: a fork would copy threads' locks and connections.
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(settings, sock), name="hourbook-server")
    process.start()
    return process


def _serve(settings: Settings, sock: socket.socket) -> None:
    from hourbook import logs
    from hourbook.cli.serving import run_server

    # A Ctrl-C in the terminal reaches every process of the group; the parent passes it on as SIGTERM.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logs.configure(settings.log_level, settings.log_format)
    run_server(settings, sock)
