"""The SQL of turning the journal into messages and deliveries.

Looking for workspaces with something to tell goes across workspaces: the worker's poll, never a request. Messages,
deliveries and cursors are made from the journal and leave no row in it.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from hourbook.db.derived import write_each
from hourbook.db.engine import AnyOf
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.journal import workspace_revisions
from hourbook.db.tables.tasks import tasks
from hourbook.db.tables.webhooks import webhook_cursors, webhook_deliveries, webhook_messages, webhooks
from hourbook.db.tables.workspaces import role_grants, workspace_members
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.webhooks.rules_deliveries import Due as Leased
from hourbook.resources.webhooks.rules_fanout import Due, Lease, Message, Subscription

_w, _c, _m, _d = webhooks.c, webhook_cursors.c, webhook_messages.c, webhook_deliveries.c
_r, _g, _wm = workspace_revisions.c, role_grants.c, workspace_members.c

LIST_DUE = Statement(
    sa.select(_c.workspace_id, _c.revision, _r.revision, _c.erasures)
    .join(workspace_revisions, sa.and_(_r.workspace_id == _c.workspace_id, _r.revision > _c.revision))
    .where(_c.workspace_id > bind("behind"))
    .order_by(_c.workspace_id)
    .limit(bind("limit", sa.Integer())),
    into=Due,
)
LIST_LISTENING = Statement(sa.select(_c.workspace_id).order_by(_c.workspace_id).limit(bind("limit", sa.Integer())))
SUBSCRIPTIONS = Statement(
    sa.select(*(_w[name] for name in Subscription.__struct_fields__))
    .where(_w.workspace_id == bind("workspace_id"), _w.enabled == 1, _w.delivery_enabled == 1)
    .order_by(_w.id),
    into=Subscription,
)
COUNT_WEBHOOKS = Statement(sa.select(_w.id).where(_w.workspace_id == bind("workspace_id")).order_by(_w.id).limit(1))
# Held, though others may hold them as well: whoever deletes one comes later, and takes what was just made for it.
ALIVE = Statement(
    sa.select(_w.id)
    .where(_w.workspace_id == bind("workspace_id"), AnyOf(_w.id, "ids"), _w.enabled == 1, _w.delivery_enabled == 1)
    .with_for_update(read=True)
)
ADMINS = Statement(
    sa.select(_g.user_id)
    .join(workspace_members, sa.and_(_wm.workspace_id == _g.workspace_id, _wm.user_id == _g.user_id))
    .where(
        _g.workspace_id == bind("workspace_id"),
        AnyOf(_g.user_id, "ids"),
        _g.role.in_([sa.literal_column("'OWNER'"), sa.literal_column("'WORKSPACE_ADMIN'")]),
        _wm.status == sa.literal_column("'ACTIVE'"),
    )
)
UPDATED_TASKS = Statement(
    sa.select(tasks.c.id, tasks.c.updated_at_us).where(
        tasks.c.workspace_id == bind("workspace_id"), AnyOf(tasks.c.id, "ids")
    )
)
# The row itself says whether a person was erased meanwhile: of a row that another transaction held, PostgreSQL looks at
# the conditions again once it has it, but not at other tables.
MOVE_CURSOR = Statement(
    sa.update(webhook_cursors)
    .where(
        _c.workspace_id == bind("key_workspace_id"),
        _c.revision == bind("from_revision", sa.BigInteger()),
        _c.erasures == bind("erasures", sa.BigInteger()),
    )
    .values(revision=bind("to_revision"), updated_at_us=bind("now_us"), row_revision=_c.row_revision + 1)
)
END_CURSOR = Statement(sa.delete(webhook_cursors).where(_c.workspace_id == bind("workspace_id")))


def _place(which: str) -> sa.Tuple:
    return sa.tuple_(bind(which + "_revision", sa.BigInteger()), bind(which + "_part", sa.Integer()))


# By both: of a row about many things the parts that were kept before are as many as they like.
KEPT_BETWEEN = Statement(
    sa.select(_m.revision, _m.part).where(
        _m.workspace_id == bind("workspace_id"),
        sa.tuple_(_m.revision, _m.part) >= _place("first"),
        sa.tuple_(_m.revision, _m.part) <= _place("last"),
    )
)
ADD_MESSAGE = Statement(
    sa.insert(webhook_messages).values({column.name: bind(column.name) for column in webhook_messages.columns})
)
ADD_DELIVERY = Statement(
    sa.insert(webhook_deliveries).values({column.name: bind(column.name) for column in webhook_deliveries.columns})
)
# A delivery nobody has tried.
FIRST = {"state": "WAITING", "attempts": 0, "failures": 0, "holder": "", "last_try_id": None}


def list_due(tx: ReadTx, behind: str, limit: int) -> list[Due]:
    return tx.rows(LIST_DUE, behind=behind, limit=limit)


def list_listening(tx: ReadTx, limit: int) -> list[str]:
    return [row[0] for row in tx.rows(LIST_LISTENING, limit=limit)]


def subscriptions(tx: ReadTx) -> list[Subscription]:
    """The webhooks that are switched on."""
    return tx.rows(SUBSCRIPTIONS)


def has_webhooks(tx: ReadTx) -> bool:
    return tx.one(COUNT_WEBHOOKS) is not None


def admins_among(tx: ReadTx, user_ids: set[str]) -> set[str]:
    """Those who are active and may manage webhooks."""
    return {row[0] for row in tx.rows(ADMINS, ids=sorted(user_ids))} if user_ids else set()


def updated_tasks(tx: ReadTx, task_ids: set[str]) -> dict[str, int]:
    """When tasks were last changed (microseconds), as far as they are there."""
    return dict(tx.rows(UPDATED_TASKS, ids=sorted(task_ids))) if task_ids else {}


def move_cursor(tx: Tx, due: Due, to_revision: int) -> bool:
    """False when somebody else moved it, or a person was erased since."""
    values = {"from_revision": due.cursor, "erasures": due.erasures, "to_revision": to_revision, "now_us": tx.now_us}
    return bool(tx.write_derived(MOVE_CURSOR, key_workspace_id=tx.workspace_id, **values))


def end_cursor(tx: Tx) -> None:
    tx.write_derived(END_CURSOR)


def kept_between(tx: ReadTx, first: Message, last: Message) -> set[tuple[int, int]]:
    """(revision, part) of the messages of a range that are stored already."""
    rows = tx.rows(
        KEPT_BETWEEN,
        first_revision=first.revision,
        first_part=first.part,
        last_revision=last.revision,
        last_part=last.part,
    )
    return {(row[0], row[1]) for row in rows}


def alive_among(tx: ReadTx, webhook_ids: set[str]) -> set[str]:
    return {row[0] for row in tx.rows(ALIVE, ids=sorted(webhook_ids))} if webhook_ids else set()


def add_messages(tx: Tx, messages: Sequence[Message], *, alive: set[str], lease: Lease) -> tuple[list[Leased], int]:
    """Stores messages with a delivery for each webhook that is still on, due now or under a lease from the beginning.

    Those under a lease, and how many wait.
    """
    stamps = {"created_at_us": tx.now_us, "updated_at_us": tx.now_us, "row_revision": 1}
    waits = {**stamps, **FIRST, "next_try_at_us": tx.now_us}
    leased = {**waits, "attempts": 1, "holder": lease.holder, "next_try_at_us": lease.until_us}
    rows, deliveries, found = [], [], []
    for one in messages:
        key = {"revision": one.revision, "part": one.part}
        wanted = [webhook_id for webhook_id in one.webhook_ids if webhook_id in alive]
        if not wanted:
            continue
        rows.append({**key, **stamps, "event": one.event, "body": one.body})
        for webhook_id in wanted:
            id_, is_leased = tx.new_id(), (one.revision, one.part, webhook_id) in lease.keys
            deliveries.append({**key, **(leased if is_leased else waits), "webhook_id": webhook_id, "id": id_})
            if is_leased:
                found.append(Leased(tx.workspace_id, webhook_id, one.revision, one.part, id_, 1, 0))
    write_each(tx, ADD_MESSAGE, rows)
    write_each(tx, ADD_DELIVERY, deliveries)
    return found, len(deliveries) - len(found)
