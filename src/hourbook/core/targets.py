"""The address of a server that somebody named, taken apart once: what is checked is what is called.

Reading is strict where spellings could mean two things to two programs: an account in the address, escapes or
odd characters in the name, numbers that are no address. A number that is one (2130706433, 0x7f.1, 0177.0.0.1)
is read as every system reads it. Nothing is looked up here.
"""

import ipaddress
import re
from urllib.parse import quote, urlsplit

import msgspec

from hourbook.core.networks import METADATA_NAMES

ADDRESS_LIMIT = 2048
NAME_LIMIT = 253
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.ASCII)
_MEANS_HERE = ("localhost", "localhost.localdomain", "localhost6", "localhost6.localdomain6")
UNREADABLE = "The address must be one like https://example.org/hook"
# Where programs listen that take a request for commands of their own (mail, printers, chats): the ports that no
# browser calls, as the Fetch standard of the WHATWG lists them.
CLOSED_PORTS = frozenset(
    {
        *(1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109),
        *(110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530),
        *(531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045),
        *(4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080),
    }
)


class BadTarget(ValueError):
    """An address that cannot be called; the text is the sentence for people."""


class Target(msgspec.Struct, frozen=True):
    """`host`: a name in its ASCII form, or a numeric address as it is always written. `path`: with the query."""

    is_tls: bool
    host: str
    port: int
    path: str

    @property
    def address(self) -> str | None:
        """The numeric address, where the host is one; names that always mean this machine are."""
        if self.host in _MEANS_HERE or self.host.endswith(".localhost"):
            return "127.0.0.1"
        try:
            return str(ipaddress.ip_address(self.host))
        except ValueError:
            return None

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_tls else 80) else f"{host}:{self.port}"


def read_target(url: str) -> Target:
    """The parts of an address; BadTarget with a sentence when it is none that may be called."""
    if len(url) > ADDRESS_LIMIT:
        raise BadTarget(f"The address can't be longer than {ADDRESS_LIMIT} characters")
    if not url.isprintable() or any(c.isspace() or c in '\\<>"^`{|}' for c in url):
        raise BadTarget(UNREADABLE)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise BadTarget(UNREADABLE) from None
    behind = parts.netloc.partition("]")[2]
    if parts.scheme not in ("http", "https") or not host or parts.fragment or port == 0 or behind.strip(":0123456789"):
        raise BadTarget(UNREADABLE)
    if "@" in parts.netloc:
        raise BadTarget("The address must not hold a user name or password")
    if port in CLOSED_PORTS:
        raise BadTarget(f"Port {port} is not one that web servers have. Browsers call nobody there, and neither do we")
    is_tls = parts.scheme == "https"
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=-._~")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=-._~?")
    return Target(is_tls, _host(host), port or (443 if is_tls else 80), f"{path}?{query}" if query else path)


def _host(text: str) -> str:
    if ":" in text:
        return _sixth_version(text)
    name = _ascii(text).removesuffix(".")
    labels = name.split(".")
    if len(name) > NAME_LIMIT or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadTarget(UNREADABLE)
    if _NUMBER.fullmatch(labels[-1]):
        return _numeric(labels)
    if name in METADATA_NAMES:
        raise BadTarget("This address may not be called from here")
    return name


def _sixth_version(text: str) -> str:
    try:
        if "%" in text:
            raise ValueError
        return str(ipaddress.IPv6Address(text))
    except ValueError:
        raise BadTarget(UNREADABLE) from None


def _ascii(text: str) -> str:
    """Letters of other scripts as they are looked up; full-width digits and dots become plain ones here."""
    try:
        return text.lower().encode("ascii").decode() if text.isascii() else text.encode("idna").decode().lower()
    except UnicodeError:
        raise BadTarget(UNREADABLE) from None


def _numeric(labels: list[str]) -> str:
    """One to four numbers, each decimal, octal or hexadecimal, the last filling what is left (inet_aton)."""
    try:
        numbers = [_number(label) for label in labels]
    except ValueError:
        raise BadTarget(UNREADABLE) from None
    *firsts, last = numbers
    rest = 4 - len(firsts)
    if rest < 1 or any(one > 255 for one in firsts) or last >= 1 << 8 * rest:
        raise BadTarget(UNREADABLE)
    value = sum(one << 8 * (3 - place) for place, one in enumerate(firsts)) + last
    return str(ipaddress.IPv4Address(value))


def _number(label: str) -> int:
    if label.startswith("0x"):
        return int(label[2:] or "0", 16)
    return int(label, 8 if label.startswith("0") and len(label) > 1 else 10)
