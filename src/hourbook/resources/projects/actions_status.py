"""Who sees how much time was tracked (setting 19), and what the others are shown.

The time is left out (zero), and lists cannot be ordered by it; everything else of the project stays,
because whoever tracks time has to be able to choose it.
"""

from collections.abc import Iterable

import msgspec

from hourbook.db.tx import ReadTx
from hourbook.resources.projects import actions_rates, store
from hourbook.resources.projects.rules import ProjectSort, ShownProject


def show(tx: ReadTx, project_ids: Iterable[str]) -> dict[str, ShownProject]:
    """Projects by id, with the rates in force now, and their time as far as the actor may know it."""
    found, reach = store.show(tx, project_ids), tx.actor.scope("project.see_status")
    actions_rates.bring_up(tx, found.values())
    if reach.everything:
        return found
    return {
        one: shown
        if reach.reaches_project(one, is_public=False)
        else msgspec.structs.replace(shown, duration_seconds=0)
        for one, shown in found.items()
    }


def sort_seen(tx: ReadTx, sort: ProjectSort) -> ProjectSort:
    """The order the actor may have: one by what is hidden would tell it."""
    if sort in (ProjectSort.DURATION, ProjectSort.PROGRESS) and not tx.actor.scope("project.see_status").everything:
        return ProjectSort.NAME
    if sort is ProjectSort.BUDGET and tx.actor.settings.only_admins_see_billable_rates and not tx.actor.is_admin:
        return ProjectSort.NAME
    return sort
