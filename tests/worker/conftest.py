"""Fixtures of the worker's tests: servers of mail and of events, and a worker's parts on a database of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import Office, Server
from tests.watching import AppLog
from tests.worker.posting_rig import Hooks, posting_server
from tests.worker.receiver import Receiver, running_receiver
from tests.worker.rig import Rig, running_rig
from tests.worker.sink import Sink, running_sink


@pytest.fixture
def sink() -> Iterator[Sink]:
    with running_sink() as found:
        yield found


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with running_rig(tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, whole_log: AppLog) -> Iterator[Server]:
    with posting_server(tmp_path_factory.mktemp("posting"), whole_log) as server:
        yield server


@pytest.fixture
def hooks(home: Server) -> Iterator[Hooks]:
    home.clock.reset()
    found = Hooks(Office(home))
    yield found
    found.forget()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as found:
        yield found
