"""What the tests of our pages share: a shell with a database of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import MIGRATED
from tests.docs.shell import Shell


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with MIGRATED.copy(tmp_path) as database:
        yield Shell(tmp_path, database)
