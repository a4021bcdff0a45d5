"""The SQL of backlogs: giving up all that waits for a webhook, sending again what is over, a portion at a time.

A webhook may have a hundred thousand deliveries, and who writes to all of them at once holds everybody. Deliveries are
made from the journal and not journaled, so they are no entities. Nothing is decided here.
"""

from typing import Any

import sqlalchemy as sa

from hourbook.db.engine import AnyOf
from hourbook.db.statement import Family, Statement, bind
from hourbook.db.tables.webhooks import webhook_deliveries, webhook_health
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.webhooks.rules_deliveries import Again

_d, _h = webhook_deliveries.c, webhook_health.c
_NOW = bind("now_us", sa.BigInteger())
_OF = (_d.workspace_id == bind("workspace_id"), _d.webhook_id == bind("webhook_id"))
_OF_ANY = (_d.workspace_id == bind("workspace_id"), AnyOf(_d.webhook_id, "ids"))
# In the words of the partial index, or the planner would not know it.
_WAITS = _d.state.in_((sa.literal_column("'WAITING'"), sa.literal_column("'RETRYING'")))
_UP_TO = _d.revision <= bind("up_to", sa.BigInteger())
_PLACE = {"offset": bind("offset", sa.Integer())}
# No revision is higher.
LAST_REVISION = (1 << 63) - 1
# A part higher than any.
LAST_PART = (1 << 31) - 1

# --- giving up --------------------------------------------------------------------------------------------

# It is not touched in other ways: `updated_at_us` stays, by which `Again` tells what came to its end after the wish.
_GIVEN_UP = {"state": "FAILED", "holder": "", "row_revision": _d.row_revision + 1}
WAITS_MORE = Statement(
    sa.select(_d.webhook_id)
    .where(*_OF_ANY, _WAITS)
    .order_by(_d.webhook_id, _d.next_try_at_us, _d.id)
    .limit(1)
    .offset(_PLACE["offset"])
)
GIVE_UP_ALL = Statement(sa.update(webhook_deliveries).where(*_OF_ANY, _WAITS).values(_GIVEN_UP))
_IN_HEALTH = (_h.workspace_id == bind("workspace_id"), _h.webhook_id == bind("webhook_id"))
FIND_MARK = Statement(sa.select(_h.given_up_to).where(*_IN_HEALTH))
FIND_MARKED = Statement(
    sa.select(_h.webhook_id)
    .where(_h.workspace_id == bind("workspace_id"), AnyOf(_h.webhook_id, "ids"), _h.given_up_to.is_not(None))
    .order_by(_h.webhook_id)
)
MARK = Statement(
    sa.update(webhook_health)
    .where(_h.workspace_id == bind("workspace_id"), AnyOf(_h.webhook_id, "ids"))
    .values(given_up_to=bind("up_to", sa.BigInteger()), updated_at_us=_NOW, row_revision=_h.row_revision + 1)
)
CLEAR_MARK = Statement(
    sa.update(webhook_health)
    .where(*_IN_HEALTH, _h.given_up_to == bind("up_to", sa.BigInteger()))
    .values(given_up_to=None, updated_at_us=_NOW, row_revision=_h.row_revision + 1)
)
# By the order of the index of what waits, so that each portion begins where it is found at once.
GIVE_UP_END = Statement(
    sa.select(_d.next_try_at_us)
    .where(*_OF, _WAITS, _UP_TO)
    .order_by(_d.next_try_at_us, _d.id)
    .limit(1)
    .offset(_PLACE["offset"])
)
GIVE_UP_PORTION = Statement(
    sa.update(webhook_deliveries)
    .where(*_OF, _WAITS, _UP_TO, _d.next_try_at_us <= bind("end_us", sa.BigInteger()))
    .values(_GIVEN_UP)
)

# --- sending again ----------------------------------------------------------------------------------------

_AGAIN = {
    "state": sa.literal_column("'WAITING'"),
    "failures": sa.literal_column("0"),
    "next_try_at_us": _NOW,
    "updated_at_us": _NOW,
    "row_revision": _d.row_revision + 1,
}
_IS_OVER = sa.or_(_d.state == sa.literal_column("'FAILED'"), _d.state == sa.literal_column("'SUCCEEDED'"))
_BOUNDS = {
    "from_us": _d.created_at_us >= bind("from_us", sa.BigInteger()),
    "to_us": _d.created_at_us <= bind("to_us", sa.BigInteger()),
    "delivery_id": _d.id == bind("delivery_id"),
}


def _tuple(which: str) -> sa.Tuple:
    return sa.tuple_(bind(which + "_revision", sa.BigInteger()), bind(which + "_part", sa.Integer()))


