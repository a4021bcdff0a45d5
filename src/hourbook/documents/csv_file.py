"""CSV in the dialect that importers of Clockify files read (wire-reports section 6).

Owns escaping, headings with their currency, and the guard that keeps a spreadsheet from running a text
(docs/decisions/0030). No totals: an importer would take them for an entry. Lines end with a bare line feed and
there is no byte order mark, as in the files importers test with.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from hourbook.documents.cells import formatter
from hourbook.documents.tables import Cell, Column, Document, Formats, Kind, Progress, Row, Table
from hourbook.documents.writing import replacing

ROWS_PER_PORTION = 4096
# Texts up to 3,000 characters are kept for reuse, so there are few of them; the other kinds are short.
_KEPT = {Kind.TEXT: 2048, Kind.TEXT_LIST: 2048}
_KEPT_OTHERWISE = 16_384
_EMPTY = '""'

# What a spreadsheet may skip before it looks whether a cell is a formula, and what begins one. A sign alone begins
# prose as well ("- call Ann", "@ann"); without one of the later characters such a formula can only add up numbers.
_BLANKS = r"\x00-\x08\x0b\x0c\x0e-\x20'\x7f\x85\xa0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff"
_SKIPPED = rf"[\t\r\n{_BLANKS}]"
_FORMULA = r"(?=[=＝]|[+\-@＋－＠][^;\r\n]*?[(（|｜!！\[#'\"])"
# A spreadsheet that splits at semicolons begins a cell at each of them, and at each line end, in spite of the quotes.
# Possessive, and each run of blanks looked at once: a text of nothing but line ends costs no more than another.
_BEGINNING = rf"(?:\A|;|(?<!{_SKIPPED})[{_BLANKS}]*+[\t\r\n])"
_MAYBE = re.compile(r"[=＝+\-@＋－＠]")
_TO_GUARD = re.compile(rf"({_BEGINNING}{_SKIPPED}*+){_FORMULA}")
_GUARD = re.compile(rf"({_BEGINNING}{_SKIPPED}*)'{_FORMULA}")


def guarded(text: str) -> str:
    """The text with an apostrophe before whatever a spreadsheet would run; nearly always the text itself."""
    return _TO_GUARD.sub(r"\1'", text) if _MAYBE.search(text) else text


def unguarded(text: str) -> str:
    """What `guarded` was given: importers of our own files get every text back exactly."""
    return _GUARD.sub(r"\1", text) if _MAYBE.search(text) else text


def quoted(text: str) -> str:
    """A text as a cell: guarded, escaped, in quotes. A null byte, which no importer takes, becomes U+FFFD."""
    text = guarded(text).replace('"', '""')
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    return f'"{text}"'


def encoder(column: Column, formats: Formats) -> Callable[[Cell], str]:
    """Makes the cells of a column: escaped, in quotes, ready to be joined with commas."""
    text_of = formatter(column, formats)
    is_text = column.kind in (Kind.TEXT, Kind.TEXT_LIST)

    def cell(value: Cell) -> str:
        if value is None:
            return _EMPTY
        return quoted(text_of(value)) if is_text else f'"{text_of(value)}"'

    if column.kind is Kind.TIME or column.divisor > 1:
        # Written faster than found among so many.
        return cell
    kept = lru_cache(maxsize=_KEPT.get(column.kind, _KEPT_OTHERWISE))(cell)
    # Lists cannot be looked up.
    return kept if column.kind is not Kind.TEXT_LIST else lambda value: kept(_tuple(value))


def _tuple(value: Any) -> Cell:
    return None if value is None else tuple(value)


def header(columns: Sequence[Column]) -> bytes:
    """The first line."""
    return lines([[quoted(column.title)] for column in columns])


def lines(fragments: Sequence[Sequence[str]]) -> bytes:
    """Rows as bytes, from cells that `quoted` or an `encoder` made, given as equally long columns."""
    if not fragments or not fragments[0]:
        return b""
    text = "\n".join(map(",".join, zip(*fragments, strict=True)))
    # Half a surrogate pair has no UTF-8; it becomes a question mark and never an error.
    return f"{text}\n".encode(errors="replace")


def portions(table: Table, formats: Formats) -> Iterator[tuple[int, bytes]]:
    """The whole file in pieces, each with the number of its rows."""
    yield 0, header(table.columns)
    encoders = [encoder(column, formats) for column in table.columns]
    rows = iter(table.rows)
    while portion := tuple(islice(rows, ROWS_PER_PORTION)):
        yield len(portion), lines(_encoded(portion, encoders))


def _encoded(portion: Sequence[Row], encoders: Sequence[Callable[[Cell], str]]) -> list[list[str]]:
    columns = zip(*portion, strict=True)
    return [list(map(encode, cells)) for encode, cells in zip(encoders, columns, strict=True)]


def write_portions(path: Path, pieces: Iterable[tuple[int, bytes]], *, progress: Progress | None = None) -> int:
    """Writes pieces (rows in it, bytes) to a file and answers how many rows there are.

    The fast way: a caller that has dictionary codes makes each fragment once with `encoder`, looks fragments up by
    code, and gives `header` and then `lines` of them.
    """
    written = 0
    with replacing(path) as growing, growing.open("wb") as file:
        for count, piece in pieces:
            file.write(piece)
            written += count
            if progress is not None:
                progress(written)
    return written


def write_csv(path: Path, document: Document, *, progress: Progress | None = None) -> int:
    """Writes the table of a document and answers how many rows it has."""
    return write_portions(path, portions(document.table, document.formats), progress=progress)
