"""Which webhook gets to hear of which event, and what a body is made of. Pure.

An event's family (`rules.EVENTS`) says how its body reads (`wire_payloads`); what a body shows is gathered by
`actions_fanout`.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from hourbook.resources.webhooks import rules_deliveries as delivering
from hourbook.resources.webhooks.rules import Family, Source

# A page of the workspaces that have something to tell.
WORKSPACES_LIMIT = 200
# One event for all the people of a request.
TOGETHER = frozenset({Family.INVITATION, Family.LIMITED_USERS})
# The part of a body that a source type is compared with.
_SOURCES = {
    Source.USER_ID: "user_ids",
    Source.PROJECT_ID: "project_ids",
    Source.TASK_ID: "task_ids",
    Source.TAG_ID: "tag_ids",
    Source.ASSIGNMENT_ID: "assignment_ids",
    Source.EXPENSE_ID: "expense_ids",
}


class Subscription(msgspec.Struct):
    """A webhook as far as telling it goes. `source_ids`: the stored JSON."""

    id: str
    user_id: str
    addon_id: str | None
    event: str
    source_type: str
    source_ids: str


class Sources(msgspec.Struct, kw_only=True):
    """What an event is about, as sources name it."""

    user_ids: tuple[str, ...] = ()
    project_ids: tuple[str, ...] = ()
    task_ids: tuple[str, ...] = ()
    tag_ids: tuple[str, ...] = ()
    assignment_ids: tuple[str, ...] = ()
    expense_ids: tuple[str, ...] = ()


class Listener(msgspec.Struct):
    """A subscription with its sources read."""

    id: str
    source_type: Source
    source_ids: frozenset[str]

    def wants(self, sources: Sources | None) -> bool:
        """Whether one of its sources is among those of an event; the whole workspace always is. None: maybe."""
        name = _SOURCES.get(self.source_type)
        return name is None or sources is None or not self.source_ids.isdisjoint(getattr(sources, name))


def listener_of(found: Subscription) -> Listener:
    ids = frozenset(msgspec.json.decode(found.source_ids, type=list[str]))
    return Listener(found.id, Source(found.source_type), ids)


def is_served(found: Subscription, admins: set[str]) -> bool:
    """Whether a webhook still has somebody to answer for it.

    What bodies show is for admins: one whose maker is none any more hears nothing, until the maker is one again or
    an admin saves it. An add-on's lives as long as its installation.
    """
    return found.addon_id is not None or found.user_id in admins


class Due(msgspec.Struct):
    """A workspace with changes that were not made into messages: up to where they were, and where it is.

    `erasures`: how many people were erased before this was looked at. What is read now may name the next one.
    """

    workspace_id: str
    cursor: int
    revision: int
    erasures: int


class Told(msgspec.Struct):
    """An event with those who hear of it and what its body shows (`state`: what its family takes)."""

    revision: int
    part: int
    event: str
    at_us: int
    webhook_ids: tuple[str, ...]
    state: Any


class Portion(msgspec.Struct):
    """What a range of revisions tells: from behind `cursor` (as stored) to `up_to`. `has_listeners`: anybody at all.

    `stopped_at`: the last thing (revision, part) that was looked at, when there are too many for one portion.
    """

    cursor: int
    up_to: int
    told: list[Told]
    has_listeners: bool
    stopped_at: tuple[int, int] | None = None


class Message(msgspec.Struct):
    """An event with its body, and the webhooks that get it."""

    revision: int
    part: int
    event: str
    body: bytes
    webhook_ids: tuple[str, ...]


Key = tuple[int, int, str]
"""Of a delivery within a workspace: revision and part of its message, its webhook."""


class Kept(msgspec.Struct):
    """What became of messages that were to be kept.

    `is_ours` False: nothing was, for somebody else was faster, or a person was erased.
    `deliveries`: those that the worker has under a lease already, with their `receivers`. `has_more`: others wait.
    """

    is_ours: bool
    deliveries: list[delivering.Due] = []
    receivers: list[delivering.Receiver] = []
    has_more: bool = False


class Lease(msgspec.Struct):
    """Deliveries that are under a lease from their beginning: whose, and until when."""

    keys: set[Key]
    holder: str
    until_us: int


def sent_at_once(messages: Sequence[Message], free: Collection[str], room: delivering.Room) -> set[Key]:
    """Deliveries that need not wait for their turn, the first ones of each webhook that nothing waits for."""
    found: set[Key] = set()
    counts: Counter[str] = Counter()
    for one in messages:
        for webhook_id in one.webhook_ids:
            if webhook_id in free and counts[webhook_id] < room.each and len(found) < room.limit:
                counts[webhook_id] += 1
                found.add((one.revision, one.part, webhook_id))
    return found


class EntryState(msgspec.Struct, kw_only=True):
    """What a time entry's body shows; things as the slices of theirs show them."""

    entry: Any
    project: Any | None
    task: Any | None
    task_updated_at_us: int
    tags: Sequence[Any]
    user: Any | None
    zone: str
    is_locked: bool
    field_values: Sequence[Any]


class ClientState(msgspec.Struct):
    client: Any
    currency_codes: dict[str, str]


class UserState(msgspec.Struct):
    """`person`: the account as this workspace shows it. `old_email`: of a changed address."""

    person: Any
    old_email: str | None


class InvitedState(msgspec.Struct):
    """Who let whom in: e-mail addresses, or names of people without any."""

    workspace_id: str
    inviter: Any | None
    words: list[str]


class GroupState(msgspec.Struct):
    group: Any
    managers: Sequence[Any]


class RateState(msgspec.Struct, kw_only=True):
    """A change of a rate: where, for whom, in which currency, how much (None: none of its own) since when."""

    workspace_id: str
    level: str
    is_cost: bool
    target_id: str
    user_id: str | None
    status: str
    currency_id: str
    currency: str
    amount_minor: int | None
    since_s: int
