"""The verbs of webhooks: making, looking, changing, deleting, new secrets, logs.

A webhook belongs to the workspace: when its maker leaves, it becomes the owner's. What it is narrowed down to may
vanish; the event of that is the last one that matches. Deliveries are `actions_deliveries.py`'s.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from hourbook.access import receivers, tokens
from hourbook.access.secrets import SecretBox
from hourbook.core.errors import NotFound
from hourbook.db.tx import ReadTx, Tx, reacts_to
from hourbook.resources.webhooks import (
    actions_backlog,
    actions_erasing,
    rules,
    rules_deliveries,
    store,
    store_backlog,
    store_fanout,
)
from hourbook.resources.webhooks.rules import Sealed, Source, Wanted, Webhook, WebhookType
from hourbook.resources.webhooks.rules_deliveries import LoggedTry, Standing

_WHOSE = {None: "all", WebhookType.USER_CREATED: "none", WebhookType.ADDON: "any"}
# What people read when a source is not there.
_WORDS = {
    Source.USER_ID: "User",
    Source.PROJECT_ID: "Project",
    Source.TASK_ID: "Task",
    Source.TAG_ID: "Tag",
    Source.ASSIGNMENT_ID: "Assignment",
    Source.EXPENSE_ID: "Expense",
}


class Found(msgspec.Struct, frozen=True):
    """Webhooks of one kind, and how many there are of all."""

    webhooks: list[Webhook]
    count: int


def list_webhooks(tx: ReadTx, wanted: WebhookType | None) -> Found:
    """In the order in which they were made. There is none of the system."""
    count = store.count(tx)
    if wanted is WebhookType.SYSTEM:
        return Found([], count)
    return Found(store.list_webhooks(tx, _WHOSE[wanted]), count)


def list_of_addon(tx: ReadTx, addon_id: str) -> Found:
    """An add-on that is not there has none (wire-events section 1). The number is that of the add-on's."""
    found = store.list_webhooks(tx, "one", addon_id)
    return Found(found, len(found))


def get_webhook(tx: ReadTx, webhook_id: str) -> Webhook:
    """NotFound when there is none."""
    found: Webhook = tx.get(store.WEBHOOK, webhook_id)
    return found


def held_webhook(tx: Tx, webhook_id: str) -> Webhook:
    """The same, held until the end of the transaction."""
    found: Webhook = tx.get(store.WEBHOOK, webhook_id, locked=True)
    return found


def held_webhooks(tx: Tx, webhooks: Iterable[Webhook]) -> list[Webhook]:
    """As they are now, held: each is written as a whole, and may just have got another token."""
    found = tx.find_many(store.WEBHOOK, sorted(one.id for one in webhooks), locked=True)
    return [found[webhook_id] for webhook_id in sorted(found)]


def _changeable(tx: Tx, webhook_id: str) -> Webhook:
    """The same; InvalidValue for an add-on's: what it is told stands in its manifest, and its token is its own."""
    found = held_webhook(tx, webhook_id)
    rules.check_nobodys(found)
    return found


def check_url(url: str, networks: tuple[str, ...]) -> None:
    """InvalidValue for an address nobody may be called at. Looks its name up, so it is slow."""
    receivers.check_receiver(url, networks)


def create_webhook(tx: Tx, wanted: Wanted, *, box: SecretBox) -> tuple[Webhook, str]:
    """The webhook and its signing secret, shown this once. InvalidValue, LimitReached, NotFound for a source."""
    wanted = _checked(tx, wanted)
    user_id = str(tx.actor.id)
    deployment = tx.facts.deployment
    # From here on nobody else makes one here, or writes at all: the count stands, and events begin after this.
    revision = tx.hold_revision()
    own, count = store.count_own(tx, user_id), store.count(tx)
    limits = {"own_limit": deployment.webhooks_per_user, "limit": deployment.webhooks_per_workspace}
    rules.check_room(own_count=own, count=count, **limits)
    sealed = new_secrets(box)
    webhook = Webhook(
        workspace_id=tx.workspace_id,
        id=tx.new_id(),
        user_id=user_id,
        addon_id=None,
        name=wanted.name or rules.made_up_name(wanted.event),
        url=wanted.url,
        event=wanted.event,
        source_type=wanted.source_type.value,
        source_ids=rules.encode_sources(wanted.source_ids),
        enabled=True,
        delivery_enabled=True,
        auth_token=sealed.auth_token,
        signing_secret=sealed.signing_secret,
    )
    add(tx, webhook, after_revision=revision)
    return webhook, sealed.shown_secret


def add(tx: Tx, webhook: Webhook, *, after_revision: int) -> None:
    """Puts a webhook in place; events after the revision reach it. Add-ons bring theirs complete."""
    tx.insert(store.WEBHOOK, webhook, event="WEBHOOK_CREATED", subject=webhook.user_id)
    store.insert_health(tx, webhook.id)
    store.start_cursor(tx, after_revision)


def new_secrets(box: SecretBox, auth_token: str | None = None) -> Sealed:
    """A new token and a new signing secret, encrypted. `auth_token`: where it is not for us to make up."""
    secret = rules_deliveries.new_secret(tokens.new_random_bytes())
    token = auth_token or tokens.new_webhook_token()
    return Sealed(
        box.encrypt(token.encode(), rules.TOKEN_PURPOSE), box.encrypt(secret.encode(), rules.SECRET_PURPOSE), secret
    )


