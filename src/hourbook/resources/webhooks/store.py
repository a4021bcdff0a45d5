"""The SQL of webhooks, of their logs and statuses, and of where fan-out begins.

Statements are constants; `tx` adds the workspace. Deliveries on their way are `store_deliveries.py`'s.
Nothing is decided here.
"""

from typing import Any

import sqlalchemy as sa

from hourbook.core.types import Role, SortOrder
from hourbook.db.derived import write_each
from hourbook.db.engine import AnyOf
from hourbook.db.entities import Entity
from hourbook.db.statement import Family, Statement, bind
from hourbook.db.tables.projects import projects
from hourbook.db.tables.tags import tags
from hourbook.db.tables.tasks import tasks
from hourbook.db.tables.webhooks import (
    webhook_cursors,
    webhook_deliveries,
    webhook_health,
    webhook_messages,
    webhook_tries,
    webhooks,
)
from hourbook.db.tables.workspaces import role_grants, workspace_members
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.webhooks.rules import Source, Webhook
from hourbook.resources.webhooks.rules_deliveries import LoggedTry, Standing

WEBHOOK = Entity(
    "WEBHOOK", "Webhook", webhooks, Webhook, private=("auth_token", "signing_secret", "previous_signing_secret")
)
_w, _h, _c, _m = webhooks.c, webhook_health.c, webhook_cursors.c, webhook_messages.c
_d, _t, _g = webhook_deliveries.c, webhook_tries.c, role_grants.c
_HERE = _w.workspace_id == bind("workspace_id")
_LIMIT = {"limit": bind("limit", sa.Integer()), "offset": bind("offset", sa.Integer())}
_ADDON = {
    "all": sa.true(),
    "none": _w.addon_id.is_(None),
    "any": _w.addon_id.is_not(None),
    "one": _w.addon_id == bind("addon_id"),
}


@Family
def _list(whose: str) -> Statement:
    conditions = [_HERE] if whose == "all" else [_HERE, _ADDON[whose]]
    return Statement(sa.select(*WEBHOOK.columns).where(*conditions).order_by(_w.id), into=Webhook)


# Where the things stand that a webhook can be narrowed down to.
_SOURCES: dict[Source, tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]] = {
    Source.USER_ID: (workspace_members.c.workspace_id, workspace_members.c.user_id),
    Source.PROJECT_ID: (projects.c.workspace_id, projects.c.id),
    Source.TASK_ID: (tasks.c.workspace_id, tasks.c.id),
    Source.TAG_ID: (tags.c.workspace_id, tags.c.id),
}


@Family
def _known(source: Source) -> Statement:
    workspace_id, id_ = _SOURCES[source]
    return Statement(sa.select(id_).where(workspace_id == bind("workspace_id"), AnyOf(id_, "ids")))


LIST_OF_USER = Statement(
    sa.select(*WEBHOOK.columns).where(_HERE, _w.user_id == bind("user_id")).order_by(_w.id), into=Webhook
)
HOMES_OF_USER = Statement(
    sa.select(_w.workspace_id)
    .where(AnyOf(_w.workspace_id, "workspace_ids"), _w.user_id == bind("user_id"))
    .distinct()
    .order_by(_w.workspace_id)
)
COUNT = Statement(sa.select(sa.func.count()).select_from(webhooks).where(_HERE))
COUNT_OWN = Statement(
    sa.select(sa.func.count()).select_from(webhooks).where(_HERE, _w.user_id == bind("user_id"), _w.addon_id.is_(None))
)
FIND_OWNER = Statement(
    sa.select(_g.user_id)
    .where(_g.workspace_id == bind("workspace_id"), _g.role == sa.literal_column(f"'{Role.OWNER.value}'"))
    .order_by(_g.user_id)
    .limit(1)
)
_STAMPS = {
    "created_at_us": bind("now_us", sa.BigInteger()),
    "updated_at_us": bind("now_us", sa.BigInteger()),
    "row_revision": bind("row_revision", sa.Integer()),
}
INSERT_HEALTH = Statement(
    sa.insert(webhook_health).values(
        {"workspace_id": bind("workspace_id"), "webhook_id": bind("webhook_id"), **_STAMPS},
    )
)
RESET_HEALTH = Statement(
    sa.update(webhook_health)
    .where(_h.workspace_id == bind("workspace_id"), _h.webhook_id == bind("webhook_id"))
    .values(
        failing_since_us=None,
        paused_until_us=None,
        updated_at_us=bind("now_us", sa.BigInteger()),
        row_revision=_h.row_revision + 1,
    )
)
DELETE_HEALTH = Statement(
    sa.delete(webhook_health).where(_h.workspace_id == bind("workspace_id"), AnyOf(_h.webhook_id, "ids"))
)
FIND_CURSOR = Statement(sa.select(_c.revision).where(_c.workspace_id == bind("workspace_id")))
INSERT_CURSOR = Statement(
    sa.insert(webhook_cursors).values(
        {"workspace_id": bind("workspace_id"), "revision": bind("revision", sa.BigInteger()), "erasures": 0, **_STAMPS}
    )
)
COUNT_ERASURE = Statement(
    sa.update(webhook_cursors)
    .where(_c.workspace_id == bind("key_workspace_id", _c.workspace_id.type))
    .values(erasures=_c.erasures + 1, updated_at_us=bind("now_us", sa.BigInteger()), row_revision=_c.row_revision + 1)
)

