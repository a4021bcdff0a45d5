"""A scope means the same in SQL, as a mask over columns and as a test of one row.

Drawn scopes of every shape (parts, `|`, `&`) are asked over a table of drawn rows with missing users,
projects and starts. One SQL statement answers for all rows at once, so that 10,000 cases are quick.
"""

import random
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import pytest
import sqlalchemy as sa

from hourbook.access.scope import EVERYTHING, NOTHING, Coded, MaskColumns, RowReaders, Scope
from hourbook.db.engine import Engine, make_engine
from hourbook.db.statement import ScopeColumns, Statement
from hourbook.db.tables.columns import Flag, Id
from tests.databases import fresh_database

SHAPES = 400
VALUES_PER_SHAPE = 25
ROWS = 60
IDS = [f"{number:024x}" for number in range(1, 9)]
# Ids that no row has: somebody without entries, a project of nobody, a text that is no id.
STRANGERS = ["f" * 24, "e" * 24, "no id"]
STARTS = [0, 1, 999, 1_000, 1_001, 1_779_285_600, (1 << 40)]

# As on the tables of slices: the publicness of a project is looked up beside the row.
tables = sa.MetaData()
spots = sa.Table(
    "scope_test_rows",
    tables,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("user_id", Id),
    sa.Column("project_id", Id),
    sa.Column("start_s", sa.BigInteger),
)
places = sa.Table(
    "scope_test_projects", tables, sa.Column("id", Id, primary_key=True), sa.Column("is_public", Flag, nullable=False)
)
_IS_PUBLIC = sa.exists().where(places.c.id == spots.c.project_id, places.c.is_public == 1)


class Spot(msgspec.Struct):
    """A row: whose, of which project, when."""

    id: int
    user_id: str | None
    project_id: str | None
    start_s: int | None


class Ground:
    """The same rows in a table, in columns, and one by one."""

    def __init__(self, engine: Engine, draw: random.Random) -> None:
        self.rows = [
            Spot(i, draw.choice([*IDS, None]), draw.choice([*IDS, None]), draw.choice([*STARTS, None]))
            for i in range(ROWS)
        ]
        self.public = {project_id: draw.random() < 0.4 for project_id in IDS}
        self.is_public = [self.public.get(row.project_id or "", False) for row in self.rows]
        with engine.schema_engine().begin() as connection:
            tables.create_all(connection)
            connection.execute(sa.insert(spots), [msgspec.structs.asdict(row) for row in self.rows])
            connection.execute(sa.insert(places), [{"id": k, "is_public": v} for k, v in self.public.items()])
        self.connection = engine.connect()

    def by_sql(self, statement: Statement, scope: Scope) -> list[bool]:
        found = {row[0] for row in self.connection.rows(statement, {}, scope)}
        return [row.id in found for row in self.rows]

    def columns(self, has: frozenset[str]) -> MaskColumns:
        """The columns a table with these facts has. A start that is missing lies behind every moment."""
        code_of = {id_: code for code, id_ in enumerate(IDS)}
        public = np.array([self.public[id_] for id_ in IDS])
        late = (1 << 62) + 1
        starts = np.array([late if row.start_s is None else row.start_s for row in self.rows])
        return MaskColumns(
            rows=ROWS,
            user=Coded(np.array([code_of.get(row.user_id or "", -1) for row in self.rows]), code_of)
            if "user" in has
            else None,
            project=Coded(np.array([code_of.get(row.project_id or "", -1) for row in self.rows]), code_of)
            if "project" in has
            else None,
            public_projects=public if "public" in has else None,
            start_s=starts if "start" in has else None,
        )

    def readers(self, has: frozenset[str]) -> RowReaders:
        return RowReaders(
            user=(lambda row: row["user_id"]) if "user" in has else None,
            project=(lambda row: row["project_id"]) if "project" in has else None,
            project_is_public=(lambda row: self.public[row["project_id"]]) if "public" in has else None,
            start=(lambda row: row["start_s"]) if "start" in has else None,
        )


def draw_shape(draw: random.Random, depth: int = 0) -> dict[str, Any]:
    """Which parts a scope has; about one in three is joined of others."""
    if depth < 3 and draw.random() < 0.35:
        parts = [draw_shape(draw, depth + 1) for _ in range(2)]
        return {"join": draw.choice("|&"), "parts": parts}
    chosen = {name for name in ("own", "users", "projects", "public", "before") if draw.random() < 0.4}
    return {"everything": draw.random() < 0.1, "has": chosen}


