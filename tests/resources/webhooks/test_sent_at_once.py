"""Events that are sent with the transaction that keeps them: only where nothing waits and nothing fails."""

from hourbook.db.tx import Tx
from hourbook.resources.webhooks import actions_fanout, store_deliveries
from hourbook.resources.webhooks.rules_deliveries import Room
from hourbook.resources.webhooks.rules_fanout import Kept, Message
from tests.fanouts import due, hook, sent
from tests.harness import Office

ROOM = Room(limit=64, each=4, failing_limit=64)


def keep(office: Office, *webhook_ids: str, count: int = 1, room: Room | None = ROOM) -> Kept:
    """Some events for all of these."""
    found_at = due(office)
    at = found_at.cursor
    messages = [Message(at + n, 0, "NEW_TAG", b"{}", webhook_ids) for n in range(1, count + 1)]

    def work(tx: Tx) -> Kept:
        return actions_fanout.store_messages(tx, found_at, at + count, messages=messages, room=room, holder="me")

    found: Kept = office.write(work)
    assert len([one for one in sent(office, *webhook_ids) if one.revision > at]) == count * len(webhook_ids)
    return found


def test_the_first_events_of_a_quiet_webhook_are_sent_at_once(office: Office) -> None:
    quiet = hook(office, "NEW_TAG")
    found = keep(office, quiet, count=6)
    assert [one.webhook_id for one in found.deliveries] == [quiet] * 4
    assert [one.id for one in found.receivers] == [quiet]
    assert found.has_more


def test_without_room_everything_waits(office: Office) -> None:
    found = keep(office, hook(office, "NEW_TAG"), room=None)
    assert (found.deliveries, found.has_more) == ([], True)


def test_nothing_overtakes_what_waits(office: Office) -> None:
    slow, quiet = hook(office, "NEW_TAG"), hook(office, "NEW_TAG")
    keep(office, slow, room=None)
    office.clock.move(1)
    found = keep(office, slow, quiet)
    assert [one.webhook_id for one in found.deliveries] == [quiet]
    assert found.has_more


def test_a_webhook_that_only_fails_gets_nothing_at_once(office: Office) -> None:
    failing, quiet = hook(office, "NEW_TAG"), hook(office, "NEW_TAG")
    rows = [(office.workspace_id, failing, office.clock.now_us(), None)]
    office.write(lambda tx: store_deliveries.note_failing(tx, rows))
    assert [one.webhook_id for one in keep(office, failing, quiet).deliveries] == [quiet]


def test_a_webhook_with_all_its_tries_under_way_gets_nothing_at_once(office: Office) -> None:
    busy, quiet = hook(office, "NEW_TAG"), hook(office, "NEW_TAG")
    room = Room(limit=64, each=4, failing_limit=64, busy=(busy,), held=(busy,))
    assert [one.webhook_id for one in keep(office, busy, quiet, room=room).deliveries] == [quiet]
