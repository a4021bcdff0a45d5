"""A receiver of webhooks for measuring: `python -m bench.receiver PORT FILE`. It notes when what came.

`POST /good/...` is answered 204 at once, `/dead/...` never. Each delivery leaves a line in FILE: the moment of its
first byte (CLOCK_MONOTONIC, which all processes of a machine share), the path, the number that ends its description.
"""

import asyncio
import re
import sys
import time
from pathlib import Path
from typing import IO, cast

NUMBER = re.compile(rb'"(?:description|name)":"[^"]*?(\d+)"')
ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"


class Receiving(asyncio.Protocol):
    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._data = bytearray()
        self._began = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if not self._data:
            self._began = time.monotonic()
        self._data += data
        while (end := self._data.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._data[:end])
            length = _length(head)
            if len(self._data) < end + 4 + length:
                return
            body = bytes(self._data[end + 4 : end + 4 + length])
            del self._data[: end + 4 + length]
            self._got(head.split(b" ", 2)[1].decode(), body)

    def _got(self, path: str, body: bytes) -> None:
        assert self._transport is not None
        if path.startswith("/dead"):
            return
        self._transport.write(ANSWER)
        found = NUMBER.search(body)
        self._file.write(f"{self._began:.6f} {path} {found[1].decode() if found else '-'}\n")


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def serve(port: int, file: IO[str]) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Receiving(file), "127.0.0.1", port, backlog=1024)
    async with server:
        while True:
            await asyncio.sleep(0.05)
            file.flush()


if __name__ == "__main__":
    with Path(sys.argv[2]).open("a", encoding="utf-8") as opened:
        try:
            import uvloop

            uvloop.run(serve(int(sys.argv[1]), opened))
        except KeyboardInterrupt:
            sys.exit(0)
