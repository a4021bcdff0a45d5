"""The program that compiles one PDF and ends: a child process with limits on memory and time.

Run by path, never imported by the server: it knows nothing of Hourbook. What to do comes over standard input
as JSON. Limits are set before the compiler is loaded, and the compiler sees one folder and no network.
"""

import json
import os
import sys

# What the parent reads as "the memory was not enough".
OUT_OF_MEMORY = 3


def _limit(order: dict[str, int]) -> None:
    """Limits the operating system knows; one it lacks leaves the parent's clock."""
    try:
        import resource
    except ImportError:
        return
    limits = [
        (resource.RLIMIT_AS, order["memory_bytes"]),
        (resource.RLIMIT_CPU, order["seconds"] + 2),
        (resource.RLIMIT_FSIZE, order["file_bytes"]),
        (resource.RLIMIT_CORE, 0),
    ]
    for kind, value in limits:
        try:
            resource.setrlimit(kind, (value, value))
        except (ValueError, OSError):
            continue


def main() -> int:
    """Compiles main.typ of the folder to its report.pdf."""
    order = json.load(sys.stdin)
    _limit(order)
    if hasattr(os, "nice"):
        os.nice(5)
    try:
        import typst

        typst.compile(
            os.path.join(order["folder"], "main.typ"),
            output=os.path.join(order["folder"], "report.pdf"),
            root=order["folder"],
            font_paths=[order["fonts"]],
            package_path=order["folder"],
            package_cache_path=order["folder"],
            timestamp=order["made_at_s"],
            pdf_tags=order["has_tags"],
        )
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


if __name__ == "__main__":
    sys.exit(main())
