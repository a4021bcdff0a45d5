"""The verbs of fan-out: what the journal has to tell, to whom, and keeping the messages that come of it.

Reading happens in the worker, in one snapshot; storing is one write that also moves the workspace's cursor, and
does nothing when somebody else moved it: so a range of revisions becomes messages once, whoever works on it. Nor does
it when somebody was erased since: what was read may say the name.
"""

import contextlib
from collections import defaultdict
from collections.abc import Sequence

from hourbook.db.tx import ReadTx, Tx
from hourbook.journal import fanout
from hourbook.journal.bulk import BulkRows
from hourbook.journal.fanout import Happening, Lost
from hourbook.journal.journal import UNREADABLE, current_revision
from hourbook.journal.past import Past
from hourbook.resources.webhooks import rules_fanout as rules
from hourbook.resources.webhooks import store_deliveries
from hourbook.resources.webhooks import store_fanout as store
from hourbook.resources.webhooks.actions_fanout_states import About
from hourbook.resources.webhooks.rules import EVENTS
from hourbook.resources.webhooks.rules_deliveries import Room, lease_until_us
from hourbook.resources.webhooks.rules_fanout import Due, Kept, Lease, Listener, Message, Portion, Told
from hourbook.resources.webhooks.rules_spoiled import Spoiled

REVISIONS_LIMIT = 500
# Things of a portion: one row may be about hundreds of thousands.
THINGS_LIMIT = 2000
BEFORE_ALL = "0" * 24
LISTENING_LIMIT = 100_000
WEBHOOK = "WEBHOOK"


def list_due(tx: ReadTx, behind: str = BEFORE_ALL) -> list[Due]:
    """Workspaces with changes nobody was told of yet, by id. One without webhooks is never among them."""
    return store.list_due(tx, behind, rules.WORKSPACES_LIMIT)


def list_listening(tx: ReadTx) -> list[str]:
    """The workspaces that have webhooks."""
    return store.list_listening(tx, LISTENING_LIMIT)


def read(
    tx: ReadTx, cursor: int, after: int, *, behind: tuple[int, int] | None = None, bulks: BulkRows | None = None
) -> Portion:
    """What the revisions behind `after` tell to the webhooks there are. `cursor`: as it is stored.

    `behind`: where the portion before this one of the same revisions stopped. `bulks`: what that unpacked.
    """
    up_to = min(current_revision(tx), after + REVISIONS_LIMIT)
    found = store.subscriptions(tx)
    admins = store.admins_among(tx, {one.user_id for one in found})
    listeners: dict[str, list[Listener]] = defaultdict(list)
    for one in found:
        if rules.is_served(one, admins):
            listeners[one.event].append(rules.listener_of(one))
    rows = [one for one in fanout.event_rows(tx, after, up_to) if one.row.event in listeners] if listeners else []
    slices, stopped_at = fanout.sliced(rows, behind, THINGS_LIMIT)
    past = Past(tx, after, bulks=bulks)
    if slices:
        # Where they cannot be read, those that are on now count as on then.
        with contextlib.suppress(*UNREADABLE):
            past.know(WEBHOOK, [one.id for one in found])
    lost: list[Lost] = []
    happened = list(fanout.happenings(slices, past, lost))
    told = _told(About(tx, past), _together(happened), listeners) + [_as_told(one) for one in lost]
    return Portion(cursor, up_to, told, bool(found) or store.has_webhooks(tx), stopped_at)


def _together(happened: Sequence[Happening]) -> list[list[Happening]]:
    """Each by itself, but people who came in one request as one."""
    found: list[list[Happening]] = []
    for one in happened:
        kind = EVENTS.get(one.event)
        is_joint = kind is not None and kind.family in rules.TOGETHER
        last = found[-1][-1] if found else None
        if is_joint and last is not None and (last.event, last.request_id) == (one.event, one.request_id):
            found[-1].append(one)
        else:
            found.append([one])
    return found


def _told(about: About, groups: list[list[Happening]], listeners: dict[str, list[Listener]]) -> list[Told]:
    """With their states, those that somebody wants to hear. A webhook hears only what came after it was made."""
    wanted: list[tuple[list[Happening], tuple[str, ...]]] = []
    for group in groups:
        first = group[0]
        sources = about.sources(first)
        ids = [one.id for one in listeners[first.event] if one.wants(sources) and _was_on(about.past, one, first)]
        if ids:
            wanted.append((group, tuple(ids)))
    about.gather([group for group, _ in wanted])
    return [
        Told(group[0].revision, group[0].part, group[0].event, group[0].at_us, ids, about.state(group))
        for group, ids in wanted
    ]


def _as_told(lost: Lost) -> Told:
    """To nobody, but aloud, like any event that something is wrong with."""
    row = lost.row
    return Told(row.revision, lost.part, row.event or "", row.at_us, (), Spoiled(lost.error))


def _was_on(past: Past, listener: Listener, happening: Happening) -> bool:
    try:
        webhook = past.at(WEBHOOK, listener.id, happening.revision)
    except UNREADABLE:
        return True
    return webhook is not None and bool(webhook["enabled"] and webhook["delivery_enabled"])


def store_messages(
    tx: Tx, due: Due, up_to: int, *, messages: list[Message], room: Room | None = None, holder: str = ""
) -> Kept:
    """Keeps messages with their deliveries and moves the cursor; nothing is kept when that is elsewhere.

    Nor when a person was erased after `due` was looked at: the messages may name them, and are to be made anew.
    `up_to` equal to the cursor: more messages of the same range follow. Those that an earlier try kept are left.
    `room`: what the worker can send at once. It has that under a lease, without another transaction in between.
    """
    if not store.move_cursor(tx, due, up_to):
        return Kept(is_ours=False)
    if not messages:
        return Kept(is_ours=True)
    there = store.kept_between(tx, messages[0], messages[-1])
    new = [one for one in messages if (one.revision, one.part) not in there]
    alive = store.alive_among(tx, {webhook_id for one in new for webhook_id in one.webhook_ids})
    free = {one.id: one for one in store_deliveries.free_among(tx, alive - {*room.busy})} if room else {}
    keys = rules.sent_at_once(new, free, room) if room else set()
    lease = Lease(keys, holder, lease_until_us(tx.now_us))
    leased, waiting_count = store.add_messages(tx, new, alive=alive, lease=lease)
    receivers = [free[webhook_id] for webhook_id in sorted({one.webhook_id for one in leased})]
    # Of those that an earlier try kept nobody knows whether they were sent.
    return Kept(True, leased, receivers, has_more=bool(waiting_count or there))


def end(tx: Tx, due: Due) -> bool:
    """Forgets the cursor of a workspace whose last webhook is gone: its changes cost nothing any more."""
    if not store.move_cursor(tx, due, due.cursor):
        return False
    # As whoever makes a webhook does; after the cursor, as whoever erases a person does.
    tx.hold_revision()
    if store.has_webhooks(tx):
        return False
    store.end_cursor(tx)
    return True
