"""Taking one person's words out of the journal: the only change that journal rows ever see.

What a personal field held is replaced by a digest under a key that is thrown away, so the rows still say that
something changed, and which values were the same, and nobody can find out what they were. Snapshots are
made alike. Which fields are personal is told by the caller.
"""

import hmac
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from hourbook.db.changes import Change
from hourbook.db.engine import AnyOf
from hourbook.db.statement import Family, Statement, bind
from hourbook.db.tables.journal import journal, journal_snapshots, workspace_revisions
from hourbook.db.tx import ReadTx, Tx
from hourbook.journal import chain, chain_store
from hourbook.journal.journal import JournalRow, journal_row

DIGEST_LENGTH = 16
Personal = Mapping[str, tuple[str, ...]]
"""By kind of entity: its personal fields."""
_encode = msgspec.json.Encoder().encode
_j, _s = journal.c, journal_snapshots.c
_IN_HOMES = AnyOf(_j.workspace_id, "workspace_ids")
_IS_ABOUT = sa.or_(_j.entity_id == bind("user_id"), _j.subject_user_id == bind("user_id"))

LIST_WORKSPACES = Statement(
    sa.select(workspace_revisions.c.workspace_id)
    .join(journal, _j.workspace_id == workspace_revisions.c.workspace_id)
    .where(sa.or_(_j.kind == "USER", _j.kind == "MEMBER"), _j.entity_id == bind("user_id"))
    .distinct()
    .order_by(workspace_revisions.c.workspace_id)
)
LIST_ABOUT = Statement(
    sa.select(journal).where(_IN_HOMES, _IS_ABOUT).order_by(_j.workspace_id, _j.revision), into=journal_row
)


@Family
def _rows_of(kinds: tuple[str, ...]) -> Statement:
    """Rows of these kinds about a person; a bulk row is about many, and whom only its content tells."""
    may_be = sa.or_(_IS_ABOUT, _j.entity_id.is_(None), _j.subject_user_id.is_(None))
    select = sa.select(journal).where(_IN_HOMES, sa.or_(*(_j.kind == kind for kind in kinds)), may_be)
    return Statement(select.order_by(_j.workspace_id, _j.revision), into=_row_and_raw)


def _row_and_raw(*values: Any) -> tuple[JournalRow, chain_store.Raw]:
    return journal_row(*values), chain_store.raw_of(*values)


@Family
def _parts_of(kinds: tuple[str, ...]) -> Statement:
    return Statement(
        sa.select(_s.workspace_id, _s.revision, _s.kind, _s.part, _s.payload).where(
            AnyOf(_s.workspace_id, "workspace_ids"), sa.or_(*(_s.kind == kind for kind in kinds))
        )
    )


WRITE_ROW = Statement(
    sa.update(journal)
    .where(_j.workspace_id == bind("key_workspace_id", _j.workspace_id.type), _j.revision == bind("key_revision"))
    .values(before=bind("before"), after=bind("after"), packed_rows=bind("packed_rows"))
)
WRITE_PART = Statement(
    sa.update(journal_snapshots)
    .where(
        _s.workspace_id == bind("key_workspace_id", _s.workspace_id.type),
        _s.revision == bind("key_revision"),
        _s.kind == bind("key_kind"),
        _s.part == bind("key_part"),
    )
    .values(payload=bind("payload"))
)


class Redactor:
    """Replaces the personal fields of rows about one person. `key`: random, for this once."""

    def __init__(self, user_id: str, personal: Personal, key: bytes) -> None:
        self._user_id = user_id
        self._personal = personal
        self._key = key

    def digest(self, value: Any) -> str | None:
        """What stands in the place of a value; nothing stays nothing."""
        if value is None or value == "":
            return value  # type: ignore[no-any-return]
        return "digest:" + hmac.digest(self._key, _encode(value), "sha256").hex()[:DIGEST_LENGTH]

    def fields(self, kind: str, fields: Any) -> Any:
        """A row or a part of one with its personal fields replaced."""
        if not isinstance(fields, dict):
            return fields
        names = self._personal.get(kind, ())
        return {name: self.digest(value) if name in names else value for name, value in fields.items()}

    def rows(self, kind: str, rows: Iterable[Any]) -> list[Any]:
        """The rows of a bulk change; those about others stay as they are."""
        return [self.fields(kind, row) if self._is_about(kind, row) else row for row in rows]

    def _is_about(self, kind: str, row: Any) -> bool:
        owner = "id" if kind == "USER" else "user_id"
        return isinstance(row, dict) and row.get(owner) == self._user_id

    def is_about(self, row: JournalRow) -> bool:
        """Whether a single row is about the person: it says so, or its fields do."""
        if self._user_id in (row.entity_id, row.subject_user_id):
            return True
        return self._is_about(row.kind, row.after) or self._is_about(row.kind, row.before)


