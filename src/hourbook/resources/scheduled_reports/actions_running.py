"""What the worker does with schedules: finding what is due, beginning a try, ending the period or noting a failure.

Each is one transaction. A period ends in the one that queues its mails, and only the newest turn may end it: whoever
was killed before that leaves a period that is begun again, and of two who race one is told that it was too late.
"""

import msgspec

from hourbook.core.errors import InvalidValue
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.mail import actions as mails
from hourbook.resources.mail import actions_attachments as attachments
from hourbook.resources.mail.rules import Attachment, Mail, Values
from hourbook.resources.scheduled_reports import rules_runs, store
from hourbook.resources.scheduled_reports.rules import Receiver, ScheduledReport
from hourbook.resources.scheduled_reports.rules_runs import Due, Failure, Run
from hourbook.resources.users.rules import UserSettings, decode_settings
from hourbook.resources.workspaces import actions as workspaces

MEGABYTE = 1_000_000


class Begun(msgspec.Struct, frozen=True):
    """A try: the report, the moment of its period, the turn it is made in, and the id for its file."""

    report: ScheduledReport
    period_us: int
    turn: int
    file_id: str


class Made(msgspec.Struct, frozen=True):
    """What was made. `attachment` None: the file is larger than `limit_megabytes` and not attached.

    `first_day`, `last_day`: as 2026-05-31. `zone`: whose days.
    """

    attachment: Attachment | None
    size_bytes: int
    limit_megabytes: int
    rows_count: int
    seconds: int
    first_day: str
    last_day: str
    zone: str


def list_due(tx: ReadTx, limit: int) -> list[Due]:
    """Schedules that are due, the longest waiting first; none while the server sends no mail."""
    return store.list_due(tx, limit) if mails.is_on(tx) else []


def begin(tx: Tx, report_id: str) -> list[Begun]:
    """Takes the next turn of a schedule; nothing when it is not due any more, or there is nobody to mail to."""
    held = _held(tx, report_id)
    if held is None or not rules_runs.is_due(held[1], tx.now_us):
        return []
    report, run = held
    if run.attempts >= rules_runs.TRIES:
        _fail(tx, report, run, failure=Failure.NEVER_ENDED, message="")
        return []
    period_us = rules_runs.period_of(run, report.when, tx.now_us)
    receivers = _receivers(tx, report, and_owner=True)
    if report.user_id not in {one.id for one in receivers}:
        _fail(tx, report, run, failure=Failure.OWNER_MAY_NOT, message=rules_runs.OWNER_MAY_NOT)
        return []
    if not any(_wants(one, report) for one in receivers):
        store.update_run(tx, rules_runs.mailed(run, report.when, period_us=period_us, now_us=None))
        return []
    run = rules_runs.begun(run, tx.now_us)
    store.update_run(tx, run)
    return [Begun(report, period_us, run.turn, tx.new_id())]


def finish(tx: Tx, report_id: str, *, turn: int, period_us: int, made: Made) -> bool:
    """Queues the mails of a period and ends it; False when another turn was taken meanwhile."""
    held = _held(tx, report_id)
    if held is None or held[1].turn != turn:
        return False
    report, run = held
    receivers = _receivers(tx, report)
    store.update_run(
        tx, rules_runs.mailed(run, report.when, period_us=period_us, now_us=tx.now_us if receivers else None)
    )
    if not receivers:
        return False
    if made.attachment is not None:
        attachments.attach(tx, made.attachment)
    template, values = _told(tx, report, made)
    for receiver in receivers:
        _queue(tx, receiver, template, values=values, file=made.attachment)
    return True


def fail(tx: Tx, report_id: str, *, turn: int, failure: Failure, message: str) -> bool:
    """Notes why a try came to nothing; False when another turn was taken meanwhile."""
    held = _held(tx, report_id)
    if held is None or held[1].turn != turn:
        return False
    _fail(tx, *held, failure=failure, message=message)
    return True


def _fail(tx: Tx, report: ScheduledReport, run: Run, *, failure: Failure, message: str) -> None:
    """The owner hears of it once, when the first period is given up; of a pause hear all who wait for the mails."""
    after = rules_runs.failed(run, report.when, failure=failure, message=message, now_us=tx.now_us)
    store.update_run(tx, after)
    values: Values = {
        "report": report.name,
        "workspace": workspaces.get_workspace(tx).name,
        "failure_word": failure.value,
        "link": tx.facts.deployment.base_url,
    }
    if failure in rules_runs.PAUSING:
        paused = msgspec.structs.replace(report, is_paused=True)
        tx.update(store.SCHEDULED_REPORT, report, paused, event="SCHEDULED_REPORT_PAUSED", subject=report.user_id)
        for one in _receivers(tx, report, and_owner=True):
            _queue(tx, one, "scheduled_report_paused", values=values)
    elif after.is_owner_told and not run.is_owner_told:
        for owner in store.receivers(tx, [report.user_id]):
            _queue(tx, owner, "scheduled_report_failed", values=values | {"message": message})


def _held(tx: Tx, report_id: str) -> tuple[ScheduledReport, Run] | None:
    """A schedule and its run, held until the end of the transaction; None when it is gone."""
    run = store.hold_run(tx, report_id)
    if run is None:
        return None
    report: ScheduledReport | None = tx.find(store.SCHEDULED_REPORT, report_id, locked=True)
    return None if report is None else (report, run)


def _receivers(tx: ReadTx, report: ScheduledReport, *, and_owner: bool = False) -> list[Receiver]:
    """Recipients who are active members now, and whose settings want such mails; the owner whatever they want."""
    found = store.receivers(tx, {*report.user_ids, report.user_id})
    return [one for one in found if _wants(one, report) or (and_owner and one.id == report.user_id)]


def _wants(receiver: Receiver, report: ScheduledReport) -> bool:
    return receiver.id in report.user_ids and _settings(receiver).scheduled_reports


def _settings(receiver: Receiver) -> UserSettings:
    return decode_settings(receiver.settings) or UserSettings()


def _told(tx: ReadTx, report: ScheduledReport, made: Made) -> tuple[str, Values]:
    """The mail and what stands in it: nothing of what the report is about but its time."""
    values: Values = {
        "report": report.name,
        "workspace": workspaces.get_workspace(tx).name,
        "owner": store.names_of(tx, [report.user_id]).get(report.user_id, ""),
        "type_word": report.type,
        "range_days": f"{made.first_day}/{made.last_day}",
        "report_zone": made.zone,
        "tracked_seconds": made.seconds,
        "rows": made.rows_count,
        "link": tx.facts.deployment.base_url,
    }
    if made.attachment is not None:
        return "scheduled_report", values
    size = -(-made.size_bytes // MEGABYTE)
    return "scheduled_report_too_large", values | {"size_megabytes": size, "limit_megabytes": made.limit_megabytes}


def _queue(tx: Tx, to: Receiver, template: str, *, values: Values, file: Attachment | None = None) -> None:
    """An address that cannot be written to takes no other mail with it."""
    settings = _settings(to)
    mail = Mail(
        to=to.email,
        template=template,
        values=values,
        language=settings.lang,
        zone=settings.time_zone,
        attachment_id=None if file is None else file.id,
    )
    try:
        mails.queue(tx, mail)
    except InvalidValue:
        return