def _meant(bounds: frozenset[str]) -> list[Any]:
    found = [*_OF, sa.tuple_(_d.revision, _d.part) > _tuple("behind")]
    found += [_BOUNDS[name] for name in sorted(bounds & _BOUNDS.keys())]
    # What came to its end after the wish was sent by it, or need not be sent by it.
    found.append(_d.updated_at_us <= bind("asked_at_us", sa.BigInteger()))
    return found


def _over(bounds: frozenset[str]) -> Any:
    return _d.state == sa.literal_column("'FAILED'") if "only_failed" in bounds else _IS_OVER


@Family
def _count(bounds: frozenset[str]) -> Statement:
    """What is being given up is over too."""
    is_over = sa.or_(_over(bounds), sa.and_(_WAITS, _UP_TO))
    return Statement(sa.select(sa.func.count()).select_from(webhook_deliveries).where(*_meant(bounds), is_over))


@Family
def _end(bounds: frozenset[str]) -> Statement:
    select = sa.select(_d.revision, _d.part).where(*_meant(bounds), _over(bounds)).order_by(_d.revision, _d.part)
    return Statement(select.limit(1).offset(_PLACE["offset"]))


@Family
def _send(bounds: frozenset[str]) -> Statement:
    up_to = sa.tuple_(_d.revision, _d.part) <= _tuple("end")
    return Statement(sa.update(webhook_deliveries).where(*_meant(bounds), _over(bounds), up_to).values(_AGAIN))


def waits_more_than(tx: ReadTx, webhook_ids: list[str], count: int) -> bool:
    """Whether more deliveries than that wait for these webhooks together."""
    return tx.one(WAITS_MORE, ids=webhook_ids, offset=count) is not None


def give_up_all(tx: Tx, webhook_ids: list[str]) -> int:
    return tx.write_derived(GIVE_UP_ALL, ids=webhook_ids)


def mark(tx: Tx, webhook_ids: list[str], *, up_to: int) -> None:
    """What waits for these, of events up to a revision, is given up from now on."""
    tx.write_derived(MARK, ids=webhook_ids, up_to=up_to, now_us=tx.now_us)


def mark_of(tx: ReadTx, webhook_id: str) -> int | None:
    """Up to which revision what waits is being given up; None while nothing is."""
    found = tx.one(FIND_MARK, webhook_id=webhook_id)
    return None if found is None else found[0]


def marked_among(tx: ReadTx, webhook_ids: list[str]) -> list[str]:
    """Those whose backlog is being given up."""
    return [row[0] for row in tx.rows(FIND_MARKED, ids=webhook_ids)] if webhook_ids else []


def clear_mark(tx: Tx, webhook_id: str, *, up_to: int) -> None:
    tx.write_derived(CLEAR_MARK, webhook_id=webhook_id, up_to=up_to, now_us=tx.now_us)


def give_up_portion(tx: Tx, webhook_id: str, *, up_to: int, limit: int) -> bool:
    """About so many (more where several are due at the same microsecond); whether some may be left."""
    end = tx.one(GIVE_UP_END, webhook_id=webhook_id, up_to=up_to, offset=limit - 1)
    end_us = LAST_REVISION if end is None else end[0]
    tx.write_derived(GIVE_UP_PORTION, webhook_id=webhook_id, up_to=up_to, end_us=end_us)
    return end is not None


def count_again(tx: ReadTx, webhook_id: str, again: Again, *, given_up_to: int | None) -> int:
    """How many are meant."""
    up_to = -1 if given_up_to is None else given_up_to
    return int(tx.rows(_count.of(_names(again)), webhook_id=webhook_id, up_to=up_to, **_values(again))[0][0])


def end_again(tx: ReadTx, webhook_id: str, again: Again, *, limit: int) -> tuple[int, int] | None:
    """Where a portion of so many ends; None when there are not as many."""
    found = tx.one(_end.of(_names(again)), webhook_id=webhook_id, offset=limit - 1, **_values(again))
    return None if found is None else (found[0], found[1])


def send_again(tx: Tx, webhook_id: str, again: Again, *, end: tuple[int, int] | None) -> int:
    """Up to a place; returns how many are queued."""
    revision, part = end or (LAST_REVISION, LAST_PART)
    places = {"end_revision": revision, "end_part": part}
    return tx.write_derived(
        _send.of(_names(again)), webhook_id=webhook_id, now_us=tx.now_us, **places, **_values(again)
    )


def _names(again: Again) -> frozenset[str]:
    asked = {name for name in _BOUNDS if getattr(again, name) is not None}
    return frozenset(asked | {"only_failed"} if again.only_failed else asked)


def _values(again: Again) -> dict[str, Any]:
    values = {name: getattr(again, name) for name in _names(again) & _BOUNDS.keys()}
    revision, part = again.behind
    return {**values, "behind_revision": revision, "behind_part": part, "asked_at_us": again.asked_at_us}
