"""Checking the chain over the journal: whether every row is what its digest says, and which erasures rewrote what.

A row that an erasure rewrote must be as the erasure left it, and the erasure says so in a row of its own, which is in
the chain. So nobody can rewrite such a row and say that something was erased of it. What a check cannot know is told
with what it found: which erasures there are. Nothing here writes, or decides what to do about it.
"""

import zlib

import msgspec

from hourbook.db.tx import ReadTx
from hourbook.journal import chain
from hourbook.journal import chain_store as store
from hourbook.journal.chain import DIGEST_BYTES, Broken
from hourbook.journal.chain_store import Head, Link, Raw, Salts

_FORGED = "something of it was erased, and no erasure says so"
# What the program did not write raises one of these when it is read as if it had.
_UNREADABLE = (ValueError, KeyError, IndexError, AttributeError, TypeError, zlib.error)


class Erasure(msgspec.Struct):
    """An erasure that the journal records. `rows`: how many rows are as it left them."""

    revision: int
    at_us: int
    user_id: str
    rows: int = 0


class Verdict(msgspec.Struct):
    """What a check found. `bad_revision`: the first row that is not as it was; None when all are.

    `revision` and `digest`: how far the chain reaches. `unchained_count`: rows behind it. `erasures`: by which rows of
    the chain were rewritten, oldest first.
    """

    revision: int
    digest: str
    unchained_count: int = 0
    bad_revision: int | None = None
    reason: str = ""
    erasures: list[Erasure] = []


def verify(tx: ReadTx, *, kept: str | None = None) -> Verdict:
    """Compares every row with the chain. `kept`: a head that was taken earlier, `REVISION:DIGEST` or the digest."""
    head = store.find_head(tx) or Head(0, chain.first_digest(tx.workspace_id), 0)
    verdict = Verdict(head.revision, head.digest.hex())
    try:
        covers = _Covers(tx)
        verdict.erasures = covers.erasures
        verdict.unchained_count = _Check(tx, _Kept(kept), covers).check(head)
    except Broken as broken:
        verdict.bad_revision, verdict.reason = broken.revision, broken.reason
    return verdict


class _Kept:
    """A head somebody kept elsewhere, looked for in the chain."""

    def __init__(self, text: str | None) -> None:
        number, _, digest = (text or "").rpartition(":")
        self.revision = int(number) if number else None
        self.digest = digest.lower()
        self.is_found = not self.digest

    def see(self, revision: int, digest: bytes) -> None:
        if self.revision in (None, revision) and digest.hex() == self.digest:
            self.is_found = True
        elif self.revision == revision and not self.is_found:
            raise Broken(revision, "the chain up to it is not the one whose digest was kept")

    def check(self, end: int) -> None:
        if not self.is_found:
            raise Broken(
                self.revision or end + 1, "the chain does not hold the digest that was kept: rows were removed"
            )


class _Covers:
    """What the recorded erasures left of rows; of a row that was rewritten twice, the last of them says."""

    def __init__(self, tx: ReadTx) -> None:
        self.erasures: list[Erasure] = []
        self._states: dict[int, tuple[str, Erasure]] = {}
        for row in store.iterate_of_kind(tx, chain.ERASURE):
            self._add(row)

    def _add(self, row: Raw) -> None:
        try:
            fields = chain.decoded(row)["after"]
            erasure = Erasure(row.revision, row.at_us, str(fields["user_id"]))
            covered = msgspec.json.decode(fields["covered"], type=dict[int, str])
        except _UNREADABLE as error:
            raise Broken(row.revision, "it is no record of an erasure") from error
        self.erasures.append(erasure)
        self._states |= {revision: (state, erasure) for revision, state in covered.items()}

    def check(self, row: Raw, salts: Salts) -> None:
        """Broken unless the row is as an erasure left it."""
        state, erasure = self._states.get(row.revision, (None, None))
        if erasure is None or state != chain.state_digest(row, salts):
            raise Broken(row.revision, _FORGED)
        if not row.mentions(erasure.user_id):
            raise Broken(row.revision, f"the erasure of row {erasure.revision} is of a person whom it is not about")
        erasure.rows += 1


class _Check:
    """One walk over the chain."""

    def __init__(self, tx: ReadTx, kept: _Kept, covers: _Covers) -> None:
        self._tx = tx
        self._kept = kept
        self._covers = covers

    def check(self, head: Head) -> int:
        """How many rows are behind the chain; Broken for the first that is wrong."""
        digest, revision = chain.first_digest(self._tx.workspace_id), 0
        self._kept.see(0, digest)
        for link in store.iterate_links(self._tx):
            if link.first_revision != revision + 1:
                raise Broken(revision + 1, "its part of the chain is missing")
            digest = self._check_link(link, digest)
            revision = link.last_revision
        if (head.revision, head.digest) != (revision, digest):
            raise Broken(min(head.revision, revision) + 1, "the chain ends elsewhere than its head says")
        self._kept.check(revision)
        return self._check_rest(revision)

    def _check_link(self, link: Link, digest: bytes) -> bytes:
        rows = {row.revision: row for row in store.read_rows(self._tx, link.first_revision - 1, link.last_revision)}
        salts = store.read_commitments(self._tx, link)
        for number, revision in enumerate(range(link.first_revision, link.last_revision + 1)):
            stored = link.digests[number * DIGEST_BYTES : (number + 1) * DIGEST_BYTES]
            digest = self._recomputed(rows.get(revision), salts.get(revision), revision=revision, before=digest)
            if digest != stored:
                raise Broken(revision, "it is not what it was")
            self._kept.see(revision, digest)
        return digest

    def _recomputed(self, row: Raw | None, salts: Salts | None, *, revision: int, before: bytes) -> bytes:
        if row is None:
            raise Broken(revision, "it is missing")
        # A row with nothing that may be erased has no commitment: it would let anybody say what the row said.
        if salts is not None and not chain.is_erasable(row.kind):
            raise Broken(revision, "it is not of a kind of which anything is erased")
        try:
            if salts is not None and chain.is_rewritten(salts):
                self._covers.check(row, salts)
            return chain.next_digest(before, row, salts)
        except _UNREADABLE as error:
            # Whatever was made of it, it is nothing that the program wrote.
            raise Broken(revision, "it is not what it was") from error

    def _check_rest(self, revision: int) -> int:
        """Rows that are not in the chain yet: none may be missing, up to what the counter says."""
        first, found = revision, 0
        for found in store.iterate_revisions(self._tx, revision):
            if found != revision + 1:
                raise Broken(revision + 1, "it is missing")
            revision = found
        counted = store.counted_revision(self._tx)
        if counted != revision:
            raise Broken(min(counted, revision) + 1, f"the counter says {counted} and the last row is {revision}")
        return revision - first
