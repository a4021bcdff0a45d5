"""What readers derived from the columns and other tables, kept for the next reader.

A value holds as long as the journal has no change of the kinds of things it was made from. Readers
of different revisions may ask at the same time: a value is told apart by the last such change its
maker knew of, so nobody gets one of another time.
"""

import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class Memo(NamedTuple):
    """`since`: the revision of the last change of its kinds when it was made."""

    kinds: tuple[str, ...]
    since: int
    value: Any
    nbytes: int


class MemoStore:
    """The values of one workspace's columns, the newest of each name."""

    def __init__(self, revision: int) -> None:
        self._lock = threading.Lock()
        self._loaded_at = revision
        self._changed_at: dict[str, int] = {}
        self._memos: dict[str, Memo] = {}

    def changed(self, kinds: Mapping[str, int]) -> None:
        """The journal has changes of these kinds, the last of each at a revision."""
        with self._lock:
            self._changed_at = {**self._changed_at, **kinds}
            for name in [name for name, memo in self._memos.items() if not kinds.keys().isdisjoint(memo.kinds)]:
                del self._memos[name]

    def reader(self) -> "Memos":
        """For a View of what the columns are now."""
        return Memos(self, self._loaded_at, self._changed_at)

    def find(self, name: str, since: int) -> Memo | None:
        with self._lock:
            found = self._memos.get(name)
        return found if found is not None and found.since == since else None

    def keep(self, name: str, memo: Memo, changed_at: Mapping[str, int]) -> None:
        """Keeps it unless it is of the past by now."""
        with self._lock:
            now = self._changed_at
            if all(now.get(kind) == changed_at.get(kind) for kind in memo.kinds):
                self._memos[name] = memo

    @property
    def nbytes(self) -> int:
        """What they take. A value that tells its own size may have grown since it was made."""
        with self._lock:
            memos = list(self._memos.values())
        return sum(getattr(memo.value, "nbytes", memo.nbytes) for memo in memos)


class Memos:
    """The store as one View sees it."""

    __slots__ = ("_changed_at", "_loaded_at", "_own", "_store")

    def __init__(self, store: MemoStore, loaded_at: int, changed_at: Mapping[str, int]) -> None:
        self._store = store
        self._loaded_at = loaded_at
        self._changed_at = changed_at
        self._own: dict[tuple[str, tuple[str, ...]], Any] = {}

    def get(self, name: str, kinds: tuple[str, ...], make: Callable[[], T]) -> T:
        """`make` runs outside of any lock; two readers at once may both run it."""
        since = max((self._changed_at.get(kind, self._loaded_at) for kind in kinds), default=self._loaded_at)
        own = (name, kinds)
        if own in self._own:
            return self._own[own]  # type: ignore[no-any-return]
        memo = self._store.find(name, since)
        if memo is None or memo.kinds != kinds:
            value = make()
            memo = Memo(kinds, since, value, _bytes_of(value))
            self._store.keep(name, memo, self._changed_at)
        self._own[own] = memo.value
        return memo.value  # type: ignore[no-any-return]


def _bytes_of(value: Any) -> int:
    """About how much memory a value takes: arrays exactly, what is in plain collections, of all else the outside."""
    size = getattr(value, "nbytes", None)
    if isinstance(size, int):
        return size
    inside: Iterable[Any] = ()
    if isinstance(value, Mapping):
        inside = chain(value.keys(), value.values())
    elif isinstance(value, list | tuple | set | frozenset):
        inside = value
    return sys.getsizeof(value) + sum(map(_bytes_of, inside))
