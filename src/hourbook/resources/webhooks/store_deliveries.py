"""The SQL of deliveries on their way: what is due, leases, what became of tries.

Deliveries, tries and messages are made from the journal and not journaled, so they are no entities. Looking for what
is due crosses workspaces: the worker's affair, never a request's. Nothing is decided here.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from hourbook.db.derived import write_each
from hourbook.db.engine import AnyOf
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.jobs import jobs
from hourbook.db.tables.webhooks import (
    webhook_deliveries,
    webhook_health,
    webhook_messages,
    webhook_tries,
    webhooks,
)
from hourbook.db.tables.workspaces import workspaces
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.webhooks.rules_deliveries import (
    ERASING_JOB,
    Candidate,
    Content,
    Due,
    Known,
    Outcome,
    Receiver,
    Room,
    Settled,
)

_d, _m, _t = webhook_deliveries.c, webhook_messages.c, webhook_tries.c
_w, _h, _s = webhooks.c, webhook_health.c, workspaces.c
_NOW = bind("now_us", sa.BigInteger())
# In the words of the partial index, or the planner would not know it.
_WAITING: tuple[sa.ColumnElement[str], ...] = (sa.literal_column("'WAITING'"), sa.literal_column("'RETRYING'"))


def _waits(table: Any) -> sa.ColumnElement[bool]:
    found: sa.ColumnElement[bool] = table.c.state.in_(_WAITING)
    return found


_KEY_NAMES = ("workspace_id", "webhook_id", "revision", "part")
_KEY = tuple(_d[name] == bind("key_" + name, _d[name].type) for name in _KEY_NAMES)
_DUE = tuple(_d[name] for name in Due.__struct_fields__)


def _heads() -> sa.CTE:
    """Webhooks that deliveries wait for, by one step in the index each, however many wait."""
    first, other = (webhook_deliveries.alias(name) for name in ("first", "other"))
    lowest = sa.select(first.c.webhook_id).where(_waits(first)).order_by(first.c.webhook_id).limit(1)
    heads: Any = sa.select(lowest.scalar_subquery().label("webhook_id")).cte("heads", recursive=True)
    following = (
        sa.select(other.c.webhook_id)
        .where(_waits(other), other.c.webhook_id > heads.c.webhook_id)
        .order_by(other.c.webhook_id)
        .limit(1)
        .correlate(heads)
        .scalar_subquery()
    )
    return heads.union_all(sa.select(following).where(heads.c.webhook_id.is_not(None)))  # type: ignore[no-any-return]


_OPEN = (
    _w.enabled == 1,
    _w.delivery_enabled == 1,
    # Nothing is sent of a workspace that is being deleted.
    sa.or_(_s.deletes_at_us.is_(None), _s.deletes_at_us > _NOW),
    sa.or_(_h.paused_until_us.is_(None), _h.paused_until_us <= _NOW),
    # What waited when it was given up must be out of the way first,
    _h.given_up_to.is_(None),
    # and whoever was erased.
    sa.not_(
        sa.exists().where(
            jobs.c.workspace_id == _w.workspace_id,
            jobs.c.kind == sa.literal_column(f"'{ERASING_JOB}'"),
            jobs.c.state == sa.literal_column("'QUEUED'"),
        )
    ),
)
_HEALTH_OF = sa.and_(_h.workspace_id == _w.workspace_id, _h.webhook_id == _w.id)


def _open_heads() -> tuple[Any, Any]:
    """Those of them that may be sent to: heads, and a selection from them, with their health."""
    heads = _heads()
    select = (
        sa.select(heads.c.webhook_id)
        .join(webhooks, _w.id == heads.c.webhook_id)
        .join(workspaces, _s.id == _w.workspace_id)
        .outerjoin(webhook_health, _HEALTH_OF)
        .where(*_OPEN)
    )
    return heads, select


def _due_for(webhook_id: Any) -> sa.Exists:
    return sa.exists().where(_d.webhook_id == webhook_id, _waits(webhook_deliveries), _d.next_try_at_us <= _NOW)


def _is_due() -> Statement:
    """Whether there is anything that `candidates` would find."""
    heads, select = _open_heads()
    fails = _h.failing_since_us.is_not(None)
    is_let = sa.or_(
        sa.and_(fails, bind("failing_limit", sa.Integer()) > 0, sa.not_(AnyOf(heads.c.webhook_id, "held"))),
        sa.and_(sa.not_(fails), sa.not_(AnyOf(heads.c.webhook_id, "busy"))),
    )
    return Statement(select.where(is_let, _due_for(heads.c.webhook_id)).limit(1))


def _candidates(*, is_failing: bool) -> Statement:
    """Of each webhook the first few that are due (more where several are due at the same microsecond), oldest first."""
    heads, select = _open_heads()
    late = webhook_deliveries.alias("late")
    cut = (
        sa.select(late.c.next_try_at_us)
        .where(_waits(late), late.c.webhook_id == heads.c.webhook_id, late.c.next_try_at_us <= _NOW)
        .order_by(late.c.next_try_at_us)
        .limit(1)
        .offset(bind("behind", sa.Integer()))
        .correlate(heads)
        .scalar_subquery()
    )
    failing = _h.failing_since_us.is_not(None) if is_failing else _h.failing_since_us.is_(None)
    cuts = (
        select.add_columns(sa.func.coalesce(cut, _NOW).label("cut_us"))
        .where(failing, sa.not_(AnyOf(heads.c.webhook_id, "busy")))
        .cte("cuts")
    )
    same = sa.and_(_m.workspace_id == _d.workspace_id, _m.revision == _d.revision, _m.part == _d.part)
    rows = (
        sa.select(*_DUE, sa.func.length(_m.body))
        .select_from(cuts)
        .join(webhook_deliveries, sa.and_(_d.webhook_id == cuts.c.webhook_id, _d.next_try_at_us <= cuts.c.cut_us))
        .join(webhook_messages, same)
        .where(_waits(webhook_deliveries))
        .order_by(_d.next_try_at_us, _d.workspace_id, _d.revision, _d.part, _d.webhook_id)
        .limit(bind("limit", sa.Integer()))
        .with_for_update(of=webhook_deliveries, skip_locked=True)
    )
    return Statement(rows, into=_candidate)


def _candidate(*values: Any) -> Candidate:
    return Candidate(Due(*values[:-1]), values[-1])


def _content(workspace_id: str, revision: int, part: int, event: str, body: bytes) -> Content:
    return Content(workspace_id, revision, part, event, bytes(body).decode())


def _receiver(*values: Any) -> Receiver:
    fields = dict(zip(Receiver.__struct_fields__, values, strict=True))
    return Receiver(**{**fields, "is_addon": bool(fields["is_addon"])})


IS_DUE = _is_due()
CANDIDATES = {is_failing: _candidates(is_failing=is_failing) for is_failing in (False, True)}
LEASE = Statement(
    sa.update(webhook_deliveries)
    .where(*_KEY, _d.attempts == bind("held_attempts", sa.Integer()))
    .values(
        attempts=_d.attempts + 1,
        holder=bind("holder"),
        next_try_at_us=bind("until_us", sa.BigInteger()),
        updated_at_us=_NOW,
        row_revision=_d.row_revision + 1,
    )
)
# Those of one lease stand together in the index: it ends for all of them at the same microsecond.
CONTENTS = Statement(
    sa.select(_m.workspace_id, _m.revision, _m.part, _m.event, _m.body)
    .join(
        webhook_deliveries,
        sa.and_(_d.workspace_id == _m.workspace_id, _d.revision == _m.revision, _d.part == _m.part),
    )
    .where(
        AnyOf(_d.webhook_id, "webhook_ids"),
        _waits(webhook_deliveries),
        _d.next_try_at_us == bind("until_us", sa.BigInteger()),
        AnyOf(_d.id, "ids"),
    )
    .distinct(),
    into=_content,
)
_RECEIVER = sa.select(
    _w.workspace_id,
    _w.id,
    _w.url,
    sa.case((_w.addon_id.is_(None), 0), else_=1),
    _w.auth_token,
    _w.signing_secret,
    _w.previous_signing_secret,
    _w.previous_ends_at_us,
).where(AnyOf(_w.id, "ids"))
RECEIVERS = Statement(_RECEIVER, into=_receiver)
FREE = Statement(
    _RECEIVER.join(workspaces, _s.id == _w.workspace_id)
    .outerjoin(webhook_health, _HEALTH_OF)
    .where(_w.workspace_id == bind("workspace_id"), *_OPEN, _h.failing_since_us.is_(None), sa.not_(_due_for(_w.id))),
    into=_receiver,
)
RELEASE = Statement(
    sa.update(webhook_deliveries)
    .where(_waits(webhook_deliveries), _d.holder == bind("held_by", sa.Text()))
    .values(next_try_at_us=_NOW, holder=sa.literal_column("''"), row_revision=_d.row_revision + 1)
)
SETTLE = Statement(
    sa.update(webhook_deliveries)
    .where(*_KEY, _waits(webhook_deliveries), _d.attempts == bind("held_attempts", sa.Integer()))
    .values(
        state=bind("state"),
        failures=bind("failures", sa.Integer()),
        last_try_id=bind("last_try_id"),
        holder=sa.literal_column("''"),
        next_try_at_us=bind("next_try_at_us", sa.BigInteger()),
        updated_at_us=_NOW,
        row_revision=_d.row_revision + 1,
    )
)
_TRY_NAMES = tuple(column.name for column in webhook_tries.columns)
INSERT_TRY = Statement(sa.insert(webhook_tries).values({name: bind(name) for name in _TRY_NAMES}))
_HEALTH_KEY = (_h.workspace_id == bind("key_workspace_id", _h.workspace_id.type), _h.webhook_id == bind("webhook_id"))
IS_WELL = Statement(
    sa.update(webhook_health)
    # A receiver that was well needs no word.
    .where(*_HEALTH_KEY, sa.or_(_h.failing_since_us.is_not(None), _h.paused_until_us.is_not(None)))
    .values(failing_since_us=None, paused_until_us=None, updated_at_us=_NOW, row_revision=_h.row_revision + 1)
)
IS_FAILING = Statement(
    sa.update(webhook_health)
    .where(*_HEALTH_KEY)
    .values(
        failing_since_us=bind("failing_since_us", sa.BigInteger()),
        paused_until_us=bind("paused_until_us", sa.BigInteger()),
        updated_at_us=_NOW,
        row_revision=_h.row_revision + 1,
    )
)
FIND_KNOWN = Statement(
    sa.select(_w.id, _w.url, _h.failing_since_us, _h.given_up_to)
    .join(webhook_health, sa.and_(_h.workspace_id == _w.workspace_id, _h.webhook_id == _w.id))
    .where(AnyOf(_w.id, "ids"))
    # Held: since when it fails is written again, and a good answer may just come elsewhere.
    .order_by(_w.id)
    .with_for_update(of=webhook_health)
)
_AMONG = (
    AnyOf(_d.workspace_id, "workspace_ids"),
    AnyOf(_d.webhook_id, "webhook_ids"),
    AnyOf(_d.id, "ids"),
)
FIND_HELD = Statement(sa.select(_d.id, _d.attempts).where(*_AMONG, _waits(webhook_deliveries)))
# They stay until the end: whoever erases a person takes deliveries away before their tries.
FIND_THERE = Statement(sa.select(_d.id).where(*_AMONG).order_by(_d.id).with_for_update(read=True, key_share=True))


def is_due(tx: ReadTx, room: Room) -> bool:
    rows = tx.rows(
        IS_DUE, now_us=tx.now_us, busy=list(room.busy), held=list(room.held), failing_limit=room.failing_limit
    )
    return bool(rows)


def candidates(tx: Tx, *, is_failing: bool, busy: Sequence[str], most: int, limit: int) -> list[Candidate]:
    """What is due for webhooks that are (not) failing now, held until the end of the transaction."""
    return tx.rows(CANDIDATES[is_failing], now_us=tx.now_us, busy=list(busy), behind=most - 1, limit=limit)


def lease(tx: Tx, found: Sequence[Due], *, until_us: int, holder: str) -> None:
    rows = [
        {**_key(one), "held_attempts": one.attempts, "holder": holder, "until_us": until_us, "now_us": tx.now_us}
        for one in found
    ]
    write_each(tx, LEASE, rows)


def contents(tx: ReadTx, found: Sequence[Due], *, until_us: int) -> list[Content]:
    """What is to be sent, of a lease that was just taken."""
    webhook_ids = sorted({one.webhook_id for one in found})
    return tx.rows(CONTENTS, until_us=until_us, webhook_ids=webhook_ids, ids=[one.id for one in found])


def receivers(tx: ReadTx, found: Sequence[Due]) -> list[Receiver]:
    return tx.rows(RECEIVERS, ids=sorted({one.webhook_id for one in found}))


def free_among(tx: ReadTx, webhook_ids: set[str]) -> list[Receiver]:
    """Those of a workspace's webhooks that can be sent to at once: they do not fail, and nothing waits for them."""
    return tx.rows(FREE, ids=sorted(webhook_ids), now_us=tx.now_us) if webhook_ids else []


