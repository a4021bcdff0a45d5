"""The SQL of the audit chain: its head, its links, its commitments, and the journal's rows as they are stored.

Nothing is decided here. Only a link that fits the head is stored.
"""

import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from hourbook.db.engine import AnyOf
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.audit import audit_commitments, audit_heads, audit_links
from hourbook.db.tables.journal import journal, workspace_revisions
from hourbook.db.tx import ReadTx, Tx

PORTION_REVISIONS = 5000
Salts = dict[str, str]
"""By place of a value in a row: `s` and its salt, or `d` and its digest when it was erased."""
_j, _h, _l, _c = journal.c, audit_heads.c, audit_links.c, audit_commitments.c
_decode = msgspec.json.Decoder(dict[str, str]).decode


class Head(msgspec.Struct):
    """How far the chain reaches. `erasures`: how often persons were taken out of its rows."""

    revision: int
    digest: bytes
    erasures: int
    at_us: int = 0


class Link(msgspec.Struct):
    """The digests of some rows, one after the other."""

    first_revision: int
    last_revision: int
    digests: bytes


class Raw(msgspec.Struct):
    """A row as it is stored. `head`: all but its contents; `contents`: before, after, packed rows."""

    workspace_id: str
    revision: int
    kind: str
    head: tuple[Any, ...]
    contents: tuple[str | None, str | None, bytes | None]

    @property
    def at_us(self) -> int:
        return int(self.head[_AT])

    def mentions(self, user_id: str) -> bool:
        """Whether it is about a person, or about many things of which some are a person's."""
        before, after, packed = self.contents
        if any(user_id == self.head[place] for place in _ABOUT) or user_id in f"{before} {after}":
            return True
        return packed is not None and user_id.encode() in zlib.decompress(packed)


_CONTENTS = ("before", "after", "packed_rows", "packed_ids")
_HEAD = tuple(column.name for column in journal.columns if column.name not in _CONTENTS)
_HEAD_COUNT = len(_HEAD)
_RAW = [*(_j[name] for name in _HEAD), *(_j[name] for name in _CONTENTS)]
_KIND, _AT = _HEAD.index("kind"), _HEAD.index("at_us")
_ABOUT = (_HEAD.index("entity_id"), _HEAD.index("subject_user_id"))


def _raw(*values: Any) -> Raw:
    before, after, packed, packed_ids = values[_HEAD_COUNT:]
    contents = (before, after, None if packed is None else bytes(packed))
    head = (*values[:_HEAD_COUNT], None if packed_ids is None else bytes(packed_ids))
    return Raw(head[0], head[1], head[_KIND], head, contents)


_BOTH = [journal.columns.keys().index(name) for name in (*_HEAD, *_CONTENTS)]


def raw_of(*values: Any) -> Raw:
    """The same of values in the order of the table's columns."""
    return _raw(*(values[place] for place in _BOTH))


