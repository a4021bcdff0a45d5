"""Ports of this machine for programs that a test starts and that are told where to listen."""

import contextlib
import random
import socket

# None of those that systems give to programs which ask for any (and none that is closed, see core/targets.py): other
# tests ask for some all the time, and a program needs a while until it has taken its own.
PORTS = range(20_000, 30_000)
TRIES = 1_000


def free_port() -> int:
    """One that nobody has; drawn by chance, so that tests beside this one draw others."""
    chance = random.SystemRandom()
    for port in (chance.choice(PORTS) for _ in range(TRIES)):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise RuntimeError("every port of this machine is taken")
