"""Rates of the first schema become timelines, and timelines become rates again on the way back."""

from typing import Any

import pytest
import sqlalchemy as sa

from hourbook.db import migrate
from hourbook.db.engine import Engine

FIRST = "0001_v0.1.0"
WORKSPACE, PERSON, PROJECT = (bytes([number]) * 12 for number in (1, 2, 3))
STAMPS = {"created_at_us": 1, "updated_at_us": 1, "row_revision": 1}


def insert(connection: sa.Connection, name: str, **values: Any) -> None:
    """A row with something harmless in every column that is not said."""
    table = sa.Table(name, sa.MetaData(), autoload_with=connection)
    row: dict[str, Any] = {}
    for column in table.columns:
        is_text = isinstance(column.type, sa.Text)
        row[column.name] = None if column.nullable else "x" if is_text else 0
    connection.execute(sa.insert(table).values({**row, **STAMPS, **values}))


@pytest.fixture
def rated(engine: Engine) -> Engine:
    """A database of the first schema in which a workspace, somebody, a project and somebody on it have rates."""
    migrate.upgrade(engine, to=FIRST)
    with engine.schema_engine().begin() as connection:
        insert(connection, "users", id=PERSON)
        insert(connection, "workspaces", id=WORKSPACE, hourly_rate_minor=1000, currency="USD", settings="{}")
        insert(connection, "workspace_members", workspace_id=WORKSPACE, user_id=PERSON, cost_rate_minor=2000)
        insert(connection, "projects", workspace_id=WORKSPACE, id=PROJECT, client_id=bytes(12), hourly_rate_minor=3000)
        insert(
            connection, "project_members", workspace_id=WORKSPACE, project_id=PROJECT, user_id=PERSON,
            hourly_rate_minor=4000,
        )  # fmt: skip
    return engine


def timelines(engine: Engine) -> set[Any]:
    sql = "SELECT level, kind, target_id, user_id, since_s, amount_minor, is_waiting FROM rates"
    with engine.schema_engine().begin() as connection:
        return {
            tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in connection.exec_driver_sql(sql)
        }


def test_rates_count_since_the_beginning(rated: Engine) -> None:
    migrate.upgrade(rated)
    nobody = bytes(12)
    assert timelines(rated) == {
        ("WORKSPACE", "hourly", WORKSPACE, nobody, 0, 1000, 0),
        ("MEMBER", "cost", PERSON, nobody, 0, 2000, 0),
        ("PROJECT", "hourly", PROJECT, nobody, 0, 3000, 0),
        ("PROJECT_MEMBER", "hourly", PROJECT, PERSON, 0, 4000, 0),
    }


def test_on_the_way_back_the_places_have_what_is_in_force(rated: Engine) -> None:
    migrate.upgrade(rated)
    with rated.schema_engine().begin() as connection:
        # Planned once and due by now; and planned for a day that nobody here will see.
        connection.exec_driver_sql(
            "UPDATE rates SET is_waiting = 1, since_s = 5, amount_minor = 4500 WHERE amount_minor = 4000"
        )
        connection.exec_driver_sql(
            "UPDATE rates SET is_waiting = 1, since_s = 32000000000, amount_minor = 1 WHERE amount_minor = 3000"
        )
    migrate.downgrade(rated, FIRST)
    with rated.schema_engine().begin() as connection:
        rows = list(connection.exec_driver_sql("SELECT hourly_rate_minor FROM project_members"))
        assert rows == [(4500,)]
        assert list(connection.exec_driver_sql("SELECT hourly_rate_minor FROM projects")) == [(3000,)]
