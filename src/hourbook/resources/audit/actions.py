"""The verbs of our own look at the journal: reading all of it, and writing it to a file.

Nothing is written to the database by any of them, and no verb anywhere changes what they read. The contract's search
is in `actions_search.py`.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from hourbook.db.tx import ReadTx
from hourbook.journal import chain_store
from hourbook.journal.journal import JournalRow, iterate_since
from hourbook.journal.windows import is_of_account, iterate_before
from hourbook.resources.audit import rules

DIGEST_BYTES = 32
# What the rows of a page may be about in all: a bulk row names every thing, with what it was.
THINGS_LIMIT = 10_000


def list_rows(
    tx: ReadTx, before_revision: int | None, filters: dict[str, str], *, limit: int
) -> tuple[list[JournalRow], bool]:
    """A page of rows of the journal, newest first, and whether it is the last; fewer where they are about very many."""
    found: list[JournalRow] = []
    things = 0
    for row in iterate_before(tx, before_revision, **filters):
        things += 1 if row.ids is None else len(row.ids)
        if found and (len(found) == limit or things > THINGS_LIMIT):
            return found, False
        found.append(_told(row))
    return found, True


def iterate_told(tx: ReadTx, after_revision: int) -> Iterator[tuple[JournalRow, str | None]]:
    """All rows behind a revision, oldest first, with their digests in the chain (None: not in it yet)."""
    links = chain_store.iterate_links(tx, after_revision)
    link = next(links, None)
    for row in iterate_since(tx, after_revision):
        while link is not None and link.last_revision < row.revision:
            link = next(links, None)
        digest = None
        if link is not None and link.first_revision <= row.revision:
            start = (row.revision - link.first_revision) * DIGEST_BYTES
            digest = link.digests[start : start + DIGEST_BYTES].hex()
        yield _told(row), digest


def write_lines(path: Path, lines: Iterable[bytes]) -> None:
    """Writes a file of lines."""
    with path.open("wb") as file:
        for line in lines:
            file.write(line)
            file.write(b"\n")


def _told(row: JournalRow) -> JournalRow:
    """A row as an admin may read it: of accounts only what every workspace of theirs knows."""
    if not is_of_account(row.kind):
        return row
    before, after = (rules.told_of_account(row.kind, fields) for fields in (row.before, row.after))
    return msgspec.structs.replace(row, before=before, after=after, rows=None)
