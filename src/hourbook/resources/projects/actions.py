"""The verbs of projects and their memberships.

A project the actor may not see answers as an unknown one; seen but out of an action's reach is
AccessDenied. Rates are checked on the stored values, so that repeating one is no change.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from hourbook.access.scope import Scope
from hourbook.core.errors import AccessDenied, NameTaken, NotFound
from hourbook.core.money import NewRate, RateKind
from hourbook.core.text import fold
from hourbook.core.types import Page, SortOrder
from hourbook.db.tx import ReadTx, Tx, reacts_to
from hourbook.resources.clients import actions as clients
from hourbook.resources.clients.rules import Client
from hourbook.resources.custom_fields import actions as custom_fields
from hourbook.resources.custom_fields.rules import EntityType, FieldFilter, ShownField
from hourbook.resources.groups import actions as groups
from hourbook.resources.projects import (
    actions_groups,
    actions_progress,
    actions_rates,
    actions_status,
    rules,
    store,
    store_lists,
)
from hourbook.resources.projects.rules import (
    NO_CLIENT_ID,
    Details,
    Estimates,
    GroupChoice,
    MemberDetails,
    Project,
    ProjectMember,
    ProjectSort,
    ShownProject,
)
from hourbook.resources.rates import actions as rates
from hourbook.resources.rates.actions import Outcome
from hourbook.resources.rates.rules import NOBODY_ID
from hourbook.resources.tasks import actions as tasks
from hourbook.resources.tasks.rules import Draft, ProjectOfTask, ShownTask, check_billable_rates, check_cost_rates
from hourbook.resources.workspaces import actions as workspaces

# --- reading -----------------------------------------------------------------------------------


def list_projects(tx: ReadTx, filters: dict[str, Any], page: Page, *, sort: ProjectSort, order: SortOrder) -> list[str]:
    """Ids of the page in a total order, one more if there are more; see `store.list_ids` for the filters."""
    return store_lists.list_ids(tx, filters, page, sort=actions_status.sort_seen(tx, sort), order=order)


def show_projects(tx: ReadTx, project_ids: Sequence[str]) -> list[ShownProject]:
    """The projects of a list, in its order; one that went a moment ago is left out."""
    found = actions_status.show(tx, project_ids)
    return [found[project_id] for project_id in project_ids if project_id in found]


def find_projects(tx: ReadTx, project_ids: Iterable[str]) -> dict[str, ShownProject]:
    """By id, as many as there are, for showing what refers to them; only outlines of those the actor may not see."""
    found, reach = actions_status.show(tx, project_ids), tx.actor.scope("project.list")
    return {one: shown if _is_in(reach, shown) else _outline(shown) for one, shown in found.items()}


def is_seen(tx: ReadTx, shown: ShownProject) -> bool:
    """Whether the actor may see the project itself."""
    return _is_in(tx.actor.scope("project.list"), shown)


def _is_in(reach: Scope, shown: ShownProject) -> bool:
    return reach.reaches_project(shown.project.id, is_public=shown.project.is_public)


def get_project(tx: ReadTx, project_id: str) -> ShownProject:
    """NotFound unless the actor sees it."""
    if tx.find(store.PROJECT, project_id, for_="project.list") is None:
        raise NotFound(store.PROJECT.word)
    found = actions_status.show(tx, [project_id]).get(project_id)
    if found is None:  # it went a moment ago
        raise NotFound(store.PROJECT.word)
    return found


def clients_of(tx: ReadTx, projects: Iterable[ShownProject]) -> dict[str, Client]:
    """Clients of these projects by id."""
    ids = {shown.project.client_id for shown in projects} - {NO_CLIENT_ID}
    return clients.find_clients(tx, sorted(ids))


def tasks_of(tx: ReadTx, projects: Iterable[ShownProject]) -> dict[str, list[ShownTask]]:
    """Tasks of these projects by project id."""
    found: dict[str, list[ShownTask]] = {}
    for shown in tasks.tasks_of(tx, [shown.project.id for shown in projects]):
        found.setdefault(shown.task.project_id, []).append(shown)
    return found


def fields_of(
    tx: ReadTx, projects: Iterable[ShownProject], entity_types: Iterable[EntityType] = ()
) -> dict[str, list[ShownField]]:
    """Custom fields by project id: of time entries unless other ones are asked for."""
    wanted = FieldFilter(entity_types=frozenset(entity_types))
    return custom_fields.fields_of_projects(tx, [shown.project.id for shown in projects], wanted)


# --- creating ----------------------------------------------------------------------------------


def create_project(
    tx: Tx, said: Details, *, members: Sequence[MemberDetails] = (), drafts: Sequence[Draft] = ()
) -> ShownProject:
    """A project whose creator is an active member and its manager.

    `members`: who else is on it; `drafts`: its first tasks. NotFound for an unknown client, person or group.
    """
    settings = workspaces.get_settings(tx)
    project = rules.new_project(
        tx.workspace_id,
        tx.new_id(),
        said,
        billable=settings.default_billable_projects,
        is_public=settings.is_project_public_by_default,
    )
    allowed = actions_rates.allowed_kinds(tx)
    check_billable_rates(drafts, may_set=RateKind.HOURLY in allowed)
    check_cost_rates(drafts, may_set=RateKind.COST in allowed)
    wishes = actions_rates.wishes_for(project.id, said)
    wishes += [wish for person in members for wish in actions_rates.wishes_for(project.id, person)]
    outcome = rates.begin(tx, wishes, allowed=allowed)
    project = msgspec.structs.replace(project, **rates.fields_in_force(outcome, (project.id, NOBODY_ID)))
    _insert(tx, project, actions_rates.in_force(_new_members(tx, project.id, members), outcome))
    shown = _shown(tx, project.id)
    tasks.create_tasks(tx, ProjectOfTask(project.id, project.billable, shown.currency), drafts)
    actions_progress.begin(tx, project)
    return shown


def create_from_template(tx: Tx, template_id: str, said: Details) -> ShownProject:
    """A copy of a template: its fields, rates, estimates, people, groups and tasks; not its time."""
    template: Project | None = tx.find(store.PROJECT, template_id, for_="project.list", locked=True)
    if template is None or not template.is_template:
        raise NotFound("Template")
    project = rules.copied_project(template, tx.new_id(), said)
    groups.check_groups(tx, project.group_ids)
    members = {
        user_id: msgspec.structs.replace(member, project_id=project.id)
        for user_id, member in store.members_of(tx, template.id).items()
    }
    if tx.actor.id is not None:
        named = MemberDetails(user_id=tx.actor.id)
        creator = rules.changed_member(tx.workspace_id, project.id, named, before=members.get(tx.actor.id))
        members[tx.actor.id] = msgspec.structs.replace(creator, by_group=False)
    _insert(tx, project, members)
    rates.copy(tx, {template.id: project.id} | tasks.copy_tasks(tx, template.id, project.id))
    custom_fields.copy_overrides(tx, template.id, project.id)
    actions_progress.begin(tx, project)
    return _shown(tx, project.id)


def _new_members(tx: Tx, project_id: str, said: Sequence[MemberDetails]) -> dict[str, ProjectMember]:
    """Those named, and the creator."""
    creator = () if tx.actor.id is None else (tx.actor.id,)
    named = rules.merged(said, creator)
    _check_people(tx, {person.user_id for person in said})
    members = {
        user_id: rules.changed_member(tx.workspace_id, project_id, person, before=None)
        for user_id, person in named.items()
    }
    for user_id in creator:
        members[user_id] = msgspec.structs.replace(members[user_id], status=rules.MembershipStatus.ACTIVE)
    return members


def _insert(tx: Tx, project: Project, members: dict[str, ProjectMember]) -> None:
    client = _check_client(tx, project.client_id)
    _check_free(tx, project, client)
    store.insert(tx, _with_client(project, client), list(members.values()))
    if tx.actor.id is not None:
        workspaces.grant_over_new(tx, tx.actor.id, project.id)


# --- changing ----------------------------------------------------------------------------------


def update_project(tx: Tx, project_id: str, said: Details) -> tuple[ShownProject, Outcome]:
    """Changes what is said; see `rules.changed_project` for what silence means. Also what rates did to entries."""
    wishes = actions_rates.wishes_for(project_id, said)
    if wishes:
        rates.hold(tx)
    before = _get_locked(tx, project_id, "project.update")
    after = rules.changed_project(before, said)
    if (after.client_id, after.name) != (before.client_id, before.name):
        client = _check_client(tx, after.client_id)
        _check_free(tx, after, client)
        after = _with_client(after, client)
    outcome = rates.change(tx, wishes, allowed=actions_rates.allowed_kinds(tx))
    after = msgspec.structs.replace(after, **rates.fields_in_force(outcome, (project_id, NOBODY_ID)))
    tx.update(store.PROJECT, before, after, event="PROJECT_UPDATED")
    return _shown(tx, project_id), outcome


def update_estimates(tx: Tx, project_id: str, change: Callable[[Estimates], Estimates]) -> ShownProject:
    """Changes the estimates by what the request says of them."""

    def changed(before: Project) -> Project:
        estimates = rules.estimates_of(before)
        return rules.with_estimates(before, rules.changed_estimates(estimates, change(estimates)))

    return _change(tx, project_id, changed)


def set_template(tx: Tx, project_id: str, *, is_template: bool) -> ShownProject:
    """Makes it a template, or no longer one."""
    return _change(tx, project_id, lambda before: msgspec.structs.replace(before, is_template=is_template))


def delete_project(tx: Tx, project_id: str) -> ShownProject:
    """Removes an archived project with members, roles, tasks and totals; its entries stay and lose it."""
    project = _get_locked(tx, project_id, "project.delete")
    rules.check_deletable(project)
    shown = _shown(tx, project_id)
    rates.remove(tx, [project_id, *tasks.remove_tasks_of(tx, project_id)])
    workspaces.revoke_roles_of(tx, project_id)
    store.delete(tx, project, shown.members)
    return shown


# --- memberships -------------------------------------------------------------------------------


def set_members(
    tx: Tx, project_id: str, said: Sequence[MemberDetails], *, group_choice: GroupChoice | None = None
) -> tuple[ShownProject, Outcome]:
    """The people named, and those of the chosen groups, are on the project and nobody else."""
    # Groups first: whoever changes the people of one goes on to its projects.
    group_ids = _chosen_groups(tx, group_choice)
    rates.hold(tx)
    project = _get_locked(tx, project_id, "project.update")
    before = store.members_of(tx, project_id)
    status = None if group_choice is None else group_choice.status
    named = rules.merged(said, groups.people_of(tx, group_ids, status))
    _check_people(tx, {person.user_id for person in said})
    after = {
        user_id: rules.changed_member(tx.workspace_id, project_id, person, before=before.get(user_id))
        for user_id, person in named.items()
    }
    after, outcome = actions_rates.with_rates(tx, project_id, after, said=named.values())
    # Repeating those who are there is not naming them: the list must have everybody.
    actions_groups.marked(after, before, named={person.user_id for person in said} - before.keys())
    store.write_members(tx, before, after)
    actions_rates.end_rates(tx, [member for user_id, member in before.items() if user_id not in after])
    # The groups stay as they are when the request does not speak of them.
    _set_groups(tx, project, project.group_ids if group_choice is None else group_ids)
    return _shown(tx, project_id), outcome


def set_member_rate(
    tx: Tx, project_id: str, user_id: str, *, kind: RateKind, rate: NewRate
) -> tuple[ShownProject, Outcome]:
    """A rate of somebody on a project, and what that did to their entries there."""
    rates.hold(tx)
    _get_locked(tx, project_id, actions_rates.ACTIONS[kind])
    outcome = actions_rates.set_member_rate(tx, project_id, user_id, kind=kind, rate=rate)
    return _shown(tx, project_id), outcome


def add_members(
    tx: Tx, project_id: str, user_ids: Iterable[str], *, group_choice: GroupChoice | None = None
) -> ShownProject:
    """Puts people on the project, active; who is on it keeps rates."""
    user_ids = set(user_ids)
    group_ids, people = _people(tx, user_ids, group_choice)
    project = _get_locked(tx, project_id, "project.update")
    before = store.members_of(tx, project_id)
    added = {
        user_id: rules.changed_member(
            tx.workspace_id, project_id, MemberDetails(user_id=user_id), before=before.get(user_id)
        )
        for user_id in people
    }
    actions_groups.marked(added, before, named=frozenset(user_ids))
    store.write_members(tx, before, before | added)
    _set_groups(tx, project, (*project.group_ids, *group_ids))
    return _shown(tx, project_id)


def add_to_projects(tx: Tx, project_ids: Iterable[str], user_id: str) -> None:
    """Puts a member of the workspace on several projects; NotFound when one of them is missing."""
    found = tx.get_many(store.PROJECT, project_ids, for_="project.update", locked=True)
    there = {member.project_id for member in tx.rows(store.LIST_MEMBERS, ids=found) if member.user_id == user_id}
    details = MemberDetails(user_id=user_id)
    tx.insert_many(
        store.PROJECT_MEMBER,
        [
            rules.changed_member(tx.workspace_id, project_id, details, before=None)
            for project_id in found
            if project_id not in there
        ],
    )


def remove_members(
    tx: Tx, project_id: str, user_ids: Iterable[str], *, group_choice: GroupChoice | None = None
) -> ShownProject:
    """Takes people off the project; who is not on it changes nothing. Manager roles are kept."""
    group_ids, people = _people(tx, user_ids, group_choice)
    rates.hold(tx)
    project = _get_locked(tx, project_id, "project.update")
    before = store.members_of(tx, project_id)
    store.write_members(tx, before, {user_id: member for user_id, member in before.items() if user_id not in people})
    actions_rates.end_rates(tx, [member for user_id, member in before.items() if user_id in people])
    _set_groups(tx, project, [group_id for group_id in project.group_ids if group_id not in group_ids])
    return _shown(tx, project_id)


def _people(tx: Tx, user_ids: Iterable[str], choice: GroupChoice | None) -> tuple[tuple[str, ...], set[str]]:
    """The chosen groups, and everybody named or in them."""
    named = set(user_ids)
    _check_people(tx, named)
    group_ids = _chosen_groups(tx, choice)
    status = None if choice is None else choice.status
    return group_ids, named | set(groups.people_of(tx, group_ids, status))


def _chosen_groups(tx: Tx, choice: GroupChoice | None) -> tuple[str, ...]:
    """NotFound for an unknown group."""
    if choice is None:
        return ()
    named = groups.check_groups(tx, choice.group_ids)
    if not choice.excluded:
        return named
    return tuple(group_id for group_id in groups.all_group_ids(tx) if group_id not in named)


def _set_groups(tx: Tx, project: Project, group_ids: Iterable[str]) -> None:
    after = msgspec.structs.replace(project, group_ids=tuple(sorted(set(group_ids))))
    tx.update(store.PROJECT, project, after, event="PROJECT_UPDATED")


# --- reactions ---------------------------------------------------------------------------------


@reacts_to("MEMBER", "delete")
def _forget_person(tx: Tx, member: Any, _: None) -> None:
    store.forget_person(tx, member.user_id)


# --- details -----------------------------------------------------------------------------------


def _shown(tx: ReadTx, project_id: str) -> ShownProject:
    return actions_status.show(tx, [project_id])[project_id]


def _get_locked(tx: Tx, project_id: str, action: str) -> Project:
    """The project, held until commit; AccessDenied when it is seen but out of the action's reach."""
    found: Project | None = tx.find(store.PROJECT, project_id, for_=action, locked=True)
    if found is None:
        if tx.find(store.PROJECT, project_id, for_="project.list") is None:
            raise NotFound(store.PROJECT.word)
        raise AccessDenied
    return found


