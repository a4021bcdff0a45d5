"""Fixtures of scheduled reports: a server that sends mail, and a worker and a mail server for it."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from hourbook.db.statement import Statement
from hourbook.db.tables.scheduled_reports import scheduled_report_runs
from tests.contract.world import sending_mail
from tests.harness import Office
from tests.resources.scheduled_reports.mailing import Post
from tests.worker.sink import Sink, running_sink

# What other tests scheduled is not due in this one.
QUIET = Statement(sa.update(scheduled_report_runs).values(next_run_at_us=None, next_try_at_us=None))


@pytest.fixture
def mail(office: Office) -> Iterator[None]:
    """The server sends mail."""
    with sending_mail(office.server):
        yield


@pytest.fixture
def sink() -> Iterator[Sink]:
    with running_sink() as found:
        yield found


@pytest.fixture
def post(office: Office, mail: None, sink: Sink) -> Post:
    """The worker; nothing of other tests is due."""
    office.write(lambda tx: tx.write_derived(QUIET))
    return Post(office, sink)
