"""The settings: one declared table, and where each value came from.

A value is taken from the command line, else the environment (`HOURBOOK_*`), else the file that
`HOURBOOK_CONFIG` names (TOML, the same names in lower case), else its default. Reading checks every
value and says in a sentence what is wrong with it. Nothing here opens a database or a socket.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from hourbook import setting_values as kinds
from hourbook.core.errors import CannotRun
from hourbook.setting_values import BadValue, Read

PREFIX = "HOURBOOK_"
CONFIG_NAME = PREFIX + "CONFIG"
DATABASE_FILE = "hourbook.db"
HIDDEN = "********"
_RATE = kinds.whole(0, 1_000_000)
_DAYS = kinds.whole(0, 36_500)
_LOG_DAYS = kinds.none_or(4, 36_500)  # longer than the schedule of tries


@dataclass(frozen=True)
class Setting:
    """One row of the table. `kind` is the word people read; `read` turns text into the value."""

    name: str
    kind: str
    default: Any
    sentence: str
    read: Read
    is_secret: bool = False

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return PREFIX + self.name.upper()


def _setting(kind: str, default: Any, sentence: str, *, read: Read = kinds.text, is_secret: bool = False) -> Any:
    return field(default=default, metadata={"kind": kind, "sentence": sentence, "read": read, "secret": is_secret})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every setting with its value. The fields are the declared table; `SETTINGS` reads them."""

    data: Path = _setting(  # noqa: RUF009 (a dataclass field with the row's words)
        "path",
        Path("hourbook-data"),
        "The folder for everything Hourbook keeps. It is made when missing.",
        read=kinds.path,
    )
    database: str = _setting(
        "address",
        "",
        "The database. Empty: an SQLite file in the data folder. For PostgreSQL: postgresql://user:password@host/name.",
        read=kinds.database,
        is_secret=True,
    )
    host: str = _setting(
        "address", "127.0.0.1", "The address the server listens on. 0.0.0.0 means every interface.", read=kinds.host
    )
    port: int = _setting(
        "number", 8080, "The port the server listens on. 0 takes any free one.", read=kinds.whole(0, 65535)
    )
    workers: int = _setting(
        "number",
        1,
        "How many server processes share the port. More than one needs PostgreSQL.",
        read=kinds.whole(1, 64),
    )
    public_url: str = _setting(
        "address", "", "The address people and clients use, for links. It may have a path.", read=kinds.public_url
    )
    secret_key: str = _setting(
        "text",
        "",
        "The keys that stored secrets are encrypted with, long random texts separated by commas: the first encrypts, "
        "all decrypt. Empty: a file in the data folder, for SQLite. Every server of a database needs the same.",
        read=kinds.secret_keys,
        is_secret=True,
    )
    cors_origins: str = _setting(
        "list", "*", "The web origins whose pages may call the API. * is any, empty is none.", read=kinds.origins
    )
    metrics_token: str = _setting(
        "text", "", "The bearer token that opens /metrics to other machines. Empty: this machine only.", is_secret=True
    )
    trusted_proxies: tuple[str, ...] = _setting(
        "list", (), "The addresses or networks whose X-Forwarded-* headers are believed.", read=kinds.networks
    )
    tls_cert: str = _setting("path", "", "The certificate file (PEM) to answer HTTPS directly. It needs TLS_KEY too.")
    tls_key: str = _setting("path", "", "The private key file (PEM) that belongs to TLS_CERT.")
    log_level: str = _setting(
        "word",
        "info",
        "How much is logged: debug, info, warning or error.",
        read=kinds.one_of("debug", "info", "warning", "error"),
    )
    log_format: str = _setting(
        "word", "json", "How log lines look: json, or text for people.", read=kinds.one_of("json", "text")
    )
    access_log: bool = _setting("flag", False, "Whether each request leaves a log line.", read=kinds.flag)
    read_turn_microseconds: int = _setting(
        "number",
        1000,
        "How long short reads of the SQLite database may hold the event loop before others get their turn.",
        read=kinds.whole(50, 1_000_000),
    )
    session_days: int = _setting(
        "number", 90, "How many days a person stays signed in at most.", read=kinds.whole(1, 3650)
    )
    session_idle_hours: int = _setting(
        "number", 336, "After how many hours without a request a session is over.", read=kinds.whole(1, 8760)
    )
    invitation_days: int = _setting(
        "number", 14, "How many days the link of an invitation works.", read=kinds.whole(1, 365)
    )
    private_networks: tuple[str, ...] = _setting(
        "list",
        (),
        "The private addresses or networks where identity providers may be. Empty: only public addresses, over HTTPS.",
        read=kinds.networks,
    )
    webhook_allowed_networks: tuple[str, ...] = _setting(
        "list",
        (),
        "The addresses or networks where webhooks and add-ons may be though they are not public, like "
        "127.0.0.0/8,::1/128. Empty: public addresses only.",
        read=kinds.networks,
    )
    webhooks_per_user: int = _setting(
        "number", 10, "How many webhooks a person may make in a workspace.", read=kinds.whole(0, 10_000)
    )
    webhooks_per_workspace: int = _setting(
        "number", 100, "How many webhooks a workspace may have, those of add-ons included.", read=kinds.whole(0, 10_000)
    )
    webhook_tries_at_once: int = _setting(
        "number", 8, "How many events the worker sends to one webhook at the same time.", read=kinds.whole(1, 64)
    )
    streams_per_credential: int = _setting(
        "number", 20, "How many streams of changes may be open with one key or session.", read=kinds.whole(0, 10_000)
    )
    streams_limit: int = _setting(
        "number", 2000, "How many streams of changes may be open at one web process.", read=kinds.whole(0, 100_000)
    )
    undo_days: int = _setting("number", 90, "How many days an operation can be undone.", read=kinds.whole(0, 3650))
    workspace_deletion_days: int = _setting(
        "number",
        14,
        "How many days a workspace stays after its owner wished it deleted, and can still be kept.",
        read=kinds.whole(0, 365),
    )
    upload_quota_megabytes: int = _setting(
        "number", 20, "How many megabytes of pictures an account may have uploaded.", read=kinds.whole(1, 100_000)
    )
    report_columns_megabytes: int = _setting(
        "number",
        1024,
        "How many megabytes of tables the worker may keep in memory for reports; the workspace that was not asked "
        "about for longest leaves first.",
        read=kinds.whole(16, 1_000_000),
    )
    custom_fields_limit: int = _setting(
        "number", 50, "How many custom fields a workspace may have.", read=kinds.whole(0, 1000)
    )
    rate_limit_per_second: int = _setting(
        "number",
        100,
        "How many requests a second each key or session may send, in each workspace; twice as many at once. 0: any "
        "number.",
        read=_RATE,
    )
    addon_rate_limit_per_second: int = _setting(
        "number", 50, "How many requests a second each add-on may send, in each workspace. 0: any number.", read=_RATE
    )
    rate_limit_storage: str = _setting(
        "address",
        "",
        "The Valkey or Redis in which servers count requests together: redis://host:6379/0. Empty: each process counts "
        "for itself, as while it is away.",
        read=kinds.shared_counts,
        is_secret=True,
    )
    drain_seconds: float = _setting(
        "seconds", 1.0, "How long a stopping server still answers while /ready already says 503.", read=kinds.seconds
    )
    stop_seconds: float = _setting(
        "seconds",
        30.0,
        "How long a stopping server waits for requests under way before it gives them up.",
        read=kinds.seconds,
    )
    worker: bool = _setting(
        "flag", True, "Whether a worker runs beside the server: mail, webhooks, jobs, clearing up.", read=kinds.flag
    )
    keep_mail_days: int = _setting(
        "number", 30, "How many days a mail that was sent or given up stays listed. 0: forever.", read=_DAYS
    )
    keep_jobs_days: int = _setting(
        "number", 14, "How many days a job that is done or was given up stays listed. 0: forever.", read=_DAYS
    )
    keep_invitations_days: int = _setting(
        "number", 90, "How many days an invitation that was answered stays known. 0: forever.", read=_DAYS
    )
    keep_sign_in_days: int = _setting(
        "number", 30, "How many days ended sessions and wrong sign-ins stay known. 0: forever.", read=_DAYS
    )
    keep_webhook_log_days: int = _setting(
        "number", 30, "How many days (4 or more) events of webhooks and their tries stay. 0: forever.", read=_LOG_DAYS
    )
    keep_exports_hours: int = _setting(
        "number", 24, "How many hours a report made in the background can be fetched.", read=kinds.whole(1, 720)
    )
    keep_idempotency_hours: int = _setting(
        "number", 24, "How many hours an answer to an Idempotency-Key is kept, and known.", read=kinds.whole(1, 720)
    )
    idempotency_megabytes: int = _setting(
        "number",
        100,
        "How many megabytes of such answers are kept for each person or add-on in a workspace; whoever has as many is "
        "refused with a new key. 0: any number.",
        read=kinds.whole(0, 1_000_000),
    )
    smtp_host: str = _setting("address", "", "The mail server. Empty: no mail is sent, and links are shown instead.")
    smtp_port: int = _setting("number", 587, "The port of the mail server.", read=kinds.whole(1, 65535))
    smtp_security: str = _setting(
        "word",
        "starttls",
        "How the way to the mail server is protected: starttls (usual with port 587), tls (465) or none (25).",
        read=kinds.one_of("starttls", "tls", "none"),
    )
    smtp_user: str = _setting("text", "", "The account at the mail server. Empty: it asks for none.")
    smtp_password: str = _setting("text", "", "The password of that account.", is_secret=True)
    mail_from: str = _setting(
        "address",
        "",
        "The sender of mails: hourbook@example.org, or Hourbook <hourbook@example.org>.",
        read=kinds.sender,
    )
    mail_attachment_megabytes: int = _setting(
        "number",
        10,
        "How many megabytes a file may have that goes with a mail. A larger report is not attached; the mail says so.",
        read=kinds.whole(1, 100),
    )
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def database_url(self) -> str:
        """Where the data is: the address given, or the file in the data folder."""
        return self.database or "sqlite:///" + quote(str((self.data / DATABASE_FILE).absolute()))

    @property
    def embedded_file(self) -> Path | None:
        """The file of an embedded database; None when a database server holds the data."""
        scheme = "sqlite:///"
        return Path(unquote(self.database_url.removeprefix(scheme))) if self.database_url.startswith(scheme) else None

    @property
    def has_tls(self) -> bool:
        return bool(self.tls_cert)

    @property
    def mail_is_on(self) -> bool:
        """Whether mail can be sent."""
        return bool(self.smtp_host)

    @property
    def root_path(self) -> str:
        """The path of the public address, without a slash at its end; empty for none."""
        return urlsplit(self.public_url).path.rstrip("/")

    @property
    def base_url(self) -> str:
        """The address for links; without a public one, where the server listens."""
        if self.public_url:
            return self.public_url
        return listening_address(self.host, self.port, has_tls=self.has_tls)


