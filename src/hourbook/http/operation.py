"""The operation table: one declared record per operation, and nothing about it anywhere else.

Routes, the published OpenAPI, the permission and tenant matrices, metrics and fuzzing read this
table. A handler's parameters say what it takes: `call`, any name of the path, `query` (a Query
struct), `body` (anything the decoder knows). An operation without an existing permission, or
a write that does not say what it journals, does not import.
"""

import enum
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast, get_type_hints

from hourbook.access.policy import POLICY
from hourbook.core.errors import AccessDenied, DomainError
from hourbook.core.types import Page
from hourbook.db.tx import ReadTx, Tx

_NAMES = re.compile(r"\{([a-z_]+)\}")


class Cost(enum.Enum):
    """Where an operation may run. SHORT: a few indexed rows. LONG: never on the loop. BULK: alone."""

    SHORT = "short"
    LONG = "long"
    BULK = "bulk"


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation. `contract`: its id in the published contract, None for our own ones.

    `hidden`: answers among the contract's routes though the contract does not publish it.

    `path` is below the surface's prefix. `journals`: the journal events a write may leave.
    `handler_takes`: names of the handler's parameters besides `call`. `refuses`: the facts it may
    answer with besides those that every operation shares, when their status is another than 400 or 403.
    """

    name: str
    contract: str | None
    method: str
    path: str
    action: str
    status: int
    cost: Cost
    journals: tuple[str, ...]
    query: Any
    body: Any
    body_required: bool
    response: Any
    handler: Callable[..., Any]
    handler_takes: tuple[str, ...]
    summary: str
    hidden: bool = False
    refuses: tuple[type[DomainError], ...] = ()

    @property
    def is_write(self) -> bool:
        return bool(self.journals)

    @cached_property
    def path_names(self) -> tuple[str, ...]:
        return tuple(_NAMES.findall(self.path))

    @property
    def resource(self) -> str:
        """The folder it lives in."""
        return self.handler.__module__.split(".")[-2]


OPERATIONS: dict[str, Operation] = {}


class Call:
    """What a handler gets besides its arguments: the transaction and the answer's headers."""

    __slots__ = ("actor", "headers", "tx")

    def __init__(self, tx: Any) -> None:
        self.tx = tx
        self.actor = tx.actor
        self.headers: dict[str, str] = {}

    @property
    def read(self) -> ReadTx:
        return self.tx  # type: ignore[no-any-return]

    @property
    def write(self) -> Tx:
        return cast(Tx, self.tx)

    def paged(self, rows: list[Any], page: Page) -> list[Any]:
        """Cuts a list that was asked with one row more than the page, and sets `Last-Page`."""
        self.headers["Last-Page"] = "false" if len(rows) > page.size else "true"
        return rows[: page.size]

    def check_self_or(self, user_id: str, action: str) -> None:
        """AccessDenied unless the actor is that person or may do the action for others."""
        if user_id != self.actor.id and not self.actor.may(action):
            raise AccessDenied


def operation(
    method: str,
    path: str,
    *,
    contract: str | None,
    action: str,
    status: int = 200,
    **more: Any,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declares an operation. More keywords: `journals` (of a write), `cost`, `body_required`, `hidden`, `refuses`."""
    if action not in POLICY:
        raise LookupError(f"{method} {path} asks for the permission {action}, which does not exist")
    journals = tuple(more.pop("journals", ()))
    if method != "GET" and not journals and not more.pop("reads_only", False):
        raise LookupError(f"{method} {path} does not say what it journals")

    def declare(handler: Callable[..., Any]) -> Callable[..., Any]:
        hints = get_type_hints(handler, include_extras=True)
        takes = tuple(name for name in inspect.signature(handler).parameters if name != "call")
        record = Operation(
            name=handler.__name__,
            contract=contract,
            method=method,
            path=path,
            action=action,
            status=status,
            cost=more.get("cost", Cost.SHORT),
            journals=journals,
            query=hints.get("query"),
            body=hints.get("body"),
            body_required=more.get("body_required", "body" in takes),
            response=hints["return"],
            handler=handler,
            handler_takes=takes,
            summary=(inspect.getdoc(handler) or "").split("\n")[0],
            hidden=more.get("hidden", False),
            refuses=tuple(more.get("refuses", ())),
        )
        unknown = set(takes) - {"query", "body", *record.path_names}
        if unknown or record.name in OPERATIONS:
            raise LookupError(f"{record.name}: twice, or parameters nobody fills: {sorted(unknown)}")
        OPERATIONS[record.name] = record
        return handler

    return declare
