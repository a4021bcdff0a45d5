"""What commands share: options, settings, an open database, and how refusals are told.

A command takes the options it needs from here and works inside `opened`. Errors that an operator
can understand (`CannotRun`, refusals of the rules) end a command with a sentence on stderr and
status 1, never with a traceback.
"""

import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from hourbook.core.errors import CannotRun, DomainError
from hourbook.settings import Settings, load_settings

if TYPE_CHECKING:
    from hourbook.core.clock import Clock
    from hourbook.core.ids import IdSource
    from hourbook.db.engine import Engine
    from hourbook.db.tx import Facts
    from hourbook.main import Runtime

DataOption = Annotated[Path | None, typer.Option("--data", help="The data folder.", show_default=False)]
DatabaseOption = Annotated[
    str | None, typer.Option("--database", help="The database, when it is not the file in the data folder.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


class Commands(TyperGroup):
    """A group of commands whose refusals are sentences."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (CannotRun, DomainError) as error:
            typer.echo(sentence_of(error), err=True)
            raise typer.Exit(1) from None


@dataclass(frozen=True)
class Opened:
    """An open database with today's schema."""

    runtime: "Runtime"

    def facts(self) -> "Facts":
        """Who writes: the system itself, from the command line."""
        from hourbook.access.actors import SYSTEM
        from hourbook.core.types import Origin
        from hourbook.db.tx import Facts

        clock, ids = self.runtime.clock, self.runtime.ids
        return Facts(
            SYSTEM,
            clock.now_us(),
            "cli-" + secrets.token_hex(6),
            ids.new_id,
            Origin.CLI,
            self.runtime.pipeline.deployment,
        )

    def write(self, work: Any, workspace_id: str = "", *, alone: bool = False) -> Any:
        """Runs `work(tx)` in one transaction."""
        return self.runtime.database.write_now(self.facts(), workspace_id, work, alone=alone)

    def read(self, work: Any, workspace_id: str = "") -> Any:
        return self.runtime.database.read_now(self.facts(), workspace_id, work)


def settings_of(**given: Any) -> Settings:
    """The settings with what the command line gives; None means not given."""
    return load_settings(given)


@contextlib.contextmanager
def opened(
    settings: Settings, *, holder: str | None = None, clock: "Clock | None" = None, ids: "IdSource | None" = None
) -> Iterator[Opened]:
    """The database of the settings, migrated first when it is empty or old, closed at the end.

    `holder`: the command's name when nobody else may use the data folder meanwhile (seed,
    restore). Without it a command may run beside a server; only a migration needs the folder.
    `clock`, `ids`: others than the machine's, for fills that are the same every time.
    """
    from hourbook import main
    from hourbook.db.folder import hold_folder

    runtime = main.build(settings=settings, clock=clock, ids=ids)
    file = runtime.engine.file
    with hold_folder(file.parent if file and holder else None, holder or ""):
        make_current(runtime.engine, holds_folder=holder is not None)
        runtime.database.open()
        try:
            yield Opened(runtime)
        finally:
            runtime.database.close()


def make_current(engine: "Engine", *, holds_folder: bool) -> None:
    """Migrates when there is something to migrate."""
    from hourbook.db import migrate
    from hourbook.db.folder import hold_folder

    state = migrate.current_state(engine)
    migrate.check_state(engine, state)
    if state.is_current:
        return
    folder = engine.file.parent if engine.file and not holds_folder else None
    with hold_folder(folder, "migrate"):
        migrate.upgrade(engine)


def sentence_of(error: CannotRun | DomainError) -> str:
    """What to tell the operator."""
    if isinstance(error, CannotRun):
        return str(error)
    from hourbook.http.problems import problem_of

    return problem_of(error).message


def print_json(value: Any) -> None:
    """One line of JSON on stdout."""
    import msgspec

    typer.echo(msgspec.json.encode(value).decode())
