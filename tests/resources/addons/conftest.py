"""An add-on's server of its own for each test, which the test may bend."""

from collections.abc import Iterator

import pytest

from tests.addon_server import AddonServer


@pytest.fixture
def addon_server() -> Iterator[AddonServer]:
    server = AddonServer()
    yield server
    server.close()
