"""The list of what is still to come: `pending.txt`, which may only shrink.

Lines: `operation ID`, `shape NAME`, and `shape NAME at PATH` for a part that waits for a later
capability. A line whose thing works fails the run, so the list cannot lie.
"""

from functools import cache
from pathlib import Path

PENDING = Path(__file__).resolve().with_name("pending.txt")


@cache
def lines() -> tuple[str, ...]:
    text = PENDING.read_text(encoding="utf-8")
    return tuple(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))


def operations() -> set[str]:
    """Ids of contract operations that do not exist yet."""
    return {line.split()[1] for line in lines() if line.startswith("operation ")}


def shapes() -> set[str]:
    """Names of whole shapes that are not answered yet."""
    return {line.split()[1] for line in lines() if line.startswith("shape ") and " at " not in line}


def shape_parts(name: str) -> set[str]:
    """The places of a shape that are not answered yet."""
    return {line.partition(" at ")[2] for line in lines() if line.startswith(f"shape {name} at ")}
