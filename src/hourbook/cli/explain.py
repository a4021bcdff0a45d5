"""`hourbook explain`: why somebody may or may not do something, for whoever runs the server.

It asks the permission table as a request would and changes nothing, so it may run beside a server.
"""

import difflib
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hourbook.cli.runtime import DatabaseOption, DataOption, JsonOption, Opened, opened, print_json, settings_of
from hourbook.core.errors import CannotRun, InvalidChoice, NotFound

if TYPE_CHECKING:
    from hourbook.db.tx import ReadTx
    from hourbook.resources.permissions.rules import Explanation


def explain(
    user: Annotated[str, typer.Argument(help="The person: e-mail address or account id.")],
    action: Annotated[str, typer.Argument(help="The action, as the permission table calls it: time_entry.track.")],
    thing: Annotated[str | None, typer.Argument(metavar="[ID]", help="The id of what it would be done to.")] = None,
    workspace: Annotated[
        str | None, typer.Option(help="The workspace, by name or id; needed when the person is in several.")
    ] = None,
    data: DataOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Explain why a person may or may not do something: the row of the table, the settings, the reach."""
    from hourbook.resources.permissions import actions

    with opened(settings_of(data=data, database=database)) as database_open:
        user_id, workspace_id = _person(database_open, user, workspace)

        def work(tx: "ReadTx") -> "Explanation":
            return actions.explain(tx, user_id, action=action, thing_id=thing)

        try:
            found: Explanation = database_open.read(work, workspace_id)
        except InvalidChoice as refused:
            near = difflib.get_close_matches(action, refused.choices, n=3, cutoff=0.4) or refused.choices
            raise CannotRun(f"There is no action {action}. Near it: {', '.join(near)}.") from None
        except NotFound as missing:
            what = f"thing with the id {thing}" if missing.entity == "Thing" else f"person {user}"
            raise CannotRun(f"There is no {what} in the workspace.") from None
    if as_json:
        print_json(_as_json(found))
        return
    typer.echo(found.sentence.replace(". ", ".\n"))


def _person(database_open: Opened, user: str, wanted: str | None) -> tuple[str, str]:
    """(account id, workspace id)."""
    from hourbook.resources.permissions import actions
    from hourbook.resources.workspaces import actions as workspaces

    try:
        user_id: str = database_open.read(lambda tx: actions.find_user_id(tx, user))
    except NotFound:
        raise CannotRun(f"There is no account with the address or id {user}.") from None
    homes = database_open.read(lambda tx: actions.workspaces_of(tx, user_id))
    if wanted is not None:
        named = {found.id for found in database_open.read(lambda tx: workspaces.find_workspaces(tx, wanted))}
        homes = [home for home in homes if home in named]
    if len(homes) != 1:
        asked = "that is called so" if wanted is not None else "at all"
        reason = f"in no workspace {asked}" if not homes else f"in {len(homes)} workspaces; name one with --workspace"
        raise CannotRun(f"{user} is {reason}.")
    return user_id, homes[0]


def _as_json(found: "Explanation") -> dict[str, Any]:
    import msgspec

    parts = {"person": found.person, "permission": found.permission, "thing": found.thing}
    told = {name: _spelled(msgspec.to_builtins(part)) for name, part in parts.items()}
    return {"isAllowed": found.is_allowed, "sentence": found.sentence, **told}


def _spelled(value: Any) -> Any:
    """Keys as on the wire."""
    from hourbook.resources.permissions.rules import spelled

    if isinstance(value, dict):
        return {spelled(name): _spelled(inner) for name, inner in value.items()}
    return [_spelled(inner) for inner in value] if isinstance(value, list | tuple) else value
