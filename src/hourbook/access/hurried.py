"""The network of questions to other servers: to the one address that was checked, and over at one moment.

A limit for each step alone would let a server that sends a byte now and then hold a thread for days. It is imported
with the first question (`outgoing.py`).
"""

import ssl
import time
from typing import Any

import httpcore


class HurriedNetwork(httpcore.NetworkBackend):
    """Connects to `address`, whatever the name; every step ends at `until` (monotonic)."""

    def __init__(self, address: str, until: float) -> None:
        self._address = address
        self._until = until
        self._inner = httpcore.SyncBackend()

    def connect_tcp(self, host: str, port: int, *_: Any, **how: Any) -> httpcore.NetworkStream:
        timeout = left(how.get("timeout"), self._until)
        return _HurriedStream(self._inner.connect_tcp(self._address, port, timeout=timeout), self._until)


class _HurriedStream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, until: float) -> None:
        self._inner = inner
        self._until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, left(timeout, self._until))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, left(timeout, self._until))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, left(timeout, self._until))
        return _HurriedStream(inner, self._until)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def left(timeout: float | None, until: float) -> float:
    """What a step may take; ReadTimeout when the time is over."""
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise httpcore.ReadTimeout
    return seconds if timeout is None else min(timeout, seconds)
