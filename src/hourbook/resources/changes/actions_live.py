"""The verbs of the change feed: reading what changed since a revision, and what of it somebody may hear.

Changes are read once for everybody who listens to a workspace; what is withheld from whom is decided
for each of them, each time, with the rights they have then.
"""

from collections.abc import Iterable, Sequence
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

Spot = tuple[str | None, str | None, bool | None]
"""Whose a thing is, its project, and whether that is public; None: the row does not say."""


class Feed(msgspec.Struct):
    """A portion: changes somebody may hear of, up to which revision they were looked for, whether there are more."""

    changes: list[Notice]
    revision: int
    has_more: bool


def list_since(tx: ReadTx, since: int, limit: int) -> Feed:
    """The next portion after a revision. InvalidValue for a revision that is yet to come."""
    check_since(tx, since)
    notices = read(tx, since, limit)
    return Feed(heard(tx.actor, notices), notices[-1].revision if notices else since, len(notices) == limit)


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


def notices_of(tx: ReadTx, rows: Iterable[JournalRow]) -> list[Notice]:
    """What rows say, taken one by one: what one holds of thousands of things is let go before the next is unpacked."""
    found = [(_notice(row), _spots(row)) for row in rows]
    unknown = {project_id for _, spots in found for _, project_id, is_public in spots if is_public is None}
    public = store.public_among(tx, {one for one in unknown if one})
    for notice, spots in found:
        notice.places = tuple(
            Place(user_id, project_id, project_id in public if is_public is None else is_public)
            for user_id, project_id, is_public in spots
        )
    return [notice for notice, _ in found]


def _notice(row: JournalRow) -> Notice:
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
        (),
    )


def _spots(row: JournalRow) -> list[Spot]:
    """Where the things of a row are and were, each place once, as far as it holds them whole."""
    watched = rules.WATCHED.get(row.kind)
    return [] if watched is None else list(dict.fromkeys(_spot(watched, fields) for fields in _states(row)))


def _spot(watched: Watched, fields: dict[str, Any]) -> Spot:
    user_id = fields.get(watched.user) if watched.user else None
    project_id = fields.get(watched.project) if watched.project else None
    return user_id, project_id, fields.get("is_public")


def _states(row: JournalRow) -> list[dict[str, Any]]:
    """The things of a row, before and after."""
    if row.verb in ("insert_many", "delete_many"):
        return list(row.rows or ())
    # A row that cannot be read has none.
    last = row.before if row.verb == "delete" else row.after
    if row.verb not in ("insert", "update", "delete") or last is None:
        return []
    return [last, {**last, **row.before}] if row.verb == "update" else [last]


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
