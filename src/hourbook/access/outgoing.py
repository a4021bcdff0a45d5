"""Asking servers that people name: only public ones over HTTPS, unless the operator allows a network.

A name is looked up once and the connection goes to the address that was checked, so a name cannot
mean another address a moment later. Time and size of an answer are limited, redirects are not followed.
httpx is imported when somebody is first asked.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from hourbook.core.networks import may_be_called

if TYPE_CHECKING:
    import httpx

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
        return self._ask("GET", address, headers or {}, {})

    def post_form(self, address: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Answer:
        """The same, with the fields of a form."""
        return self._ask("POST", address, headers or {}, {"data": fields})

    def post_json(self, address: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        """The same, with JSON."""
        return self._ask("POST", address, {**headers, "Content-Type": "application/json"}, {"content": content})

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

    def _ask(self, method: str, address: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> Answer:
        import httpx

        host, found = self.check_address(address)
        sent = {"Accept": "application/json", "Accept-Encoding": "identity", **headers}
        until = time.monotonic() + WHOLE_SECONDS
        try:
            with _client() as client:
                request = client.build_request(method, address, headers=sent, **body)
                # The name stays in the Host header and is what the certificate must be for.
                request.url = request.url.copy_with(host=str(found))
                request.extensions["sni_hostname"] = host
                answer = client.send(request, stream=True)
                return Answer(answer.status_code, _read(answer, until))
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError) as error:
            raise NoAnswer(f"there is no connection ({type(error).__name__})") from None


def _client() -> "httpx.Client":
    import httpx

    return httpx.Client(verify=trusted(), timeout=STEP_SECONDS, follow_redirects=False, trust_env=False)


@lru_cache(maxsize=1)
def trusted() -> ssl.SSLContext:
    """What the system trusts (an organisation's own authority counts), and the usual ones where it knows none."""
    import certifi

    found = ssl.create_default_context()
    found.load_verify_locations(certifi.where())
    return found


def _read(answer: "httpx.Response", until: float) -> bytes:
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise NoAnswer("the answer is packed, which was not asked for")
    parts, size = [], 0
    for part in answer.iter_raw():
        parts.append(part)
        size += len(part)
        if size > ANSWER_LIMIT_BYTES:
            raise NoAnswer("the answer is too long")
        if time.monotonic() > until:
            raise NoAnswer("the answer takes too long")
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