def release(tx: Tx, holder: str) -> int:
    return tx.write_derived(RELEASE, held_by=holder, now_us=tx.now_us)


def settle(tx: Tx, found: Sequence[tuple[Outcome, Settled]]) -> None:
    """Writes what became of each, where its lease is still the newest one, and logs tries of what is still there."""
    deliveries, tries = [], []
    for outcome, settled in found:
        due, id_ = outcome.delivery, tx.new_id()
        values = {"state": settled.state.value, "failures": settled.failures, "next_try_at_us": settled.next_try_at_us}
        deliveries.append(
            {**_key(due), **values, "held_attempts": due.attempts, "last_try_id": id_, "now_us": tx.now_us}
        )
        tries.append(_try(tx, outcome, id_))
    if write_each(tx, SETTLE, deliveries) < len(deliveries):
        # Some are held by somebody else, or over; or they are gone, and so is whatever was said of them.
        there = {row[0] for row in tx.rows(FIND_THERE, **_ids([one.delivery for one, _ in found]))}
        tries = [one for one in tries if one["delivery_id"] in there]
    write_each(tx, INSERT_TRY, tries)


def _try(tx: Tx, outcome: Outcome, id_: str) -> dict[str, Any]:
    due = outcome.delivery
    return {
        "workspace_id": due.workspace_id,
        "id": id_,
        "webhook_id": due.webhook_id,
        "delivery_id": due.id,
        "revision": due.revision,
        "part": due.part,
        "status_code": outcome.status_code,
        "answer": outcome.answer,
        "answered_at_us": tx.now_us,
        "created_at_us": tx.now_us,
        "updated_at_us": tx.now_us,
        "row_revision": 1,
    }


