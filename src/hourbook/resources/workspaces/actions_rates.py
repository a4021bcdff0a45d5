"""The verbs on the rates of a workspace and of its members.

The timelines are the truth (slice `rates`); what is in force now is repeated on the row of the
workspace or the member. Whoever writes an entry holds its person's row: whose rate changes is held
meanwhile, so that an entry has the old rate and is rewritten, or has the new one.
"""

from collections.abc import Iterable

import msgspec

from hourbook.core.money import NewRate, RateKind
from hourbook.db.tx import Tx
from hourbook.resources.rates import actions as rates
from hourbook.resources.rates.actions import Outcome
from hourbook.resources.rates.rules import Level, Wanted
from hourbook.resources.workspaces import store
from hourbook.resources.workspaces.actions import get_member
from hourbook.resources.workspaces.rules import Member, Workspace


def set_workspace_rate(tx: Tx, kind: RateKind, rate: NewRate) -> Outcome:
    """The rate of everybody and everything that has no nearer one."""
    before: Workspace = tx.get(store.WORKSPACE, tx.workspace_id, locked=True)
    store.hold_members(tx)
    wish = Wanted(
        level=Level.WORKSPACE,
        kind=kind,
        target_id=before.id,
        amount_minor=rate.amount_minor,
        since_s=rate.since_s,
    )
    outcome = rates.change(tx, [wish])
    fields = rates.fields_in_force(outcome, wish.place)
    if kind is RateKind.HOURLY:  # a workspace always shows one
        fields["hourly_rate_minor"] = fields["hourly_rate_minor"] or 0
    tx.update(store.WORKSPACE, before, msgspec.structs.replace(before, **fields))
    return outcome


def set_member_rate(tx: Tx, user_id: str, kind: RateKind, *, rate: NewRate) -> Outcome:
    """The rate of somebody wherever neither project nor task has one. A real 0 is possible."""
    before = get_member(tx, user_id, locked=True)
    wish = Wanted(
        level=Level.MEMBER, kind=kind, target_id=user_id, amount_minor=rate.amount_minor, since_s=rate.since_s
    )
    outcome = rates.change(tx, [wish])
    after = msgspec.structs.replace(before, **rates.fields_in_force(outcome, wish.place))
    tx.update(store.MEMBER, before, after, subject=user_id)
    return outcome


def begin_member_rates(tx: Tx, members: Iterable[Member]) -> None:
    """What new members stand in the workspace with counts from the beginning."""
    said = [
        Wanted(level=Level.MEMBER, kind=kind, target_id=member.user_id, amount_minor=amount)
        for member in members
        for kind, amount in ((RateKind.HOURLY, member.hourly_rate_minor), (RateKind.COST, member.cost_rate_minor))
        if amount is not None
    ]
    rates.begin(tx, said)
