"""Where the processes of one server meet: two socket files that this account alone may open, and a folder of files.

They lie in the data folder of an embedded database, or in a folder made for one run: where a database
server holds the data, and where the path would be longer than a socket's name may be.
"""

import contextlib
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

WEB_NAME = "hourbook-web.sock"
WORKER_NAME = "hourbook-worker.sock"
FILES_NAME = "hourbook-files"
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
        own = folder = Path(tempfile.mkdtemp(prefix="hourbook-"))
    there = folder.absolute()
    found = Places(there / WEB_NAME, there / WORKER_NAME, there / FILES_NAME, holder)
    try:
        yield found
    finally:
        for path in (found.web, found.worker):
            path.unlink(missing_ok=True)
        shutil.rmtree(found.files, ignore_errors=True)
        if own is not None:
            shutil.rmtree(own, ignore_errors=True)
