"""Writes migrations, for developers: what the tables have and the newest migration lacks.

`python -m hourbook.db.migrations.generate "Sentence that says what it does"` adds the next one;
`--pending` writes the newest one anew, which is right until it is released. Data that must move
stands in `data_NNNN.py` beside this file (`upgrade`, `downgrade`), which the migration then calls.
"""

import argparse
import re
import subprocess
import sys
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
from hourbook.db.schema import whole_tables

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


def _differences(*, after: str | None) -> tuple[list[Any], list[Any]]:
    """The operations up and down between a revision (None: nothing at all) and the tables."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/schema.db")
        if after is not None:
            migrate.upgrade(engine, to=after)
        with engine.schema_engine().connect() as connection:
            tables = whole_tables()
            context = MigrationContext.configure(connection, opts={"target_metadata": tables})
            script = produce_migrations(context, tables)
    return list(script.upgrade_ops_list[0].ops), list(script.downgrade_ops_list[0].ops)


def _functions(verb: str, found: list[Any]) -> str:
    """One function a table: a step of twenty tables would be unreadable in one."""
    names = list(dict.fromkeys(operation.table_name for operation in found))
    parts = []
    for name in names:
        mine = [operation for operation in found if operation.table_name == name]
        parts.append(f"def _{verb}_{name}() -> None:\n{_render(mine)}\n")
    return "\n\n".join(parts)


def _calls(verb: str, found: list[Any]) -> list[str]:
    return [f"    _{verb}_{name}()" for name in dict.fromkeys(operation.table_name for operation in found)]


def _body(number: int, after: str | None) -> str:
    """The functions of a migration. What data has to move is called last on the way up, first on the way back."""
    up, down = _differences(after=after)
    has_data = (VERSIONS.parent / f"data_{number:04}.py").exists()
    steps_up = _calls("raise", up) + (["    data.upgrade(op)"] if has_data else [])
    steps_down = (["    data.downgrade(op)"] if has_data else []) + _calls("lower", down)
    return "\n\n\n".join(
        (
            _functions("raise", up).rstrip(),
            _functions("lower", down).rstrip(),
            "def upgrade() -> None:\n" + "\n".join(steps_up),
            "def downgrade() -> None:\n" + "\n".join(steps_down) + "\n",
        )
    )


def _files() -> dict[int, Path]:
    """The migrations that are there, by number."""
    return {int(path.name[:4]): path for path in VERSIONS.glob("[0-9]*.py")}


def _revision_in(path: Path) -> str:
    found = re.search(r'^revision = "(.+)"', path.read_text(), re.MULTILINE)
    if found is None:
        raise LookupError(f"{path.name} has no revision")
    return found[1]


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a migration from the difference to the tables.")
    parser.add_argument("sentence", nargs="?", help="what it does; --pending keeps the one it has")
    parser.add_argument("--pending", action="store_true", help="write the newest migration anew")
    chosen = parser.parse_args()
    files = _files()
    number = max(files) + (0 if chosen.pending else 1)
    revision = f"{number:04}_v{__version__}"
    after = _revision_in(files[number - 1]) if number > 1 else None
    sentence = chosen.sentence
    if chosen.pending:
        path = files[number]
        sentence = sentence or path.read_text().split('"""')[1].split("\n")[0]
    else:
        path = VERSIONS / f"{number:04}_{'_'.join(re.findall('[a-z]+', sentence.lower())[:6])}.py"
    body = _body(number, after)
    header = _HEADER.format(sentence=sentence, revision=revision, down_revision=f'"{after}"' if after else None)
    if f"data_{number:04}" in {file.stem for file in VERSIONS.parent.glob("data_*.py")}:
        header = header.replace(
            "\n\nrevision", f"\nfrom hourbook.db.migrations import data_{number:04} as data\n\nrevision", 1
        )
    path.write_text(f"{header}\n\n{body}")
    for command in (("check", "--fix", "--quiet"), ("format", "--quiet")):
        subprocess.run([sys.executable, "-m", "ruff", *command, str(path)], check=False)
    print(f"wrote {path.name}; HEAD must be {revision}")


if __name__ == "__main__":
    main()
