"""All stored secrets at once: which key each is encrypted with, and bringing them to the newest key.

The columns that hold them are marked where the tables are declared (`encrypted` in
db/tables/columns.py); a table that comes later needs no word here. A value changes its
encryption and never its meaning, so nothing is journaled.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import sqlalchemy as sa

from hourbook.access.secrets import HEADER_BYTES, SecretBox
from hourbook.core.errors import SecretsUnavailable
from hourbook.db.engine import Connection
from hourbook.db.statement import Statement, bind
from hourbook.db.tables import METADATA
from hourbook.db.tables.columns import SEALED
from hourbook.db.tx import Tx


@dataclass(frozen=True)
class SealedColumn:
    """A column of encrypted values."""

    column: sa.Column[bytes]
    purpose: str

    @property
    def name(self) -> str:
        return f"{self.column.table.name}.{self.column.name}"

    @cached_property
    def read(self) -> Statement:
        """Every key with its value."""
        keys = self.column.table.primary_key.columns
        return Statement(sa.select(*keys, self.column).where(self.column.is_not(None)).order_by(*keys))

    @cached_property
    def write(self) -> Statement:
        """Replaces one value, unless somebody wrote another meanwhile."""
        keys = self.column.table.primary_key.columns
        where = [key == bind("key_" + key.name, key.type) for key in keys]
        where.append(self.column == bind("old", self.column.type))
        return Statement(sa.update(self.column.table).where(*where).values({self.column.name: bind("new")}))


@dataclass
class Standing:
    """How the values of one column stand: `count` of them, so many by key id (hex), so many that cannot be read."""

    name: str
    count: int = 0
    by_key: Counter[str] = field(default_factory=Counter)
    unreadable_count: int = 0
    changed_count: int = 0


def sealed_columns() -> list[SealedColumn]:
    """Every column of encrypted values there is."""
    return [
        SealedColumn(column, column.info[SEALED])
        for table in METADATA.sorted_tables
        for column in table.columns
        if SEALED in column.info
    ]


def standings(connection: Connection, box: SecretBox) -> Iterator[Standing]:
    """How the secrets of each column stand. Every one of them is decrypted, and the plain value forgotten."""
    for sealed in sealed_columns():
        standing = Standing(sealed.name)
        for *_, value in connection.rows(sealed.read, {}):
            standing.count += 1
            standing.by_key[bytes(value)[1:HEADER_BYTES].hex()] += 1
            standing.unreadable_count += _plain(box, bytes(value), sealed.purpose) is None
        yield standing


def rotate(tx: Tx, box: SecretBox) -> list[Standing]:
    """Encrypts with the first key what another one encrypted; what cannot be read stays as it is, and is counted."""
    found = []
    for sealed in sealed_columns():
        standing = Standing(sealed.name)
        key_names = ["key_" + key.name for key in sealed.column.table.primary_key.columns]
        for *key, value in tx.rows(sealed.read):
            standing.count += 1
            if box.is_current(bytes(value)):
                continue
            plain = _plain(box, bytes(value), sealed.purpose)
            if plain is None:
                standing.unreadable_count += 1
                continue
            params = dict(zip(key_names, key, strict=True))
            new = box.encrypt(plain, sealed.purpose)
            standing.changed_count += tx.write_derived(sealed.write, old=value, new=new, **params)
        found.append(standing)
    return found


def _plain(box: SecretBox, value: bytes, purpose: str) -> bytes | None:
    try:
        return box.decrypt(value, purpose)
    except SecretsUnavailable:
        return None