_HERE = _j.workspace_id == bind("workspace_id")
_AFTER_US, _AFTER_REVISION = bind("after_us", sa.BigInteger()), bind("after_revision", sa.BigInteger())
FIND_HEAD = Statement(
    sa.select(_h.revision, _h.digest, _h.erasures, _h.at_us).where(_h.workspace_id == bind("workspace_id")),
    into=lambda revision, digest, erasures, at_us: Head(revision, bytes(digest), erasures, at_us),
)
READ_ROWS = Statement(
    sa.select(*_RAW)
    .where(_HERE, _j.revision > bind("after_revision"), _j.revision <= bind("last_revision"))
    .order_by(_j.revision),
    into=_raw,
)
READ_OF_KIND = Statement(
    sa.select(*_RAW)
    .where(_HERE, _j.kind == bind("kind"), sa.tuple_(_j.at_us, _j.revision) > sa.tuple_(_AFTER_US, _AFTER_REVISION))
    .order_by(_j.at_us, _j.revision)
    .limit(bind("limit", sa.Integer())),
    into=_raw,
)
READ_REVISIONS = Statement(
    sa.select(_j.revision)
    .where(_HERE, _j.revision > bind("after_revision"))
    .order_by(_j.revision)
    .limit(bind("limit", sa.Integer()))
)
READ_COUNTER = Statement(
    sa.select(workspace_revisions.c.revision).where(workspace_revisions.c.workspace_id == bind("workspace_id"))
)
NEXT_LINK = Statement(
    sa.select(_l.first_revision, _l.last_revision, _l.digests)
    .where(_l.workspace_id == bind("workspace_id"), _l.last_revision > bind("after_revision"))
    .order_by(_l.last_revision)
    .limit(1),
    into=lambda first, last, digests: Link(first, last, bytes(digests)),
)
READ_COMMITMENTS = Statement(
    sa.select(_c.revision, _c.salts).where(
        _c.workspace_id == bind("workspace_id"),
        _c.revision >= bind("first_revision"),
        _c.revision <= bind("last_revision"),
    )
)
MEASURE = Statement(
    sa.select(
        sa.func.max(workspace_revisions.c.revision) - bind("after_revision", sa.BigInteger()),
        sa.func.sum(sa.func.coalesce(sa.func.length(_j.packed_rows), 0)),
    )
    .select_from(workspace_revisions)
    .outerjoin(
        journal,
        sa.and_(
            _j.workspace_id == workspace_revisions.c.workspace_id,
            _j.revision > bind("after_revision", sa.BigInteger()),
            _j.revision <= bind("last_revision", sa.BigInteger()),
        ),
    )
    .where(workspace_revisions.c.workspace_id == bind("workspace_id"))
)
LIST_DUE = Statement(
    sa.select(workspace_revisions.c.workspace_id)
    .outerjoin(audit_heads, _h.workspace_id == workspace_revisions.c.workspace_id)
    .where(workspace_revisions.c.revision > sa.func.coalesce(_h.revision, 0))
    .order_by(workspace_revisions.c.workspace_id)
)
START = Statement(sa.insert(audit_heads).values({column.name: bind(column.name) for column in audit_heads.columns}))
MOVE_HEAD = Statement(
    sa.update(audit_heads)
    .where(
        _h.workspace_id == bind("workspace_id"),
        _h.revision == bind("old_revision"),
        _h.erasures == bind("old_erasures"),
    )
    .values(revision=bind("revision"), digest=bind("digest"), at_us=bind("at_us"))
)
COUNT_ERASURE = Statement(
    sa.update(audit_heads).where(AnyOf(_h.workspace_id, "workspace_ids")).values(erasures=_h.erasures + 1)
)
HEADS_OF = Statement(sa.select(_h.workspace_id, _h.revision).where(AnyOf(_h.workspace_id, "workspace_ids")))
COMMITMENTS_OF = Statement(
    sa.select(_c.workspace_id, _c.revision, _c.salts).where(AnyOf(_c.workspace_id, "workspace_ids"))
)
ADD_LINK = Statement(sa.insert(audit_links).values({column.name: bind(column.name) for column in audit_links.columns}))
ADD_COMMITMENT = Statement(
    sa.insert(audit_commitments).values({column.name: bind(column.name) for column in audit_commitments.columns})
)
FORGET_COMMITMENT = Statement(
    sa.delete(audit_commitments).where(_c.workspace_id == bind("workspace_id"), _c.revision == bind("revision"))
)


def find_head(tx: ReadTx) -> Head | None:
    return tx.one(FIND_HEAD)


def read_rows(tx: ReadTx, after_revision: int, last_revision: int) -> list[Raw]:
    """Rows behind a revision up to another, oldest first."""
    return tx.rows(READ_ROWS, after_revision=after_revision, last_revision=last_revision)


def measure(tx: ReadTx, after_revision: int, last_revision: int) -> tuple[int, int]:
    """How many rows there are behind a revision, and how many packed bytes those up to another one have."""
    count, size = tx.one(MEASURE, after_revision=after_revision, last_revision=last_revision) or (0, 0)
    return int(count or 0), int(size or 0)


