"""PDFs: a report as a company sends it to its client, of at most 2,000 rows.

Owns the child process that compiles and its limits. A text of a user is data of that process and never markup,
and whatever a document does to the compiler, this process only sees that there is no PDF. Everything that is
written stands in one folder, which goes in any case.
"""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from hourbook.core.errors import PdfNotMade, TooManyRowsForPdf
from hourbook.documents.pdf_child import OUT_OF_MEMORY
from hourbook.documents.pdf_layout import layout
from hourbook.documents.sums import ColumnSums
from hourbook.documents.tables import Document, Progress, Row
from hourbook.documents.writing import replacing

ROWS_LIMIT = 2_000
# Tags let a screen reader follow a table. They make a file twelve times as large, so long tables go without.
TAGGED_CELLS = 4_000
_HERE = Path(__file__).parent
_KEPT_VARIABLES = ("LD_LIBRARY_PATH", "SYSTEMROOT", "VIRTUAL_ENV")
# What the compiler says when memory ends, wherever it ends.
_MEMORY_WORDS = (
    b"memory allocation of",
    b"MemoryError",
    b"annot allocate memory",
    b"std::bad_alloc",
    b"failed to map segment",
)
_FULL_DISK_WORDS = (b"No space left on device", b"os error 28", b"Disk quota exceeded", b"os error 122")


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What the compiler may use. `memory_bytes` is address space: code and fonts take about 300 MB of it."""

    memory_bytes: int = 1 << 30
    seconds: int = 60
    file_bytes: int = 64 << 20


DEFAULT_LIMITS = Limits()


def write_pdf(
    path: Path, document: Document, *, progress: Progress | None = None, limits: Limits = DEFAULT_LIMITS
) -> int:
    """Writes a PDF and answers how many rows its table has; TooManyRowsForPdf, PdfNotMade."""
    rows = _rows(document)
    sums = ColumnSums(document.table.columns)
    sums.add(list(zip(*rows, strict=True)) or [()] * len(document.table.columns))
    with replacing(path) as growing:
        folder = growing.parent / "compile"
        folder.mkdir()
        shutil.copyfile(_HERE / "report.typ", folder / "main.typ")
        text = json.dumps(layout(document, rows, sums), ensure_ascii=False)
        (folder / "data.json").write_text(text, encoding="utf-8", errors="replace")
        has_tags = len(rows) * len(document.table.columns) <= TAGGED_CELLS
        order = {"folder": str(folder), "made_at_s": document.facts.made_at_s, "has_tags": has_tags}
        _compile(order, limits)
        os.replace(folder / "report.pdf", growing)
    if progress is not None:
        progress(len(rows))
    return len(rows)


def _rows(document: Document) -> list[Row]:
    """The rows, if a PDF can hold them. They are counted to the end, so that the refusal can tell."""
    known = document.table.row_count
    if known is not None and known > ROWS_LIMIT:
        raise TooManyRowsForPdf(ROWS_LIMIT, known)
    stream = iter(document.table.rows)
    rows = list(islice(stream, ROWS_LIMIT))
    more = sum(1 for _ in stream)
    if more:
        raise TooManyRowsForPdf(ROWS_LIMIT, len(rows) + more)
    return rows


def _compile(order: dict[str, Any], limits: Limits) -> None:
    order |= {"fonts": str(_HERE / "fonts"), **msgspec.structs.asdict(limits)}
    folder = order["folder"]
    # One thread and one heap: more of them only reserve address space, once for each processor of the machine.
    environment = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    environment |= {"MALLOC_ARENA_MAX": "1", "RAYON_NUM_THREADS": "1", "HOME": folder, "TMPDIR": folder}
    child = subprocess.Popen(
        [sys.executable, "-I", str(_HERE / "pdf_child.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=environment,
    )
    # Leaving the block waits for the child, so none is left behind.
    with child:
        try:
            _, said = child.communicate(json.dumps(order).encode(), timeout=limits.seconds)
        except subprocess.TimeoutExpired:
            raise PdfNotMade("time") from None
        finally:
            child.kill()
    if child.returncode:
        if any(word in said for word in _FULL_DISK_WORDS):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        raise PdfNotMade(_reason(child.returncode, said))


def _reason(code: int, said: bytes) -> str:
    if code == OUT_OF_MEMORY or any(word in said for word in _MEMORY_WORDS):
        return "memory"
    if b"File too large" in said:
        return "size"
    # The signals of the operating system for too much processor time, and of its last means against full memory.
    return {-signal.SIGXCPU: "time", -signal.SIGKILL: "memory"}.get(code, "failed")
