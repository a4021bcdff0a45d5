"""The verbs of scheduled reports: making, looking, changing, deleting, and taking oneself off one.

A schedule is its owner's: the file shows what the owner may see, and goes to members of the workspace alone.
The worker's verbs are in `actions_running.py`.
"""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

import msgspec

from hourbook.core.errors import NotFound
from hourbook.core.types import Page
from hourbook.db.tx import ReadTx, Tx, reacts_to
from hourbook.resources.mail import actions as mails
from hourbook.resources.scheduled_reports import rules, rules_runs, store
from hourbook.resources.scheduled_reports.rules import Changes, ScheduledReport
from hourbook.resources.scheduled_reports.rules_runs import Run
from hourbook.resources.scheduled_reports.rules_times import Every, When
from hourbook.resources.workspaces import actions as workspaces

MANAGE = "scheduled_report.manage"


class Shown(msgspec.Struct, frozen=True):
    """A schedule and how far it is. `owner`: what its owner is called."""

    report: ScheduledReport
    run: Run
    owner: str


def create_report(tx: Tx, wanted: Changes) -> Shown:
    """The actor's own. InvalidValue without mail or for what cannot be, LimitReached, NotFound for a recipient."""
    rules.check_mail(is_on=mails.is_on(tx))
    user_id = str(tx.actor.id)
    rules.check_room(store.count_own(tx, user_id))
    if wanted.report is None:
        raise LookupError("the wire asks for a report")
    asked = rules.check_report(wanted.report)
    every = wanted.every or Every.DAILY
    when = rules.check_when(
        When(every, rules.minute_of(wanted.time or ""), wanted.zone or tx.actor.zone, wanted.weekday, wanted.month_day)
    )
    report = ScheduledReport(
        workspace_id=tx.workspace_id,
        id=tx.new_id(),
        user_id=user_id,
        name=rules.check_name(wanted.name),
        type=asked.type.value,
        kind=asked.kind.value,
        filter=asked.filter,
        request=asked.request,
        **_columns(when),
        is_paused=bool(wanted.is_paused),
        user_ids=_checked_recipients(tx, wanted.user_ids or ()),
    )
    tx.insert(store.SCHEDULED_REPORT, report, event="SCHEDULED_REPORT_CREATED", subject=user_id)
    run = rules_runs.planned(Run(tx.workspace_id, report.id), None if report.is_paused else when, tx.now_us)
    store.insert_run(tx, run)
    return _shown(tx, [report], {report.id: run})[0]


def list_reports(tx: ReadTx, page: Page) -> list[Shown]:
    """One's own, admins all: a page and one more, newest first."""
    return _shown(tx, store.list_reports(tx, page, for_=MANAGE))


def get_report(tx: ReadTx, report_id: str) -> Shown:
    """NotFound for one that is somebody else's."""
    return _shown(tx, [tx.get(store.SCHEDULED_REPORT, report_id, for_=MANAGE)])[0]


def held_report(tx: Tx, report_id: str) -> ScheduledReport:
    """One that is about to be changed; NotFound. Its run is held first: the worker takes them in this order."""
    store.hold_run(tx, report_id)
    found: ScheduledReport = tx.get(store.SCHEDULED_REPORT, report_id, for_=MANAGE, locked=True)
    return found


def update_report(tx: Tx, before: ScheduledReport, wanted: Changes) -> Shown:
    """Changes what was named, and leaves the rest. A period that is being made is made anew."""
    asked = None if wanted.report is None else rules.check_report(wanted.report)
    when = rules.check_when(_when_after(before.when, wanted))
    after = msgspec.structs.replace(
        before,
        name=before.name if wanted.name is None else rules.check_name(wanted.name),
        **({} if asked is None else _request(asked)),
        **_columns(when),
        is_paused=before.is_paused if wanted.is_paused is None else wanted.is_paused,
        user_ids=before.user_ids if wanted.user_ids is None else _checked_recipients(tx, wanted.user_ids),
    )
    run = store.runs_of(tx, [before.id])[before.id]
    if tx.update(store.SCHEDULED_REPORT, before, after, event="SCHEDULED_REPORT_UPDATED", subject=before.user_id):
        is_moved = (before.when, before.is_paused) != (when, after.is_paused)
        at = None if after.is_paused else when
        run = rules_runs.planned(run, at, tx.now_us) if is_moved else rules_runs.changed(run)
        store.update_run(tx, run)
    return _shown(tx, [after], {after.id: run})[0]


