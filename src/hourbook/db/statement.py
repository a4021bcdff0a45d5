"""Statements: SQL written once as a constant, executed many times as text.

A `Statement` wraps a SQLAlchemy Core construct. The engine compiles it once per database and
per permission shape to text, parameter order and a row decoder; nothing of Core runs after
that. A `Family` makes the statements of a list with optional filters, one per combination.
Nothing here knows a dialect or opens a connection.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol, cast

import sqlalchemy as sa


class SupportsScope(Protocol):
    """What a permission hands to the database: a fixed condition and its values."""

    @property
    def key(self) -> Hashable: ...

    @property
    def params(self) -> Mapping[str, Any]: ...

    def condition(self, columns: "ScopeColumns") -> sa.ColumnElement[bool] | None: ...


@dataclass(frozen=True)
class ScopeColumns:
    """Which columns of a table a scope speaks about.

    `user`: whose row it is. `project`: its project's id. `public`: whether its project is
    public (a 0/1 expression). `start`: the second the row began.
    """

    user: sa.ColumnElement[Any] | None = None
    project: sa.ColumnElement[Any] | None = None
    public: sa.ColumnElement[Any] | None = None
    start: sa.ColumnElement[Any] | None = None


@dataclass(eq=False)
class Statement:
    """One SQL statement. `into` makes a value of each row (positional); default is a tuple.

    `name` orders totals statements inside a transaction, so that two transactions never lock
    the same rows in different order. `of_one_table`: a selection whose condition can stand in an
    UPDATE of the same table as it is.
    """

    sql: sa.ClauseElement
    into: Callable[..., Any] | None = None
    scoped: ScopeColumns | None = None
    name: str = ""
    of_one_table: bool = False
    compiled: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    def limited_to(self, scope: SupportsScope | None) -> sa.ClauseElement:
        """The construct with the permission's condition added."""
        if scope is None:
            return self.sql
        if self.scoped is None:
            raise TypeError("this statement names no columns a scope could use")
        condition = scope.condition(self.scoped)
        if condition is None:
            return self.sql
        return cast("sa.Select[Any] | sa.Update | sa.Delete", self.sql).where(condition)


class Family:
    """Statements that differ by a hashable shape (which filters, which sort)."""

    def __init__(self, build: Callable[..., Statement]) -> None:
        self._of = lru_cache(maxsize=1024)(build)

    def of(self, *shape: Hashable) -> Statement:
        return self._of(*shape)


def bind(name: str, type_: Any = None) -> sa.BindParameter[Any]:
    """A named parameter."""
    return sa.bindparam(name, type_=type_) if type_ is not None else sa.bindparam(name)


def columns_of(table: sa.Table, names: Sequence[str]) -> list[sa.ColumnElement[Any]]:
    return [table.c[name] for name in names]
