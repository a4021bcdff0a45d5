"""The transaction an operation works in: reading, writing, journal buffer, reactions.

`ReadTx` reads with the workspace and the actor's permission added to every statement. `Tx`
also writes; its methods are the only writers of tables. They keep the before-values, so that
every change ends as a journal row in the same transaction. Nothing here commits.
"""

import contextlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from hourbook.core.errors import NotFound
from hourbook.core.types import Origin
from hourbook.db.changes import ROWS_JOURNALED_ONE_BY_ONE, Append, Change, Facts, changed_fields, public_part
from hourbook.db.engine import Connection
from hourbook.db.entities import Entity, Link, owners_of, set_matching
from hourbook.db.reactions import reactions_to, reacts_to
from hourbook.db.statement import Statement, SupportsScope, bind
from hourbook.db.tables.journal import workspace_revisions
from hourbook.db.trouble import RowGone

__all__ = ["Change", "Facts", "ReadTx", "Tx", "reacts_to"]

RAISE_REVISION = Statement(
    sa.update(workspace_revisions)
    .where(workspace_revisions.c.workspace_id == bind("workspace_id"))
    .values(revision=workspace_revisions.c.revision + bind("count", sa.BigInteger()))
    .returning(workspace_revisions.c.revision)
)
START_REVISION = Statement(
    sa.insert(workspace_revisions).values(workspace_id=bind("workspace_id"), revision=bind("revision"))
)


class ReadTx:
    """A consistent look at one workspace by one actor."""

    def __init__(self, connection: Connection, facts: Facts, workspace_id: str, *, begin: str | None = None) -> None:
        self.connection = connection
        self.facts = facts
        self.actor = facts.actor
        self.workspace_id = workspace_id
        self.now_us = facts.now_us
        self.notes: dict[str, Any] = {}  # what a slice looked up and will want again
        self.begin = begin  # of a snapshot of its own

    @contextlib.contextmanager
    def inside(self, workspace_id: str) -> Iterator[None]:
        """What is done meanwhile is done in that workspace, and stands in its journal."""
        here, self.workspace_id = self.workspace_id, workspace_id
        try:
            yield
        finally:
            self.workspace_id = here

    def renew(self) -> None:
        """Ends the snapshot of a long read and begins another: what was read before may not fit what comes."""
        if self.begin is None:
            raise RuntimeError("only a long read has a snapshot of its own")
        self.connection.text("COMMIT")
        self.connection.text(self.begin)

    def _scope(self, action: str | None) -> SupportsScope | None:
        return None if action is None else self.actor.scope(action)

    def rows(self, statement: Statement, for_: str | None = None, **params: Any) -> list[Any]:
        """All rows of a statement, seen with the permission `for_`; `workspace_id` is filled in."""
        params.setdefault("workspace_id", self.workspace_id)
        return self.connection.rows(statement, params, self._scope(for_))

    def portions(self, statement: Statement, size: int, **params: Any) -> Iterator[list[Any]]:
        """The rows of a long answer, so many at a time, as the driver hands them out."""
        params.setdefault("workspace_id", self.workspace_id)
        return self.connection.portions_of(statement, params, size)

    def one(self, statement: Statement, for_: str | None = None, **params: Any) -> Any | None:
        """The first row, or None."""
        found = self.rows(statement, for_, **params)
        return found[0] if found else None

    def find(self, entity: Entity, *key: str, for_: str | None = None, locked: bool = False) -> Any | None:
        """The thing with this key as far as the actor may see it, links loaded; or None."""
        statement = entity.get_locked if locked else entity.get
        params = dict(zip(entity.key_names, key, strict=True))
        params["key_workspace_id"] = self.workspace_id
        found = self.connection.rows(statement, params, self._scope(for_))
        return self.with_links(entity, found)[0] if found else None

    def get(
        self, entity: Entity, *key: str, for_: str | None = None, locked: bool = False, parent: str = "Workspace"
    ) -> Any:
        """Like `find`; NotFound when there is none."""
        found = self.find(entity, *key, for_=for_, locked=locked)
        if found is None:
            raise NotFound(entity.word, parent)
        return found

    def get_many(
        self, entity: Entity, ids: Iterable[str], *, for_: str | None = None, locked: bool = False
    ) -> dict[str, Any]:
        """Things by id; NotFound when one of them is missing or not to be seen."""
        wanted = list(dict.fromkeys(ids))
        found = self.find_many(entity, wanted, for_=for_, locked=locked)
        if len(found) != len(wanted):
            raise NotFound(entity.word)
        return found

    def find_many(
        self, entity: Entity, ids: Iterable[str], *, for_: str | None = None, locked: bool = False
    ) -> dict[str, Any]:
        """Things by id, as many as there are."""
        wanted = list(dict.fromkeys(ids))
        if not wanted:
            return {}
        rows = self.rows(entity.get_many_locked if locked else entity.get_many, for_, ids=wanted)
        return {entity.key_text(row): row for row in self.with_links(entity, rows)}

    def with_links(self, entity: Entity, rows: list[Any]) -> list[Any]:
        """Fills the id lists of freshly read rows, one statement per list."""
        for link in entity.links:
            if not rows:
                break
            targets: dict[str, list[str]] = {entity.key_text(row): [] for row in rows}
            for owner, target in self.rows(link.load, ids=targets):
                targets[owner].append(target)
            for row in rows:
                setattr(row, link.field, tuple(targets[entity.key_text(row)]))
        return rows