def delete_report(tx: Tx, report_id: str) -> None:
    """Nothing is mailed any more; what waits in the outbox already still goes out."""
    report = held_report(tx, report_id)
    tx.delete(store.SCHEDULED_REPORT, report, event="SCHEDULED_REPORT_DELETED", subject=report.user_id)
    store.delete_runs(tx, [report.id])


# --- recipients ------------------------------------------------------------------------------


def list_received(tx: ReadTx, page: Page) -> list[Shown]:
    """What is mailed to the actor: a page and one more, newest first."""
    return _shown(tx, store.list_received(tx, page))


def leave(tx: Tx, report_id: str) -> None:
    """Takes the actor off the recipients; NotFound for a report that is not mailed to them."""
    if not store.is_received(tx, report_id):
        raise NotFound(store.SCHEDULED_REPORT.word)
    run = store.hold_run(tx, report_id)
    before: ScheduledReport = tx.get(store.SCHEDULED_REPORT, report_id, locked=True)
    user_ids = tuple(one for one in before.user_ids if one != tx.actor.id)
    after = msgspec.structs.replace(before, user_ids=user_ids)
    tx.update(store.SCHEDULED_REPORT, before, after, event="SCHEDULED_REPORT_LEFT", subject=str(tx.actor.id))
    if run is not None:
        store.update_run(tx, rules_runs.changed(run))


def forget_reports_of(tx: Tx, user_id: str, workspace_ids: Iterable[str]) -> None:
    """Takes away all that a person scheduled in these workspaces, and the person from what others scheduled there."""
    ids = sorted(workspace_ids)
    found = store.of_owner(tx, user_id, ids)
    groups = {key: list(group) for key, group in groupby(found, lambda one: one.workspace_id)}
    for workspace_id in ids:
        with tx.inside(workspace_id):
            reports = tx.with_links(store.SCHEDULED_REPORT, groups.get(workspace_id, []))
            tx.delete_many(store.SCHEDULED_REPORT, reports, subject=user_id, cascade=True)
            if reports:
                store.delete_runs(tx, [one.id for one in reports])
            tx.forget_link(store.SCHEDULED_REPORT, store.RECIPIENTS, user_id)


@reacts_to("MEMBER", "delete")
def _member_is_gone(tx: Tx, member: Any, _: None) -> None:
    """Nobody's eyes would be left to see the report with, and nobody outside is mailed to."""
    forget_reports_of(tx, member.user_id, [member.workspace_id])


def _shown(tx: ReadTx, reports: list[ScheduledReport], known: dict[str, Run] | None = None) -> list[Shown]:
    runs = store.runs_of(tx, [one.id for one in reports]) if known is None else known
    names = store.names_of(tx, [one.user_id for one in reports])
    return [Shown(one, runs[one.id], names.get(one.user_id, "")) for one in reports]


def _columns(when: When) -> dict[str, Any]:
    return {
        "every": when.every.value,
        "weekday": when.weekday,
        "month_day": when.month_day,
        "minute": when.minute,
        "zone": when.zone,
    }


def _request(wanted: rules.Wanted) -> dict[str, Any]:
    return {
        "type": wanted.type.value,
        "kind": wanted.kind.value,
        "filter": wanted.filter,
        "request": wanted.request,
    }


def _when_after(before: When, wanted: Changes) -> When:
    return When(
        every=wanted.every or before.every,
        minute=before.minute if wanted.time is None else rules.minute_of(wanted.time),
        zone=wanted.zone or before.zone,
        weekday=before.weekday if wanted.weekday is None else wanted.weekday,
        month_day=before.month_day if wanted.month_day is None else wanted.month_day,
    )


def _checked_recipients(tx: Tx, ids: tuple[str, ...]) -> tuple[str, ...]:
    """NotFound for who is no member, InvalidValue for one who could not be written to."""
    wanted = rules.check_recipients(ids)
    if workspaces.members_of(tx, set(wanted)).keys() != set(wanted):
        raise NotFound("User")
    reached = {one.id for one in store.receivers(tx, wanted)}
    rules.check_active(one in reached for one in wanted)
    return wanted
