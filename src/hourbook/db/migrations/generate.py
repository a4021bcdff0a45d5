"""Writes migrations, for developers: what the tables have and the newest migration lacks.

`python -m hourbook.db.migrations.generate "Sentence that says what it does"` adds the next one;
`--initial` writes 0001 anew, which is right only until the first release. The result is a draft
to read: data that must move is not in it. Set `HEAD` in `__init__.py` to the new revision.
"""

import argparse
import re
import tempfile
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext

from hourbook import __version__
from hourbook.db import migrate
from hourbook.db.engine import ByteText, make_engine
from hourbook.db.migrations import HEAD
from hourbook.db.tables import METADATA

VERSIONS = Path(__file__).parent / "versions"
_HEADER = '''"""{sentence}"""

import sqlalchemy as sa
from alembic import op

from hourbook.db.engine import ByteText, rows_where

revision = "{revision}"
down_revision = {down_revision}
'''
_KEPT_NAME = re.compile(r"op\.f\(('\w+')\)")
_PARTIAL = re.compile(r"sqlite_where=sa\.text\((.+?)\), postgresql_where=sa\.text\(\1\)")


def _render_item(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """Types as they are stored, so that a migration does not change when the program's types do."""
    if kind != "type" or not isinstance(item, sa.types.TypeDecorator):
        return False
    return "ByteText()" if isinstance(item, ByteText) else f"sa.{item.impl_instance!r}"


def _render(operations: list[Any]) -> str:
    text = render_python_code(ops.UpgradeOps(ops=operations), render_item=_render_item)
    body = text.split("\n", 1)[1].rsplit("\n", 1)[0]
    return _KEPT_NAME.sub(r"\1", _PARTIAL.sub(r"**rows_where(\1)", body)).replace(", unique=False", "")


def _differences(*, initial: bool) -> tuple[list[Any], list[Any]]:
    """The operations up and down."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/schema.db")
        if not initial:
            migrate.upgrade(engine)
        with engine.schema_engine().connect() as connection:
            context = MigrationContext.configure(connection, opts={"target_metadata": METADATA})
            script = produce_migrations(context, METADATA)
    return list(script.upgrade_ops_list[0].ops), list(script.downgrade_ops_list[0].ops)


def _initial() -> str:
    """One function a table: a step of twenty tables would be unreadable in one."""
    found = _differences(initial=True)[0]
    tables = [operation for operation in found if isinstance(operation, ops.CreateTableOp)]
    parts = []
    for table in tables:
        mine = [o for o in found if getattr(o, "table_name", None) == table.table_name]
        parts.append(f"def _create_{table.table_name}() -> None:\n{_render(mine)}\n")
    calls = "\n".join(f"    _create_{table.table_name}()" for table in tables)
    parts.append(f"def upgrade() -> None:\n{calls}\n")
    drops = "\n".join(f'        "{table.table_name}",' for table in reversed(tables))
    parts.append(f"def downgrade() -> None:\n    for name in (\n{drops}\n    ):\n        op.drop_table(name)\n")
    return "\n\n".join(parts)


def _next() -> str:
    up, down = map(_render, _differences(initial=False))
    return f"def upgrade() -> None:\n{up}\n\n\ndef downgrade() -> None:\n{down}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a migration from the difference to the tables.")
    parser.add_argument("sentence", nargs="?", default="The schema of the first release.")
    parser.add_argument("--initial", action="store_true", help="write 0001 anew")
    chosen = parser.parse_args()
    number = 1 if chosen.initial else int(HEAD[:4]) + 1
    revision = f"{number:04}_v{__version__}"
    body = _initial() if chosen.initial else _next()
    words = "initial" if chosen.initial else "_".join(re.findall("[a-z]+", chosen.sentence.lower())[:6])
    path = VERSIONS / f"{number:04}_{words}.py"
    down_revision = "None" if chosen.initial else f'"{HEAD}"'
    header = _HEADER.format(sentence=chosen.sentence, revision=revision, down_revision=down_revision)
    path.write_text(f"{header}\n\n{body}")
    print(f"wrote {path.name}: format it with ruff, read it, set HEAD to {revision}")


if __name__ == "__main__":
    main()
