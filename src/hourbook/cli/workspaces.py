"""`hourbook admin` for whole workspaces: delete one at once, open one that locked everybody out.

They call the same actions as requests and the worker do, as the system itself, and may run beside a
server. A deletion goes on where it was interrupted when it is asked for again.
"""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from hourbook.cli.runtime import DatabaseOption, DataOption, Opened, opened, settings_of
from hourbook.core.errors import CannotRun, SecretsUnavailable

if TYPE_CHECKING:
    from hourbook.resources.workspaces.rules import Workspace

WorkspaceOption = Annotated[
    str | None, typer.Option("--workspace", help="The workspace, by name or id; needed when there are several.")
]


def delete_workspace(
    workspace_id: Annotated[str, typer.Argument(help="The workspace's id.")],
    confirm: Annotated[str, typer.Option(help="Its name, so that no other one goes by mistake.")],
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Delete a workspace and everything in it at once, without the waiting time. Accounts stay."""
    from hourbook.resources.workspaces import actions_ownership, rules_ownership

    with opened(settings_of(data=data, database=database)) as database_open:
        found = find_workspace(database_open, workspace_id)
        if (found.id, found.name) != (workspace_id, confirm):
            raise CannotRun(f"The workspace {found.id} is called {found.name!r}; --confirm must say exactly that.")
        database_open.write(actions_ownership.close_now, found.id)
        # A running server remembers for a moment who may enter.
        time.sleep(rules_ownership.CLOSED_MICROSECONDS / 1_000_000)
        told = _tell_addons(database_open, found.id)
        rows = 0
        while gone := database_open.write(actions_ownership.erase_portion, found.id, alone=True):
            rows += gone
    typer.echo(f"The workspace {found.name!r} is deleted: {rows} rows.")
    if told:
        typer.echo(f"The server tells {told} of its add-ons that they are removed.")


def _tell_addons(database_open: Opened, workspace_id: str) -> int:
    """Has the worker of a server tell those who want to know; how many."""
    from hourbook.resources.addons import actions_leaving

    leaving = database_open.read(actions_leaving.list_leaving, workspace_id)
    calls: list[actions_leaving.Farewell] = []
    try:
        calls = actions_leaving.sealed(leaving, database_open.runtime.secrets) if leaving.addons else []
    except SecretsUnavailable as error:
        typer.echo(f"Its add-ons are not told that they are removed: {error.reason}", err=True)
    told: int = database_open.write(lambda tx: actions_leaving.take_leave(tx, calls), workspace_id)
    return told


def lift_networks(workspace: WorkspaceOption = None, data: DataOption = None, database: DatabaseOption = None) -> None:
    """Let a workspace be used from every network again, when its list locks everybody out."""
    from hourbook.resources.workspaces import actions_settings

    with opened(settings_of(data=data, database=database)) as database_open:
        found = find_workspace(database_open, workspace)
        database_open.write(actions_settings.lift_networks, found.id)
    typer.echo(f"The workspace {found.name!r} may be used from every network.")


def find_workspace(database_open: Opened, wanted: str | None) -> "Workspace":
    """The one workspace with this id or name, or the only one there is; CannotRun otherwise."""
    from hourbook.resources.workspaces import actions

    found: list[Workspace] = database_open.read(lambda tx: actions.find_workspaces(tx, wanted))
    if len(found) == 1:
        return found[0]
    if not found:
        called = "" if wanted is None else f" called {wanted!r}"
        raise CannotRun(f"There is no workspace{called}. `hourbook admin create-owner` makes one.")
    choices = ", ".join(f"{workspace.id} ({workspace.name})" for workspace in found[:10])
    raise CannotRun(f"There are {len(found)} workspaces that fit. Name one by its id with --workspace: {choices}.")
