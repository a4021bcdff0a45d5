"""Answers that are files: where they are made, and how they leave bit by bit.

A handler makes its file whole, in a folder that only this account may enter; then the file is opened and
its name taken away, so nothing of it is left when the answer is over, whoever dies meanwhile. A slow
client holds one open file, and neither memory nor a thread nor a look at the database.
Nothing here knows what is in a file.
"""

import asyncio
import errno
import os
import secrets
import shutil
import tempfile
import threading
import weakref
from pathlib import Path

from hourbook.core.errors import TryLater

PORTION_BYTES = 256 * 1024
# What must be free where files are made: the database may lie on the same disk.
SPARE_BYTES = 256 * 1024 * 1024
FULL_SECONDS = 30
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class AnswerFiles:
    """The folder of this process for files on their way; without one that is given, one is made when needed."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._making = threading.Lock()

    def new(self, suffix: str) -> Path:
        """An empty file that this account alone may open. TryLater where the disk is nearly full."""
        with self._making:
            folder = self._made_folder()
        if shutil.disk_usage(folder).free < SPARE_BYTES:
            raise disk_is_full()
        path = folder / (secrets.token_hex(16) + suffix)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        return path

    def _made_folder(self) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="hourbook-files-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        return self._folder


class FileParts:
    """An open file, read from its beginning in portions, off the loop; closed at the end, by `aclose`, or forgotten."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY)
        self.length = os.fstat(self._descriptor).st_size
        self._state = threading.Lock()
        self._left = self.length
        self._is_reading = False
        self._is_over = False

    def __aiter__(self) -> "FileParts":
        return self

    async def __anext__(self) -> bytes:
        part = await asyncio.to_thread(self._read)
        if not part:
            raise StopAsyncIteration
        return part

    async def aclose(self) -> None:
        self.close()

    def close(self) -> None:
        """Never waits: where a thread still reads, it closes after its portion."""
        with self._state:
            self._is_over = True
            self._close_unless_reading()

    def __del__(self) -> None:
        # Of an object whose file could not be opened there is nothing to close.
        if hasattr(self, "_state"):
            self.close()

    def _read(self) -> bytes:
        with self._state:
            if self._is_over:
                return b""
            self._is_reading = True
        read = b""
        try:
            read = os.read(self._descriptor, min(PORTION_BYTES, self._left))
        finally:
            self._end_reading(len(read))
        return read

    def _end_reading(self, bytes_count: int) -> None:
        with self._state:
            self._is_reading = False
            self._left -= bytes_count
            # Its length was promised: what somebody adds to it meanwhile is not sent.
            self._is_over = self._is_over or not self._left
            if self._is_over:
                self._close_unless_reading()

    def _close_unless_reading(self) -> None:
        if not self._is_reading and self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def disk_is_full() -> TryLater:
    return TryLater("The disk is full.", retry_after_seconds=FULL_SECONDS, status=507)


def says_disk_is_full(error: BaseException | None) -> bool:
    """Whether an error, or what it came from, is that of a full disk."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        error = error.__cause__ or error.__context__
    return False
