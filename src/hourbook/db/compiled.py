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

    __slots__ = ("decode", "names", "text", "values")

    def __init__(self, statement: Statement, clause: sa.ClauseElement, engine: "Engine") -> None:
        compiled = cast(SQLCompiler, clause.compile(dialect=engine.dialect))
        self.text = str(compiled)
        self.names: list[str] = list(compiled.positiontup or ())
        constants = {name: compiled.params[name] for name in self.names if not compiled.binds[name].required}
        binders = [engine.binder(compiled.binds[name].type) for name in self.names]
        # The parameters in the driver's order and form, from a mapping by name.
        self.values = _parameter_list(self.names, constants, binders)
        self.decode = _rows_decoder(_result_types(clause), statement.into)


def _parameter_list(
    names: Sequence[str], constants: Mapping[str, Any], binders: Sequence[Callable[[Any], Any] | None]
) -> Callable[[Mapping[str, Any]], list[Any]]:
    """A generated function from parameters by name to the driver's list; a missing one is a KeyError."""
    known: dict[str, Any] = {}
    parts = []
    for index, (name, binder) in enumerate(zip(names, binders, strict=True)):
        value = f"p[{name!r}]"
        if name in constants:
            known[f"c{index}"] = constants[name]
            value = f"p.get({name!r}, c{index})"
        if binder is not None:
            known[f"b{index}"] = binder
            value = f"(None if (v := {value}) is None else b{index}(v))"
        parts.append(value)
    # The text is built from the names of parameters in our own statements alone.
    return cast(Callable[[Mapping[str, Any]], list[Any]], eval(f"lambda p: [{', '.join(parts)}]", known))  # noqa: S307


def _result_types(clause: sa.ClauseElement) -> list[tuple[sa.types.TypeEngine[Any], bool]]:
    if isinstance(clause, sa.Select | sa.CompoundSelect):
        columns: Iterable[Any] = clause.selected_columns
    else:
        columns = getattr(clause, "_returning", ()) or ()
    return [(c.type, bool(getattr(c, "nullable", True))) for c in columns]


def _rows_decoder(
    types: Sequence[tuple[sa.types.TypeEngine[Any], bool]], into: Callable[..., Any] | None
) -> Callable[[list[Any]], list[Any]] | None:
    """A generated function from driver rows to values; None when rows are right as they come."""
    codes = [getattr(type_, "result_code", None) for type_, _ in types]
    if into is None and not any(codes):
        return None
    parts = []
    for index, (code, (_, nullable)) in enumerate(zip(codes, types, strict=True)):
        value = f"v{index}"
        if code is None:
            parts.append(value)
            continue
        converted = code.format(value)
        parts.append(f"(None if {value} is None else {converted})" if nullable else converted)
    inner = ", ".join(parts)
    row = ", ".join(f"v{index}" for index in range(len(types)))
    source = f"lambda rows: [{'into' if into is not None else ''}({inner},) for {row}, in rows]"
    # The text is built from column positions and the constants of our own types alone.
    return cast(Callable[[list[Any]], list[Any]], eval(source, {"into": into}))  # noqa: S307
