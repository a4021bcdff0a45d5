"""The data folder: who may use it, and that one server at a time does.

An embedded database has one server (design section 6). Whoever serves, fills or restores it holds
a lock on a file beside it for as long as it works; short commands do not. The system drops the
lock when its holder dies, so nothing is left to clean up.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from hourbook.core.errors import CannotRun

LOCK_NAME = "hourbook.lock"


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
def hold_folder(folder: Path | None, holder: str) -> Iterator[None]:
    """Keeps others out of the folder meanwhile; CannotRun names who is in it.

    `holder` is the command, as the refusal of others will name it. Without a folder (a database
    server's data) there is nothing to hold.
    """
    if folder is None:
        yield
        return
    # Not on Windows, where Hourbook runs with a database server only.
    import fcntl

    prepare_folder(folder)
    with (folder / LOCK_NAME).open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            raise CannotRun(_refusal(folder, lock.read().strip())) from None
        lock.seek(0)
        lock.truncate()
        lock.write(f"hourbook {holder}, process {os.getpid()}\n")
        lock.flush()
        try:
            yield
        finally:
            lock.seek(0)
            lock.truncate()


def _refusal(folder: Path, who: str) -> str:
    return (
        f"The data folder {folder} is in use by {who or 'another Hourbook'}. "
        "Stop that first, or choose another folder with --data."
    )