def iterate_of_kind(tx: ReadTx, kind: str) -> Iterator[Raw]:
    """Rows of a kind by their numbers, which are those of the order in which they were written."""
    found: list[Raw] = []
    after = (-1, 0)
    while portion := tx.rows(
        READ_OF_KIND, kind=kind, after_us=after[0], after_revision=after[1], limit=PORTION_REVISIONS
    ):
        found += portion
        after = (portion[-1].at_us, portion[-1].revision)
    yield from sorted(found, key=lambda row: row.revision)


def iterate_revisions(tx: ReadTx, after_revision: int) -> Iterator[int]:
    """The numbers of the rows behind a revision."""
    while True:
        portion = [row[0] for row in tx.rows(READ_REVISIONS, after_revision=after_revision, limit=PORTION_REVISIONS)]
        yield from portion
        if len(portion) < PORTION_REVISIONS:
            return
        after_revision = portion[-1]


def counted_revision(tx: ReadTx) -> int:
    """What the workspace's counter says."""
    found = tx.one(READ_COUNTER)
    return found[0] if found else 0


def iterate_links(tx: ReadTx, after_revision: int = 0) -> Iterator[Link]:
    """Links in their order, those that reach behind a revision."""
    while (link := tx.one(NEXT_LINK, after_revision=after_revision)) is not None:
        yield link
        after_revision = link.last_revision


def read_commitments(tx: ReadTx, link: Link) -> dict[int, Salts]:
    """Of the rows that a link is about."""
    found = tx.rows(READ_COMMITMENTS, first_revision=link.first_revision, last_revision=link.last_revision)
    return {revision: _decode(salts) for revision, salts in found}


def due_workspaces(tx: ReadTx) -> list[str]:
    """Where there are rows behind the chain."""
    return [row[0] for row in tx.rows(LIST_DUE)]


# --- writing -------------------------------------------------------------------------------------


def start(tx: Tx, digest: bytes) -> None:
    """A chain without links; there must be none yet."""
    tx.write_derived(START, revision=0, digest=digest, erasures=0, at_us=tx.now_us)


def add(tx: Tx, head: Head, link: Link, *, digest: bytes, commitments: Sequence[tuple[int, str]]) -> bool:
    """Makes the chain longer; False when its head is not that one any more."""
    moved = tx.write_derived(
        MOVE_HEAD,
        old_revision=head.revision,
        old_erasures=head.erasures,
        revision=link.last_revision,
        digest=digest,
        at_us=tx.now_us,
    )
    if not moved:
        return False
    tx.write_derived(ADD_LINK, at_us=tx.now_us, **msgspec.structs.asdict(link))
    write_commitments(tx, [(tx.workspace_id, revision, salts) for revision, salts in commitments])
    return True


def write_commitments(tx: Tx, rows: Sequence[tuple[str, int, str]]) -> None:
    names = ("workspace_id", "revision", "salts")
    tx.connection.run_many(ADD_COMMITMENT, [dict(zip(names, row, strict=True)) for row in rows])


def replace_commitments(tx: Tx, rows: Sequence[tuple[str, int, str]]) -> None:
    """Writes commitments anew; none of the old salts is left."""
    keys = [{"workspace_id": workspace_id, "revision": revision} for workspace_id, revision, _ in rows]
    tx.connection.run_many(FORGET_COMMITMENT, keys)
    write_commitments(tx, rows)


def count_erasure(tx: Tx, workspace_ids: Sequence[str]) -> None:
    """From here on no link that was made from what was read before is stored."""
    tx.write_derived(COUNT_ERASURE, workspace_ids=list(workspace_ids))


def heads_of(tx: ReadTx, workspace_ids: Sequence[str]) -> dict[str, int]:
    """How far the chains reach."""
    return dict(tx.rows(HEADS_OF, workspace_ids=list(workspace_ids)))


def commitments_of(tx: ReadTx, workspace_ids: Sequence[str]) -> dict[tuple[str, int], Salts]:
    found = tx.rows(COMMITMENTS_OF, workspace_ids=list(workspace_ids))
    return {(workspace_id, revision): _decode(salts) for workspace_id, revision, salts in found}