def workspaces_of(tx: ReadTx, user_id: str) -> list[str]:
    """Where the journal ever spoke of the account."""
    return [row[0] for row in tx.rows(LIST_WORKSPACES, user_id=user_id)]


def rows_about(tx: ReadTx, user_id: str, workspace_ids: Sequence[str]) -> list[JournalRow]:
    """The rows about a person, by workspace, oldest first."""
    return tx.rows(LIST_ABOUT, user_id=user_id, workspace_ids=list(workspace_ids))


Covered = dict[str, dict[int, str]]
"""By workspace and number: the digest of what an erasure left of a row that is in the audit chain."""


def redact(tx: Tx, user_id: str, personal: Personal, *, key: bytes, workspace_ids: Sequence[str]) -> Covered:
    """Replaces a person's words in journal and snapshots, and in what this transaction will add.

    `workspace_ids`: where the journal ever spoke of the person. What comes back has to be journaled in each of them: a
    check of the chain asks for it.
    """
    redactor = Redactor(user_id, personal, key)
    # Before anything is read: no digest is made meanwhile from what the rows still say.
    chain_store.count_erasure(tx, workspace_ids)
    for change in tx.changes:
        _redact_change(redactor, change, personal)
    kinds = tuple(sorted(personal))
    rows = tx.rows(_rows_of.of(kinds), user_id=user_id, workspace_ids=workspace_ids)
    raws = [(raw, _redacted(redactor, row)) for row, raw in rows]
    changed = [(raw, params) for raw, params in raws if params is not None]
    covered = _keep_digests(tx, workspace_ids, changed)
    tx.connection.run_many(WRITE_ROW, [params for _, params in changed])
    _redact_snapshots(tx, redactor, workspace_ids, kinds=kinds)
    return covered


def _keep_digests(
    tx: Tx, workspace_ids: Sequence[str], changed: Sequence[tuple[chain_store.Raw, dict[str, Any]]]
) -> Covered:
    """The audit chain knows what the rows said by digests whose salts go now; it stays as right as it was."""
    heads = chain_store.heads_of(tx, workspace_ids)
    salts = chain_store.commitments_of(tx, workspace_ids)
    covered: Covered = {workspace_id: {} for workspace_id in workspace_ids}
    kept = []
    for raw, params in changed:
        place = (raw.workspace_id, raw.revision)
        if raw.revision <= heads.get(raw.workspace_id, 0):
            contents = (params["before"], params["after"], params["packed_rows"])
            after = msgspec.structs.replace(raw, contents=contents)
            left = chain.keep_digests(raw, after, salts.get(place))
            kept.append((*place, msgspec.json.encode(left).decode()))
            covered[raw.workspace_id][raw.revision] = chain.state_digest(after, left)
    chain_store.replace_commitments(tx, kept)
    return covered


def _redact_snapshots(tx: Tx, redactor: Redactor, workspace_ids: Sequence[str], *, kinds: tuple[str, ...]) -> None:
    written = []
    for workspace_id, revision, kind, part, payload in tx.rows(_parts_of.of(kinds), workspace_ids=workspace_ids):
        before = msgspec.json.decode(zlib.decompress(payload))
        after = redactor.rows(kind, before)
        if after != before:
            place = {"key_workspace_id": workspace_id, "key_revision": revision, "key_kind": kind, "key_part": part}
            written.append({**place, "payload": zlib.compress(_encode(after), 1)})
    tx.connection.run_many(WRITE_PART, written)


def _redact_change(redactor: Redactor, change: Change, personal: Personal) -> None:
    """What is not written yet. `after` says how things are from now on, and must go on saying it."""
    if change.kind not in personal:
        return
    change.before = redactor.fields(change.kind, msgspec.to_builtins(change.before))
    if change.rows is not None:
        change.rows = redactor.rows(change.kind, msgspec.to_builtins(change.rows))


def _redacted(redactor: Redactor, row: JournalRow) -> dict[str, Any] | None:
    """The row as it is written back; None when nothing in it is the person's."""
    before, after, rows = row.before, row.after, row.rows
    if rows is not None:
        rows = redactor.rows(row.kind, rows)
    elif redactor.is_about(row):
        before, after = redactor.fields(row.kind, before), redactor.fields(row.kind, after)
    if (before, after, rows) == (row.before, row.after, row.rows):
        return None
    return {
        "key_workspace_id": row.workspace_id,
        "key_revision": row.revision,
        "before": _text(before),
        "after": _text(after),
        "packed_rows": None if rows is None else zlib.compress(_encode(rows), 1),
    }


def _text(value: Any) -> str | None:
    return None if value is None else _encode(value).decode()
