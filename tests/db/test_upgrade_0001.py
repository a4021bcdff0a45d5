"""A database of the first schema, every table filled, goes to today's and back and loses nothing."""

import hashlib
from typing import Any

import pytest
import sqlalchemy as sa

from hourbook.db import migrate
from hourbook.db.engine import Engine
from hourbook.db.migrations import HEAD
from hourbook.db.tables import METADATA

FIRST = "0001_v0.1.0"
# Values that a type alone does not give, by column; a list has one for each of the rows.
VALUES: dict[str, Any] = {
    "settings": ['{"timeZone":"Europe/Prague"}', "{}"],
    "workspaces.settings": ['{"onlyAdminsSeeAllTimeEntries":true,"whoCanCreateTags":"ADMINS"}', "{}"],
    "estimate": ['{"estimate":3600,"type":"AUTO"}', '{"estimate":0,"type":"AUTO"}'],
    "time_estimate": ['{"active":true,"estimate":3600,"type":"MANUAL"}', '{"active":false,"estimate":0,"type":"AUTO"}'],
    "budget_estimate": ['{"active":true,"estimate":100000,"type":"MANUAL"}', None],
    "estimate_reset": ['{"interval":"MONTHLY"}', None],
    "cc_emails": ['["copy@example.com"]', None],
    "custom_attributes": ['[{"namespace":"n","name":"a","value":"v"}]', None],
    "changed": ['["name"]', None],
    "before": ['{"id":"' + "0" * 23 + '1","name":"Before"}', None],
    "after": ['{"id":"' + "0" * 23 + '1","name":"After"}', '{"name":"After"}'],
    "status": "ACTIVE",
    "role": ["OWNER", "TEAM_MANAGER"],
    "currency": ["EUR", "JPY"],
    "code": ["EUR", "JPY"],
    "verb": "update",
    "end_s": [1_779_289_200, None],
    "start_s": [1_779_285_600, 1_779_285_601],
    "type": "REGULAR",
}
ROWS = 2


def value_of(column: sa.Column[Any], index: int) -> Any:
    """A value for row `index` that its type, or its name, asks for; ids are the same in every table."""
    for name in (f"{column.table.name}.{column.name}", column.name):
        if name in VALUES:
            found = VALUES[name]
            return found[index] if isinstance(found, list) else found
    if isinstance(column.type, sa.LargeBinary) or column.type.python_type is bytes:
        if column.name.endswith("hash"):
            return hashlib.sha256(f"{column} {index}".encode()).digest()
        return bytes(11) + bytes([index + 1])
    if column.type.python_type is int:
        return index if isinstance(column.type, sa.SmallInteger) else 1000 + index
    return f"{column.name} Žluťoučký {index}"


def first_tables(engine: Engine) -> sa.MetaData:
    """The tables of the first schema, as a database that has it shows them."""
    found = sa.MetaData()
    with engine.schema_engine().connect() as connection:
        found.reflect(connection)
    found.remove(found.tables[migrate.VERSION_TABLE])
    return found


def rows_of(engine: Engine, tables: sa.MetaData) -> dict[str, list[str]]:
    """What stands in the columns of the first schema."""
    with engine.schema_engine().connect() as connection:
        return {
            table.name: sorted(repr(tuple(row)) for row in connection.execute(sa.select(table)))
            for table in tables.sorted_tables
        }


@pytest.fixture
def first(engine: Engine) -> tuple[Engine, sa.MetaData]:
    """A database of the first schema with rows in every table."""
    migrate.upgrade(engine, to=FIRST)
    tables = first_tables(engine)
    with engine.schema_engine().begin() as connection:
        for table in tables.sorted_tables:
            rows = [{c.name: value_of(c, index) for c in table.columns} for index in range(ROWS)]
            connection.execute(sa.insert(table), rows)
    return engine, tables


def test_an_upgrade_keeps_every_row_of_the_first_schema(first: tuple[Engine, sa.MetaData]) -> None:
    engine, tables = first
    before = rows_of(engine, tables)
    assert set(before) <= set(METADATA.tables)
    assert all(len(rows) == ROWS for rows in before.values())
    assert migrate.upgrade(engine)[-1].revision == HEAD
    assert rows_of(engine, tables) == before


def test_the_way_back_to_the_first_schema_keeps_every_row_too(first: tuple[Engine, sa.MetaData]) -> None:
    engine, tables = first
    before = rows_of(engine, tables)
    migrate.upgrade(engine)
    migrate.downgrade(engine, FIRST)
    assert rows_of(engine, tables) == before
    assert first_tables(engine).tables.keys() == tables.tables.keys()
    migrate.upgrade(engine)
    assert rows_of(engine, tables) == before


def test_what_is_written_into_todays_schema_survives_the_way_back_and_forward(
    first: tuple[Engine, sa.MetaData],
) -> None:
    """Rows of the first schema's tables that were made after the upgrade, with whatever columns are new left alone."""
    engine, tables = first
    migrate.upgrade(engine)
    with engine.schema_engine().begin() as connection:
        connection.execute(
            sa.text("UPDATE users SET name = :name, email = :email WHERE id = :id"),
            {"name": "Later", "email": "later@example.com", "id": bytes(11) + b"\x01"},
        )
    before = rows_of(engine, tables)
    migrate.downgrade(engine, FIRST)
    assert rows_of(engine, tables) == before
    migrate.upgrade(engine)
    assert rows_of(engine, tables) == before