def _change(tx: Tx, project_id: str, change: Callable[[Project], Project]) -> ShownProject:
    before = _get_locked(tx, project_id, "project.update")
    tx.update(store.PROJECT, before, change(before), event="PROJECT_UPDATED")
    return _shown(tx, project_id)


def _outline(shown: ShownProject) -> ShownProject:
    """What a time entry tells of a project to somebody who may not see it: how it is called, not what is in it."""
    project = msgspec.structs.replace(rules.with_estimates(shown.project, Estimates()), note="", group_ids=())
    return msgspec.structs.replace(shown, project=project, tasks_estimate_seconds=0, members=())


def _check_people(tx: ReadTx, user_ids: set[str]) -> None:
    """NotFound unless all are members of the workspace."""
    if user_ids and workspaces.members_of(tx, user_ids).keys() != user_ids:
        raise NotFound("User")


def _with_client(project: Project, client: Client | None) -> Project:
    return msgspec.structs.replace(project, client_name_key=fold(client.name) if client else "")


def _check_client(tx: Tx, client_id: str) -> Client | None:
    return None if client_id == NO_CLIENT_ID else clients.hold_client(tx, client_id)


def _check_free(tx: ReadTx, project: Project, client: Client | None) -> None:
    """NameTaken when another project of the client (or another one without client) has the name."""
    if store.find_id_by_name(tx, project.client_id, project.name) not in (None, project.id):
        raise NameTaken(store.PROJECT.word, project.name, client.name if client else None)