# The body of a try is that of its message; it goes when that does.
_TRY = (
    _t.id,
    _t.webhook_id,
    _t.delivery_id,
    _t.status_code,
    _t.answer,
    _t.answered_at_us,
    sa.func.coalesce(_m.body, sa.literal(b"", sa.LargeBinary())),
)
_SAME_MESSAGE = sa.and_(_m.workspace_id == _t.workspace_id, _m.revision == _t.revision, _m.part == _t.part)
_GOOD = sa.and_(_t.status_code >= 200, _t.status_code < 300)
_OUTCOMES = {"ALL": sa.true(), "SUCCEEDED": _GOOD, "FAILED": sa.not_(_GOOD)}


@Family
def _logs(bounds: frozenset[str], outcome: str, order: SortOrder) -> Statement:
    conditions: list[Any] = [_t.workspace_id == bind("workspace_id"), _t.webhook_id == bind("webhook_id")]
    if "from_us" in bounds:
        conditions.append(_t.answered_at_us >= bind("from_us", sa.BigInteger()))
    if "to_us" in bounds:
        conditions.append(_t.answered_at_us <= bind("to_us", sa.BigInteger()))
    if outcome != "ALL":
        conditions.append(_OUTCOMES[outcome])
    keys = (_t.answered_at_us, _t.id)
    select = sa.select(*_TRY).outerjoin(webhook_messages, _SAME_MESSAGE).where(*conditions)
    sorted_by = [key.desc() if order is SortOrder.DESCENDING else key for key in keys]
    return Statement(select.order_by(*sorted_by).limit(_LIMIT["limit"]).offset(_LIMIT["offset"]), into=LoggedTry)


# One that is to be sent once more waits like a new one; one that is as good as given up has failed.
_WAITS = sa.or_(_d.state == sa.literal_column("'RETRYING'"), _d.state == sa.literal_column("'WAITING'"))
_GIVEN_UP = sa.and_(_WAITS, _d.revision <= bind("given_up_to", sa.BigInteger()))
_STATES = {
    "SUCCEEDED": _d.state == sa.literal_column("'SUCCEEDED'"),
    "FAILED": sa.or_(_d.state == sa.literal_column("'FAILED'"), _GIVEN_UP),
    "RETRYING": sa.and_(_WAITS, sa.not_(_GIVEN_UP)),
}
_STATE = sa.case((_GIVEN_UP, sa.literal_column("'FAILED'")), else_=_d.state)


