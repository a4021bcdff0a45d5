"""The chain over the journal: each row's digest is made of the row and of the digest before it.

Whoever alters, removes, inserts or reorders a row that is in the chain makes every digest from there on wrong. Values
that may have to be erased go in as salted digests of their own, so that the chain stays right when salt and value are
gone. What an erasure left of a row stands in a row of its own, which is in the chain like any other. Slices declare
which values may be erased. Nothing here decides when the chain grows (docs/audit-log.md).
"""

import hashlib
import os
import zlib
from collections.abc import Iterator, Mapping
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
# The kind of the rows that record an erasure: `user_id`, and in `covered` as JSON what it left of which row.
ERASURE = "ERASURE"
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
    return hashlib.sha256(before + _digest(row.head) + content_digest(row, salts)).digest()


def content_digest(row: Raw, salts: Salts | None) -> bytes:
    """Of before, after and packed rows. `salts`: by place, what single values were hashed with, or what is left."""
    if salts is None:
        return _digest(row.contents)
    if WHOLE in salts:
        return bytes.fromhex(salts[WHOLE][1:])
    contents = decoded(row)
    leaves = [(place, _leaf(contents, place, text)) for place, text in sorted(salts.items()) if place != REST]
    rest = salts[REST][1:] if REST in salts else _digest(contents).hex()
    return _digest((rest, leaves))


def _leaf(contents: Any, place: str, text: str) -> str:
    """The digest of one value, which is taken out of its row; KeyError, ValueError where it does not stand."""
    holder, name = _holder(contents, place)
    value, salt = holder.pop(name), text[1:]
    if text[0] == _LEFT:
        if not _is_erased(value):
            raise ValueError("a value stands where one was erased")
        return salt
    # Of another length it could be a part of the value.
    if text[0] != _SALT or len(salt) != 2 * SALT_BYTES:
        raise ValueError("that is no salt")
    return _digest((salt, value)).hex()


def _digest(value: Any) -> bytes:
    """Of a value as JSON (bytes in base64), so that no two values read the same."""
    return hashlib.sha256(_sorted(value)).digest()


def is_rewritten(salts: Salts | None) -> bool:
    """Whether a commitment has something that is left of what an erasure took away."""
    return any(text[:1] != _SALT for text in (salts or {}).values())


def state_digest(row: Raw, salts: Salts) -> str:
    """Of what an erasure left of a row, and of what it is known by from then on."""
    return _digest((row.revision, row.contents, salts)).hex()


def is_digest(value: Any) -> bool:
    """Whether it is what an erasure left of a person's words."""
    return isinstance(value, str) and value.startswith(_ERASED)


def _is_erased(value: Any) -> bool:
    return value in (None, "") or is_digest(value)


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


def is_erasable(kind: str) -> bool:
    """Whether things of a kind have fields that may be erased."""
    return kind in _ERASABLE


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
            kept[place] = _LEFT + _leaf(old, place, text)
        new_holder.pop(name, None)
    rest = salts.get(REST) or (_LEFT + _digest(old).hex() if old != new else None)
    return kept if rest is None else {**kept, REST: rest}
