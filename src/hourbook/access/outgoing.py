"""Asking servers that people name: only public ones over HTTPS, unless the operator allows a network.

A name is looked up once and the connection goes to the address that was checked, so a name cannot
mean another address a moment later. Time and size of an answer are limited, redirects are not followed.
What connects is imported when somebody is first asked.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import msgspec

from hourbook.core.networks import may_be_called
from hourbook.core.targets import CLOSED_PORTS

if TYPE_CHECKING:
    import httpcore

STEP_SECONDS = 5.0
WHOLE_SECONDS = 10.0
ANSWER_LIMIT_BYTES = 512 * 1024
ADDRESS_LIMIT = 2048
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# Addresses that stand for others, which could be private ones.
_TRANSLATED = tuple(ipaddress.ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))


class NoAnswer(Exception):
    """A server that may not be asked, did not answer, or answered nonsense; the text says which."""


class Answer(msgspec.Struct, frozen=True):
    """What came back; `content` within the limit."""

    status: int
    content: bytes

    def json(self) -> Any:
        """The decoded content; NoAnswer when it is no JSON."""
        try:
            return msgspec.json.decode(self.content)
        except (msgspec.DecodeError, RecursionError):
            raise NoAnswer("the answer is no JSON") from None


class Outgoing:
    """Asks other servers. `private_networks`: those that may be asked though they are not public, and without TLS.

    `setting`: where the operator says so.
    """

    def __init__(self, private_networks: Sequence[str] = (), *, setting: str = "PRIVATE_NETWORKS") -> None:
        self._setting = setting
        self._private = tuple(ipaddress.ip_network(network) for network in private_networks)
        self._allowed = tuple(str(network) for network in self._private)

    def get(self, address: str, headers: Mapping[str, str] | None = None) -> Answer:
        """NoAnswer when there is none."""
        return self._ask("GET", address, headers or {}, None)

    def post_form(self, address: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Answer:
        """The same, with the fields of a form."""
        sent = {**(headers or {}), "Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", address, sent, urlencode(fields).encode())

    def check_address(self, address: str) -> tuple[str, Address]:
        """The host and where it is; NoAnswer for an address that may not be asked."""
        try:
            parts = urlsplit(address)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise NoAnswer("the address cannot be read") from None
        if parts.scheme not in ("http", "https") or not host or parts.username is not None or parts.fragment:
            raise NoAnswer("the address must be one like https://login.example.org")
        if len(address) > ADDRESS_LIMIT or not address.isascii() or not address.isprintable() or " " in address:
            raise NoAnswer("the address cannot be read")
        if port in CLOSED_PORTS:
            raise NoAnswer(f"port {port} is not one that web servers have")
        found = _look_up(host, port or (443 if parts.scheme == "https" else 80))
        if not all(self._may_ask(one) for one in found):
            raise NoAnswer(f"the address is not public; the operator can allow its network ({self._setting})")
        if parts.scheme == "http" and not all(self._is_private(one) for one in found):
            raise NoAnswer("the address must begin with https://")
        return host, found[0]

    def _may_ask(self, address: Address) -> bool:
        if not may_be_called(str(address), self._allowed):
            return False
        if self._is_private(address):
            return True
        is_translated = any(address.version == network.version and address in network for network in _TRANSLATED)
        return address.is_global and not address.is_multicast and not is_translated

    def _is_private(self, address: Address) -> bool:
        return any(address.version == network.version and address in network for network in self._private)

    def _ask(self, method: str, address: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        import httpcore

        from hourbook.access.hurried import HurriedNetwork

        _, found = self.check_address(address)
        sent = [("Accept", "application/json"), ("Accept-Encoding", "identity"), *headers.items()]
        network = HurriedNetwork(str(found), time.monotonic() + WHOLE_SECONDS)
        steps = dict.fromkeys(("connect", "read", "write", "pool"), STEP_SECONDS)
        try:
            # The name stays in the Host header and is what the certificate must be for.
            with (
                httpcore.ConnectionPool(ssl_context=trusted(), network_backend=network, max_connections=1) as pool,
                pool.stream(method, address, headers=sent, content=body, extensions={"timeout": steps}) as answer,
            ):
                return Answer(answer.status, _read(answer))
        except httpcore.TimeoutException as error:
            raise NoAnswer(f"there is no answer in time ({type(error).__name__})") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError, ValueError) as error:
            raise NoAnswer(f"there is no connection ({type(error).__name__})") from None


@lru_cache(maxsize=1)
def trusted() -> ssl.SSLContext:
    """What the system trusts (an organisation's own authority counts), and the usual ones where it knows none."""
    import certifi

    found = ssl.create_default_context()
    found.load_verify_locations(certifi.where())
    return found


def _read(answer: "httpcore.Response") -> bytes:
    found = {name.lower(): value for name, value in answer.headers}
    if found.get(b"content-encoding", b"identity") != b"identity":
        raise NoAnswer("the answer is packed, which was not asked for")
    parts, size = [], 0
    for part in answer.iter_stream():
        parts.append(part)
        size += len(part)
        if size > ANSWER_LIMIT_BYTES:
            raise NoAnswer("the answer is too long")
    return b"".join(parts)


def _look_up(host: str, port: int) -> list[Address]:
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NoAnswer("the name of the server is unknown") from None
    return [_plain(ipaddress.ip_address(str(row[4][0]).partition("%")[0])) for row in rows]


def _plain(address: Address) -> Address:
    """An IPv4 address written as IPv6 is the IPv4 address."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
