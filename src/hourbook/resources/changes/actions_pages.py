"""What became of the first things within a time, without looking at what became of all the others.

Whatever was created begins with the row that made it, and what was updated or deleted with another one; so rows of some
verbs are walked through, oldest first, and what became of a thing in all is asked of those that come up. Things stand
in the order of the first row about each, as in `rules.fates_of`. Nothing is shown here.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from hourbook.db.tx import ReadTx
from hourbook.journal.bulk import Bulk
from hourbook.journal.windows import Head, Window, heads_of, iterate_heads, unpacked
from hourbook.resources.changes import rules
from hourbook.resources.changes.rules import KINDS, ChangeKind, DocumentType, Fate, Mark

# So many things are looked up at once, and so many in all: beyond, reading everything is no more work.
PORTION_THINGS = 1000
MOST_THINGS = 50_000


class _Touch(NamedTuple):
    """A row about a thing, in the order in which things are touched."""

    at_us: int
    revision: int
    number: int
    thing_id: str
    change: ChangeKind


def first_marks(tx: ReadTx, type_: DocumentType, *, window: Window, kind: ChangeKind, count: int) -> list[Mark] | None:
    """The first `count` things of a type that became `kind`; None when it takes looking at very many to tell."""
    if len(KINDS[type_]) != 1 or count > MOST_THINGS:
        return None
    lives = _Lives(tx, type_, window)
    ids = lives.iterate_ids(rules.verbs_of(kind))
    found: list[tuple[_Touch, Mark]] = []
    looked_at = 0
    while portion := list(islice(ids, PORTION_THINGS)):
        looked_at += len(portion)
        if looked_at > MOST_THINGS:
            return None
        found += lives.marks_of(portion, kind)
        if len(found) >= count and kind is not ChangeKind.DELETED:
            break
    # What was deleted came up by its end, and stands by its beginning.
    found.sort(key=lambda one: one[0])
    return [mark for _, mark in found[:count]]


class _Lives:
    """What became of things of a type within a window."""

    def __init__(self, tx: ReadTx, type_: DocumentType, window: Window) -> None:
        self._tx = tx
        self._type = type_
        self._window = window
        (self._kind,) = KINDS[type_]
        # Rows about many things name no single one.
        heads = self._counted(heads_of(tx, self._kind, window, ids=None))
        self._many = [(head, Bulk(head[0], head[2], bytes(head[5] or b""), None)) for head in heads]

    def iterate_ids(self, verbs: tuple[str, ...]) -> Iterator[str]:
        """Whatever rows of these verbs are about, once each, in the order of the first of them."""
        seen: set[str] = set()
        for _, _, _, thing_id, _, packed_ids in self._counted(
            iterate_heads(self._tx, self._kind, self._window, verbs=verbs)
        ):
            for one in (thing_id,) if thing_id is not None else unpacked(packed_ids or b""):
                if one not in seen:
                    seen.add(one)
                    yield one

    def marks_of(self, ids: list[str], kind: ChangeKind) -> list[tuple[_Touch, Mark]]:
        """Those of some things that became `kind`, with the first row about each, in their order."""
        fates: dict[str, Fate] = {}
        firsts: dict[str, _Touch] = {}
        for touch in sorted(self._touches(ids)):
            rules.note(fates, touch.thing_id, touch.change, at_us=touch.at_us, revision=touch.revision)
            firsts.setdefault(touch.thing_id, touch)
        return [(firsts[one], rules.mark_of(one, fate)) for one, fate in fates.items() if fate.kind is kind]

    def _touches(self, ids: list[str]) -> Iterator[_Touch]:
        for revision, at_us, verb, thing_id, _, _ in self._counted(
            heads_of(self._tx, self._kind, self._window, ids=ids)
        ):
            yield _Touch(at_us, revision, 0, thing_id or "", rules.kind_of_verb(verb))
        packed = {bytes.fromhex(one) for one in ids} if self._many else set()
        for (revision, at_us, verb, *_), bulk in self._many:
            for thing_id in map(bytes.hex, bulk.among(packed)):
                yield _Touch(at_us, revision, bulk.place_of(thing_id) or 0, thing_id, rules.kind_of_verb(verb))

    def _counted(self, heads: Iterable[Head]) -> Iterator[Head]:
        """The rows that are about the type."""
        return (head for head in heads if rules.counts(self._type, rules.kind_of_verb(head[2]), head[4]))
