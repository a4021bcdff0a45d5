"""`hourbook demo`: the server with a sample company, for a first look.

The data folder must be empty, or one that an earlier demo made: then that company is served again
with the same sign-in and key, which `demo.json` in the folder keeps (readable by its owner alone).
A demo answers this machine only, and never works on a configured database.
"""

import ipaddress
import os
import secrets
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from hourbook.cli.runtime import DataOption, opened, settings_of
from hourbook.core.errors import CannotRun
from hourbook.settings import DATABASE_FILE, Settings, listening_address

if TYPE_CHECKING:
    from hourbook.cli.runtime import Opened

DEMO_FOLDER = Path("hourbook-demo")
NOTE_NAME = "demo.json"
PASSWORD_BYTES = 12
OWN_NETWORKS = ("127.0.0.0/8", "::1/128")


class Note(msgspec.Struct, rename="camel"):
    """What is kept beside the database. Until `is_complete` the company is only half made."""

    is_complete: bool
    email: str = ""
    password: str = ""
    api_key: str = ""
    user_id: str = ""
    workspace_id: str = ""


def demo(
    data: DataOption = None,
    host: Annotated[str | None, typer.Option(help="The address to listen on; this machine's own only.")] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on; 0 takes a free one.")] = None,
) -> None:
    """Run the server with a sample company, on this machine only."""
    from hourbook.cli import serving

    settings = settings_of(data=data, host=host, port=port)
    if settings.sources["data"] == "default":
        settings = replace(settings, data=DEMO_FOLDER)
    settings = replace(settings, database="", workers=1, webhook_allowed_networks=networks_of(settings))
    check_address(settings)
    note = prepared(settings)
    serving.run(settings, announce=lambda bound: panel(bound, note))


def networks_of(settings: Settings) -> tuple[str, ...]:
    """Where webhooks may go though it is not public: this machine too, so that a receiver can be tried out here."""
    return tuple(dict.fromkeys((*settings.webhook_allowed_networks, *OWN_NETWORKS)))


def check_address(settings: Settings) -> None:
    """CannotRun unless the server can be reached from this machine alone: the demo's key opens everything."""
    host = settings.host
    try:
        is_own = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_own = False
    if not is_own or settings.public_url:
        where = settings.public_url or host
        raise CannotRun(
            f"The demo is for this machine only and does not go to {where}. "
            "Leave --host at 127.0.0.1, or use `hourbook serve` for a server that others reach."
        )


def prepared(settings: Settings) -> Note:
    """The folder's company, made now when there is none; CannotRun when the folder is something else."""
    note = read_note(settings.data)
    if note is not None and note.is_complete and (settings.data / DATABASE_FILE).exists():
        return note
    with opened_empty(settings) as database_open:
        note = fill(database_open)
    write_note(settings.data, note)
    return note


def opened_empty(settings: Settings) -> Any:
    """The database of a folder that had nothing in it but, perhaps, a demo that was interrupted."""
    from hourbook.db.folder import LOCK_NAME, hold_folder

    folder = settings.data
    check_folder(folder)
    with hold_folder(folder, "demo"):
        check_folder(folder)
        for path in folder.iterdir():
            if path.name != LOCK_NAME:
                path.unlink()
        write_note(folder, Note(is_complete=False))
    return opened(settings, holder="demo")


def check_folder(folder: Path) -> None:
    """CannotRun when something is in the folder that no demo put there."""
    from hourbook.access.secrets import KEY_FILE
    from hourbook.db.folder import LOCK_NAME
    from hourbook.worker.places import WEB_NAME, WORKER_NAME

    if not folder.exists():
        return
    if not folder.is_dir():
        raise CannotRun(f"{folder} is not a folder. Choose another one with --data.")
    found = {path.name for path in folder.iterdir()} - {LOCK_NAME}
    possible = {NOTE_NAME, NOTE_NAME + ".part", KEY_FILE, WEB_NAME, WORKER_NAME}
    possible |= {DATABASE_FILE + end for end in ("", "-wal", "-shm", "-journal")}
    if found and (NOTE_NAME not in found or not found <= possible):
        raise CannotRun(
            f"The folder {folder} is not empty and no demo made it. Choose another one with --data, "
            "or use `hourbook serve` for what is in it."
        )


def fill(database_open: "Opened") -> Note:
    """Makes the company in an empty database, with a random password and a random key."""
    from hourbook.access.passwords import hash_password
    from hourbook.cli import company
    from hourbook.core.clock import seconds_of
    from hourbook.resources.users import actions_keys

    def write(workspace_id: str, work: Any) -> Any:
        return database_open.write(work, workspace_id, alone=True)

    password = secrets.token_urlsafe(PASSWORD_BYTES)
    made = company.make(write, seconds_of(database_open.runtime.clock.now_us()), hash_password(password))
    _, key = write(made.workspace_id, lambda tx: actions_keys.create_api_key(tx, made.owner_id, "Demo"))
    return Note(True, made.owner_email, password, key, made.owner_id, made.workspace_id)


def read_note(folder: Path) -> Note | None:
    """What an earlier demo left; None when there is nothing."""
    path = folder / NOTE_NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=Note)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CannotRun(f"The file {path} cannot be read: {error.strerror}.") from None
    except msgspec.MsgspecError:
        raise CannotRun(f"The file {path} is damaged. Delete the folder {folder} to get a fresh demo.") from None


def write_note(folder: Path, note: Note) -> None:
    """Replaces the note whole; nobody else may read it."""
    partial = folder / (NOTE_NAME + ".part")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(note)) + b"\n")
    partial.replace(folder / NOTE_NAME)


def panel(settings: Settings, note: Note) -> str:
    """What somebody needs for a first look, framed."""
    from rich.console import Console
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

    address = listening_address(settings.host, settings.port, has_tls=settings.has_tls)
    table = Table.grid(padding=(0, 2))
    rows = (
        ("Open", address),
        ("API", f"{address}/api/v1"),
        ("API key", note.api_key),
        ("Sign-in", f"{note.email}  password {note.password}"),
        ("Workspace", note.workspace_id),
        ("Webhooks", f"may go to this machine ({', '.join(OWN_NETWORKS)}); `hourbook serve` forbids that"),
        ("Data", f"{settings.data} (delete it for a fresh demo)"),
    )
    for name, value in rows:
        table.add_row(Text(name, style="bold"), Text(value, overflow="fold"))
    console = Console()
    with console.capture() as captured:
        console.print(Panel(table, title="Hourbook demo", subtitle="Ctrl-C stops it", expand=False))
    return captured.get().rstrip("\n")
