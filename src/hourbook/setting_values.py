"""How the text of a setting becomes its value, one reader a kind of value.

A reader answers the value or raises `BadValue` with what it must be. Which setting it is, and
where the text came from, only `settings.py` knows.
"""

import ipaddress
from collections.abc import Callable
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

Read = Callable[[str], Any]
SECRET_KEY_LENGTH = 32


class BadValue(Exception):
    """What a value must be; the reader's caller adds whose value it is."""


def text(value: str) -> str:
    return value


def host(value: str) -> str:
    if not value or not set(value).isdisjoint("/ \0"):
        raise BadValue("a host name or address like 127.0.0.1 or 0.0.0.0")
    return value.strip("[]")


def path(value: str) -> Path:
    if "\0" in value:
        raise BadValue("a path")
    return Path(value).expanduser()


def whole(least: int, most: int) -> Read:
    def read(value: str) -> int:
        try:
            number = int(value)
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            raise BadValue(f"a whole number from {least} to {most}")
        return number

    return read


def none_or(least: int, most: int) -> Read:
    """A number, or 0 for none."""
    read_number = whole(least, most)

    def read(value: str) -> int:
        try:
            return 0 if value == "0" else read_number(value)
        except BadValue as wanted:
            raise BadValue(f"0 or {wanted}") from None

    return read


def seconds(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 3600:
        raise BadValue("a number of seconds from 0 to 3600")
    return number


def flag(value: str) -> bool:
    if value.lower() not in ("true", "false", "yes", "no", "on", "off", "1", "0"):
        raise BadValue("true or false")
    return value.lower() in ("true", "yes", "on", "1")


def one_of(*words: str) -> Read:
    def read(value: str) -> str:
        if value.lower() not in words:
            raise BadValue("one of " + ", ".join(words))
        return value.lower()

    return read


def database(value: str) -> str:
    if value and not value.startswith(("sqlite:///", "postgresql://", "postgres://")):
        raise BadValue("an address like postgresql://user:password@host/name or sqlite:///path/to/file.db")
    return value


def shared_counts(value: str) -> str:
    if value and not value.startswith(("redis://", "rediss://", "valkey://", "valkeys://", "unix://")):
        raise BadValue("an address like redis://host:6379/0, rediss://user:password@host:6380/0 or unix:///path")
    return value


def public_url(value: str) -> str:
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


def origins(value: str) -> str:
    for origin in filter(None, (part.strip() for part in value.split(","))):
        parts = urlsplit(origin)
        if origin != "*" and (not parts.scheme or not parts.netloc or parts.path):
            raise BadValue("* or origins like https://app.example.org, separated by commas")
    return value


def networks(value: str) -> tuple[str, ...]:
    found = tuple(filter(None, (part.strip() for part in value.split(","))))
    for network in found:
        try:
            ipaddress.ip_network(network)
        except ValueError:
            raise BadValue("addresses or networks like 10.0.0.1 or 10.0.0.0/8, separated by commas") from None
    return found


def secret_keys(value: str) -> str:
    keys = [key for part in value.split(",") if (key := part.strip())]
    if any(len(key) < SECRET_KEY_LENGTH for key in keys) or not all(map(str.isascii, keys)):
        raise BadValue(f"a long random text of at least {SECRET_KEY_LENGTH} characters, or several separated by commas")
    return ",".join(keys)


def sender(value: str) -> str:
    """An address, alone or behind a name; what mail programs show as the sender."""
    if not value:
        return ""
    address = parseaddr(value)[1]
    name, _, host = address.rpartition("@")
    if not name or not host or not value.isprintable() or set(address) & set(" <>,;"):
        raise BadValue("an address like hourbook@example.org or Hourbook <hourbook@example.org>")
    return value
