"""What a transaction is told and what it leaves: the facts of an operation, the changes it made.

A `Change` becomes one row of the journal. What may stand in it is decided here: private fields
of an entity never do. `db/tx.py` is the only maker of changes.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import msgspec

from hourbook.core.types import Deployment, Origin
from hourbook.db.engine import Connection
from hourbook.db.entities import Entity

ROWS_JOURNALED_ONE_BY_ONE = 1000


class Facts(msgspec.Struct, frozen=True):
    """What an operation may know of its request; the same again when it is run again."""

    actor: Any
    now_us: int
    request_id: str
    new_id: Callable[[], str]
    origin: Origin = Origin.API
    deployment: Deployment = Deployment()


class Change(msgspec.Struct):
    """One change on its way to the journal.

    `rows` of a bulk change: (`packed` ids, list of old values or rows). Verbs: insert, update,
    delete, insert_many, update_many, delete_many, unlink_many.
    """

    workspace_id: str
    kind: str
    verb: str
    entity_id: str | None
    event: str | None = None
    subject_user_id: str | None = None
    origin: Origin | None = None
    changed: tuple[str, ...] | None = None
    before: Any = None
    after: Any = None
    ids: Sequence[str] | None = None
    rows: Any = None


class Append(Protocol):
    """Writes one journal row per change, numbered from `first_revision`."""

    def __call__(
        self, connection: Connection, facts: Facts, changes: Sequence[Change], *, first_revision: int
    ) -> None: ...


def public_part(entity: Entity, row: Any) -> Any:
    """What the journal may keep of a row."""
    if not entity.private:
        return row
    return {name: getattr(row, name) for name in entity.struct.__struct_fields__ if name not in entity.private}


def changed_fields(entity: Entity, before: Any, after: Any) -> tuple[str, ...]:
    """Names of the fields in which two rows differ."""
    return tuple(name for name in entity.struct.__struct_fields__ if getattr(before, name) != getattr(after, name))
