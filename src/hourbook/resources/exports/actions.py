"""The verbs of exports: starting one, looking, fetching, deleting, and what its job writes.

The report itself is made in `actions_making.py`. What the job wrote counts from the moment it says that all
of it is there; who deletes an export stops its job at the next portion.
"""

import zlib
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec

from hourbook.core.errors import ExportExpired
from hourbook.core.types import Page
from hourbook.db.tx import ReadTx, Tx, reacts_to
from hourbook.resources.exports import rules, store
from hourbook.resources.exports.rules import Export, ExportState, FetchedFile, MadeFile, ReportType, ShownExport
from hourbook.resources.jobs import actions as jobs
from hourbook.resources.reports.rules import Ask, check_zone, span_of
from hourbook.resources.reports.rules_files import FileAsk, FileKind
from hourbook.resources.reports.rules_weekly import WeeklyAsk, check_week

MANAGE = "export.manage"
JOB_KIND = "export"
# How many exports go in one transaction: each may have hundreds of portions.
OVER_AT_ONCE = 5


def start(tx: Tx, report: ReportType, *, asked: Any, how: FileAsk) -> Export:
    """Queues the making of a file; LimitReached for who has as many as anybody may."""
    user_id = str(tx.actor.id)
    _check_range(tx, asked)
    rules.check_room(store.states_of(tx, user_id))
    export_id = tx.new_id()
    job = jobs.queue(tx, JOB_KIND, {"export_id": export_id})
    export = Export(
        workspace_id=tx.workspace_id,
        id=export_id,
        user_id=user_id,
        job_id=job.id,
        report=report.value,
        kind=how.kind.value,
        request=rules.check_request(msgspec.json.encode({"asked": asked, "how": how}).decode()),
    )
    tx.insert(store.EXPORT, export, event="EXPORT_STARTED", subject=user_id)
    return export


def _check_range(tx: Tx, asked: Any) -> None:
    """What is wrong with a range is said at once, not by a job that fails."""
    ask: Ask = asked.ask
    if isinstance(asked, WeeklyAsk):
        check_week(ask)
    span_of(ask.start, ask.end, zone=check_zone(ask.zone) if ask.zone else tx.actor.zone, week_start=0)


def list_own(tx: ReadTx, page: Page) -> list[ShownExport]:
    """The actor's exports, newest first: a page and one more."""
    return _shown(tx, store.list_own(tx, page))


def get_own(tx: ReadTx, export_id: str) -> ShownExport:
    """NotFound for one that is not the actor's."""
    return _shown(tx, [tx.get(store.EXPORT, export_id, for_=MANAGE)])[0]


def _shown(tx: ReadTx, found: list[Export]) -> list[ShownExport]:
    progress = store.progress_of(tx, [one.job_id for one in found if one.state == ExportState.WAITING])
    return [
        ShownExport(one, rules.FULL_PERCENT if one.state == ExportState.DONE else progress.get(one.job_id, 0))
        for one in found
    ]


def delete(tx: Tx, export_id: str) -> None:
    """The export and its file; one that is being made stops."""
    export = tx.get(store.EXPORT, export_id, for_=MANAGE)
    tx.delete(store.EXPORT, export, event="EXPORT_DELETED", subject=export.user_id)
    store.delete_parts(tx, [export.id])


def write_file(tx: ReadTx, export_id: str, *, path: Path) -> FetchedFile:
    """Puts a finished file together; ExportNotReady, ExportExpired, NotFound."""
    export: Export = tx.get(store.EXPORT, export_id, for_=MANAGE)
    rules.check_ready(export, tx.now_us)
    with path.open("wb") as file:
        for part in _parts(tx, export):
            file.write(part)
    return FetchedFile(export.file_name, FileKind(export.kind).content_type)


def _parts(tx: ReadTx, export: Export) -> Iterator[bytes]:
    for number in range(export.parts_count):
        content = store.find_part(tx, export, number)
        if content is None:
            raise ExportExpired
        yield zlib.decompress(content)


# --- the job ---------------------------------------------------------------------------------


def begin(tx: Tx, export_id: str, attempt: int) -> list[Export]:
    """What the job is to make, without what an earlier try left; nothing when nobody waits for it any more."""
    export: Export | None = tx.find(store.EXPORT, export_id)
    if export is None or export.state != ExportState.WAITING:
        return []
    store.delete_other_parts(tx, export_id, attempt=attempt)
    return [export]


def is_wanted(tx: ReadTx, export_id: str) -> bool:
    """Whether somebody still waits for it."""
    export: Export | None = tx.find(store.EXPORT, export_id)
    return export is not None and export.state == ExportState.WAITING


def add_part(tx: Tx, export_id: str, *, attempt: int, number: int, content: bytes) -> bool:
    """Keeps a portion; False when the export was deleted meanwhile."""
    export: Export | None = tx.find(store.EXPORT, export_id, locked=True)
    if export is None or export.state != ExportState.WAITING:
        return False
    store.put_part(tx, export_id, attempt=attempt, number=number, content=content)
    return True


def finish(tx: Tx, export_id: str, *, attempt: int, made: MadeFile) -> bool:
    """From now on it can be fetched; False when nobody waits for it any more."""
    export: Export | None = tx.find(store.EXPORT, export_id, locked=True)
    if export is None or export.state != ExportState.WAITING:
        return False
    tx.update(store.EXPORT, export, rules.done(export, made, attempt), subject=export.user_id)
    store.delete_other_parts(tx, export_id, attempt=attempt)
    return True


def give_up(tx: Tx, export_id: str, reason: str) -> bool:
    """It never will be; whoever waits for it reads why."""
    export: Export | None = tx.find(store.EXPORT, export_id, locked=True)
    if export is None or export.state != ExportState.WAITING:
        return False
    tx.update(store.EXPORT, export, rules.failed(export, reason), subject=export.user_id)
    store.delete_parts(tx, [export_id])
    return True


# --- what goes by itself ---------------------------------------------------------------------


def forget_over(tx: Tx, before_us: int, limit: int) -> int:
    """Removes exports that nothing became of since an instant, finished or not; returns how many."""
    found = store.list_over(tx, before_us, min(limit, OVER_AT_ONCE))
    _forget(tx, found)
    return len(found)


def forget_exports_of(tx: Tx, user_id: str, workspace_ids: Iterable[str]) -> None:
    """Takes away all exports of a person in these workspaces."""
    _forget(tx, store.of_person(tx, user_id, list(workspace_ids)))


def _forget(tx: Tx, found: list[Export]) -> None:
    for workspace_id, group in groupby(sorted(found, key=lambda one: one.workspace_id), lambda one: one.workspace_id):
        gone = list(group)
        with tx.inside(workspace_id):
            tx.delete_many(store.EXPORT, gone, cascade=True)
            store.delete_parts(tx, [one.id for one in gone])


@reacts_to("MEMBER", "delete")
def _member_is_gone(tx: Tx, member: Any, _: None) -> None:
    """Nobody could fetch them any more."""
    forget_exports_of(tx, member.user_id, [member.workspace_id])


@reacts_to("ROLE", "update")
@reacts_to("ROLE", "delete")
def _role_is_gone(tx: Tx, grant: Any, _: Any) -> None:
    """What was made with more rights than its author has now; what waits is made with those they will have."""
    found = store.of_person(tx, grant.user_id, [grant.workspace_id])
    _forget(tx, [one for one in found if one.state == ExportState.DONE])