class Tx(ReadTx):
    """A transaction that may write; every write leaves a change for the journal."""

    def __init__(self, connection: Connection, facts: Facts, workspace_id: str) -> None:
        super().__init__(connection, facts, workspace_id)
        self.changes: list[Change] = []
        self._totals: dict[tuple[str, str], tuple[Statement, dict[str, int]]] = {}

    def new_id(self) -> str:
        return self.facts.new_id()

    def start_workspace(self, workspace_id: str) -> None:
        """Opens the revision counter of a new workspace and works in it from here on."""
        self.workspace_id = workspace_id
        self.connection.run(START_REVISION, {"workspace_id": workspace_id, "revision": 0})

    def insert(
        self,
        entity: Entity,
        row: Any,
        *,
        event: str | None = None,
        subject: str | None = None,
        origin: Origin | None = None,
    ) -> None:
        """Adds a row with its links."""
        params = entity.params(row)
        params["created_at_us"] = params["updated_at_us"] = self.now_us
        params["row_revision"] = 1
        self.connection.run(entity.insert, params)
        for link in entity.links:
            self.connection.run_many(link.insert, link.params(entity, row))
        self._record(
            entity, "insert", row, Change(self.workspace_id, entity.kind, "insert", None, event, subject, origin)
        )
        self._react(entity.kind, "insert", None, row)

    def update(
        self,
        entity: Entity,
        before: Any,
        after: Any,
        *,
        event: str | None = None,
        subject: str | None = None,
    ) -> bool:
        """Writes the changed row; False (and no journal row) when nothing differs."""
        changed = changed_fields(entity, before, after)
        if not changed:
            return False
        params = entity.params(after) | entity.key_params(before)
        params["updated_at_us"] = self.now_us
        if not self.connection.run(entity.update, params):
            raise RowGone(entity.kind)
        for link in entity.links:
            if link.field in changed or any(name in changed for name in link.carries):
                if getattr(before, link.field):
                    owner = {"workspace_id": self.workspace_id, "owner": entity.key_text(before)}
                    self.connection.run(link.clear, owner)
                self.connection.run_many(link.insert, link.params(entity, after))
        self._record_update(
            entity, before, after, Change(self.workspace_id, entity.kind, "", None, event, subject, changed=changed)
        )
        self._react(entity.kind, "update", before, after)
        return True

    def update_all(
        self, entity: Entity, pairs: Sequence[tuple[Any, Any]], *, event: str | None = None, subject: str | None = None
    ) -> None:
        """Writes many changed rows in a few statements, with a journal row each (a client named each).

        Reactions are not run.
        """
        plan = [(before, after, changed_fields(entity, before, after)) for before, after in pairs]
        plan = [item for item in plan if item[2]]
        stamp = {"updated_at_us": self.now_us}
        self.connection.run_many(
            entity.update, [entity.params(after) | entity.key_params(before) | stamp for before, after, _ in plan]
        )
        for link in entity.links:
            moved = [item for item in plan if link.field in item[2] or any(name in item[2] for name in link.carries)]
            if moved:
                ids = [entity.key_text(before) for before, _, _ in moved]
                self.connection.run(link.clear_many, {"workspace_id": self.workspace_id, "ids": ids})
                rows = [p for _, after, _ in moved for p in link.params(entity, after)]
                self.connection.run_many(link.insert, rows)
        for before, after, changed in plan:
            self._record_update(
                entity, before, after, Change(self.workspace_id, entity.kind, "", None, event, subject, changed=changed)
            )

    def delete(self, entity: Entity, row: Any, *, event: str | None = None, subject: str | None = None) -> None:
        """Removes a row with its links; reactions take care of what pointed to it."""
        for link in entity.links:
            self.connection.run(link.clear, {"workspace_id": self.workspace_id, "owner": entity.key_text(row)})
        if not self.connection.run(entity.delete, entity.key_params(row)):
            raise RowGone(entity.kind)
        change = Change(self.workspace_id, entity.kind, "delete", entity.key_text(row), event, subject)
        change.before = public_part(entity, row)
        self.changes.append(change)
        self._react(entity.kind, "delete", row, None)

    def insert_many(
        self, entity: Entity, rows: Sequence[Any], *, event: str | None = None, subject: str | None = None
    ) -> None:
        """Adds many rows in a few statements; beyond the limit they share one bulk journal row.

        Reactions are not run.
        """
        if not rows:
            return
        stamps = {"created_at_us": self.now_us, "updated_at_us": self.now_us, "row_revision": 1}
        self.connection.run_many(entity.insert, [entity.params(row) | stamps for row in rows])
        for link in entity.links:
            self.connection.run_many(link.insert, [p for row in rows for p in link.params(entity, row)])
        if len(rows) <= ROWS_JOURNALED_ONE_BY_ONE:
            for row in rows:
                self._record(entity, "insert", row, Change(self.workspace_id, entity.kind, "", None, event, subject))
            return
        change = Change(self.workspace_id, entity.kind, "insert_many", None, event, subject)
        change.ids = [entity.key_text(row) for row in rows]
        change.rows = [public_part(entity, row) for row in rows]
        self.changes.append(change)

    def delete_many(
        self,
        entity: Entity,
        rows: Sequence[Any],
        *,
        event: str | None = None,
        subject: str | None = None,
        cascade: bool = False,
    ) -> None:
        """Removes many rows in a few statements; reactions are not run.

        Rows that a client named have a journal row each. A cascade journals its cause's event, not
        one per victim: its rows share one bulk row, as do more than the limit.
        """
        if not rows:
            return
        ids = [entity.key_text(row) for row in rows]
        for link in entity.links:
            self.connection.run(link.clear_many, {"workspace_id": self.workspace_id, "ids": ids})
        if len(entity.key) == 1:
            self.connection.run(entity.delete_many, {"workspace_id": self.workspace_id, "ids": ids})
        else:  # the last part of the key alone would reach rows of other owners
            self.connection.run_many(entity.delete, [entity.key_params(row) for row in rows])
        if not cascade and len(rows) <= ROWS_JOURNALED_ONE_BY_ONE:
            for row in rows:
                change = Change(self.workspace_id, entity.kind, "delete", entity.key_text(row), event, subject)
                change.before = public_part(entity, row)
                self.changes.append(change)
            return
        change = Change(self.workspace_id, entity.kind, "delete_many", None, event, subject)
        change.origin = Origin.CASCADE if cascade else None
        change.ids = ids
        change.rows = [public_part(entity, row) for row in rows]
        self.changes.append(change)

    def update_where(
        self,
        entity: Entity,
        matching: Statement,
        values: Mapping[str, Any],
        *,
        event: str | None = None,
        cascade: bool = False,
        **params: Any,
    ) -> list[str]:
        """Sets fields of all matching rows to one value each, in one statement; returns their ids.

        `matching` selects the id and then the old value of each field of `values`, in order.
        Up to the limit every row has its journal row, beyond it (and for a cascade) they share one.
        """
        names = tuple(values)
        old = self.rows(matching, **params)
        if not old:
            return []
        ids = [row[0] for row in old]
        sets = {"new_" + name: value for name, value in values.items()}
        # Where nobody else writes, the same condition finds the same rows again, in half the time.
        alone = matching.of_one_table and self.connection.engine.one_writer
        sets |= {"workspace_id": self.workspace_id, "updated_at_us": self.now_us} | (params if alone else {"ids": ids})
        self.connection.run(set_matching(entity, names, matching if alone else None), sets)
        if cascade or len(ids) > ROWS_JOURNALED_ONE_BY_ONE:
            change = Change(self.workspace_id, entity.kind, "update_many", None, event, changed=names)
            change.origin = Origin.CASCADE if cascade else None
            change.after = dict(values)
            change.ids, change.rows = ids, [row[1:] for row in old]
            self.changes.append(change)
            return ids
        after = self.find_many(entity, ids)
        for row in old:
            change = Change(self.workspace_id, entity.kind, "update", None, event, changed=names)
            change.before = dict(zip(names, row[1:], strict=True))
            self._record(entity, "update", after[row[0]], change)
        return ids

    def forget_link(self, entity: Entity, link: Link, target: str) -> list[str]:
        """Takes one target out of every row's list, as a cascade; returns the rows' ids."""
        params = {"workspace_id": self.workspace_id, "target": target}
        statement = owners_of(entity, link, held=not self.connection.engine.one_writer)
        owners = [row[0] for row in self.connection.rows(statement, params)]
        if owners:
            self.connection.run(link.forget, params)
            change = Change(self.workspace_id, entity.kind, "unlink_many", None, changed=(link.field,))
            change.origin = Origin.CASCADE
            change.before = {link.field: target}
            change.ids = owners
            self.changes.append(change)
        return owners

    def announce(self, kind: str, verb: str, *, before: Any, after: Any) -> None:
        """Tells later slices of a wish that is no change of a row by itself (`reacts_to` its verb)."""
        self._react(kind, verb, before, after)

    def add_to_totals(self, statement: Statement, key: str, **deltas: int) -> None:
        """Adds to a derived totals row at the end of the transaction (one write a row, in key order)."""
        _, sums = self._totals.setdefault((statement.name, key), (statement, defaultdict(int)))
        for name, delta in deltas.items():
            sums[name] += delta

    def write_derived(self, statement: Statement, **params: Any) -> int:
        """Runs a write on a derived table, which is not journaled because it can be rebuilt."""
        params.setdefault("workspace_id", self.workspace_id)
        return self.connection.run(statement, params)

    def hold_revision(self) -> int:
        """The workspace's revision; until the end of this transaction nobody else can raise it."""
        held = self.connection.rows(RAISE_REVISION, {"workspace_id": self.workspace_id, "count": 0})
        return int(held[0][0])

    def flush(self, append: Append) -> int | None:
        """Writes totals, raises the revision counters, appends the journal rows.

        Returns the revision of this transaction's workspace, None when nothing changed.
        """
        for (_, key), (statement, sums) in sorted(self._totals.items(), key=lambda item: item[0]):
            if any(sums.values()):
                self.connection.run(statement, {"workspace_id": self.workspace_id, "key": key, **sums})
        by_workspace: dict[str, list[Change]] = defaultdict(list)
        for change in (one for one in self.changes if one.workspace_id):  # accounts may be in none
            by_workspace[change.workspace_id].append(change)
        revision = None
        for workspace_id in sorted(by_workspace):
            changes = by_workspace[workspace_id]
            raised = self.connection.rows(RAISE_REVISION, {"workspace_id": workspace_id, "count": len(changes)})
            last = raised[0][0]
            append(self.connection, self.facts, changes, first_revision=last - len(changes) + 1)
            if workspace_id == self.workspace_id:
                revision = last
        return revision

    def _record(self, entity: Entity, verb: str, row: Any, change: Change) -> None:
        change.verb = verb
        change.entity_id, change.after = entity.key_text(row), public_part(entity, row)
        self.changes.append(change)

    def _record_update(self, entity: Entity, before: Any, after: Any, change: Change) -> None:
        change.changed = tuple(name for name in change.changed or () if name not in entity.private)
        change.before = {name: getattr(before, name) for name in change.changed}
        self._record(entity, "update", after, change)

    def _react(self, kind: str, verb: str, before: Any, after: Any) -> None:
        for reaction in reactions_to(kind, verb):
            reaction(self, before, after)
