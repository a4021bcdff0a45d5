"""Descriptions for searching: all of them as one folded text, so that a search is one pass. Pure.

The list of descriptions only grows; what is new is added as a piece of its own, and many pieces are put
together. Nobody's text holds a NUL (the wire refuses it), so no match reaches over two of them.
"""

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from hourbook.core.text import fold

Flags = NDArray[np.bool_]
PIECES_LIMIT = 16
OFTEN = 8
_BETWEEN = "\0"


class Piece(msgspec.Struct, frozen=True):
    """Some descriptions one after the other, folded; `starts`: where each begins."""

    text: str
    starts: NDArray[np.int64]


class Texts:
    """The descriptions of a workspace. Readers may ask at the same time."""

    def __init__(self) -> None:
        self._pieces: tuple[Piece, ...] = ()

    def containing(self, descriptions: Sequence[str], text: str) -> Flags:
        """Whether each description contains the text, without regard to case."""
        needle = fold(text)
        found = [_matches(piece, needle) for piece in self._grown(descriptions)]
        # Somebody else may know more by now.
        return np.concatenate([np.zeros(0, dtype=bool), *found])[: len(descriptions)]

    def _grown(self, descriptions: Sequence[str]) -> tuple[Piece, ...]:
        pieces = self._pieces
        new = descriptions[sum(len(piece.starts) for piece in pieces) :]
        if new:
            pieces = (*pieces, _piece(new))
            if len(pieces) > PIECES_LIMIT:
                pieces = (_together(pieces),)
            self._pieces = pieces
        return pieces

    @property
    def nbytes(self) -> int:
        return sum(len(piece.text) + piece.starts.nbytes for piece in self._pieces)


def _piece(descriptions: Sequence[str]) -> Piece:
    folded = [fold(one) for one in descriptions]
    lengths = np.fromiter((len(one) + 1 for one in folded), dtype=np.int64, count=len(folded))
    return Piece(_BETWEEN.join(folded), np.cumsum(lengths) - lengths)


def _together(pieces: Sequence[Piece]) -> Piece:
    starts, length = [], 0
    for piece in pieces:
        starts.append(piece.starts + length)
        length += len(piece.text) + 1
    return Piece(_BETWEEN.join(piece.text for piece in pieces), np.concatenate(starts))


def _matches(piece: Piece, needle: str) -> Flags:
    if piece.text.count(needle) > len(piece.starts) // OFTEN:
        # Looking at each description is quicker than stopping at most of them.
        return np.array([needle in one for one in piece.text.split(_BETWEEN)], dtype=bool)
    found = np.zeros(len(piece.starts), dtype=bool)
    places = np.fromiter(_places(piece.text, needle), dtype=np.int64)
    found[np.searchsorted(piece.starts, places, side="right") - 1] = True
    return found


def _places(text: str, needle: str) -> Iterator[int]:
    """Where the needle is, once for each description."""
    at = text.find(needle)
    while at >= 0:
        yield at
        end = text.find(_BETWEEN, at)
        at = -1 if end < 0 else text.find(needle, end)


def blank(descriptions: Sequence[str]) -> Flags:
    """Whether each description says nothing."""
    return np.array([not one or one.isspace() for one in descriptions], dtype=bool)