@Family
def _statuses(states: frozenset[str]) -> Statement:
    conditions: list[Any] = [_d.workspace_id == bind("workspace_id"), _d.webhook_id == bind("webhook_id")]
    if states:
        conditions.append(sa.or_(*(_STATES[state] for state in sorted(states))))
    select = (
        sa.select(_d.id, _STATE, _d.failures, *_TRY)
        .join(webhook_tries, sa.and_(_t.workspace_id == _d.workspace_id, _t.id == _d.last_try_id))
        .outerjoin(webhook_messages, _SAME_MESSAGE)
        .where(*conditions)
        .order_by(_d.id.desc())
    )
    return Statement(select.limit(_LIMIT["limit"]).offset(_LIMIT["offset"]), into=_standing)


def _standing(delivery_id: str, state: str, failures: int, *logged: Any) -> Standing:
    return Standing(delivery_id, state, failures, LoggedTry(*logged))


def list_webhooks(tx: ReadTx, whose: str, addon_id: str = "") -> list[Webhook]:
    """`whose`: all, none (of no add-on), any (add-on), or one (that add-on)."""
    more = {"addon_id": addon_id} if whose == "one" else {}
    return tx.rows(_list.of(whose), **more)


def webhooks_of(tx: ReadTx, user_id: str) -> list[Webhook]:
    return tx.rows(LIST_OF_USER, user_id=user_id)


def workspaces_with_webhooks_of(tx: ReadTx, user_id: str, workspace_ids: list[str]) -> list[str]:
    """Those of these workspaces in which somebody has webhooks."""
    return [row[0] for row in tx.rows(HOMES_OF_USER, user_id=user_id, workspace_ids=workspace_ids)]


def count(tx: ReadTx) -> int:
    return int(tx.rows(COUNT)[0][0])


def count_own(tx: ReadTx, user_id: str) -> int:
    """How many webhooks of no add-on somebody made here."""
    return int(tx.rows(COUNT_OWN, user_id=user_id)[0][0])


def known_sources(tx: ReadTx, source: Source, ids: tuple[str, ...]) -> set[str]:
    """Which of them are there. Of what is not built yet, none."""
    return {row[0] for row in tx.rows(_known.of(source), ids=list(ids))} if source in _SOURCES else set()


def owner_id(tx: ReadTx) -> str | None:
    found = tx.one(FIND_OWNER)
    return found[0] if found else None


def insert_health(tx: Tx, webhook_id: str) -> None:
    tx.write_derived(INSERT_HEALTH, webhook_id=webhook_id, now_us=tx.now_us, row_revision=1)


def reset_health(tx: Tx, webhook_id: str) -> None:
    tx.write_derived(RESET_HEALTH, webhook_id=webhook_id, now_us=tx.now_us)


def delete_health(tx: Tx, webhook_ids: list[str]) -> None:
    tx.write_derived(DELETE_HEALTH, ids=webhook_ids)


def start_cursor(tx: Tx, revision: int) -> None:
    """From which revision on events are made into messages, unless they are already."""
    if tx.one(FIND_CURSOR) is None:
        tx.write_derived(INSERT_CURSOR, revision=revision, now_us=tx.now_us, row_revision=1)


def count_erasure(tx: Tx, workspace_ids: list[str]) -> None:
    """From here on no message that was made of what was read before is kept in any of these."""
    write_each(tx, COUNT_ERASURE, [{"key_workspace_id": one, "now_us": tx.now_us} for one in workspace_ids])


def list_logs(tx: ReadTx, webhook_id: str, *, wanted: dict[str, Any], rows: tuple[int, int]) -> list[LoggedTry]:
    """`wanted`: outcome, order, from_us and to_us if any. `rows`: from which one, how many."""
    bounds = {name: value for name, value in wanted.items() if name in ("from_us", "to_us")}
    statement = _logs.of(frozenset(bounds), wanted["outcome"], wanted["order"])
    return tx.rows(statement, webhook_id=webhook_id, offset=rows[0], limit=rows[1], **bounds)


def list_statuses(
    tx: ReadTx, webhook_id: str, *, states: frozenset[str], given_up_to: int, rows: tuple[int, int]
) -> list[Standing]:
    """`given_up_to`: what waits of revisions up to this one is as good as given up."""
    values: dict[str, Any] = {"given_up_to": given_up_to, "offset": rows[0], "limit": rows[1]}
    return tx.rows(_statuses.of(states), webhook_id=webhook_id, **values)
