"""The verbs of deliveries for the worker: taking what is due, saying what became of it, giving receivers up.

A delivery is leased, sent and settled; a worker that dies in between leaves a lease that ends, and the delivery is sent
again under the same id. Which webhooks share a turn, and how long a failing one rests, the rules say.
"""

from collections.abc import Sequence

import msgspec

from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.mail import actions as mails
from hourbook.resources.mail.rules import Mail
from hourbook.resources.users import actions as users
from hourbook.resources.users.rules import AccountStatus, UserSettings, decode_settings
from hourbook.resources.webhooks import (
    actions_backlog,
    actions_erasing,
    rules_deliveries,
    store,
    store_deliveries,
    store_resending,
)
from hourbook.resources.webhooks.rules import Webhook
from hourbook.resources.webhooks.rules_deliveries import Broken, Due, Known, Leased, Outcome, Reason, Room
from hourbook.resources.workspaces import actions as workspaces

NOTHING = Leased([], [], [])


def is_due(tx: ReadTx, room: Room) -> bool:
    """Whether a delivery waits now that there is room for."""
    return store_deliveries.is_due(tx, room)


def release(tx: Tx, holder: str) -> int:
    """Ends the leases of a server's earlier worker, which is gone for certain; returns how many."""
    return store_deliveries.release(tx, holder)


def lease_due(tx: Tx, room: Room, *, holder: str = "") -> Leased:
    """Takes what is due, in turns, as far as there is room. `holder`: the server whose worker takes them."""
    limit = min(room.failing_limit, room.limit)
    waiting = store_deliveries.candidates(tx, is_failing=True, busy=room.held, most=1, limit=limit)
    found = rules_deliveries.chosen(waiting, limit, 1)
    failing = [one.webhook_id for one in found]
    # More than is taken is looked at, so that what waits for one webhook does not hide what waits for others.
    limit, most = room.limit - len(found), room.each
    waiting = store_deliveries.candidates(tx, is_failing=False, busy=room.busy, most=most, limit=limit * most)
    found += rules_deliveries.chosen(waiting, limit, most)
    if not found:
        return NOTHING
    until_us = rules_deliveries.lease_until_us(tx.now_us)
    store_deliveries.lease(tx, found, until_us=until_us, holder=holder)
    return Leased(
        deliveries=[msgspec.structs.replace(one, attempts=one.attempts + 1) for one in found],
        receivers=store_deliveries.receivers(tx, found),
        contents=store_deliveries.contents(tx, found, until_us=until_us),
        failing=failing,
    )


def is_held(tx: ReadTx, delivery: Due) -> bool:
    """Whether a lease that was taken a while ago is still good: nobody took the delivery away, or is about to."""
    return bool(store_deliveries.held_among(tx, [delivery])) and not actions_erasing.is_under_way(tx)


def settle(tx: Tx, outcomes: list[Outcome]) -> list[Broken]:
    """Logs every try and says what becomes of its delivery; returns the receivers that are to be given up.

    What was taken away meanwhile, with a person who was erased, is not logged: the answer may repeat what was sent.
    A failure at an address that the webhook has left counts for nothing, nor does one that is this server's own.
    """
    sent = [one for one in outcomes if not one.is_ours]
    kept_us = rules_deliveries.kept_us(tx.facts.deployment.webhook_log_days)
    known = store_deliveries.known(tx, {one.delivery.webhook_id for one in sent if not one.is_good})
    settled, here = [], []
    for one in outcomes:
        if one.is_ours:
            settled.append((one, rules_deliveries.settled_ours(one, tx.now_us)))
        elif rules_deliveries.is_elsewhere(one, known.get(one.delivery.webhook_id)):
            settled.append((one, rules_deliveries.settled_elsewhere(one, tx.now_us)))
        else:
            settled.append((one, rules_deliveries.settled(one, tx.now_us, kept_us=kept_us)))
            here.append(one)
    gone = _gone(tx, here, known)
    store_deliveries.settle(tx, settled)
    by_receiver: dict[tuple[str, str], list[Outcome]] = {}
    for one in here:
        by_receiver.setdefault((one.delivery.workspace_id, one.delivery.webhook_id), []).append(one)
    well = [key for key, found in by_receiver.items() if any(one.is_good for one in found)]
    store_deliveries.note_well(tx, well)
    bad = {key: found for key, found in by_receiver.items() if key not in well and key[1] in known}
    failing = _note_failing(tx, bad, known)
    return [*gone.values(), *(one for one in failing if one.webhook_id not in gone)]