def update_webhook(tx: Tx, webhook_id: str, wanted: Wanted) -> Webhook:
    """Replaces what it says; without a name it keeps its own. One that was given up is tried again from now on.

    Where its maker is no admin any more, nothing was sent (`rules_fanout.is_served`); whoever saves it answers for it.
    """
    before = _changeable(tx, webhook_id)
    wanted = _checked(tx, wanted)
    after = msgspec.structs.replace(
        before,
        user_id=before.user_id if store_fanout.admins_among(tx, {before.user_id}) else str(tx.actor.id),
        name=wanted.name or before.name,
        url=wanted.url,
        event=wanted.event,
        source_type=wanted.source_type.value,
        source_ids=rules.encode_sources(wanted.source_ids),
        delivery_enabled=True,
    )
    tx.update(store.WEBHOOK, before, after, event="WEBHOOK_UPDATED", subject=before.user_id)
    if not before.delivery_enabled or before.url != after.url:
        store.reset_health(tx, webhook_id)
        actions_backlog.resume(tx, [webhook_id])
    return after


def delete_webhook(tx: Tx, webhook_id: str) -> None:
    """Nothing is sent any more; its log is kept as long as any."""
    delete_all(tx, [_changeable(tx, webhook_id)])


def delete_of_addon(tx: Tx, addon_id: str) -> None:
    """Takes away all webhooks of an add-on."""
    delete_all(tx, store.list_webhooks(tx, "one", addon_id))


def delete_all(tx: Tx, webhooks: list[Webhook]) -> None:
    """Fan-out ends itself after the last one (`actions_fanout.end`): another may just be made."""
    ids = [one.id for one in webhooks]
    tx.delete_many(store.WEBHOOK, webhooks, event="WEBHOOK_DELETED")
    store.delete_health(tx, ids)
    actions_backlog.give_up(tx, ids)


def rotate_token(tx: Tx, webhook_id: str, *, box: SecretBox) -> tuple[Webhook, str]:
    """A new token, the old one is worth nothing at once; a new signing secret, and the old one signs too for a day."""
    before = _changeable(tx, webhook_id)
    old, kept = box.decrypt(before.signing_secret, rules.SECRET_PURPOSE).decode(), ""
    if before.previous_signing_secret is not None:
        kept = box.decrypt(before.previous_signing_secret, rules.PREVIOUS_PURPOSE).decode()
    kept = rules.with_earlier(kept, old, now_us=tx.now_us)
    sealed = new_secrets(box)
    after = msgspec.structs.replace(
        before,
        auth_token=sealed.auth_token,
        signing_secret=sealed.signing_secret,
        previous_signing_secret=box.encrypt(kept.encode(), rules.PREVIOUS_PURPOSE),
        previous_ends_at_us=tx.now_us + rules.OVERLAP_US,
    )
    tx.update(store.WEBHOOK, before, after, event="WEBHOOK_TOKEN_CHANGED", subject=before.user_id)
    return after, sealed.shown_secret


def list_logs(tx: ReadTx, webhook_id: str, *, wanted: dict[str, Any], rows: tuple[int, int]) -> list[LoggedTry]:
    """Tries to deliver, oldest first unless asked otherwise; see `store.list_logs`."""
    get_webhook(tx, webhook_id)
    if actions_erasing.is_under_way(tx):
        return []
    return store.list_logs(tx, webhook_id, wanted=wanted, rows=rows)


def list_statuses(tx: ReadTx, webhook_id: str, *, states: frozenset[str], rows: tuple[int, int]) -> list[Standing]:
    """Deliveries that were tried, the newest first, each with its last try."""
    get_webhook(tx, webhook_id)
    if actions_erasing.is_under_way(tx):
        return []
    mark = store_backlog.mark_of(tx, webhook_id)
    return store.list_statuses(tx, webhook_id, states=states, given_up_to=-1 if mark is None else mark, rows=rows)


# --- what others do ------------------------------------------------------------------------------------


def hand_over(tx: Tx, user_id: str) -> None:
    """Somebody's webhooks in this workspace become the owner's: they go on, and notices reach somebody."""
    mine = store.webhooks_of(tx, user_id)
    owner_id = store.owner_id(tx) if mine else None
    if owner_id is not None and owner_id != user_id:
        held = held_webhooks(tx, mine)
        pairs = [(one, msgspec.structs.replace(one, user_id=owner_id)) for one in held if one.user_id == user_id]
        tx.update_all(store.WEBHOOK, pairs, event="WEBHOOK_UPDATED", subject=owner_id)


def forget_person(tx: Tx, user_id: str, workspace_ids: Iterable[str]) -> None:
    """Somebody's webhooks become the owners', and what was told about the person is gone."""
    ids = sorted(workspace_ids)
    # Before any webhook is written to: fan-out takes its cursor first, too, and keeps nothing meanwhile.
    store.count_erasure(tx, ids)
    for workspace_id in store.workspaces_with_webhooks_of(tx, user_id, ids):
        with tx.inside(workspace_id):
            hand_over(tx, user_id)
    actions_erasing.forget_about(tx, user_id, ids)


@reacts_to("MEMBER", "delete")
def _member_is_gone(tx: Tx, member: Any, _: None) -> None:
    hand_over(tx, member.user_id)


def _checked(tx: Tx, wanted: Wanted) -> Wanted:
    """With its sources, each of which is there."""
    wanted = rules.check_wanted(wanted, tx.workspace_id)
    receivers.check_written(wanted.url, tx.facts.deployment.webhook_networks)
    _check_sources(tx, wanted.source_type, wanted.source_ids)
    return wanted


def _check_sources(tx: Tx, source: Source, ids: tuple[str, ...]) -> None:
    """NotFound for one that is not there."""
    if ids and source is not Source.WORKSPACE_ID and store.known_sources(tx, source, ids) != set(ids):
        raise NotFound(_WORDS[source])
