"""The verbs of the change feed: reading what changed since a revision, and what of it somebody may hear.

Changes are read once for everybody who listens to a workspace; what is withheld from whom is decided
for each of them, each time, with the rights they have then.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from hourbook.access.actors import Actor
from hourbook.access.scope import Scope
from hourbook.access.sight import sees_billable_amounts, sees_costs
from hourbook.core.errors import InvalidValue
from hourbook.db.tx import ReadTx
from hourbook.journal import journal
from hourbook.journal.fanout import read_message_id
from hourbook.journal.journal import JournalRow
from hourbook.resources.changes import rules_live as rules
from hourbook.resources.changes import store_live as store
from hourbook.resources.changes.rules_live import Notice, Place, Sight, Watched

LIMIT = 1000


class Feed(msgspec.Struct):
    """A portion: changes somebody may hear of, up to which revision they were looked for, whether there are more."""

    changes: list[Notice]
    revision: int
    has_more: bool


def list_since(tx: ReadTx, since: int, limit: int) -> Feed:
    """The next portion after a revision. InvalidValue for a revision that is yet to come."""
    check_since(tx, since)
    rows = journal.read_light_since(tx, since, limit=limit)
    sight = sight_of(tx.actor)
    found = [change for one in notices_of(tx, rows) if (change := rules.seen(one, sight)) is not None]
    return Feed(found, rows[-1].revision if rows else since, len(rows) == limit)


def check_since(tx: ReadTx, since: int) -> int:
    """The workspace's revision; InvalidValue for one that is yet to come (from before a restore)."""
    revision = journal.current_revision(tx)
    if since > revision:
        raise InvalidValue(f"There is no revision {since} yet; the newest is {revision}")
    return revision


def position(tx: ReadTx, last_event_id: str, since: int | None) -> int:
    """The revision a stream begins after: what was received last, what is asked for, or now. Like `check_since`."""
    received = read_message_id(last_event_id)
    if received is not None and received[0] == tx.workspace_id:
        since = received[1]
    revision = check_since(tx, since or 0)
    return revision if since is None else since


def read(tx: ReadTx, after: int, limit: int) -> list[Notice]:
    """What changed after a revision, for everybody; oldest first."""
    return notices_of(tx, journal.read_light_since(tx, after, limit=limit))


def notices_of(tx: ReadTx, rows: Sequence[JournalRow]) -> list[Notice]:
    states = [_states(row) for row in rows]
    wanted: set[str] = set()
    for row, found in zip(rows, states, strict=True):
        watched = rules.WATCHED.get(row.kind)
        if watched is not None and watched.project is not None and row.kind != "PROJECT":
            wanted.update(fields[watched.project] for fields in found if fields.get(watched.project))
    public = store.public_among(tx, wanted)
    return [_notice(row, found, public) for row, found in zip(rows, states, strict=True)]


def _states(row: JournalRow) -> list[dict[str, Any]]:
    """The things of a row, before and after, as far as it holds them whole."""
    if row.verb in ("insert_many", "delete_many"):
        return list(row.rows or ())
    found = [row.after] if row.verb in ("insert", "update") else [row.before] if row.verb == "delete" else []
    if row.verb == "update":
        found.append({**row.after, **row.before})
    return found


def _notice(row: JournalRow, states: list[dict[str, Any]], public: set[str]) -> Notice:
    watched = rules.WATCHED.get(row.kind)
    places = {} if watched is None else dict.fromkeys(_place(watched, fields, public) for fields in states)
    return Notice(
        row.revision,
        row.at_us,
        row.event,
        row.kind,
        row.verb,
        row.entity_id,
        rules.named_ids(row.ids),
        row.changed,
        row.actor_id,
        row.subject_user_id,
        row.origin,
        tuple(places),
    )


def _place(watched: Watched, fields: dict[str, Any], public: set[str]) -> Place:
    project_id = fields.get(watched.project) if watched.project else None
    is_public = fields.get("is_public", project_id in public)
    return Place(fields.get(watched.user) if watched.user else None, project_id, bool(is_public))


def sight_of(actor: Actor) -> Sight:
    """What somebody may hear of, with the rights they have now."""
    everything, tests = set(), {}
    for kind, watched in rules.WATCHED.items():
        if not actor.may(watched.action):
            continue
        scope = actor.scope(watched.action)
        if scope.everything and not scope.all_of:
            everything.add(kind)
        else:
            tests[kind] = _test(scope)
    hidden = frozenset() if sees_billable_amounts(actor) else rules.BILLABLE_FIELDS
    return Sight(frozenset(everything), tests, hidden | (frozenset() if sees_costs(actor) else rules.COST_FIELDS))


def _test(scope: Scope) -> Any:
    return lambda place: scope.holds(user_id=place.user_id, project_id=place.project_id, is_public=place.is_public)


def heard(actor: Actor, notices: Sequence[Notice]) -> list[Notice]:
    """Of what was read for everybody, what this actor may hear of."""
    sight = sight_of(actor)
    return [change for one in notices if (change := rules.seen(one, sight)) is not None]
