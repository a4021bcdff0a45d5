"""What happens on a connection before there is a request to answer.

uvicorn's protocol with three additions: what is not HTTP is refused in the one error shape with a
request id, the head of a request may be only so long, and it must arrive in time. Bodies are
limited in `app.py`, while they arrive.
"""

import asyncio
import secrets
from typing import Any

import msgspec
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from hourbook.http.problems import Problem, ProblemBody

HEAD_LIMIT_BYTES = 64 * 1024
HEAD_SECONDS = 30.0
NOT_HTTP = Problem(400, 3000, "The request is not valid HTTP")
HEAD_TOO_LARGE = Problem(431, 3000, f"The request line and headers are over {HEAD_LIMIT_BYTES} bytes")
HEAD_TOO_SLOW = Problem(408, 3000, "The request did not arrive in time")
_REASONS = {400: "Bad Request", 408: "Request Timeout", 431: "Request Header Fields Too Large"}
# httptools where it is installed, h11 elsewhere.
_Base: Any = AutoHTTPProtocol


class Protocol(_Base):  # type: ignore[misc]
    """One connection."""

    _head_bytes = 0
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._refuse, HEAD_TOO_SLOW)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        # For whoever sends to somebody that takes nothing: closing would wait for it.
        self.scope["extensions"] = {"hourbook.abort": self.transport.abort}

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        # Until the head is complete the scope of the request has no method.
        if self.scope is None or "method" not in self.scope:
            self._wait_for_head(len(data))
        elif self._head_timer is not None:
            self._stop_timer()
            self._head_bytes = 0

    def _wait_for_head(self, bytes_count: int) -> None:
        self._head_bytes += bytes_count
        if self._head_bytes > HEAD_LIMIT_BYTES:
            self._refuse(HEAD_TOO_LARGE)
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._refuse, HEAD_TOO_SLOW)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def send_400_response(self, msg: str) -> None:
        self._refuse(NOT_HTTP)

    def _refuse(self, problem: Problem) -> None:
        """Answers and closes; only closes when an answer to an earlier request is under way."""
        self._stop_timer()
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(_refusal(problem))
        self.transport.close()


def _refusal(problem: Problem) -> bytes:
    content = msgspec.json.encode(ProblemBody(problem.message, problem.code or 0))
    head = (
        f"HTTP/1.1 {problem.status} {_REASONS[problem.status]}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(content)}\r\n"
        f"x-request-id: {secrets.token_hex(8)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + content
