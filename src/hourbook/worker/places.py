"""Where the processes of one server meet: two socket files that this account alone may open, and a folder of files.

They lie in the data folder of an embedded database, or in a folder made for one run: where a database
server holds the data, and where the path would be longer than a socket's name may be. A run holds its folder
locked, so what a killed one left is known by its missing lock, and removed by the next.
"""

import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

WEB_NAME = "hourbook-web.sock"
WORKER_NAME = "hourbook-worker.sock"
FILES_NAME = "hourbook-files"
_PREFIX = "hourbook-"
# The kernel's limit is 108 bytes on Linux and 104 on macOS, with an end mark.
PATH_LIMIT_BYTES = 100


class Places(NamedTuple):
    """`web`: where the worker has verbs run. `worker`: where long reads are asked.

    `files`: the folder in which the worker makes files that are answers; it is there once it is needed.
    `holder`: the name under which this server's worker takes leases. The next worker of the same name
    comes when the one before is gone, so it need not wait for those leases to end.
    """

    web: Path
    worker: Path
    files: Path
    holder: str


@contextlib.contextmanager
def places(folder: Path | None) -> Iterator[Places]:
    """The two addresses; nothing of them is left afterwards."""
    own = None
    # An embedded database has one server at a time; of a database server's, each has a name of its own.
    holder = "embedded" if folder is not None else secrets.token_hex(8)
    if folder is None or len(bytes(folder.absolute() / WORKER_NAME)) > PATH_LIMIT_BYTES:
        own = folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    lock = None if own is None else _locked(own)
    there = folder.absolute()
    found = Places(there / WEB_NAME, there / WORKER_NAME, there / FILES_NAME, holder)
    try:
        if own is not None:
            _sweep(own)
        yield found
    finally:
        for path in (found.web, found.worker):
            path.unlink(missing_ok=True)
        shutil.rmtree(found.files, ignore_errors=True)
        if own is not None:
            shutil.rmtree(own, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def _locked(folder: Path) -> int | None:
    """The folder's descriptor, locked for as long as it is open; None when another process has it, or none can."""
    try:
        import fcntl
    except ImportError:  # Windows, whose temporary folder is its owner's affair
        return None
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _sweep(own: Path) -> None:
    """Removes folders of runs that were killed: of this account, in use once, and locked by nobody."""
    for folder in own.parent.glob(_PREFIX + "????????"):
        # Another start may remove it at the same moment.
        with contextlib.suppress(OSError):
            _remove_if_left(folder, own)


def _remove_if_left(folder: Path, own: Path) -> None:
    # A run locks its folder before it puts anything there, so an empty one may just have been made.
    was_used = any(os.path.lexists(folder / name) for name in (WORKER_NAME, FILES_NAME))
    if folder == own or folder.is_symlink() or not was_used or folder.stat().st_uid != own.stat().st_uid:
        return
    lock = _locked(folder)
    if lock is not None:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)
