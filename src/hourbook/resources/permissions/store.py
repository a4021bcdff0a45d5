"""Looking up the thing an explanation is about, whatever kind it is.

It reads through the registry of entities, without a permission: only admins and the operator ask,
and the answer says whether somebody else would reach the thing. Nothing is decided here.
"""

from collections.abc import Iterator
from typing import Any

from hourbook.db.entities import REGISTRY, Entity
from hourbook.db.tx import ReadTx

# Words of actions that are not the kind's own name in lower case.
_KINDS = {"group": "USER_GROUP", "role": "MEMBER", "user": "MEMBER", "rate": "MEMBER"}
# An action may be about all that belongs to a person or a project; then that is the thing.
_OWNERS = ("PROJECT", "MEMBER")


def find_thing(tx: ReadTx, action: str, thing_id: str) -> tuple[str, Any] | None:
    """(kind, row) of the thing with this id that the action could be about."""
    for entity in _entities(action):
        if entity.shared and thing_id != tx.workspace_id:
            continue
        found = tx.find_many(entity, [thing_id])
        if found:
            return entity.kind, found[thing_id]
    return None


def find_project(tx: ReadTx, project_id: str) -> Any | None:
    return tx.find_many(REGISTRY["PROJECT"], [project_id]).get(project_id)


def _entities(action: str) -> Iterator[Entity]:
    """The kinds an action could be about, its own first."""
    word = action.partition(".")[0]
    own = _KINDS.get(word, word.upper())
    for kind in dict.fromkeys((own, *_OWNERS)):
        if kind in REGISTRY and len(REGISTRY[kind].key) == 1:
            yield REGISTRY[kind]
