"""Where the processes of one server meet: two socket files that this account alone may open.

They lie in the data folder of an embedded database, or in a folder made for one run: where a database
server holds the data, and where the path would be longer than a socket's name may be.
"""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

WEB_NAME = "hourbook-web.sock"
WORKER_NAME = "hourbook-worker.sock"
# The kernel's limit is 108 bytes on Linux and 104 on macOS, with an end mark.
PATH_LIMIT_BYTES = 100


class Places(NamedTuple):
    """`web`: where the worker has verbs run. `worker`: where long reads are asked."""

    web: Path
    worker: Path


@contextlib.contextmanager
def places(folder: Path | None) -> Iterator[Places]:
    """The two addresses; nothing of them is left afterwards."""
    own = None
    if folder is None or len(bytes(folder.absolute() / WORKER_NAME)) > PATH_LIMIT_BYTES:
        own = folder = Path(tempfile.mkdtemp(prefix="hourbook-"))
    found = Places(folder.absolute() / WEB_NAME, folder.absolute() / WORKER_NAME)
    try:
        yield found
    finally:
        for path in found:
            path.unlink(missing_ok=True)
        if own is not None:
            shutil.rmtree(own, ignore_errors=True)
