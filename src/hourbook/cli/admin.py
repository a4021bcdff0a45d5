"""`hourbook admin`: accounts and API keys, for whoever runs the server.

They call the same actions as requests do, as the system itself, and may run beside a server.
A key is printed once, when it is made; nobody can read it later.
"""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hourbook.cli.runtime import (
    Commands,
    DatabaseOption,
    DataOption,
    JsonOption,
    opened,
    print_json,
    settings_of,
)
from hourbook.cli.workspaces import delete_workspace, find_workspace, lift_networks
from hourbook.core.errors import CannotRun

if TYPE_CHECKING:
    from hourbook.db.tx import ReadTx, Tx
    from hourbook.resources.users.rules import ListedKey, User

KEY_NAME = "Command line"

admin = typer.Typer(cls=Commands, no_args_is_help=True, help="Accounts and API keys.")
api_key = typer.Typer(cls=Commands, no_args_is_help=True, help="API keys of an account.")
admin.add_typer(api_key, name="api-key")
admin.command("delete-workspace")(delete_workspace)
admin.command("lift-networks")(lift_networks)

EmailOption = Annotated[str, typer.Option("--email", help="The account's address.")]
NameOption = Annotated[str | None, typer.Option("--name", help="The person's name.")]
PasswordOption = Annotated[str | None, typer.Option("--password", help="The password; - reads it from standard input.")]
ZoneOption = Annotated[str, typer.Option("--zone", help="The person's time zone.")]


