"""Fixtures of the worker's tests: a mail server, and a worker's parts on a database of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

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
