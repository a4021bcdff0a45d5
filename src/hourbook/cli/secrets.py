"""`hourbook secrets`: the keys that stored secrets are encrypted with, and changing them.

No command shows a stored secret. `rotate` may run beside a server, which finds a key that was added to
the file by itself; one that comes from the setting it must be started with.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from hourbook.cli.runtime import Commands, DatabaseOption, DataOption, JsonOption, opened, print_json, settings_of
from hourbook.core.errors import CannotRun

if TYPE_CHECKING:
    from hourbook.access.rotation import Standing
    from hourbook.access.secrets import Keyring

secrets = typer.Typer(cls=Commands, no_args_is_help=True, help="The keys of stored secrets.")


@secrets.command("status")
def status(data: DataOption = None, database: DatabaseOption = None, as_json: JsonOption = False) -> None:
    """Say how many secrets are stored, with which keys, and whether each can be read."""
    from hourbook.access.rotation import standings

    with opened(settings_of(data=data, database=database)) as database_open:
        box = database_open.runtime.secrets
        found = database_open.read(lambda tx: list(standings(tx.connection, box)))
        key_ids = [key.id.hex() for key in box.ring.known_keys()]
    if as_json:
        print_json({"source": box.ring.source, "keyIds": key_ids, "columns": [_row(one) for one in found]})
    else:
        typer.echo(f"Keys come from {box.ring.source}: {', '.join(key_ids) or 'there is none yet'}.")
        for one in found:
            typer.echo(_told(one, key_ids[:1]))
    if any(one.unreadable_count for one in found):
        raise typer.Exit(1)


@secrets.command("rotate")
def rotate(
    new_key: Annotated[bool, typer.Option("--new-key", help="Put a new key into the key file first.")] = False,
    forget_old: Annotated[
        bool, typer.Option("--forget-old", help="Take the older keys out of the key file when nothing needs them.")
    ] = False,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Encrypt every stored secret with the first key."""
    from hourbook.access.rotation import rotate as rotate_all

    with opened(settings_of(data=data, database=database)) as database_open:
        box = database_open.runtime.secrets
        if new_key or forget_old:
            _check_file(box.ring)
        if new_key:
            box.ring.first()
            box.ring.add_key()
        found: list[Standing] = []
        if box.ring.known_keys():
            found = database_open.write(lambda tx: rotate_all(tx, box), alone=True)
        lost = sum(one.unreadable_count for one in found)
        if forget_old and not lost:
            box.ring.keep_first_only()
    changed, count = sum(one.changed_count for one in found), sum(one.count for one in found)
    typer.echo(f"{changed:,} of {count:,} stored secrets were encrypted anew.")
    if lost:
        raise CannotRun(f"{lost:,} cannot be read with the keys that are here; they stay as they were.")


@secrets.command("new-key")
def make_key() -> None:
    """Print a new random key, for HOURBOOK_SECRET_KEY."""
    from hourbook.access.secrets import new_key_text

    typer.echo(new_key_text())


def _check_file(ring: "Keyring") -> None:
    if ring.file is None:
        raise CannotRun(
            "The keys come from the setting SECRET_KEY. Put the new key before the old one there, separated by a "
            "comma, start the servers again, run this command without options, then take the old key away."
        )


def _row(one: "Standing") -> dict[str, object]:
    return {"name": one.name, "count": one.count, "byKey": dict(one.by_key), "unreadable": one.unreadable_count}


def _told(one: "Standing", first_ids: list[str]) -> str:
    older = one.count - sum(one.by_key[key_id] for key_id in first_ids)
    words = f"{one.name}: {one.count:,} stored"
    if older:
        words += f", {older:,} not with the first key"
    if one.unreadable_count:
        words += f", {one.unreadable_count:,} cannot be read"
    return words + "."
