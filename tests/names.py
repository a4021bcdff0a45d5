"""Names of servers in tests. They lead nowhere: a real name server may be far away, slow, or not there at all.

Tests that need a name to lead somewhere put their own answers in this one's place.
"""

import contextlib
import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

import pytest


@contextlib.contextmanager
def without_lookups() -> Iterator[None]:
    """In this process a name is unknown at once, unless it is this machine's own or a number."""
    ask = socket.getaddrinfo

    def answer(host: Any, *rest: Any, **more: Any) -> Any:
        if isinstance(host, str) and not _is_of_this_machine(host):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return ask(host, *rest, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", answer)
        yield


def _is_of_this_machine(host: str) -> bool:
    """Odd ways to write a number are the system's to read: whatever has no letter but those of numbers."""
    if host in ("", "localhost", socket.gethostname()):
        return True
    with contextlib.suppress(ValueError):
        return bool(ipaddress.ip_address(host.partition("%")[0]))
    return not any(c.isalpha() for c in host.lower().replace("0x", ""))
