"""Messages between the processes of one server: a length, then so many bytes, over a local socket.

The socket is a file that this account alone may open. A message over the limit ends the connection:
it can only be a mistake, and nobody's memory should pay for it.
"""

import asyncio
import os
import socket
from pathlib import Path

LENGTH_BYTES = 4
LIMIT_BYTES = 16 * 1024 * 1024
BACKLOG = 128


class Unreachable(Exception):
    """The other process is not there, went away, or said something that is no message."""


async def read_frame(reader: asyncio.StreamReader) -> bytes | None:
    """The next message; None when the other side has closed in order. Unreachable otherwise."""
    try:
        head = await reader.readexactly(LENGTH_BYTES)
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise Unreachable("a message broke off") from None
        return None
    except OSError as error:
        raise Unreachable(str(error)) from None
    length = int.from_bytes(head, "big")
    if length > LIMIT_BYTES:
        raise Unreachable(f"a message of {length} bytes")
    try:
        return await reader.readexactly(length)
    except (asyncio.IncompleteReadError, OSError):
        raise Unreachable("a message broke off") from None


async def write_frame(writer: asyncio.StreamWriter, content: bytes) -> None:
    """Sends a message and waits while the other side is slow; Unreachable when it is gone."""
    if len(content) > LIMIT_BYTES:
        raise ValueError(f"a message of {len(content)} bytes is over the limit")
    try:
        writer.write(len(content).to_bytes(LENGTH_BYTES, "big"))
        writer.write(content)
        await writer.drain()
    except OSError as error:
        raise Unreachable(str(error)) from None


async def connect(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Unreachable when nobody listens there."""
    try:
        return await asyncio.open_unix_connection(str(path))
    except OSError as error:
        raise Unreachable(str(error)) from None


def listen(path: Path) -> socket.socket:
    """A listening socket that only this account may open. What a process that died left there is replaced."""
    path.unlink(missing_ok=True)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # The file has its mode from its first moment; a chmod would come too late for whoever is quick.
    before = os.umask(0o177)
    try:
        sock.bind(str(path))
    finally:
        os.umask(before)
    sock.listen(BACKLOG)
    sock.setblocking(False)
    return sock
