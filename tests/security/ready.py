"""What the server must be before an operation's sample can succeed."""

from contextlib import AbstractContextManager, nullcontext

from hourbook.http.operation import Operation
from tests.contract.world import sending_mail
from tests.harness import Server


def ready_for(server: Server, record: Operation) -> AbstractContextManager[None]:
    """The server as the operation needs it: reports are scheduled where mail is sent."""
    return sending_mail(server) if record.name == "create_scheduled_report" else nullcontext()
