"""The command `hourbook` and its small commands; the larger ones are registered from their modules.

Modules are imported when their command runs, so that `hourbook version` does not load a server.
"""

from typing import Annotated

import typer

from hourbook import __version__
from hourbook.cli.addons import addons
from hourbook.cli.admin import admin
from hourbook.cli.audit import audit
from hourbook.cli.backup import backup, restore
from hourbook.cli.bench import bench
from hourbook.cli.demo import demo
from hourbook.cli.doctor import doctor
from hourbook.cli.explain import explain
from hourbook.cli.mail import mail
from hourbook.cli.runtime import Commands, DatabaseOption, DataOption, JsonOption, print_json, settings_of
from hourbook.cli.secrets import secrets
from hourbook.cli.seed import seed
from hourbook.cli.serving import serve

app = typer.Typer(
    cls=Commands,
    name="hourbook",
    help="A self-hosted time-tracking server that speaks the Clockify REST API.",
    no_args_is_help=True,
    # A traceback of Rich shows the values of variables: keys and passwords among them.
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("serve")(serve)
app.command("demo")(demo)
app.command("seed")(seed)
app.command("doctor")(doctor)
app.command("explain")(explain)
app.command("backup")(backup)
app.command("restore")(restore)
app.command("bench")(bench)
app.add_typer(admin, name="admin")
app.add_typer(audit, name="audit")
app.add_typer(mail, name="mail")
app.add_typer(secrets, name="secrets")
app.add_typer(addons, name="addons")


@app.command("migrate")
def migrate(
    plan: Annotated[bool, typer.Option("--plan", help="Only say what would be done.")] = False,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Bring the database to today's schema. A server does the same when it starts."""
    from hourbook.cli.runtime import make_current
    from hourbook.db import migrate as migrations
    from hourbook.db.engine import make_engine

    engine = make_engine(settings_of(data=data, database=database).database_url)
    steps = migrations.plan(engine)
    if not steps:
        typer.echo("The database has today's schema. There is nothing to do.")
        return
    if not plan:
        make_current(engine, holds_folder=False)
    for step in steps:
        typer.echo(f"{'would run' if plan else 'ran'} {step.revision}: {step.sentence}")


@app.command("settings")
def settings(data: DataOption = None, database: DatabaseOption = None, as_json: JsonOption = False) -> None:
    """Show every setting, its value and where the value comes from. Secrets are masked."""
    from hourbook.settings import CONFIG_NAME, SETTINGS, shown, unknown_names

    found = settings_of(data=data, database=database)
    rows = [
        {
            "variable": row.variable,
            "type": row.kind,
            "value": shown(row, getattr(found, row.name)),
            "source": found.sources[row.name],
            "meaning": row.sentence,
        }
        for row in SETTINGS
    ]
    if as_json:
        print_json(rows)
        return
    _print_table(rows)
    typer.echo(f"\nThe file that {CONFIG_NAME} names (TOML) may hold them too, as lower case names without HOURBOOK_.")
    for name in unknown_names():
        typer.echo(f"{name} is set in the environment and is no setting of Hourbook.")


@app.command("version")
def version() -> None:
    """Show the version."""
    typer.echo(__version__)


def _print_table(rows: list[dict[str, str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for heading in ("Setting", "Value", "From", "Meaning"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "Setting")
    for row in rows:
        # Text takes values as they are; a value in brackets would be read as a style.
        table.add_row(*(Text(row[name]) for name in ("variable", "value", "source", "meaning")))
    Console().print(table)


if __name__ == "__main__":
    app()
