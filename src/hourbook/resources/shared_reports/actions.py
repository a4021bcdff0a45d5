"""The verbs of shared reports: making, changing, listing, and what becomes of them when people and groups go.

An action looks things up, lets the rules decide and writes through `tx`. Opening a report is in
`actions_opening.py`: whoever does that need not be in its workspace.
"""

import secrets
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import msgspec

from hourbook.core.errors import AccessDenied, NotFound
from hourbook.core.types import Page
from hourbook.db.tx import ReadTx, Tx, reacts_to
from hourbook.resources.groups import actions as groups
from hourbook.resources.reports import rules as reports
from hourbook.resources.shared_reports import rules, store
from hourbook.resources.shared_reports.rules import Changes, ListedFilter, ReportType, SharedReport
from hourbook.resources.workspaces import actions as workspaces

MANAGE = "shared_report.manage"


class Named(msgspec.Struct, frozen=True):
    """Ids and what they are called: of people, and of groups."""

    people: dict[str, str]
    groups: dict[str, str]


def list_reports(tx: ReadTx, listed: ListedFilter, page: Page) -> tuple[list[SharedReport], int]:
    """A page and how many there are; AccessDenied for all of the workspace's to who is no admin."""
    if listed is ListedFilter.ALL_ADMIN and not tx.actor.is_admin:
        raise AccessDenied
    if listed is ListedFilter.ALL and tx.actor.is_admin:
        listed = ListedFilter.ALL_ADMIN
    return store.list_reports(tx, listed, page)


def names_for(tx: ReadTx, reports: list[SharedReport]) -> Named:
    """The names of everybody these reports name, their authors included."""
    people = {one for report in reports for one in (report.user_id, *report.user_ids)}
    named_groups = {one for report in reports for one in report.group_ids}
    return Named(store.names_of_people(tx, people), store.names_of_groups(tx, named_groups))


def create_report(tx: Tx, wanted: Changes) -> SharedReport:
    """The actor's own; NotFound for people and groups that are not of the workspace."""
    report = SharedReport(
        workspace_id=tx.workspace_id,
        id=_drawn_id(tx),
        user_id=str(tx.actor.id),
        name=rules.check_name(wanted.name),
        type=(wanted.type or ReportType.SUMMARY).value,
        is_public=bool(wanted.is_public),
        fixed_date=bool(wanted.fixed_date),
        filter=_checked_filter(wanted.filter or "{}"),
        user_ids=_checked_people(tx, wanted.user_ids or ()),
        group_ids=_checked_groups(tx, wanted.group_ids or ()),
    )
    tx.insert(store.SHARED_REPORT, report, event="SHARED_REPORT_CREATED", subject=report.user_id)
    return report


def get_own(tx: Tx, report_id: str) -> SharedReport:
    """One that the actor may change, held; AccessDenied for one that is only shared with them."""
    found: SharedReport | None = tx.find(store.SHARED_REPORT, report_id, for_=MANAGE, locked=True)
    if found is not None:
        return found
    other: SharedReport | None = tx.find(store.SHARED_REPORT, report_id)
    me = str(tx.actor.id)
    if other is not None and (me in other.user_ids or store.is_in_one_of(tx, me, other.group_ids)):
        raise AccessDenied
    raise NotFound(store.SHARED_REPORT.word)


def update_report(tx: Tx, before: SharedReport, wanted: Changes) -> SharedReport:
    """Changes what was named, and leaves the rest (wire-reports section 7: PUT merges)."""
    after = msgspec.structs.replace(
        before,
        name=before.name if wanted.name is None else rules.check_name(wanted.name),
        type=before.type if wanted.type is None else wanted.type.value,
        is_public=before.is_public if wanted.is_public is None else wanted.is_public,
        fixed_date=before.fixed_date if wanted.fixed_date is None else wanted.fixed_date,
        filter=before.filter if wanted.filter is None else _checked_filter(wanted.filter),
        user_ids=before.user_ids if wanted.user_ids is None else _checked_people(tx, wanted.user_ids),
        group_ids=before.group_ids if wanted.group_ids is None else _checked_groups(tx, wanted.group_ids),
    )
    tx.update(store.SHARED_REPORT, before, after, event="SHARED_REPORT_UPDATED", subject=before.user_id)
    return after


def delete_report(tx: Tx, report_id: str) -> None:
    """Its link leads nowhere from here on."""
    report = get_own(tx, report_id)
    tx.delete(store.SHARED_REPORT, report, event="SHARED_REPORT_DELETED", subject=report.user_id)


def forget_reports_of(tx: Tx, user_id: str, workspace_ids: Iterable[str]) -> None:
    """Takes away all that a person shared in these workspaces, and the person from what others shared there."""
    found: dict[str, list[SharedReport]] = defaultdict(list)
    ids = list(workspace_ids)
    for report in tx.rows(store.OF_AUTHOR_EVERYWHERE, user_id=user_id, workspace_ids=ids):
        found[report.workspace_id].append(report)
    for workspace_id in ids:
        with tx.inside(workspace_id):
            reports = tx.with_links(store.SHARED_REPORT, found[workspace_id])
            tx.delete_many(store.SHARED_REPORT, reports, subject=user_id, cascade=True)
            tx.forget_link(store.SHARED_REPORT, store.PEOPLE, user_id)


@reacts_to("MEMBER", "delete")
def _member_is_gone(tx: Tx, member: Any, _: None) -> None:
    """Nobody could open what they shared any more: it is seen with its author's eyes."""
    forget_reports_of(tx, member.user_id, [member.workspace_id])


@reacts_to("USER_GROUP", "delete")
def _group_is_gone(tx: Tx, group: Any, _: None) -> None:
    tx.forget_link(store.SHARED_REPORT, store.GROUPS, group.id)


def _drawn_id(tx: Tx) -> str:
    """An id that nobody can guess, for it may be all that somebody needs: other ids are counted on."""
    return tx.new_id()[:8] + secrets.token_hex(8)


def _checked_filter(text: str) -> str:
    """InvalidValue for a range that no report would take, StartAfterEnd for a reversed one."""
    asked = rules.decode_range(rules.check_filter(text))
    zone = reports.check_zone(asked.time_zone) if asked.time_zone else "UTC"
    reports.span_of(asked.date_range_start, asked.date_range_end, zone=zone, week_start=0)
    return text


def _checked_people(tx: Tx, ids: tuple[str, ...]) -> tuple[str, ...]:
    wanted = rules.check_visible(ids)
    if wanted and workspaces.members_of(tx, set(wanted)).keys() != set(wanted):
        raise NotFound("User")
    return tuple(sorted(wanted))


def _checked_groups(tx: Tx, ids: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(groups.check_groups(tx, rules.check_visible(ids))))
