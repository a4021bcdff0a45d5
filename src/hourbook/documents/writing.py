"""A file that is there when it is whole, and not before.

Owns the folder beside the target in which a file grows and in which its libraries put their own temporary
files. Whatever goes wrong, the folder goes and the target stays as it was.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A path to write to. It becomes the target in one step when the block ends without an error.

    Only the owner of the process may read the folder: reports are nobody else's business.
    """
    with TemporaryDirectory(prefix=".hourbook-", dir=target.parent) as folder:
        growing = Path(folder, target.name)
        yield growing
        os.replace(growing, target)
