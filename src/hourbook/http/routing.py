"""The segment tree: which operation a path and verb mean.

A node tries its literal child, then its parameter, for the verb asked, so a literal that lacks
the verb falls back to the parameter (`GET .../time-entries/invoiced` is an id, wire-core 0.4).
"""

from collections.abc import Iterable

from hourbook.http.operation import Operation


class _Node:
    __slots__ = ("literals", "operations", "parameter")

    def __init__(self) -> None:
        self.literals: dict[str, _Node] = {}
        self.parameter: _Node | None = None
        self.operations: dict[str, Operation] = {}


class Routes:
    """A tree over operations of one surface."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._root = _Node()
        for record in operations:
            self._add(record)

    def _add(self, record: Operation) -> None:
        node = self._root
        for segment in record.path.strip("/").split("/"):
            if segment.startswith("{"):
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.literals.setdefault(segment, _Node())
        if record.method in node.operations:
            raise LookupError(f"two operations answer {record.method} {record.path}")
        node.operations[record.method] = record

    def find(self, method: str, segments: list[str]) -> tuple[Operation, tuple[str, ...]] | None:
        """The operation and the values of its path parameters, in order."""
        return _find(self._root, method, segments, 0, ())

    def methods(self, segments: list[str]) -> set[str]:
        """The verbs that some route of this path has; empty when the path is no route."""
        return {verb for node in _reach([self._root], segments) for verb in node.operations}


def _find(
    node: _Node, method: str, segments: list[str], at: int, values: tuple[str, ...]
) -> tuple[Operation, tuple[str, ...]] | None:
    if at == len(segments):
        record = node.operations.get(method)
        return None if record is None else (record, values)
    literal = node.literals.get(segments[at])
    if literal is not None:
        found = _find(literal, method, segments, at + 1, values)
        if found is not None:
            return found
    if node.parameter is None:
        return None
    return _find(node.parameter, method, segments, at + 1, (*values, segments[at]))


def _reach(nodes: list[_Node], segments: list[str]) -> list[_Node]:
    for segment in segments:
        literal = [node.literals[segment] for node in nodes if segment in node.literals]
        nodes = literal + [node.parameter for node in nodes if node.parameter is not None]
    return nodes
