"""Reading answers of other servers: by httptools where it is installed, by h11 elsewhere, as the server reads requests.

What is told, and to whom, is the same with both: heads, parts of the body and the end of a message, to the methods of
an `exchanges.Exchanges`. Any exception means that what came is no answer.
"""

from typing import Any, Protocol

httptools: Any
try:
    import httptools
except ImportError:  # where it cannot be had
    httptools = None


class Hearer(Protocol):
    """What a parser tells."""

    def on_message_begin(self) -> None: ...
    def on_header(self, name: bytes, value: bytes) -> None: ...
    def on_headers_complete(self) -> None: ...
    def on_body(self, body: bytes) -> None: ...
    def on_message_complete(self) -> None: ...


def parser_for(hearer: Hearer) -> Any:
    """A parser of answers to one POST."""
    return PlainParser(hearer) if httptools is None else httptools.HttpResponseParser(hearer)


class PlainParser:
    """The few methods of httptools' parser that are used, over h11."""

    def __init__(self, hearer: Hearer) -> None:
        import h11

        self._h11 = h11
        self._hearer = hearer
        self._connection = h11.Connection(h11.CLIENT)
        # It reads no answer to what it did not send.
        self._connection.send(h11.Request(method="POST", target="/", headers=[("Host", "x"), ("Content-Length", "0")]))
        self._connection.send(h11.EndOfMessage())
        self._status = 0

    def feed_data(self, data: bytes) -> None:
        h11 = self._h11
        self._connection.receive_data(data)
        while True:
            event = self._connection.next_event()
            if event is h11.NEED_DATA:
                return
            if event is h11.PAUSED:  # it ended before
                self._hearer.on_message_begin()
                return
            self._tell(event)

    def get_status_code(self) -> int:
        return self._status

    def should_keep_alive(self) -> bool:
        return self._connection.their_state is self._h11.DONE

    def _tell(self, event: Any) -> None:
        h11, hearer = self._h11, self._hearer
        if isinstance(event, h11.InformationalResponse | h11.Response):
            hearer.on_message_begin()
            self._status = event.status_code
            for name, value in event.headers:
                hearer.on_header(name, value)
            hearer.on_headers_complete()
        if isinstance(event, h11.Data):
            hearer.on_body(bytes(event.data))
        if isinstance(event, h11.InformationalResponse | h11.EndOfMessage):
            hearer.on_message_complete()
