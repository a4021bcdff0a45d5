"""Queues: rows that wait for a worker, which takes them under a lease and says what became of them.

Such rows are not journaled. One whose `state` is QUEUED is due at an instant, which a lease moves on, so that a lease
that is over is simply due again. `attempts` counts leases: only the holder of the newest one may say what became of
the row. Taking, releasing and forgetting look across workspaces: they are the worker's, never a request's.
"""

from typing import Any, Generic, TypeVar, get_type_hints

import msgspec
import sqlalchemy as sa

from hourbook.db.engine import AnyOf
from hourbook.db.statement import Statement, bind, columns_of
from hourbook.db.tx import ReadTx, Tx

Row = TypeVar("Row", bound=msgspec.Struct)
NOW, LIMIT = bind("now_us", sa.BigInteger()), bind("limit", sa.Integer())
_QUEUED: sa.ColumnElement[Any] = sa.literal_column("'QUEUED'")
_EMPTY: sa.ColumnElement[Any] = sa.literal_column("''")


class Queue(Generic[Row]):
    """The statements of one table of such rows, made once, and what is done with them."""

    def __init__(
        self,
        table: sa.Table,
        row: type[Row],
        settled: type[msgspec.Struct],
        *,
        due: str = "next_try_at_us",
        only: tuple[sa.ColumnElement[bool], ...] = (),
        emptied: tuple[str, ...] = (),
    ) -> None:
        """`settled`: its fields say what became of a row. `due`: the column that says when it is due.

        `only`: what else is true of a row that may be taken. `emptied`: texts that a lease empties.
        """
        c, update = table.c, sa.update(table)
        self._row, self._state = row, get_type_hints(row)["state"]
        self._names, self._settled_names = row.__struct_fields__, settled.__struct_fields__
        self.columns = columns_of(table, self._names)
        self.key = (c.workspace_id == bind("workspace_id"), c.id == bind("id"))
        self.is_queued = c.state == _QUEUED
        self.is_held = (*self.key, self.is_queued, c.attempts == bind("held_attempts", sa.Integer()))
        self.stamps = {"updated_at_us": NOW, "row_revision": c.row_revision + 1}
        is_due = (self.is_queued, c[due] <= NOW)
        is_over = (c.state != _QUEUED, c.updated_at_us < bind("before_us", sa.BigInteger()))
        due_ids = sa.select(c.id).where(*is_due).order_by(c[due], c.id).limit(LIMIT)
        taken = due_ids.with_only_columns(*self.columns).where(*only).with_for_update(of=table, skip_locked=True)
        leased = {"attempts": c.attempts + 1, "holder": bind("holder"), due: bind("until_us", sa.BigInteger())}
        news = {name: bind("new_" + name, c[name].type) for name in self._settled_names}
        released = {due: NOW, "holder": _EMPTY, "row_revision": c.row_revision + 1}

        self._insert = Statement(
            sa.insert(table).values({name: bind(name) for name in (*self._names, "holder", "row_revision")})
        )
        self._find_due = Statement(due_ids.where(*only))
        self._take_due = Statement(taken, into=self.read)
        self._lease = Statement(
            update.where(*is_due, AnyOf(c.id, "ids")).values(leased | self.stamps | dict.fromkeys(emptied, _EMPTY))
        )
        self._settle = Statement(update.where(*self.is_held).values(news | self.stamps | {"holder": _EMPTY}))
        self._release = Statement(update.where(self.is_queued, c.holder == bind("held_by", sa.Text())).values(released))
        self._list_over = Statement(sa.select(c.updated_at_us).where(*is_over).order_by(c.updated_at_us).limit(LIMIT))
        self._forget = Statement(sa.delete(table).where(*is_over, c.updated_at_us <= bind("up_to_us", sa.BigInteger())))
        self._count_by_state = Statement(sa.select(c.state, sa.func.count()).group_by(c.state).order_by(c.state))
        self._list_recent = Statement(
            sa.select(*self.columns).order_by(c.updated_at_us.desc(), c.id.desc()).limit(LIMIT), into=self.read
        )

    def read(self, *values: Any) -> Any:
        """The row that was selected with `columns`."""
        row: Any = self._row(*values)
        row.state = self._state(row.state)
        return row

    def insert(self, tx: Tx, row: Row) -> None:
        values = {name: getattr(row, name) for name in self._names}
        tx.write_derived(self._insert, row_revision=1, holder="", **values)

    def is_due(self, tx: ReadTx) -> bool:
        return bool(tx.rows(self._find_due, now_us=tx.now_us, limit=1))

    def lease_due(self, tx: Tx, limit: int, *, until_us: int, holder: str) -> list[Row]:
        """Takes rows that are due and that no other worker is taking at this moment; `attempts` says which lease it is.

        Until the lease ends nobody else gets them. `holder`: the server whose worker takes them.
        """
        found = tx.rows(self._take_due, now_us=tx.now_us, limit=limit)
        if found:
            ids = [row.id for row in found]
            tx.write_derived(self._lease, ids=ids, now_us=tx.now_us, until_us=until_us, holder=holder)
        for row in found:
            row.attempts += 1
        return found

    def release(self, tx: Tx, holder: str) -> int:
        """Ends the leases of a server's earlier worker, which is gone for certain; returns how many."""
        return tx.write_derived(self._release, held_by=holder, now_us=tx.now_us)

    def settle(self, tx: Tx, workspace_id: str, id_: str, *, attempts: int, settled: msgspec.Struct) -> bool:
        """False when the lease was not the newest one, or the row is over already."""
        key = {"workspace_id": workspace_id, "id": id_, "held_attempts": attempts}
        news = {"new_" + name: getattr(settled, name) for name in self._settled_names}
        return bool(tx.write_derived(self._settle, now_us=tx.now_us, **key, **news))

    def count_by_state(self, tx: ReadTx) -> dict[str, int]:
        return dict(tx.rows(self._count_by_state))

    def list_recent(self, tx: ReadTx, limit: int) -> list[Row]:
        return tx.rows(self._list_recent, limit=limit)

    def forget_over(self, tx: Tx, before_us: int, limit: int) -> int:
        """Removes about `limit` rows that were over before an instant, the oldest first; returns how many."""
        found = tx.rows(self._list_over, before_us=before_us, limit=limit)
        return tx.write_derived(self._forget, before_us=before_us, up_to_us=found[-1][0]) if found else 0
