"""The JSON of the change feed, our own surface.

A portion is a list of changes; in a live stream each change is an event of its own with the same JSON.
"""

from collections.abc import Sequence

import msgspec

from hourbook.core.calendar import format_instant
from hourbook.core.errors import InvalidValue
from hourbook.http.wire import Out, Query
from hourbook.resources.changes import rules_live
from hourbook.resources.changes.rules_live import Notice

MICROSECONDS = 1_000_000
LIMIT = 1000
SHORT_LIMIT = 100
_encode = msgspec.json.Encoder().encode


class SinceQuery(Query):
    """`since`: the revision somebody has; without it from now on."""

    since: int | None = None

    def revision(self) -> int | None:
        if self.since is not None and self.since < 0:
            raise InvalidValue("since must be a revision, 0 or more")
        return self.since


class FeedQuery(Query):
    since: int = 0
    limit: int = 100

    @property
    def is_long(self) -> bool:
        """Whether answering takes longer than a turn of the event loop has."""
        return self.limit > SHORT_LIMIT

    def bounds(self) -> tuple[int, int]:
        if self.since < 0:
            raise InvalidValue("since must be a revision, 0 or more")
        if not 1 <= self.limit <= LIMIT:
            raise InvalidValue(f"limit must be between 1 and {LIMIT}")
        return self.since, self.limit


class ChangeOut(Out):
    """`id` is that of the webhook message, if there is one. `entityIds`: of a bulk change, null when not all are told.

    `changed`: names of fields, null when a thing is new or gone.
    """

    id: str
    revision: int
    at: str
    event: str | None
    kind: str
    verb: str
    entity_id: str | None
    entity_ids: list[str] | None
    changed: list[str] | None
    actor_id: str | None
    subject_user_id: str | None
    origin: str


class FeedOut(Out):
    """`revision`: what to ask from next time."""

    changes: list[ChangeOut]
    revision: int
    has_more: bool


def change_out(workspace_id: str, one: Notice) -> ChangeOut:
    changed = None if one.changed is None else list(dict.fromkeys(map(rules_live.shown_name, one.changed)))
    return ChangeOut(
        id=f"{workspace_id}.{one.revision}",
        revision=one.revision,
        at=format_instant(one.at_us // MICROSECONDS),
        event=one.event,
        kind=one.kind,
        verb=one.verb,
        entity_id=one.thing_id,
        entity_ids=None if one.ids is None else list(one.ids),
        changed=changed,
        actor_id=one.actor_id,
        subject_user_id=one.subject_user_id,
        origin=one.origin,
    )


def feed_out(workspace_id: str, changes: Sequence[Notice], revision: int, *, has_more: bool) -> FeedOut:
    return FeedOut(changes=[change_out(workspace_id, one) for one in changes], revision=revision, has_more=has_more)


def event_lines(workspace_id: str, changes: Sequence[Notice]) -> bytes:
    """Changes as server-sent events: `change` with the JSON as its data."""
    return b"".join(
        b"id: %b\nevent: change\ndata: %b\n\n" % (shown.id.encode(), _encode(shown))
        for shown in (change_out(workspace_id, one) for one in changes)
    )
