"""The chain over the journal: each row's digest is made of the row and of the digest before it.

Whoever alters, removes, inserts or reorders a row that is in the chain makes every digest from there on wrong. Values
that may have to be erased go in as salted digests of their own, so that the chain stays right when salt and value are
gone. Slices declare which values those are. Nothing here decides when the chain grows (docs/audit-log.md).
"""

import hashlib
import os
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from hourbook.db.tx import ReadTx
from hourbook.journal import chain_store as store
from hourbook.journal.chain_store import Head, Link, Raw, Salts

DIGEST_BYTES = 32
SALT_BYTES = 16
# Names of what a commitment may hold besides single values: the rest of a row's contents, and all of them.
REST = ""
WHOLE = "*"
_SALT, _LEFT = "s", "d"
_START = b"hourbook audit chain 1\0"
# Stands where a person's words were (journal/redaction.py).
_ERASED = "digest:"

_sorted = msgspec.json.Encoder(order="sorted").encode
_ERASABLE: dict[str, tuple[str, ...]] = {}


def declare_erasable(fields: Mapping[str, tuple[str, ...]]) -> None:
    """Says which fields of which kinds hold what a person may have erased."""
    _ERASABLE.update(fields)


class Portion(msgspec.Struct):
    """Some rows more for the chain, made from what was read at `head`; stored only if that still is the head."""

    head: Head
    link: Link
    digest: bytes
    commitments: list[tuple[int, str]]


class Verdict(msgspec.Struct):
    """What a check found. `bad_revision`: the first row that is not as it was; None when all are.

    `revision` and `digest`: how far the chain reaches. `unchained_count`: rows behind it.
    """

    revision: int
    digest: str
    unchained_count: int = 0
    bad_revision: int | None = None
    reason: str = ""


class Broken(Exception):
    """A row is not what the chain says."""

    def __init__(self, revision: int, reason: str) -> None:
        super().__init__(f"{revision}: {reason}")
        self.revision, self.reason = revision, reason


# --- digests -------------------------------------------------------------------------------------


def first_digest(workspace_id: str) -> bytes:
    """What stands before the first row."""
    return hashlib.sha256(_START + bytes.fromhex(workspace_id)).digest()


def next_digest(before: bytes, row: Raw, salts: Salts | None) -> bytes:
    head = hashlib.sha256(_framed(row.head)).digest()
    return hashlib.sha256(before + head + content_digest(row, salts)).digest()


def _framed(values: Sequence[Any]) -> bytes:
    """Values as JSON (bytes in base64), so that no two lists of them read the same."""
    return _sorted(values)


def content_digest(row: Raw, salts: Salts | None) -> bytes:
    """Of before, after and packed rows. `salts`: by place, what single values were hashed with, or what is left."""
    if salts is None:
        return hashlib.sha256(_framed(row.contents)).digest()
    if WHOLE in salts:
        return bytes.fromhex(salts[WHOLE][1:])
    contents = decoded(row)
    leaves = [_leaf(contents, place, text) for place, text in sorted(salts.items()) if place != REST]
    rest = bytes.fromhex(salts[REST][1:]) if REST in salts else _rest_digest(contents)
    return hashlib.sha256(rest + b"".join(leaves)).digest()


def _leaf(contents: Any, place: str, text: str) -> bytes:
    holder, name = _holder(contents, place)
    if text[0] == _LEFT:
        if not _is_erased(holder.get(name)):
            raise ValueError("a value stands where one was erased")
        holder.pop(name, None)
        return bytes.fromhex(text[1:])
    return hashlib.sha256(bytes.fromhex(text[1:]) + _sorted(holder.pop(name, None))).digest()


def _is_erased(value: Any) -> bool:
    return value in (None, "") or (isinstance(value, str) and value.startswith(_ERASED))


def _rest_digest(contents: Any) -> bytes:
    return hashlib.sha256(_sorted(contents)).digest()


def decoded(row: Raw) -> dict[str, Any]:
    """The contents of a row: `before`, `after`, `rows`."""
    before, after, packed = row.contents
    return {
        "before": None if before is None else msgspec.json.decode(before),
        "after": None if after is None else msgspec.json.decode(after),
        "rows": None if packed is None else msgspec.json.decode(zlib.decompress(packed)),
    }


def _holder(contents: Any, place: str) -> tuple[dict[str, Any], str]:
    """What holds a value, and its name there: `before.email`, `rows.17.name`."""
    *path, name = place.split(".")
    holder: Any = contents
    for step in path:
        holder = holder[int(step)] if isinstance(holder, list) else holder.get(step)
    if not isinstance(holder, dict):
        raise ValueError("a row has lost its fields")
    return holder, name


def _places(kind: str, contents: Mapping[str, Any]) -> Iterator[str]:
    """Where a row holds what may be erased."""
    names = _ERASABLE.get(kind, ())
    holders = [("before", contents["before"]), ("after", contents["after"])]
    holders += [(f"rows.{number}", fields) for number, fields in enumerate(contents["rows"] or ())]
    for path, fields in holders:
        if isinstance(fields, dict):
            yield from (f"{path}.{name}" for name in names if name in fields)


def _salts_for(row: Raw) -> Salts | None:
    if row.kind not in _ERASABLE:
        return None
    return {place: _SALT + os.urandom(SALT_BYTES).hex() for place in _places(row.kind, decoded(row))}


# --- growing -------------------------------------------------------------------------------------


