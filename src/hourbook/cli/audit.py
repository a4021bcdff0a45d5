"""`hourbook audit`: whether the journal is as it was written, and the digest by which somebody else can tell.

Both may run beside a server. A check names the first row that is wrong; what to do then is for people to decide.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from hourbook.cli.runtime import Commands, DatabaseOption, DataOption, JsonOption, opened, print_json, settings_of
from hourbook.cli.workspaces import find_workspace
from hourbook.core.calendar import format_instant
from hourbook.core.errors import CannotRun

if TYPE_CHECKING:
    from hourbook.cli.runtime import Opened
    from hourbook.journal.chain_check import Verdict
    from hourbook.resources.workspaces.rules import Workspace

audit = typer.Typer(cls=Commands, no_args_is_help=True, help="The audit log: check it, keep its digest.")
WorkspaceArgument = Annotated[str | None, typer.Argument(help="The workspace's id or name; all when left out.")]


@audit.command("verify")
def verify(
    workspace: WorkspaceArgument = None,
    head: Annotated[
        str | None, typer.Option(help="A digest that `hourbook audit head` printed earlier, for one workspace.")
    ] = None,
    data: DataOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check that no row of the journal was altered, removed, moved or cut off; status 1 when one was."""
    from hourbook.resources.audit import actions_chain

    if head is not None and workspace is None:
        raise CannotRun("--head is of one workspace: name it.")
    found: list[tuple[Workspace, Verdict]] = []
    with opened(settings_of(data=data, database=database)) as database_open:
        for one in _workspaces(database_open, workspace):
            found.append((one, database_open.read(lambda tx: actions_chain.verify(tx, head), one.id)))
    if as_json:
        print_json([_as_dict(one, verdict) for one, verdict in found])
    else:
        for one, verdict in found:
            typer.echo(_told(one, verdict))
    if any(verdict.bad_revision is not None for _, verdict in found):
        raise typer.Exit(1)


@audit.command("head")
def show_head(
    workspace: WorkspaceArgument = None,
    data: DataOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the digest of each journal up to its last row. Keep it where nobody of this server can write."""
    from hourbook.journal.chain import Broken
    from hourbook.resources.audit import actions_chain
    from hourbook.resources.audit.rules import head_of

    heads = []
    with opened(settings_of(data=data, database=database)) as database_open:
        for one in _workspaces(database_open, workspace):
            try:
                head = database_open.write(actions_chain.extend_to_end, one.id, alone=True)
            except Broken as broken:
                raise CannotRun(f"Row {broken.revision} of the journal of {one.name!r}: {broken.reason}.") from None
            heads.append((one, head_of(head.revision, head.digest.hex())))
    if as_json:
        print_json([{"workspaceId": one.id, "name": one.name, "head": head} for one, head in heads])
        return
    for one, head in heads:
        typer.echo(f"{one.id}  {head}  {one.name}")


def _workspaces(database_open: "Opened", workspace: str | None) -> "list[Workspace]":
    from hourbook.resources.workspaces import actions

    if workspace is not None:
        return [find_workspace(database_open, workspace)]
    found: list[Workspace] = database_open.read(actions.find_workspaces)
    return found


def _told(workspace: "Workspace", verdict: "Verdict") -> str:
    name = f"{workspace.id}  {workspace.name}"
    if verdict.bad_revision is not None:
        return f"PROBLEM  {name}: row {verdict.bad_revision} of the journal is wrong: {verdict.reason}."
    rest = f", {verdict.unchained_count} newer ones are not in the chain yet" if verdict.unchained_count else ""
    lines = [f"ok       {name}: {verdict.revision} rows are as they were{rest}. {verdict.revision}:{verdict.digest}"]
    for erasure in verdict.erasures:
        at = format_instant(erasure.at_us // 1_000_000)
        left = f"{erasure.rows} earlier rows are as that left them"
        lines.append(f"         row {erasure.revision}: {erasure.user_id} was erased at {at}; {left}")
    return "\n".join(lines)


def _as_dict(workspace: "Workspace", verdict: "Verdict") -> dict[str, object]:
    return {
        "workspaceId": workspace.id,
        "name": workspace.name,
        "isIntact": verdict.bad_revision is None,
        "revision": verdict.revision,
        "digest": verdict.digest,
        "unchainedRows": verdict.unchained_count,
        "badRevision": verdict.bad_revision,
        "reason": verdict.reason,
        "erasures": [
            {
                "revision": erasure.revision,
                "at": format_instant(erasure.at_us // 1_000_000),
                "userId": erasure.user_id,
                "rows": erasure.rows,
            }
            for erasure in verdict.erasures
        ],
    }
