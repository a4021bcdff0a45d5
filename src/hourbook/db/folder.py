"""The data folder: who may use it, and that one server at a time does.

An embedded database has one server (design section 6). Whoever serves, fills or restores it holds
a lock on a file beside it for as long as it works; short commands do not. The system drops the
lock when its holder dies, so nothing is left to clean up.
"""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from hourbook.core.errors import CannotRun

LOCK_NAME = "hourbook.lock"
LOCK_POLL_SECONDS = 0.01


def prepare_folder(folder: Path) -> None:
    """Makes the folder when it is missing, closed to other accounts; CannotRun when that is impossible."""
    if not folder.is_dir():
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise CannotRun(f"The data folder {folder} cannot be made: {error.strerror}.") from None
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise CannotRun(f"The data folder {folder} is closed to this account. It must be readable and writable.")


@contextlib.contextmanager
def hold_folder(folder: Path | None, holder: str, *, patience_seconds: float = 0.0) -> Iterator[int | None]:
    """Keeps others out of the folder meanwhile; CannotRun names who is in it.

    `holder` is the command, as the refusal of others will name it. `patience_seconds`: how long somebody
    may take to leave, for a server that follows one that was killed. Without a folder (a database server's
    data) there is nothing to hold. Yields the lock's descriptor: a process that inherits it holds the
    folder too, for as long as it lives.
    """
    if folder is None:
        yield None
        return
    # Not on Windows, where Hourbook runs with a database server only.
    import fcntl

    prepare_folder(folder)
    with (folder / LOCK_NAME).open("a+", encoding="utf-8") as lock:
        until = time.monotonic() + patience_seconds
        while not _locked(lock, fcntl.LOCK_EX | fcntl.LOCK_NB):
            if time.monotonic() >= until:
                lock.seek(0)
                raise CannotRun(_refusal(folder, lock.read().strip()))
            time.sleep(LOCK_POLL_SECONDS)
        lock.seek(0)
        lock.truncate()
        lock.write(f"hourbook {holder}, process {os.getpid()}\n")
        lock.flush()
        try:
            yield lock.fileno()
        finally:
            lock.seek(0)
            lock.truncate()


def _locked(lock: IO[str], how: int) -> bool:
    import fcntl

    try:
        fcntl.flock(lock, how)
    except OSError:
        return False
    return True


def _refusal(folder: Path, who: str) -> str:
    return (
        f"The data folder {folder} is in use by {who or 'another Hourbook'}. "
        "Stop that first, or choose another folder with --data."
    )