SETTINGS: tuple[Setting, ...] = tuple(
    Setting(f.name, f.metadata["kind"], f.default, f.metadata["sentence"], f.metadata["read"], f.metadata["secret"])
    for f in fields(Settings)
    if f.metadata
)


def load_settings(
    command_line: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None
) -> Settings:
    """The settings in force; CannotRun with a sentence for a value that cannot be.

    `command_line` maps setting names to values; None there means: not given.
    """
    environment = os.environ if environment is None else environment
    config = environment.get(CONFIG_NAME, "")
    layers: list[tuple[str, Mapping[str, Any]]] = [
        ("command line", {name: value for name, value in (command_line or {}).items() if value is not None}),
        ("environment", {row.name: environment[row.variable] for row in SETTINGS if _is_given(row, environment)}),
    ]
    if config:
        layers.append((f"file {config}", _read_file(Path(config))))
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for row in SETTINGS:
        sources[row.name] = "default"
        for source, layer in layers:
            if row.name in layer:
                values[row.name], sources[row.name] = _read_value(row, layer[row.name], source), source
                break
    settings = Settings(**values, sources=sources)
    _check_together(settings)
    return settings


def unknown_names(environment: Mapping[str, str] | None = None) -> list[str]:
    """Variables that look like settings and are none: typing errors, most likely."""
    environment = os.environ if environment is None else environment
    known = {row.variable for row in SETTINGS} | {CONFIG_NAME}
    return sorted(name for name in environment if name.startswith(PREFIX) and name not in known)


