"""The verbs on the rates of a workspace and of its members.

The timelines are the truth (slice `rates`); what is in force now is repeated on the row of the
workspace or the member. Whoever writes an entry holds its person's row: whose rate changes is held
meanwhile, so that an entry has the old rate and is rewritten, or has the new one.
"""

from collections.abc import Iterable

import msgspec

from hourbook.core.money import NewRate, RateKind
from hourbook.db.tx import ReadTx, Tx, reacts_to
from hourbook.resources.rates import actions as rates
from hourbook.resources.rates.actions import CameIntoForce, Outcome
from hourbook.resources.rates.rules import NOBODY_ID, Level, Wanted
from hourbook.resources.workspaces import store
from hourbook.resources.workspaces.actions import get_member, members_of
from hourbook.resources.workspaces.rules import Member, Membership, MembershipType, Workspace


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
    outcome = rates.change(tx, [wish], is_held=True)
    fields = rates.fields_in_force(outcome, wish.place)
    if kind is RateKind.HOURLY:  # a workspace always shows one
        fields["hourly_rate_minor"] = fields["hourly_rate_minor"] or 0
    tx.update(store.WORKSPACE, before, msgspec.structs.replace(before, **fields))
    return outcome


def set_member_rate(tx: Tx, user_id: str, kind: RateKind, *, rate: NewRate) -> Outcome:
    """The rate of somebody wherever neither project nor task has one. A real 0 is possible."""
    # Before the member, as whoever changes the workspace's rate does.
    rates.hold(tx)
    before = get_member(tx, user_id, locked=True)
    wish = Wanted(
        level=Level.MEMBER, kind=kind, target_id=user_id, amount_minor=rate.amount_minor, since_s=rate.since_s
    )
    outcome = rates.change(tx, [wish], is_held=True)
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


def bring_up_memberships(tx: ReadTx, rows: Iterable[tuple[str, Membership]]) -> None:
    """Memberships of these workspaces (with their ids), of whatever type, have the rates in force now."""
    found = list(rows)
    due = rates.due(tx, sorted({workspace_id for workspace_id, _ in found}))
    for workspace_id, row in found:
        is_on_project = row.type is MembershipType.PROJECT
        due.put_on(row, workspace_id, (row.target_id, row.user_id) if is_on_project else (row.user_id, NOBODY_ID))


# --- reactions ---------------------------------------------------------------------------------


@reacts_to("RATE", "in_force")
def _repeat_rates(tx: Tx, _: None, came: CameIntoForce) -> None:
    for before, after in came.pairs(Level.WORKSPACE, [tx.get(store.WORKSPACE, tx.workspace_id, locked=True)]):
        tx.update(store.WORKSPACE, before, after)
    if people := came.targets(Level.MEMBER):
        tx.update_all(store.MEMBER, came.pairs(Level.MEMBER, members_of(tx, set(people)).values()))


@reacts_to("MEMBER", "delete")
def _end_rates(tx: Tx, member: Member, _: None) -> None:
    rates.end_person(tx, member.user_id)
