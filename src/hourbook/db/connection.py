"""A driver connection: the project's way of running statements on it.

It runs what the engine compiled and hands rows back; what differs between the databases it asks the
engine. Nothing here begins or ends a transaction by itself.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from hourbook.db.statement import Statement, SupportsScope

if TYPE_CHECKING:
    from hourbook.db.engine import Engine


class Connection:
    """One driver connection with the project's way of running statements on it."""

    def __init__(self, engine: "Engine", raw: Any) -> None:
        self.engine = engine
        self.raw = raw
        self._cursor = raw.cursor()

    def rows(self, statement: Statement, params: Mapping[str, Any], scope: SupportsScope | None = None) -> list[Any]:
        """All rows, read to the end (an open cursor would pin the snapshot)."""
        compiled = self.engine.compiled(statement, scope)
        if scope is not None:
            params = {**params, **scope.params}
        found = self._cursor.execute(compiled.text, compiled.values(params)).fetchall()
        decode = compiled.decode
        return found if decode is None else decode(found)

    def run(self, statement: Statement, params: Mapping[str, Any], scope: SupportsScope | None = None) -> int:
        """Runs a write; the number of rows it touched."""
        compiled = self.engine.compiled(statement, scope)
        if scope is not None:
            params = {**params, **scope.params}
        self._cursor.execute(compiled.text, compiled.values(params))
        return cast(int, self._cursor.rowcount)

    def run_many(self, statement: Statement, params: Sequence[Mapping[str, Any]]) -> int:
        """Runs a write once per parameter set; returns how many rows were touched."""
        if not params:
            return 0
        if len(params) == 1:
            return self.run(statement, params[0])
        compiled = self.engine.compiled(statement, None)
        self._cursor.executemany(compiled.text, [compiled.values(p) for p in params])
        return int(self._cursor.rowcount)

    def load(self, statement: Statement, rows: Sequence[Sequence[Any]]) -> None:
        """Runs a write for many rows whose values are in the statement's order and the driver's form."""
        self._cursor.executemany(self.engine.compiled(statement, None).text, rows)

    def portions(self, sql: str, size: int) -> Iterator[list[Any]]:
        """The rows of a long answer, so many at a time, in the driver's form. Needs a transaction."""
        with contextlib.closing(self.engine.reader(self.raw)) as cursor:
            cursor.execute(sql)
            while found := cursor.fetchmany(size):
                yield found

    def portions_of(self, statement: Statement, params: Mapping[str, Any], size: int) -> Iterator[list[Any]]:
        """The same of a statement: what it would be decoded to is left to the caller."""
        compiled = self.engine.compiled(statement, None)
        with contextlib.closing(self.engine.reader(self.raw)) as cursor:
            cursor.execute(compiled.text, compiled.values(params))
            while found := cursor.fetchmany(size):
                yield found

    def text(self, sql: str) -> None:
        """BEGIN, SAVEPOINT, COMMIT and their like."""
        self._cursor.execute(sql)

    def fetch_text(self, sql: str) -> list[Any]:
        """Rows of a constant text (pragmas, checks, EXPLAIN)."""
        return cast(list[Any], self._cursor.execute(sql).fetchall())

    @property
    def in_transaction(self) -> bool:
        return self.engine.in_transaction(self.raw)

    def close(self) -> None:
        self.raw.close()
