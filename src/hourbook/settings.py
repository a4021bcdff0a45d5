"""The settings: one declared table, and where each value came from.

A value is taken from the command line, else the environment (`HOURBOOK_*`), else the file that
`HOURBOOK_CONFIG` names (TOML, the same names in lower case), else its default. Reading checks every
value and says in a sentence what is wrong with it. Nothing here opens a database or a socket.
"""

import ipaddress
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from hourbook.core.errors import CannotRun

PREFIX = "HOURBOOK_"
CONFIG_NAME = PREFIX + "CONFIG"
DATABASE_FILE = "hourbook.db"
HIDDEN = "********"
SECRET_KEY_LENGTH = 32
Read = Callable[[str], Any]


class BadValue(Exception):
    """What a value must be; the reader's caller adds whose value it is."""


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


def _text(value: str) -> str:
    return value


def _host(value: str) -> str:
    if not value or not set(value).isdisjoint("/ \0"):
        raise BadValue("a host name or address like 127.0.0.1 or 0.0.0.0")
    return value.strip("[]")


def _path(value: str) -> Path:
    if "\0" in value:
        raise BadValue("a path")
    return Path(value).expanduser()


def _whole(least: int, most: int) -> Read:
    def read(value: str) -> int:
        try:
            number = int(value)
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            raise BadValue(f"a whole number from {least} to {most}")
        return number

    return read


def _seconds(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 3600:
        raise BadValue("a number of seconds from 0 to 3600")
    return number


def _flag(value: str) -> bool:
    if value.lower() not in ("true", "false", "yes", "no", "on", "off", "1", "0"):
        raise BadValue("true or false")
    return value.lower() in ("true", "yes", "on", "1")


def _one_of(*words: str) -> Read:
    def read(value: str) -> str:
        if value.lower() not in words:
            raise BadValue("one of " + ", ".join(words))
        return value.lower()

    return read


def _database(value: str) -> str:
    if value and not value.startswith(("sqlite:///", "postgresql://", "postgres://")):
        raise BadValue("an address like postgresql://user:password@host/name or sqlite:///path/to/file.db")
    return value


def _public_url(value: str) -> str:
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query and not parts.fragment
    except ValueError:
        is_good = False
    if not is_good or parts.username is not None:
        raise BadValue("an address like https://time.example.org or https://example.org/hourbook")
    return value.rstrip("/")


def _origins(value: str) -> str:
    for origin in filter(None, (part.strip() for part in value.split(","))):
        parts = urlsplit(origin)
        if origin != "*" and (not parts.scheme or not parts.netloc or parts.path):
            raise BadValue("* or origins like https://app.example.org, separated by commas")
    return value


def _networks(value: str) -> tuple[str, ...]:
    found = tuple(filter(None, (part.strip() for part in value.split(","))))
    for network in found:
        try:
            ipaddress.ip_network(network)
        except ValueError:
            raise BadValue("addresses or networks like 10.0.0.1 or 10.0.0.0/8, separated by commas") from None
    return found


def _secret_keys(value: str) -> str:
    keys = [key for part in value.split(",") if (key := part.strip())]
    if any(len(key) < SECRET_KEY_LENGTH for key in keys) or not all(map(str.isascii, keys)):
        raise BadValue(f"a long random text of at least {SECRET_KEY_LENGTH} characters, or several separated by commas")
    return ",".join(keys)


def _setting(kind: str, default: Any, sentence: str, *, read: Read = _text, is_secret: bool = False) -> Any:
    return field(default=default, metadata={"kind": kind, "sentence": sentence, "read": read, "secret": is_secret})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every setting with its value. The fields are the declared table; `SETTINGS` reads them."""

    data: Path = _setting(  # noqa: RUF009 (a dataclass field with the row's words)
        "path", Path("hourbook-data"), "The folder for everything Hourbook keeps. It is made when missing.", read=_path
    )
    database: str = _setting(
        "address",
        "",
        "The database. Empty: an SQLite file in the data folder. For PostgreSQL: postgresql://user:password@host/name.",
        read=_database,
        is_secret=True,
    )
    host: str = _setting(
        "address", "127.0.0.1", "The address the server listens on. 0.0.0.0 means every interface.", read=_host
    )
    port: int = _setting("number", 8080, "The port the server listens on. 0 takes any free one.", read=_whole(0, 65535))
    workers: int = _setting(
        "number", 1, "How many server processes share the port. More than one needs PostgreSQL.", read=_whole(1, 64)
    )
    public_url: str = _setting(
        "address", "", "The address people and clients use, for links. It may have a path.", read=_public_url
    )
    secret_key: str = _setting(
        "text",
        "",
        "The keys that stored secrets are encrypted with, long random texts separated by commas: the first encrypts, "
        "all decrypt. Empty: a file in the data folder, for SQLite. Every server of a database needs the same.",
        read=_secret_keys,
        is_secret=True,
    )
    cors_origins: str = _setting(
        "list", "*", "The web origins whose pages may call the API. * is any, empty is none.", read=_origins
    )
    metrics_token: str = _setting(
        "text", "", "The bearer token that opens /metrics to other machines. Empty: this machine only.", is_secret=True
    )
    trusted_proxies: tuple[str, ...] = _setting(
        "list", (), "The addresses or networks whose X-Forwarded-* headers are believed.", read=_networks
    )
    tls_cert: str = _setting("path", "", "The certificate file (PEM) to answer HTTPS directly. It needs TLS_KEY too.")
    tls_key: str = _setting("path", "", "The private key file (PEM) that belongs to TLS_CERT.")
    log_level: str = _setting(
        "word",
        "info",
        "How much is logged: debug, info, warning or error.",
        read=_one_of("debug", "info", "warning", "error"),
    )
    log_format: str = _setting(
        "word", "json", "How log lines look: json, or text for people.", read=_one_of("json", "text")
    )
    access_log: bool = _setting("flag", False, "Whether each request leaves a log line.", read=_flag)
    read_turn_microseconds: int = _setting(
        "number",
        1000,
        "How long short reads of the SQLite database may hold the event loop before others get their turn.",
        read=_whole(50, 1_000_000),
    )
    drain_seconds: float = _setting(
        "seconds", 1.0, "How long a stopping server still answers while /ready already says 503.", read=_seconds
    )
    stop_seconds: float = _setting(
        "seconds",
        30.0,
        "How long a stopping server waits for requests under way before it gives them up.",
        read=_seconds,
    )
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def database_url(self) -> str:
        """Where the data is: the address given, or the file in the data folder."""
        return self.database or "sqlite:///" + quote(str((self.data / DATABASE_FILE).absolute()))

    @property
    def has_tls(self) -> bool:
        return bool(self.tls_cert)

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