def known(tx: ReadTx, webhook_ids: set[str]) -> dict[str, Known]:
    """By webhook, as far as they are there."""
    rows = tx.rows(FIND_KNOWN, ids=sorted(webhook_ids)) if webhook_ids else ()
    return {row[0]: Known(*row[1:]) for row in rows}


def held_among(tx: ReadTx, found: Sequence[Due]) -> list[Due]:
    """Those whose lease is still the newest one."""
    if not found:
        return []
    held = {(row[0], row[1]) for row in tx.rows(FIND_HELD, **_ids(found))}
    return [one for one in found if (one.id, one.attempts) in held]


def note_well(tx: Tx, webhooks_here: Sequence[tuple[str, str]]) -> None:
    """Of workspace and webhook: it answered well."""
    rows = [{"key_workspace_id": home, "webhook_id": one, "now_us": tx.now_us} for home, one in webhooks_here]
    write_each(tx, IS_WELL, rows)


def note_failing(tx: Tx, found: Sequence[tuple[str, str, int, int | None]]) -> None:
    """Of workspace, webhook, since when, and until when it is left alone."""
    rows = [
        {
            "key_workspace_id": home,
            "webhook_id": one,
            "failing_since_us": since,
            "paused_until_us": until,
            "now_us": tx.now_us,
        }
        for home, one, since, until in found
    ]
    write_each(tx, IS_FAILING, rows)


def _ids(found: Sequence[Due]) -> dict[str, Any]:
    return {
        "workspace_ids": sorted({one.workspace_id for one in found}),
        "webhook_ids": sorted({one.webhook_id for one in found}),
        "ids": [one.id for one in found],
    }


def _key(due: Due) -> dict[str, Any]:
    return {"key_" + name: getattr(due, name) for name in _KEY_NAMES}
