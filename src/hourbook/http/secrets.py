"""Fields not everybody may see, nulled (or made 0) in one place.

A wire struct marks a field with `secret="..."`; the policy says which marks an actor sees. The
renderer walks an answer only when something has to be hidden, along a plan made once per struct.
"""

from functools import lru_cache
from typing import Any, cast

import msgspec

from hourbook.access.actors import Actor
from hourbook.access.sight import sees_billable_amounts, sees_costs

_NONE: frozenset[str] = frozenset()
_COST_RATES = frozenset({"cost_rate"})
_ALL_RATES = _COST_RATES | {"billable_rate"}


def hidden_marks(actor: Actor) -> frozenset[str]:
    """The marks this actor may not see (roles.md: setting 3; cost rates are for admins).

    An account outside of any workspace has no role; what it reads comes from several workspaces,
    and the action has already left out what each of them hides (`workspaces/rules.py`).
    """
    if not actor.workspace_id or sees_costs(actor):
        return _NONE
    return _COST_RATES if sees_billable_amounts(actor) else _ALL_RATES


def hide(value: Any, marks: frozenset[str]) -> None:
    """Nulls the marked fields of an answer, in place, at any depth."""
    if not marks:
        return
    if isinstance(value, list | tuple):
        for item in value:
            hide(item, marks)
    elif isinstance(value, msgspec.Struct):
        secret, nested = _plan(type(value))
        for name, mark, shown in secret:
            if mark in marks and getattr(value, name) is not msgspec.UNSET:
                setattr(value, name, shown)
        for name in nested:
            hide(getattr(value, name), marks)


def secret_fields(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """The marked fields of a struct; the published document says that they may be null."""
    return tuple(name for name, _, shown in _plan(kind)[0] if shown is None)


@lru_cache(maxsize=512)
def _plan(kind: type[msgspec.Struct]) -> tuple[tuple[tuple[str, str, Any], ...], tuple[str, ...]]:
    """(marked fields with what is shown instead, fields that may hold structs) of a struct."""
    secret, nested = [], []
    info = cast(msgspec.inspect.StructType, msgspec.inspect.type_info(kind))
    for field in info.fields:
        extra = _extra_of(field.type)
        if "secret" in extra:
            secret.append((field.name, extra["secret"], extra.get("hidden")))
        elif _may_hold_structs(field.type):
            nested.append(field.name)
    return tuple(secret), tuple(nested)


def _extra_of(info: Any) -> dict[str, Any]:
    """What a field's type says of itself besides."""
    if isinstance(info, msgspec.inspect.Metadata):
        return info.extra or {}
    if isinstance(info, msgspec.inspect.UnionType):
        return next((extra for part in info.types if (extra := _extra_of(part))), {})
    return {}


def _may_hold_structs(info: Any) -> bool:
    if isinstance(info, msgspec.inspect.StructType | msgspec.inspect.AnyType):
        return True
    if isinstance(info, msgspec.inspect.ListType | msgspec.inspect.VarTupleType):
        return _may_hold_structs(info.item_type)
    if isinstance(info, msgspec.inspect.UnionType):
        return any(_may_hold_structs(part) for part in info.types)
    return False
