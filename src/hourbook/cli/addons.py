"""`hourbook addons`: the keys that tokens of add-ons are signed with.

They stand in the database, so every server that shares it signs with the same one and all commands may run beside
servers. The private halves are shown to nobody.
"""

from typing import Annotated

import typer

from hourbook.cli.runtime import Commands, DatabaseOption, DataOption, JsonOption, opened, print_json, settings_of
from hourbook.core.calendar import format_instant
from hourbook.core.clock import seconds_of

addons = typer.Typer(cls=Commands, no_args_is_help=True, help="The keys of add-on tokens.")


@addons.command("key")
def show_key(data: DataOption = None, database: DatabaseOption = None) -> None:
    """Print the public key that signs tokens (PEM); it is made when there is none yet."""
    from hourbook.access.addon_keys import first_key
    from hourbook.resources.addons import actions_keys

    with opened(settings_of(data=data, database=database)) as database_open:
        made = first_key(database_open.read, database_open.runtime.secrets)
        key = database_open.write(lambda tx: actions_keys.keep_first(tx, made))
    typer.echo(key.public_pem, nl=False)


@addons.command("keys")
def list_keys(data: DataOption = None, database: DatabaseOption = None, as_json: JsonOption = False) -> None:
    """List all keys: the one that signs, and older ones that still verify."""
    from hourbook.resources.addons import actions_keys

    with opened(settings_of(data=data, database=database)) as database_open:
        found = database_open.read(actions_keys.list_keys)
    if as_json:
        rows = [
            {"keyId": key.key_id, "madeAt": format_instant(seconds_of(key.created_at_us)), "signs": index == 0}
            for index, key in enumerate(found)
        ]
        print_json(rows)
        return
    for index, key in enumerate(found):
        what = "verifies" if index else "signs"
        typer.echo(f"{key.key_id}  {what}, made at {format_instant(seconds_of(key.created_at_us))}")
    if not found:
        typer.echo("There is no key yet. It is made with the first add-on, or by `hourbook addons key`.")


@addons.command("rotate-key")
def rotate_key(
    revoke_old: Annotated[
        bool,
        typer.Option("--revoke-old", help="Forget the older keys: every add-on must then be installed again."),
    ] = False,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Make a new key that signs from now on. Tokens signed before stay good, unless the older keys are revoked."""
    from hourbook.access.addon_keys import make_key
    from hourbook.resources.addons import actions_keys

    with opened(settings_of(data=data, database=database)) as database_open:
        made = make_key(database_open.runtime.secrets)
        key = database_open.write(lambda tx: actions_keys.rotate(tx, made, forgets_old=revoke_old))
    typer.echo(f"The key {key.key_id} signs now.")
    if revoke_old:
        typer.echo("Older keys are revoked: tokens signed before open nothing. Install each add-on again.")