def _gone(tx: Tx, outcomes: Sequence[Outcome], known: dict[str, Known]) -> dict[str, Broken]:
    """By webhook those that said so, of a delivery that is still to be made: an answer may come after it was given up.

    Looks at leases, so before anything is settled.
    """
    said = [one.delivery for one in outcomes if one.status_code == rules_deliveries.GONE]
    found: dict[str, Broken] = {}
    for one in store_deliveries.held_among(tx, said):
        receiver = known.get(one.webhook_id)
        if receiver is not None and one.revision > (receiver.given_up_to or 0):
            found[one.webhook_id] = Broken(one.workspace_id, one.webhook_id, receiver.url, is_gone=True)
    return found


def _note_failing(tx: Tx, bad: dict[tuple[str, str], list[Outcome]], known: dict[str, Known]) -> list[Broken]:
    """Writes since when each of them fails and until when it rests; those that failed for long enough."""
    rows, broken = [], []
    kept_us = rules_deliveries.kept_us(tx.facts.deployment.webhook_log_days)
    for (workspace_id, webhook_id), outcomes in bad.items():
        first_us = known[webhook_id].failing_since_us or tx.now_us
        rest_us = max(
            rules_deliveries.rest_us(tx.now_us - first_us),
            *(rules_deliveries.patience_us(one, tx.now_us, kept_us=kept_us) for one in outcomes),
        )
        rows.append((workspace_id, webhook_id, first_us, tx.now_us + rest_us if rest_us else None))
        if rules_deliveries.is_given_up(first_us, tx.now_us):
            broken.append(Broken(workspace_id, webhook_id, known[webhook_id].url, is_gone=False))
    store_deliveries.note_failing(tx, rows)
    return broken


def disable(tx: Tx, webhook_id: str, *, url: str, is_gone: bool) -> bool:
    """Gives a receiver up: nothing is sent any more until somebody saves the webhook, and its maker is told.

    `url`: the address that is no good. A webhook that has another one by now stays as it is.
    """
    before: Webhook | None = tx.find(store.WEBHOOK, webhook_id, locked=True)
    if before is None or not before.delivery_enabled or before.url != url:
        return False
    after = msgspec.structs.replace(before, delivery_enabled=False)
    tx.update(store.WEBHOOK, before, after, event="WEBHOOK_DISABLED", subject=before.user_id)
    actions_backlog.give_up(tx, [webhook_id])
    _tell(tx, after, is_gone=is_gone)
    return True


def _tell(tx: Tx, webhook: Webhook, *, is_gone: bool) -> None:
    user = users.get_user(tx, webhook.user_id)
    if user.status is not AccountStatus.ACTIVE:
        return
    settings = decode_settings(user.settings) or UserSettings()
    values: dict[str, str | int] = {
        "webhook": webhook.name,
        "workspace": workspaces.get_workspace(tx).name,
        "address": webhook.url,
        "reason_word": (Reason.GONE if is_gone else Reason.FAILING).value,
        "link": tx.facts.deployment.base_url,
    }
    mails.queue(
        tx,
        Mail(
            to=user.email,
            template="webhook_disabled",
            values=values,
            language=settings.lang,
            zone=settings.time_zone,
        ),
    )


def forget_over(tx: Tx, before_us: int, limit: int) -> int:
    """Removes about so many tries, deliveries and messages that are older; returns how many, 0 when none is left."""
    return store_resending.forget_over(tx, before_us, limit)
