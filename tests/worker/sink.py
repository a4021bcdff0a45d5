"""A real mail server on this machine that keeps what it gets, and refuses what it is told to."""

import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from tests.ports import free_port

# A busy machine takes its time until a server of mail answers.
READY_SECONDS = 60.0


@dataclass
class Sink:
    """`mails` in the order they came. `refuse(recipient)`: a refusal of the receiver, or None."""

    host: str = "127.0.0.1"
    port: int = 0
    mails: list[Message] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refuse: Callable[[str], str | None] = lambda recipient: None
    refuse_content: str | None = None
    refuse_sender: str | None = None
    pause_seconds: float = 0.0
    seen_users: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.refuse_sender is not None:
            return self.refuse_sender
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        refusal = self.refuse(address)
        if refusal is not None:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refuse_content is not None:
            return self.refuse_content
        if self.pause_seconds:
            time.sleep(self.pause_seconds)
        with self.lock:
            self.mails.append(message_from_bytes(envelope.content, policy=default))
            self.recipients += envelope.rcpt_tos
        return "250 kept"

    @property
    def ids(self) -> list[str]:
        """Message ids in the order they came."""
        with self.lock:
            return [str(mail["Message-ID"]) for mail in self.mails]

    def texts(self) -> list[str]:
        """The plain text of each mail."""
        found = []
        for mail in self.mails:
            body = mail.get_body(("plain",))  # type: ignore[attr-defined]
            found.append(body.get_content().replace("\r\n", "\n"))
        return found

    def settings(self) -> dict[str, str]:
        """What a server needs to send here."""
        return {
            "HOURBOOK_SMTP_HOST": self.host,
            "HOURBOOK_SMTP_PORT": str(self.port),
            "HOURBOOK_SMTP_SECURITY": "none",
            "HOURBOOK_MAIL_FROM": "Hourbook <hourbook@example.org>",
        }


@contextmanager
def running_sink(*, user: tuple[str, str] | None = None, tls_context: Any = None, **more: Any) -> Iterator[Sink]:
    """`user`: name and password that must be given. `tls_context`: for STARTTLS."""
    sink = Sink(port=free_port())

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        given = (data.login.decode(), data.password.decode())
        sink.seen_users.append(given[0])
        return AuthResult(success=given == user, handled=False)

    class Server(Controller):
        def factory(self) -> SMTP:
            if user is None:
                return SMTP(self.handler, tls_context=tls_context, **more)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that a password would go over this machine's own wire in clear
                return SMTP(
                    self.handler,
                    authenticator=authenticate,
                    auth_required=True,
                    auth_require_tls=False,
                    tls_context=tls_context,
                    **more,
                )

    controller = Server(sink, hostname=sink.host, port=sink.port, ready_timeout=READY_SECONDS)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()
