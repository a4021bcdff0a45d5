"""A statement ready for the driver: text, order of parameters, how a row becomes a value.

Made once per statement, database and shape of permission, by `db/engine.py`, which also says
what differs between the databases; nothing here knows them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa
from sqlalchemy.sql.compiler import SQLCompiler

from hourbook.db.statement import Statement

if TYPE_CHECKING:
    from hourbook.db.engine import Engine


class CompiledStatement:
    """Text, parameter order and decoder of one statement on one database."""

    __slots__ = ("binders", "constants", "decode", "into", "names", "text")

    def __init__(self, statement: Statement, clause: sa.ClauseElement, engine: "Engine") -> None:
        compiled = cast(SQLCompiler, clause.compile(dialect=engine.dialect))
        self.text = str(compiled)
        self.names: list[str] = list(compiled.positiontup or ())
        self.constants = {k: v for k, v in compiled.params.items() if v is not None}
        self.binders = [engine.binder(compiled.binds[name].type) for name in self.names]
        self.constants = {name: compiled.params[name] for name in self.names if not compiled.binds[name].required}
        self.decode = _row_decoder(_result_types(clause), statement.into)

    def values(self, params: Mapping[str, Any]) -> list[Any]:
        """The parameters in the driver's order and form."""
        constants = self.constants
        values = []
        for name, binder in zip(self.names, self.binders, strict=True):
            value = params[name] if name in params else constants[name]
            values.append(value if binder is None or value is None else binder(value))
        return values


def _result_types(clause: sa.ClauseElement) -> list[tuple[sa.types.TypeEngine[Any], bool]]:
    if isinstance(clause, sa.Select | sa.CompoundSelect):
        columns: Iterable[Any] = clause.selected_columns
    else:
        columns = getattr(clause, "_returning", ()) or ()
    return [(c.type, bool(getattr(c, "nullable", True))) for c in columns]


def _row_decoder(
    types: Sequence[tuple[sa.types.TypeEngine[Any], bool]], into: Callable[..., Any] | None
) -> Callable[[Any], Any] | None:
    """A generated function from driver row to value; None when rows are right as they come."""
    codes = [getattr(type_, "result_code", None) for type_, _ in types]
    if into is None and not any(codes):
        return None
    parts = []
    for index, (code, (_, nullable)) in enumerate(zip(codes, types, strict=True)):
        value = f"r[{index}]"
        if code is None:
            parts.append(value)
            continue
        converted = code.format(value)
        parts.append(f"(None if {value} is None else {converted})" if nullable else converted)
    inner = ", ".join(parts)
    source = f"lambda r: into({inner})" if into is not None else f"lambda r: ({inner},)"
    # The text is built from column positions and the constants of our own types alone.
    return cast(Callable[[Any], Any], eval(source, {"into": into}))  # noqa: S307
