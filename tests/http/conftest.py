"""A server that has one operation of each kind of the frame."""

from collections.abc import Iterator

import pytest

from tests.harness import Office
from tests.http.trial import Trial, trying


@pytest.fixture
def trial(office: Office) -> Iterator[Trial]:
    with trying(office.server) as found:
        yield found