def next_portion(tx: ReadTx, *, limit: int) -> Portion | None:
    """The rows behind the head, at most `limit`; None when there is none. Broken when one is missing."""
    head = store.find_head(tx)
    if head is None:
        return None
    rows = store.read_rows(tx, head.revision, head.revision + limit)
    if not rows:
        return None
    digest, digests, commitments = head.digest, [], []
    for revision, row in enumerate(rows, head.revision + 1):
        if row.revision != revision:
            raise Broken(revision, "it is missing")
        salts = _salts_for(row)
        if salts is not None:
            commitments.append((revision, msgspec.json.encode(salts).decode()))
        digest = next_digest(digest, row, salts)
        digests.append(digest)
    link = Link(head.revision + 1, rows[-1].revision, b"".join(digests))
    return Portion(head, link, digest, commitments)


# --- checking ------------------------------------------------------------------------------------


def verify(tx: ReadTx, *, kept: str | None = None, progress: Callable[[int], None] | None = None) -> Verdict:
    """Compares every row with the chain. `kept`: a head that was taken earlier, `REVISION:DIGEST` or the digest."""
    head = store.find_head(tx) or Head(0, first_digest(tx.workspace_id), 0)
    verdict = Verdict(head.revision, head.digest.hex())
    try:
        verdict.unchained_count = _check(tx, head, _Kept(kept), progress)
    except Broken as broken:
        verdict.bad_revision, verdict.reason = broken.revision, broken.reason
    return verdict


class _Kept:
    """A head somebody kept elsewhere, looked for in the chain."""

    def __init__(self, text: str | None) -> None:
        number, colon, digest = (text or "").strip().rpartition(":")
        # No longer than a revision can be.
        self.revision = int(number) if colon and number.isdecimal() and len(number) < 20 else None
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


def _check(tx: ReadTx, head: Head, kept: _Kept, progress: Callable[[int], None] | None) -> int:
    """How many rows are behind the chain; Broken for the first that is wrong."""
    digest, revision = first_digest(tx.workspace_id), 0
    kept.see(0, digest)
    for link in store.iterate_links(tx):
        if link.first_revision != revision + 1:
            raise Broken(revision + 1, "its part of the chain is missing")
        digest = _check_link(tx, link, digest, kept)
        revision = link.last_revision
        if progress is not None:
            progress(revision)
    if (head.revision, head.digest) != (revision, digest):
        raise Broken(min(head.revision, revision) + 1, "the chain ends elsewhere than its head says")
    kept.check(revision)
    return _check_rest(tx, revision)


def _check_link(tx: ReadTx, link: Link, digest: bytes, kept: _Kept) -> bytes:
    rows = {row.revision: row for row in store.read_rows(tx, link.first_revision - 1, link.last_revision)}
    salts = store.read_commitments(tx, link)
    for number, revision in enumerate(range(link.first_revision, link.last_revision + 1)):
        stored = link.digests[number * DIGEST_BYTES : (number + 1) * DIGEST_BYTES]
        _check_commitment(rows.get(revision), revision, salts.get(revision))
        digest = _recomputed(rows.get(revision), revision, digest, salts.get(revision))
        if digest != stored:
            raise Broken(revision, "it is not what it was")
        kept.see(revision, digest)
    return digest


def _check_commitment(row: Raw | None, revision: int, salts: Salts | None) -> None:
    """A row with nothing that may be erased has none: it would let anybody say what the row said."""
    if row is not None and salts is not None and row.kind not in _ERASABLE:
        raise Broken(revision, "it is not of a kind of which anything is erased")


def _recomputed(row: Raw | None, revision: int, before: bytes, salts: Salts | None) -> bytes:
    if row is None:
        raise Broken(revision, "it is missing")
    try:
        return next_digest(before, row, salts)
    except (ValueError, KeyError, IndexError, AttributeError, TypeError, zlib.error) as error:
        # Whatever was made of it, it is nothing that the program wrote.
        raise Broken(revision, "it is not what it was") from error


def _check_rest(tx: ReadTx, revision: int) -> int:
    """Rows that are not in the chain yet: none may be missing, up to what the counter says."""
    first, found = revision, 0
    for found in store.iterate_revisions(tx, revision):
        if found != revision + 1:
            raise Broken(revision + 1, "it is missing")
        revision = found
    counted = store.counted_revision(tx)
    if counted != revision:
        raise Broken(min(counted, revision) + 1, f"the counter says {counted} and the last row is {revision}")
    return revision - first


# --- erasing -------------------------------------------------------------------------------------


def keep_digests(before: Raw, after: Raw, salts: Salts | None) -> Salts:
    """The commitment of a row after its rewriting: where a value went, its digest stays and its salt goes."""
    if salts is None:
        return {WHOLE: _LEFT + content_digest(before, None).hex()}
    if WHOLE in salts:
        return salts
    old, new = decoded(before), decoded(after)
    kept: Salts = {}
    for place, text in salts.items():
        if place == REST:
            continue
        (old_holder, name), (new_holder, _) = _holder(old, place), _holder(new, place)
        was, now = old_holder.get(name), new_holder.get(name)
        if text[0] == _SALT and was == now:
            kept[place] = text
            old_holder.pop(name, None)
        else:
            kept[place] = _LEFT + _leaf(old, place, text).hex()
        new_holder.pop(name, None)
    rest = salts.get(REST) or (_LEFT + _rest_digest(old).hex() if old != new else None)
    return kept if rest is None else {**kept, REST: rest}
