"""What a run found: rows of a table, and the same as JSON.

A row compares one scenario with something measured in the same run: its floor, a small database,
a peer, or its own quiet moments. Ratios are what counts; absolute figures belong to the machine.
"""

import json
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench.load import Figures


@dataclass
class Row:
    """One scenario. `value` is compared with `target`; `at_least` says in which direction."""

    name: str
    against: str
    value: float
    target: float
    at_least: bool
    unit: str = "times"
    ours: dict[str, float] = field(default_factory=dict)
    other: dict[str, float] = field(default_factory=dict)
    note: str = ""

    @property
    def met(self) -> bool:
        return self.value >= self.target if self.at_least else self.value <= self.target


def summary(runs: Sequence[Figures]) -> dict[str, float]:
    """The median of each figure over the rounds; failures are added up, the longest wait is the longest."""
    found = [run.as_dict() for run in runs]
    medians = {name: round(statistics.median(run[name] for run in found), 3) for name in found[0]}
    return medians | {"failures": sum(r["failures"] for r in found), "max_ms": max(r["max_ms"] for r in found)}


def pairwise(ours: Sequence[Figures], others: Sequence[Figures]) -> float:
    """The median over the rounds of our rate by the other's: the two halves of a round share the moment."""
    return round(statistics.median(one.rate / other.rate for one, other in zip(ours, others, strict=True)), 3)


def compared(name: str, against: str, runs: tuple[list[Figures], list[Figures]], target: float) -> Row:
    """A row of rates: ours by the other's, at least `target`."""
    ours, others = runs
    return Row(name, against, pairwise(ours, others), target, True, ours=summary(ours), other=summary(others))


def as_text(rows: Sequence[Row]) -> str:
    """The table, with spaces between its columns."""
    head = ("scenario", "rate/s", "p50 ms", "p99 ms", "against", "its rate/s", "figure", "target", "met")
    lines = [head, *(_cells(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    shown = [_line(line, widths) for line in lines]
    return "\n".join([shown[0], "-" * len(shown[0]), *shown[1:]])


def as_markdown(rows: Sequence[Row]) -> str:
    head = ("scenario", "rate/s", "p50 ms", "p99 ms", "against", "its rate/s", "figure", "target", "met")
    lines = [head, ("---",) * len(head), *(_cells(row) for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _cells(row: Row) -> tuple[str, ...]:
    def figure(figures: dict[str, float], name: str, digits: int = 1) -> str:
        return f"{figures[name]:,.{digits}f}" if name in figures else ""

    unit = "" if row.unit == "times" else f" {row.unit}"
    return (
        row.name + (f" ({row.note})" if row.note else ""),
        figure(row.ours, "rate", 0),
        figure(row.ours, "p50_ms"),
        figure(row.ours, "p99_ms"),
        row.against,
        figure(row.other, "rate", 0),
        f"{row.value:.2f}{unit}",
        f"{'≥' if row.at_least else '≤'} {row.target:g}{unit}",
        "yes" if row.met else "NO",
    )


def as_json(rows: Sequence[Row]) -> str:
    return json.dumps({"machine": machine(), "rows": [{**asdict(row), "met": row.met} for row in rows]}, indent=1)


def machine() -> dict[str, Any]:
    """What the run ran on, without its name."""
    import os

    found: dict[str, Any] = {"cores": os.cpu_count(), "system": platform.system(), "python": platform.python_version()}
    memory = Path("/proc/meminfo")
    if memory.exists():
        found["memory_gb"] = round(int(memory.read_text().split()[1]) / 1024 / 1024)
    return found
