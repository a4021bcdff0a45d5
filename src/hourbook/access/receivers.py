"""Whether a server that somebody named may be called: by its address as written, and by where its name leads.

The same check stands in the way of every connection (worker/posting.py): where a name leads now says nothing
of where it leads a moment later. Here it only spares people a webhook that could never work.
"""

import socket
from collections.abc import Sequence

from hourbook.core.errors import InvalidValue
from hourbook.core.networks import may_be_called
from hourbook.core.targets import BadTarget, Target, read_target

CLOSED = "This address is not on the public internet. The operator can allow its network (WEBHOOK_ALLOWED_NETWORKS)"


def check_written(url: str, allowed: Sequence[str]) -> Target:
    """InvalidValue for an address that cannot be read or is closed as it is written. Looks nothing up."""
    try:
        target = read_target(url)
    except BadTarget as error:
        raise InvalidValue(str(error)) from None
    if target.address is not None and not may_be_called(target.address, allowed):
        raise InvalidValue(CLOSED)
    return target


def check_receiver(url: str, allowed: Sequence[str]) -> None:
    """The same, and where its name leads now. Slow. A name that leads nowhere yet may lead somewhere later."""
    target = check_written(url, allowed)
    if target.address is None and not all(may_be_called(one, allowed) for one in _look_up(target)):
        raise InvalidValue(CLOSED)


def _look_up(target: Target) -> list[str]:
    try:
        rows = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [str(row[4][0]) for row in rows]
