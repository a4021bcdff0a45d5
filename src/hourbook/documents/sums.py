"""Exact totals of columns, added up while the rows go by.

Owns the sum of cells: whole numbers stay whole and fractions are kept by denominator, so that adding a million
amounts costs integers only and nothing is ever rounded on the way.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from hourbook.documents.tables import Cell, Column, Kind, Table


class ColumnSums:
    """The sums of the columns that have a total."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._wanted = [index for index, column in enumerate(columns) if column.has_total]
        self._by_denominator: dict[int, dict[int, int]] = {index: {} for index in self._wanted}

    def add(self, portion: Sequence[Sequence[Cell]]) -> None:
        """Adds a portion of rows, given as columns."""
        for index in self._wanted:
            _add(self._by_denominator[index], portion[index])

    def total(self, index: int) -> Cell:
        """The sum of a column in the unit of its cells; None for one without a total."""
        if index not in self._by_denominator:
            return None
        total = sum((Fraction(top, bottom) for bottom, top in self._by_denominator[index].items()), Fraction(0))
        return total.numerator if total.denominator == 1 else total

    def totals(self, table: Table) -> tuple[Cell, ...]:
        """What stands in the row of totals: what the table says, else the sums."""
        if table.totals is not None:
            return tuple(table.totals)
        return tuple(self.total(index) for index in range(len(self._columns)))


def _add(sums: dict[int, int], cells: Iterable[Any]) -> None:
    whole = 0
    for cell in cells:
        if type(cell) is int:
            whole += cell
        elif cell is not None:
            top, bottom = cell.as_integer_ratio()
            sums[bottom] = sums.get(bottom, 0) + top
    sums[1] = sums.get(1, 0) + whole


def exact_float(value: Any, column: Column) -> float:
    """The double nearest to a cell as a spreadsheet shows it: hours, days, major units. Divided once."""
    if column.kind is Kind.NUMBER:
        return float(value)
    divisor = {Kind.DURATION: 86_400, Kind.TIME: 86_400, Kind.DECIMAL_HOURS: 3_600}.get(column.kind)
    if divisor is None:
        divisor = column.divisor * 10**column.digits
    if isinstance(value, int):
        return value / divisor
    return float(Fraction(value) / divisor)