def fill_shape(shape: dict[str, Any], draw: random.Random) -> Scope:
    """A scope of that shape with drawn values."""
    if "join" in shape:
        left, right = (fill_shape(part, draw) for part in shape["parts"])
        return left | right if shape["join"] == "|" else left & right

    def some_ids() -> tuple[str, ...]:
        return tuple(draw.sample([*IDS, *STRANGERS], draw.randrange(6)))

    has = shape["has"]
    return Scope(
        everything=shape["everything"],
        own_user_id=draw.choice([*IDS, *STRANGERS]) if "own" in has else None,
        user_ids=some_ids() if "users" in has else None,
        project_ids=some_ids() if "projects" in has else None,
        public="public" in has,
        before_s=draw.choice([*STARTS, -5, 1_500]) if "before" in has else None,
    )


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("scopes")
    with fresh_database(folder) as url:
        engine = make_engine(url)
        if engine.file is not None:
            engine.file.parent.mkdir()
        found = Ground(engine, random.Random(3))
        yield found
        found.connection.close()


def scope_columns(has: frozenset[str]) -> ScopeColumns:
    return ScopeColumns(
        user=spots.c.user_id if "user" in has else None,
        project=spots.c.project_id if "project" in has else None,
        public=_IS_PUBLIC if "public" in has else None,
        start=spots.c.start_s if "start" in has else None,
    )


def test_the_three_compilers_answer_alike_in_ten_thousand_cases(ground: Ground) -> None:
    draw = random.Random(7)
    reached = cases = 0
    for _ in range(SHAPES):
        shape = draw_shape(draw)
        # A table without projects says nothing of public ones either.
        has = frozenset(name for name in ("user", "project", "start") if draw.random() < 0.8)
        has |= {"public"} if "project" in has and draw.random() < 0.8 else frozenset()
        statement = Statement(sa.select(spots.c.id), scoped=scope_columns(has))
        columns, readers = ground.columns(has), ground.readers(has)
        rows = [msgspec.structs.asdict(row) for row in ground.rows]
        for _ in range(VALUES_PER_SHAPE):
            scope = fill_shape(shape, draw)
            by_sql = ground.by_sql(statement, scope)
            assert scope.mask(columns).tolist() == by_sql, (scope, has)
            assert list(map(scope.row_test(readers), rows)) == by_sql, (scope, has)
            reached += sum(by_sql)
            cases += 1
        assert len(statement.compiled) == 1, "two scopes of one shape were compiled apart"
    assert cases == 10_000
    # The drawn cases say something: neither nearly all rows nor nearly none.
    assert 0.2 < reached / (cases * ROWS) < 0.8


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (EVERYTHING, [True, True, True, True]),
        (NOTHING, [False, False, False, False]),
        (Scope(own_user_id=IDS[0]), [True, True, False, False]),
        (Scope(user_ids=(IDS[1], IDS[2])), [False, False, True, False]),
        (Scope(project_ids=(IDS[0],)), [True, False, False, False]),
        (Scope(public=True), [False, False, True, False]),
        (Scope(before_s=1_000), [True, False, True, False]),
        (Scope(own_user_id=IDS[0]) | Scope(public=True), [True, True, True, False]),
        (Scope(own_user_id=IDS[0]) & Scope(before_s=1_000), [True, False, False, False]),
        (EVERYTHING & Scope(before_s=1_000), [True, False, True, False]),
        (NOTHING | EVERYTHING, [True, True, True, True]),
        (NOTHING & EVERYTHING, [False, False, False, False]),
        ((Scope(public=True) | Scope(before_s=1_000)) & Scope(own_user_id=IDS[0]), [True, False, False, False]),
    ],
    ids=repr,
)
def test_each_part_reaches_what_it_says(scope: Scope, expected: list[bool]) -> None:
    facts: list[dict[str, Any]] = [
        {"user_id": IDS[0], "project_id": IDS[0], "start_s": 999},
        {"user_id": IDS[0], "project_id": IDS[1], "start_s": 1_000},
        {"user_id": IDS[1], "project_id": IDS[2], "is_public": True, "start_s": 0},
        {},
    ]
    assert [scope.holds(**one) for one in facts] == expected


def test_a_scope_over_a_project_and_a_person_as_rows_of_their_own() -> None:
    scope = Scope(own_user_id=IDS[0], user_ids=(IDS[1],), project_ids=(IDS[0],), public=True)
    assert scope.reaches_project(IDS[0], is_public=False)
    assert scope.reaches_project(IDS[1], is_public=True)
    assert not scope.reaches_project(IDS[1], is_public=False)
    assert scope.reaches_person(IDS[0])
    assert scope.reaches_person(IDS[1])
    assert not scope.reaches_person(IDS[2])


def test_a_mask_over_no_rows_is_empty() -> None:
    nobody = Coded(np.array([], dtype=np.int32), {})
    columns = MaskColumns(
        rows=0,
        user=nobody,
        project=nobody,
        public_projects=np.array([], dtype=bool),
        start_s=np.array([], dtype=np.int64),
    )
    scope = Scope(own_user_id=IDS[0], project_ids=(IDS[0],), public=True, before_s=5)
    assert scope.mask(columns).tolist() == []
