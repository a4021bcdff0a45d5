"""One connection to a server that somebody named: a request goes out, the beginning of its answer comes back.

It reads what it is given and trusts none of it: heads and bodies are bounded, what was not asked for ends the
connection, and so does whatever is no answer. Which address it leads to was decided before (`connecting.py`).
"""

import asyncio
from typing import Any, cast

from hourbook.worker.parsing import parser_for

HEAD_LIMIT_BYTES = 64 * 1024
# All that is taken of an answer, with the framing of a body that comes in small chunks.
WHOLE_LIMIT_BYTES = 512 * 1024
SWITCHING = 101
FIRST_FINAL_STATUS = 200


class NoAnswer(Exception):
    """What came is no answer; the text says why in a word."""


class BrokenOff(NoAnswer):
    """The connection ended first. `was_silent`: nothing of an answer had come."""

    def __init__(self, *, was_silent: bool) -> None:
        super().__init__("broken off")
        self.was_silent = was_silent


class Answer:
    """An answer while it is read. `body`: as much as is kept."""

    __slots__ = ("body", "headers", "status")

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.body = bytearray()


class Exchanges(asyncio.Protocol):
    """A connection. One exchange at a time; who cancels one ends the connection.

    `limit`: how much of a body is kept; the rest is never read, the connection is closed instead.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[Answer] | None = None
        self._answer = Answer()
        self._parser: Any = None
        self._received_bytes = 0
        self._has_head = False
        self._ends_with_connection = False
        self.is_open = False

    async def ask(self, request: bytes) -> Answer:
        """NoAnswer when there is none."""
        if self._transport is None or not self.is_open:
            raise BrokenOff(was_silent=True)
        self._waiter = asyncio.get_running_loop().create_future()
        self._begin_answer()
        self._transport.write(request)
        try:
            return await self._waiter
        except BaseException:
            self.abort()
            raise
        finally:
            self._waiter = None

    def abort(self) -> None:
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    # --- what the loop calls ------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        if self._waiter is None or self._waiter.done():
            self.abort()
            return
        self._received_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except Exception as error:
            self._fail(NoAnswer(type(error).__name__))
        if self._received_bytes > (WHOLE_LIMIT_BYTES if self._has_head else HEAD_LIMIT_BYTES):
            self._fail(NoAnswer("TooLong"))

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        if self._has_head and self._ends_with_connection and exc is None:
            self._finish()
        self._fail(BrokenOff(was_silent=not self._received_bytes))

    # --- what the parser calls ----------------------------------------------------------------------

    def on_message_begin(self) -> None:
        if self._waiter is not None and self._waiter.done():  # more than was asked for
            self._answer = Answer()
            self.abort()

    def on_header(self, name: bytes, value: bytes) -> None:
        self._answer.headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        answer = self._answer
        answer.status = self._parser.get_status_code()
        self._has_head = answer.status >= FIRST_FINAL_STATUS
        self._ends_with_connection = not answer.headers.keys() & {b"content-length", b"transfer-encoding"}

    def on_body(self, body: bytes) -> None:
        kept = self._answer.body
        kept += body[: self._limit - len(kept)]
        if len(kept) >= self._limit:
            self._finish()
            self.abort()

    def on_message_complete(self) -> None:
        if self._answer.status == SWITCHING:
            self._fail(NoAnswer("SwitchingProtocols"))
        elif not self._has_head:  # a word in between, such as 103; the answer follows
            self._answer = Answer()
        else:
            self.is_open = self.is_open and self._parser.should_keep_alive()
            self._finish()

    # --------------------------------------------------------------------------------------------------

    def _begin_answer(self) -> None:
        self._answer = Answer()
        self._parser = parser_for(self)
        self._received_bytes = 0
        self._has_head = self._ends_with_connection = False

    def _finish(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(self._answer)

    def _fail(self, error: NoAnswer) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error)
