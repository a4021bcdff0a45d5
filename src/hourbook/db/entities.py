"""Entities: how a domain struct, its table and its journal kind belong together.

A slice declares one `Entity` per journaled thing in its `store.py`. From it come the plain
statements (read by key, insert, update, delete) and the link tables that hold lists of ids.
The registry is what the fold, backup and doctor walk over. No dialect, no connection here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from operator import attrgetter
from typing import Any, cast

import msgspec
import sqlalchemy as sa

from hourbook.db.engine import AnyOf
from hourbook.db.statement import ScopeColumns, Statement, bind

STAMP_NAMES = ("created_at_us", "updated_at_us", "row_revision")


@dataclass(frozen=True)
class Link:
    """A list of ids on a struct, kept in a table of its own.

    `field`: name on the struct. `owner`, `target`: columns of the link table. `carries`:
    columns that repeat fields of the owner so that one index answers a filtered list.
    """

    field: str
    table: sa.Table
    owner: str
    target: str
    carries: tuple[str, ...] = ()

    @cached_property
    def insert(self) -> Statement:
        names = ("workspace_id", self.owner, self.target, *self.carries)
        return Statement(sa.insert(self.table).values({name: bind(name) for name in names}))

    @cached_property
    def clear(self) -> Statement:
        table = self.table
        return Statement(
            sa.delete(table).where(table.c.workspace_id == bind("workspace_id"), table.c[self.owner] == bind("owner"))
        )

    @cached_property
    def clear_many(self) -> Statement:
        table = self.table
        return Statement(
            sa.delete(table).where(table.c.workspace_id == bind("workspace_id"), AnyOf(table.c[self.owner], "ids"))
        )

    @cached_property
    def load(self) -> Statement:
        table = self.table
        return Statement(
            sa.select(table.c[self.owner], table.c[self.target])
            .where(table.c.workspace_id == bind("workspace_id"), AnyOf(table.c[self.owner], "ids"))
            .order_by(table.c[self.owner], table.c[self.target])
        )

    def params(self, entity: "Entity", row: Any) -> list[dict[str, Any]]:
        """What its rows hold for a row of the entity, each target once."""
        base: dict[str, Any] = {name: getattr(row, name) for name in self.carries}
        base["workspace_id"] = row.workspace_id
        base[self.owner] = entity.key_text(row)
        return [{**base, self.target: target} for target in dict.fromkeys(getattr(row, self.field))]

    @cached_property
    def forget(self) -> Statement:
        """Removes one target from all owners."""
        table = self.table
        return Statement(
            sa.delete(table).where(table.c.workspace_id == bind("workspace_id"), table.c[self.target] == bind("target"))
        )


REGISTRY: dict[str, "Entity"] = {}


@dataclass(frozen=True, eq=False)
class Entity:
    """One journaled kind of thing.

    `word` is what people read when it is missing. `key` names the key columns after
    `workspace_id`. `derived` computes columns that are not fields (folded names). `private`
    fields never enter the journal. A `shared` entity belongs to no workspace.
    """

    kind: str
    word: str
    table: sa.Table
    struct: type[msgspec.Struct]
    key: tuple[str, ...] = ("id",)
    links: tuple[Link, ...] = ()
    derived: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    scope: ScopeColumns | None = None
    private: tuple[str, ...] = ()
    shared: bool = False

    def __post_init__(self) -> None:
        if self.kind in REGISTRY:
            raise ValueError(f"two entities are called {self.kind}")
        REGISTRY[self.kind] = self

    @cached_property
    def field_names(self) -> tuple[str, ...]:
        """Struct fields that are columns of the table, in struct order."""
        linked = {link.field for link in self.links}
        return tuple(name for name in self.struct.__struct_fields__ if name not in linked)

    @cached_property
    def columns(self) -> list[sa.Column[Any]]:
        """The columns a struct is made of, in its order; select these with `into=struct`."""
        return [self.table.c[name] for name in self.field_names]

    @cached_property
    def key_names(self) -> tuple[str, ...]:
        """The parameters that the values of `key` travel as."""
        return tuple("key_" + name for name in self.key)

    def _where_key(self) -> list[sa.ColumnElement[bool]]:
        names = self.key if self.shared else ("workspace_id", *self.key)
        return [self.table.c[name] == bind("key_" + name) for name in names]

    @cached_property
    def get(self) -> Statement:
        return Statement(sa.select(*self.columns).where(*self._where_key()), into=self.struct, scoped=self.scope)

    @cached_property
    def get_locked(self) -> Statement:
        """Read by key, holding the row until commit where several writers exist."""
        select = sa.select(*self.columns).where(*self._where_key()).with_for_update(of=self.table)
        return Statement(select, into=self.struct, scoped=self.scope)

    @cached_property
    def get_many(self) -> Statement:
        where = [AnyOf(self.table.c[self.key[-1]], "ids")]
        if not self.shared:
            where.insert(0, self.table.c.workspace_id == bind("workspace_id"))  # type: ignore[arg-type]
        return Statement(sa.select(*self.columns).where(*where), into=self.struct, scoped=self.scope)

    @cached_property
    def get_many_locked(self) -> Statement:
        """Like `get_many`, holding the rows until commit where several writers exist."""
        select = cast("sa.Select[Any]", self.get_many.sql).with_for_update(of=self.table)
        return Statement(select, into=self.struct, scoped=self.scope)

    @cached_property
    def insert(self) -> Statement:
        names = (*self.field_names, *self.derived, *STAMP_NAMES)
        return Statement(sa.insert(self.table).values({name: bind(name) for name in names}))

    @cached_property
    def update(self) -> Statement:
        fixed = {"workspace_id", *self.key}
        names = [name for name in (*self.field_names, *self.derived) if name not in fixed]
        values: dict[str, Any] = {name: bind(name) for name in names}
        values["updated_at_us"] = bind("updated_at_us")
        values["row_revision"] = self.table.c.row_revision + 1
        return Statement(sa.update(self.table).where(*self._where_key()).values(values))

    @cached_property
    def delete(self) -> Statement:
        return Statement(sa.delete(self.table).where(*self._where_key()))

    @cached_property
    def delete_many(self) -> Statement:
        ids = AnyOf(self.table.c[self.key[-1]], "ids")
        return Statement(sa.delete(self.table).where(self.table.c.workspace_id == bind("workspace_id"), ids))

    def key_params(self, row: Any) -> dict[str, Any]:
        names = self.key if self.shared else ("workspace_id", *self.key)
        return {"key_" + name: getattr(row, name) for name in names}

    def params(self, row: Any) -> dict[str, Any]:
        """Column values of a struct, derived ones included, links left out."""
        values = {name: getattr(row, name) for name in self.field_names}
        for name, compute in self.derived.items():
            values[name] = compute(row)
        return values

    @cached_property
    def key_text(self) -> Callable[[Any], str]:
        """From a row to the id its journal row carries: the last key column."""
        return attrgetter(self.key[-1])


@lru_cache(maxsize=64)
def owners_of(entity: Entity, link: Link, *, held: bool) -> Statement:
    """Ids of the rows that point to one target; held until commit where somebody else could change them meanwhile."""
    table, row = link.table.c, entity.table.c
    select = (
        sa.select(table[link.owner])
        .where(table.workspace_id == bind("workspace_id"), table[link.target] == bind("target"))
        .order_by(table[link.owner])
    )
    if held:
        same = sa.and_(row.workspace_id == table.workspace_id, row[entity.key[-1]] == table[link.owner])
        select = select.join(entity.table, same).with_for_update(of=entity.table)
    return Statement(select)


@lru_cache(maxsize=256)
def set_matching(entity: Entity, names: tuple[str, ...], matching: Statement | None) -> Statement:
    """Sets the named columns to one value each: of the rows `matching` selects, or of those with given ids."""
    table = entity.table
    values: dict[str, Any] = {name: bind("new_" + name, table.c[name].type) for name in names}
    values["updated_at_us"] = bind("updated_at_us")
    values["row_revision"] = table.c.row_revision + 1
    if matching is None:
        where = sa.and_(table.c.workspace_id == bind("workspace_id"), AnyOf(table.c[entity.key[-1]], "ids"))
    else:
        where = cast("sa.ColumnElement[bool]", cast("sa.Select[Any]", matching.sql).whereclause)
    return Statement(sa.update(table).where(where).values(values))