@admin.command("create-owner")
def create_owner(
    email: EmailOption,
    name: NameOption = None,
    workspace: Annotated[str, typer.Option(help="The name of the new workspace.")] = "Workspace",
    password: PasswordOption = None,
    zone: ZoneOption = "UTC",
    currency: Annotated[str, typer.Option(help="The workspace's currency (ISO 4217).")] = "USD",
    data: DataOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make an account with a workspace of its own, and an API key."""
    from hourbook.resources.users import actions, actions_keys

    password_hash = _hashed(_password(password), email)

    def work(tx: "Tx") -> dict[str, str]:
        user, made = actions.create_owner(
            tx,
            email=email,
            name=name,
            workspace_name=workspace,
            password_hash=password_hash,
            zone=zone,
            currency=currency,
        )
        _, plain = actions_keys.create_api_key(tx, user.id, KEY_NAME)
        return _made(user.id, made.id, plain)

    with opened(settings_of(data=data, database=database)) as database_open:
        _print_account(database_open.write(work), as_json=as_json)


@admin.command("create-user")
def create_user(
    email: EmailOption,
    name: NameOption = None,
    workspace: Annotated[
        str | None, typer.Option(help="The workspace, by name or id; needed when there are several.")
    ] = None,
    role: Annotated[str, typer.Option(help="admin or member.")] = "member",
    password: PasswordOption = None,
    zone: ZoneOption = "UTC",
    data: DataOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make an account in a workspace, or bring an existing one in, and an API key."""
    from hourbook.core.types import Role
    from hourbook.resources.users import actions, actions_keys

    if role not in ("admin", "member"):
        raise CannotRun(f"--role must be admin or member, not {role!r}.")
    granted = Role.WORKSPACE_ADMIN if role == "admin" else None
    password_hash = _hashed(_password(password), email)

    def work(tx: "Tx") -> dict[str, str]:
        user = actions.create_member(tx, email, name=name, role=granted, password_hash=password_hash, zone=zone)
        _, plain = actions_keys.create_api_key(tx, user.id, KEY_NAME)
        return _made(user.id, tx.workspace_id, plain)

    with opened(settings_of(data=data, database=database)) as database_open:
        home = find_workspace(database_open, workspace)
        _print_account(database_open.write(work, home.id), as_json=as_json)


@admin.command("reset-password")
def reset_password(
    email: Annotated[str, typer.Argument(help="The account's address.")],
    password: PasswordOption = None,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Print a link that sets a new password once, within an hour; or set one with --password. All sessions end."""
    from hourbook.resources.sign_in import actions_passwords

    with opened(settings_of(data=data, database=database)) as database_open:
        if password is None:
            link = database_open.write(lambda tx: actions_passwords.create_link(tx, _account(tx, email)))
            typer.echo(f"{link}\nThe link sets a new password, once, within an hour.")
            return
        stored = _hashed(_password(password), email) or ""
        database_open.write(lambda tx: actions_passwords.set_password(tx, _account(tx, email), stored))
    typer.echo(f"{email} has a new password. All sessions of the account have ended.")


@admin.command("disable-second-factor")
def disable_second_factor(
    email: Annotated[str, typer.Argument(help="The account's address.")],
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Take the second factor of an account away, for somebody who lost the device and the recovery codes."""
    from hourbook.resources.sign_in import actions_second_factor

    with opened(settings_of(data=data, database=database)) as database_open:
        database_open.write(lambda tx: actions_second_factor.take_away(tx, _account(tx, email)))
    typer.echo(f"{email} signs in with the password alone from now on.")


@admin.command("end-sessions")
def end_sessions(
    email: Annotated[str, typer.Argument(help="The account's address.")],
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """End all sessions of an account. A running server refuses them within a second."""
    from hourbook.resources.sign_in import actions

    with opened(settings_of(data=data, database=database)) as database_open:
        count = database_open.write(lambda tx: actions.end_sessions_of(tx, _account(tx, email).id))
    typer.echo(f"{count} sessions of {email} have ended.")


@admin.command("tell-person")
def tell_person(
    email: Annotated[str, typer.Argument(help="The account's address.")],
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Print everything there is about a person, as JSON."""
    from hourbook.resources.privacy import actions

    with opened(settings_of(data=data, database=database)) as database_open:
        told = database_open.read(lambda tx: actions.tell_all(tx, _account(tx, email).id))
        typer.echo(actions.document(told).decode())


@admin.command("erase-person")
def erase_person(
    email: Annotated[str, typer.Argument(help="The account's address.")],
    confirm: Annotated[str | None, typer.Option(help="The address once more; asked for when left out.")] = None,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Take a person out of everything, for good. Hours and money stay, as those of nobody."""
    from hourbook.resources.privacy import actions
    from hourbook.resources.privacy.rules import Confirmed

    with opened(settings_of(data=data, database=database)) as database_open:
        user_id = database_open.read(lambda tx: _account(tx, email).id)
        if confirm is None and sys.stdin.isatty():
            confirm = typer.prompt("This can't be undone. The address once more")
        database_open.write(lambda tx: actions.erase(tx, Confirmed(user_id, confirm)), alone=True)
    typer.echo(f"The account {user_id} is nobody's now. Backups made before still know the person.")


@api_key.command("create")
def create_api_key(
    email: EmailOption,
    name: Annotated[str, typer.Option(help="What the key is for.")] = KEY_NAME,
    days: Annotated[int | None, typer.Option(min=1, max=36_500, help="After how many days it ends.")] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="It may look and change nothing.")] = False,
    data: DataOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make one more API key for an account and print it."""
    from hourbook.resources.users import actions_keys

    def work(tx: "Tx") -> dict[str, str]:
        user = _account(tx, email)
        ends_at_us = None if days is None else tx.now_us + days * 86_400_000_000
        key, plain = actions_keys.create_api_key(tx, user.id, name, expires_at_us=ends_at_us, is_read_only=read_only)
        return {"keyId": key.id, "userId": user.id, "apiKey": plain}

    with opened(settings_of(data=data, database=database)) as database_open:
        made = database_open.write(work)
    if as_json:
        print_json(made)
        return
    typer.echo(f"API key {made['apiKey']}\nIt is shown this once. Its id, to revoke it, is {made['keyId']}.")


@api_key.command("list")
def list_api_keys(
    email: Annotated[str | None, typer.Option(help="Only the keys of this account.")] = None,
    data: DataOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """List API keys: whose, what for, last used, revoked."""
    from hourbook.resources.users import actions_keys

    def work(tx: "ReadTx") -> "list[ListedKey]":
        return actions_keys.list_api_keys(tx, None if email is None else _account(tx, email).id)

    with opened(settings_of(data=data, database=database)) as database_open:
        rows = [_listed(key) for key in database_open.read(work)]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        state = "revoked " + row["revokedAt"] if row["revokedAt"] else "last used " + (row["lastUsedAt"] or "never")
        state += ", ends " + row["expiresAt"] if row["expiresAt"] else ""
        state += ", reads only" if row["readOnly"] else ""
        typer.echo(f"{row['keyId']}  account {row['userId']}  {state}  {row['name']}")


@api_key.command("revoke")
def revoke_api_key(
    key_id: Annotated[str, typer.Argument(help="The key's id, as `api-key list` shows it.")],
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """End an API key. A running server refuses it within a second."""
    from hourbook.core.errors import NotFound
    from hourbook.resources.users import actions_keys

    with opened(settings_of(data=data, database=database)) as database_open:
        try:
            database_open.write(lambda tx: actions_keys.revoke_api_key(tx, key_id))
        except NotFound:
            raise CannotRun(f"There is no API key with the id {key_id}.") from None
    typer.echo(f"API key {key_id} is revoked.")


def _password(given: str | None) -> str | None:
    """What was given, read from standard input, or typed; None (no sign-in by password) otherwise."""
    if given == "-":
        given = sys.stdin.readline().rstrip("\r\n")
    elif given is None and sys.stdin.isatty():
        given = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return given


def _hashed(password: str | None, email: str) -> str | None:
    from hourbook.access.passwords import check_password, hash_password

    return None if password is None else hash_password(check_password(password, email))


def _account(tx: "ReadTx", email: str) -> "User":
    from hourbook.resources.users import actions

    found = actions.find_user_by_email(tx, email)
    if found is None:
        raise CannotRun(f"There is no account with the address {email}.")
    return found


def _made(user_id: str, workspace_id: str, key: str) -> dict[str, str]:
    return {"userId": user_id, "workspaceId": workspace_id, "apiKey": key}


def _print_account(made: dict[str, str], *, as_json: bool) -> None:
    if as_json:
        print_json(made)
        return
    typer.echo(f"Account    {made['userId']}\nWorkspace  {made['workspaceId']}\nAPI key    {made['apiKey']}")
    typer.echo("The key is shown this once. Clients send it in the header X-Api-Key.")


def _listed(key: "ListedKey") -> dict[str, Any]:
    from hourbook.core.calendar import format_instant
    from hourbook.core.clock import seconds_of

    def instant(at_us: int | None) -> str | None:
        return None if at_us is None else format_instant(seconds_of(at_us))

    return {
        "keyId": key.id,
        "userId": key.user_id,
        "name": key.name,
        "createdAt": instant(key.created_at_us),
        "lastUsedAt": instant(key.last_used_at_us),
        "revokedAt": instant(key.revoked_at_us),
        "expiresAt": instant(key.expires_at_us),
        "readOnly": key.is_read_only,
    }
