"""The verbs on the rates of projects and of people on them.

The timelines are the truth (slice `rates`); what is in force now is repeated on the rows of projects
and memberships. An amount of 0 is "none of its own" here (decision 0003). The project is held while
a timeline of it changes, so that an entry written at the same moment sees all of it or nothing.
"""

from collections.abc import Iterable, Mapping

import msgspec

from hourbook.core.errors import NotFound
from hourbook.core.money import NewRate, RateKind
from hourbook.db.tx import ReadTx, Tx, reacts_to
from hourbook.resources.projects import store
from hourbook.resources.projects.rules import Details, MemberDetails, ProjectMember, ShownProject
from hourbook.resources.rates import actions as rates
from hourbook.resources.rates.actions import CameIntoForce, Outcome
from hourbook.resources.rates.rules import NOBODY_ID, Level, Wanted

ACTIONS = {RateKind.HOURLY: "project.set_billable_rates", RateKind.COST: "project.set_cost_rates"}


def wishes_for(project_id: str, said: Details | MemberDetails) -> list[Wanted]:
    """The rates a request says for a project, or for somebody on it."""
    user_id = said.user_id if isinstance(said, MemberDetails) else NOBODY_ID
    kinds = {RateKind.HOURLY: said.hourly_rate, RateKind.COST: said.cost_rate}
    return [_wish(project_id, user_id, kind, rate) for kind, rate in kinds.items() if rate is not None]


def _wish(project_id: str, user_id: str, kind: RateKind, rate: NewRate) -> Wanted:
    return Wanted(
        level=Level.PROJECT if user_id == NOBODY_ID else Level.PROJECT_MEMBER,
        kind=kind,
        target_id=project_id,
        user_id=user_id,
        amount_minor=rate.amount_minor or None,
        since_s=rate.since_s,
    )


def with_rates(
    tx: Tx, project_id: str, members: Mapping[str, ProjectMember], *, said: Iterable[MemberDetails]
) -> tuple[dict[str, ProjectMember], Outcome]:
    """The members with the rates a request says for them, and what that did to their entries."""
    wishes = [wish for person in said for wish in wishes_for(project_id, person)]
    outcome = rates.change(tx, wishes, allowed=allowed_kinds(tx))
    return in_force(members, outcome), outcome


def in_force(members: Mapping[str, ProjectMember], outcome: Outcome) -> dict[str, ProjectMember]:
    """Members with what counts now of the rates that were asked for."""
    return {
        user_id: msgspec.structs.replace(member, **rates.fields_in_force(outcome, (member.project_id, user_id)))
        for user_id, member in members.items()
    }


def end_rates(tx: Tx, members: Iterable[ProjectMember]) -> None:
    """People leave projects: what they tracked keeps its rate, what comes has none of theirs there."""
    rates.change(
        tx,
        [
            Wanted(
                level=Level.PROJECT_MEMBER,
                kind=kind,
                target_id=member.project_id,
                user_id=member.user_id,
                amount_minor=None,
                is_end=True,
            )
            for member in members
            for kind in RateKind
        ],
    )


def allowed_kinds(tx: ReadTx) -> frozenset[RateKind]:
    """Billable rates: whoever may change the project and sees them. Cost rates: admins (roles.md section 2)."""
    actor = tx.actor
    if actor.is_admin:
        return frozenset(RateKind)
    return frozenset() if actor.settings.only_admins_see_billable_rates else frozenset({RateKind.HOURLY})


def set_member_rate(tx: Tx, project_id: str, user_id: str, *, kind: RateKind, rate: NewRate) -> Outcome:
    """The rate of somebody on a project; NotFound for who is not on it. The caller holds the project."""
    before = store.members_of(tx, project_id).get(user_id)
    if before is None:
        raise NotFound("User", "Project")
    outcome = rates.change(tx, [_wish(project_id, user_id, kind, rate)])
    tx.update(store.PROJECT_MEMBER, before, in_force({user_id: before}, outcome)[user_id], subject=user_id)
    return outcome


def bring_up(tx: ReadTx, found: Iterable[ShownProject]) -> None:
    """Shown projects and memberships have the rates in force at this moment."""
    shown = list(found)
    members = [member for one in shown for member in one.members]
    rates.bring_up(tx, {Level.PROJECT: [one.project for one in shown], Level.PROJECT_MEMBER: members})


@reacts_to("RATE", "in_force")
def _repeat_rates(tx: Tx, _: None, came: CameIntoForce) -> None:
    if project_ids := came.targets(Level.PROJECT):
        found = tx.find_many(store.PROJECT, project_ids, locked=True)
        tx.update_all(store.PROJECT, came.pairs(Level.PROJECT, found.values()))
    if project_ids := came.targets(Level.PROJECT_MEMBER):
        members = tx.rows(store.LIST_MEMBERS, ids=project_ids)
        tx.update_all(store.PROJECT_MEMBER, came.pairs(Level.PROJECT_MEMBER, members))
