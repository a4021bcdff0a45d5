"""Fixtures of the whole suite: the server of this worker, an office per test, and what watches them.

HOURBOOK_TEST_DATABASE chooses `sqlite` (the default) or `postgresql`. One PostgreSQL server is
started per run, with one database per test worker.
"""

import compileall
import contextlib
import gc
import logging
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, settings

import hourbook
from hourbook.access import passwords
from hourbook.core.types import Deployment
from hourbook.resources.mail import actions as mails
from tests import people
from tests.databases import without_syncs
from tests.harness import Office, Server, sqlite_url
from tests.names import without_lookups
from tests.watching import AppLog, LogTail, StatementLog

DATABASE = os.environ.get("HOURBOOK_TEST_DATABASE", "sqlite")
# A slow machine is no failure of a property, and every run tries the same examples: what somebody changed is judged by
# them, not by luck. With HOURBOOK_ORACLE_SEED=random, examples too are other ones each time.
settings.register_profile(
    "suite",
    deadline=None,
    derandomize=os.environ.get("HOURBOOK_ORACLE_SEED") != "random",
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("suite")
_POSTGRES_URL = "HOURBOOK_TEST_POSTGRES_URL"


def pytest_configure(config: pytest.Config) -> None:
    """The process that starts the workers compiles and starts PostgreSQL; they inherit its address."""
    if DATABASE not in ("sqlite", "postgresql"):
        raise pytest.UsageError("HOURBOOK_TEST_DATABASE must be sqlite or postgresql")
    gc.disable()  # nothing of what is read until the first test is ever forgotten
    if sys.dont_write_bytecode and not hasattr(config, "workerinput"):
        # As an installation has it: else each of the hundreds of servers that tests start compiles all modules.
        compileall.compile_dir(Path(hourbook.__file__).parent, quiet=1)
    # Tests too: the run on the other database need not compile them again.
    sys.dont_write_bytecode = False
    if DATABASE == "postgresql" and _POSTGRES_URL not in os.environ:
        from tests import postgres_server

        running = contextlib.ExitStack()
        os.environ[_POSTGRES_URL] = running.enter_context(postgres_server.running_postgres())
        config.add_cleanup(running.close)


def pytest_collection_finish() -> None:
    """What is there now stays to the end: nobody has to look through it again and again for what is forgotten."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory, worker_name: str) -> str:
    """An empty database for this worker."""
    if DATABASE == "sqlite":
        return sqlite_url(tmp_path_factory.mktemp("database"))
    from tests import postgres_server

    return postgres_server.create_database(os.environ[_POSTGRES_URL], f"hourbook_{worker_name}_{os.getpid()}")


@pytest.fixture(scope="session")
def worker_name() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> None:
    """Passwords of tests are hashed at almost no cost; tests of the cost itself say so."""
    passwords.COST = passwords.Cost(passes=1, kibibytes=8, lanes=1)


@pytest.fixture(scope="session", autouse=True)
def quick_commits() -> Iterator[None]:
    """Commits do not wait for a disk."""
    with without_syncs():
        yield


@pytest.fixture(scope="session", autouse=True)
def no_name_server() -> Iterator[None]:
    """No name is looked up outside this machine: names that are none of its own are unknown, at once."""
    with without_lookups():
        yield


@pytest.fixture(scope="session")
def statements() -> Iterator[StatementLog]:
    """Sees every statement of the run."""
    log = StatementLog()
    log.install()
    yield log
    log.remove()


@pytest.fixture(scope="session")
def whole_log() -> Iterator[AppLog]:
    """Every line the application logs in this worker."""
    before = structlog.get_config()
    log = AppLog()
    structlog.configure(processors=[structlog.processors.format_exc_info, log], cache_logger_on_first_use=False)
    yield log
    structlog.configure(**before)


@pytest.fixture(scope="session")
def server(database_url: str, statements: StatementLog, whole_log: AppLog) -> Iterator[Server]:
    """The server of this worker. At its end no secret may stand in anything that was logged."""
    running = Server(database_url, whole_log)
    running.open()
    yield running
    running.close()
    logged = "\n".join(map(repr, whole_log.lines))
    leaked = [secret for secret in running.secrets if secret in logged]
    assert not leaked, f"{len(leaked)} secrets were written to the log"


@pytest.fixture
def office(server: Server) -> Office:
    """A workspace of its own with an owner, an admin, a manager, a member, an outsider and nobody."""
    server.clock.reset()
    return Office(server)


@pytest.fixture
def outbox(server: Server) -> Iterator[Callable[[str], list[Any]]]:
    """Mail is on in this test; `outbox(address)` are the mails queued for somebody, the newest first."""
    pipeline = server.runtime.pipeline
    before, pipeline.deployment = pipeline.deployment, Deployment("https://time.example.org", True)
    yield lambda address: [
        mail for mail in people.read(server, "", lambda tx: mails.list_recent(tx, 1000)) if mail.recipient == address
    ]
    pipeline.deployment = before


@pytest.fixture(autouse=True)
def logging_as_it_was(whole_log: AppLog) -> Iterator[None]:
    """A command that runs in this process sets up logging for itself; the next test must not inherit it."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = list(root.handlers), root.level
    yield
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def app_log(whole_log: AppLog) -> LogTail:
    """What the application logs from here on: `app_log.lines`."""
    return whole_log.tail()


@pytest.fixture
def statement_count(statements: StatementLog) -> Callable[[Callable[[], Any]], int]:
    """`statement_count(lambda: office.owner.get("/tags"))`: how many statements that took."""

    def count(call: Callable[[], Any]) -> int:
        with statements.listening() as executed:
            call()
        return len(executed)

    return count