def shown(row: Setting, value: Any) -> str:
    """A value as people may see it: secrets are masked, of an address its password alone."""
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if not row.is_secret or not value:
        return str(value)
    return without_password(value) if "://" in value else HIDDEN


def without_password(address: str) -> str:
    """An address that can be shown: no password, and nothing after a question mark."""
    try:
        parts = urlsplit(address)
        account = parts.netloc.rpartition("@")[0]
    except ValueError:
        return HIDDEN
    host = parts.netloc.rpartition("@")[2]
    if account:
        host = f"{account.partition(':')[0]}{':' + HIDDEN if ':' in account else ''}@{host}"
    return urlunsplit((parts.scheme, host, parts.path, HIDDEN if parts.query else "", "")) if host else address


def listening_address(host: str, port: int, *, has_tls: bool) -> str:
    """How a browser on this machine reaches a server that listens there."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (read, not bound)
    host = everywhere.get(host, host)
    return f"{'https' if has_tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"


def _is_given(row: Setting, environment: Mapping[str, str]) -> bool:
    """An empty variable is one that is not set, unless empty means something."""
    value = environment.get(row.variable)
    return value is not None and (value != "" or isinstance(row.default, str | tuple))


def _read_file(path: Path) -> dict[str, Any]:
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise CannotRun(f"The settings file {path} ({CONFIG_NAME}) cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CannotRun(f"The settings file {path} ({CONFIG_NAME}) is not TOML: {error}.") from None
    known = {row.name for row in SETTINGS}
    for name in found:
        if name.lower() not in known:
            raise CannotRun(f"The settings file {path} has {name}, which is no setting. `hourbook settings` lists all.")
    return {name.lower(): value for name, value in found.items()}


def _read_value(row: Setting, value: Any, source: str) -> Any:
    """A value of the file may have its TOML type; all are read through their text, by one rule."""
    if isinstance(value, list):
        value = ",".join(map(str, value))
    try:
        if isinstance(value, dict):
            raise BadValue(f"a {row.kind}")
        return row.read(str(value).strip())
    except BadValue as wanted:
        told = "what was given" if row.is_secret else repr(str(value))[:100]
        name = row.variable if source == "environment" else row.name
        raise CannotRun(f"The setting {name} ({source}) must be {wanted}, not {told}.") from None


def _check_together(settings: Settings) -> None:
    if bool(settings.tls_cert) != bool(settings.tls_key):
        raise CannotRun("HTTPS needs both TLS_CERT and TLS_KEY, and only one of them is set.")
    if settings.smtp_host and not settings.mail_from:
        raise CannotRun("Sending mail needs MAIL_FROM, the sender's address, beside SMTP_HOST.")
