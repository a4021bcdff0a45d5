"""What becomes of a schedule when something is in the way: a killed worker, a full disk, an owner who is out."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from hourbook.core.errors import TryLater
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.mail import mail_attachment_parts
from hourbook.documents import pdf_file
from hourbook.http import file_answers
from hourbook.resources.mail import actions as mail_actions
from hourbook.resources.scheduled_reports import actions_making
from hourbook.resources.scheduled_reports.actions_running import Begun
from hourbook.worker import scheduled_reports
from tests.harness import DENIED, Office, Person
from tests.resources.scheduled_reports.mailing import (
    DAY_S,
    HOUR_S,
    Killed,
    Post,
    create,
    created,
    get,
    mails_to,
    put,
    rows_of,
    text_of,
)
from tests.worker.sink import Sink

UNTIL_SEVEN = 17 * HOUR_S
RUNNING = "scheduled_reports.running"
PARTS = Statement(
    sa.select(mail_attachment_parts.c.number).where(mail_attachment_parts.c.workspace_id == bind("workspace_id"))
)
SUBJECT = "Yesterday: 20 May 2026"


def subjects(person: Person, sink: Sink) -> list[str]:
    return [str(mail["Subject"]) for mail in mails_to(person, sink)]


def killed(*_: Any, **__: Any) -> Any:
    raise Killed


def failing(error: Exception) -> Any:
    def fail(*_: Any, **__: Any) -> Any:
        raise error

    return fail


async def began(office: Office, post: Post, report_id: str) -> list[Begun]:
    """Another worker begins a try."""
    asked = {"report_id": report_id}
    return await post.verbs.call(f"{RUNNING}.begin", list[Begun], asked, workspace_id=office.workspace_id)


# --- a worker that is killed -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "step"),
    [
        (actions_making, "make"),
        (scheduled_reports, "_attachment"),
        (scheduled_reports, "Attachment"),
    ],
)
def test_a_worker_that_is_killed_before_the_end_loses_nothing_and_doubles_nothing(
    office: Office, post: Post, sink: Sink, monkeypatch: pytest.MonkeyPatch, module: Any, step: str
) -> None:
    report_id = created(office.owner)
    office.clock.move(UNTIL_SEVEN)
    with monkeypatch.context() as patched:
        patched.setattr(module, step, killed)
        with pytest.raises(Killed):
            post.make()
    shown = get(office.owner, report_id)
    assert (shown["nextRunAt"], shown["lastSentAt"]) == ("2026-05-21T07:00:00Z", None)
    post.work()
    assert subjects(office.owner, sink) == [], "nobody else tries before the pause of the try is over"
    office.clock.move(60)
    post.work()
    post.work()
    assert subjects(office.owner, sink) == [SUBJECT]
    assert get(office.owner, report_id)["nextRunAt"] == "2026-05-22T07:00:00Z"


def test_a_worker_that_is_killed_after_one_goes_on_with_the_next(
    office: Office, post: Post, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    created(office.owner)
    created(office.owner, name="Next")
    office.clock.move(UNTIL_SEVEN)
    make, calls = actions_making.make, []

    def make_one(*given: Any, **more: Any) -> Any:
        calls.append(given)
        if len(calls) == 2:
            raise Killed
        return make(*given, **more)

    with monkeypatch.context() as patched:
        patched.setattr(actions_making, "make", make_one)
        with pytest.raises(Killed):
            post.make()
    post.send()
    assert len(subjects(office.owner, sink)) == 1
    office.clock.move(60)
    post.work()
    post.work()
    assert sorted(subjects(office.owner, sink)) == ["Next: 20 May 2026", SUBJECT]


def test_of_two_who_make_the_same_period_the_newer_one_ends_it(
    office: Office, post: Post, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One was so slow that another worker has begun the period anew meanwhile."""
    report_id = created(office.owner)
    office.clock.move(UNTIL_SEVEN)
    make = actions_making.make

    def overtaken(*given: Any, **more: Any) -> Any:
        office.clock.move(61)
        asking = asyncio.run_coroutine_threadsafe(began(office, post, report_id), office.server.loop)
        assert len(asking.result()) == 1
        return make(*given, **more)

    with monkeypatch.context() as patched:
        patched.setattr(actions_making, "make", overtaken)
        assert post.make() == 0
    post.send()
    assert subjects(office.owner, sink) == []
    office.clock.move(121)
    post.work()
    assert subjects(office.owner, sink) == [SUBJECT]


def test_what_was_made_before_a_change_is_not_mailed(
    office: Office, post: Post, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    report_id = created(office.owner, office.owner, office.member)
    office.clock.move(UNTIL_SEVEN)
    (begun,) = post.wait_for(began(office, post, report_id))
    assert put(office.owner, report_id, recipients=[office.owner.id]).status == 200
    made = {
        "attachment": None,
        "size_bytes": 5,
        "limit_megabytes": 1,
        "rows_count": 0,
        "seconds": 0,
        "first_day": "2026-05-20",
        "last_day": "2026-05-20",
        "zone": "UTC",
    }
    arguments = {"report_id": report_id, "turn": begun.turn, "period_us": begun.period_us, "made": made}
    finish = post.verbs.call(f"{RUNNING}.finish", bool, arguments, workspace_id=office.workspace_id)
    assert post.wait_for(finish) is False
    post.work()
    assert (subjects(office.owner, sink), subjects(office.member, sink)) == ([SUBJECT], [])


def test_all_mails_of_a_period_are_queued_or_none(
    office: Office, post: Post, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [office.owner, office.admin, office.member]
    report_id = created(office.owner, *people)
    office.clock.move(UNTIL_SEVEN)
    queue, calls = mail_actions.queue, []

    def queue_two(tx: Any, mail: Any) -> bool:
        calls.append(mail)
        if len(calls) == 3:
            raise RuntimeError("the database went away")
        return queue(tx, mail)

    with monkeypatch.context() as patched:
        patched.setattr(mail_actions, "queue", queue_two)
        assert post.make() == 0
    post.send()
    assert [subjects(one, sink) for one in people] == [[], [], []]
    assert get(office.owner, report_id)["lastError"]["reason"] == "SERVER_TROUBLE"
    office.clock.move(60)
    post.work()
    assert [subjects(one, sink) for one in people] == [[SUBJECT]] * 3
    assert get(office.owner, report_id)["lastError"] is None


# --- trouble that passes, and some that does not ------------------------------------------------


def test_trouble_of_the_server_is_tried_again_and_told_once_when_it_stays(
    office: Office, post: Post, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    report_id = created(office.owner, office.member)
    office.clock.move(UNTIL_SEVEN)
    full = TryLater("The disk of the server is full.")
    with monkeypatch.context() as patched:
        patched.setattr(actions_making, "make", failing(full))
        for _ in range(6):
            post.work()
            error = get(office.owner, report_id)["lastError"]
            assert (error["reason"], error["message"]) == ("SERVER_TROUBLE", full.reason)
            office.clock.move(HOUR_S)
        assert get(office.owner, report_id)["nextRunAt"] == "2026-05-22T07:00:00Z"
        assert subjects(office.owner, sink) == ["Yesterday could not be mailed"]
        assert full.reason in text_of(mails_to(office.owner, sink)[0])
        office.clock.move(DAY_S)
        for _ in range(6):
            post.work()
            office.clock.move(HOUR_S)
    assert len(subjects(office.owner, sink)) == 1, "no second mail before it worked once"
    assert subjects(office.member, sink) == []
    office.clock.move(DAY_S)
    post.work()
    assert len(subjects(office.member, sink)) == 1
    assert get(office.owner, report_id)["lastError"] is None


def test_a_fault_of_ours_is_in_the_log_and_not_in_the_mail(
    office: Office, post: Post, sink: Sink, monkeypatch: pytest.MonkeyPatch, app_log: Any
) -> None:
    report_id = created(office.owner)
    office.clock.move(UNTIL_SEVEN)
    monkeypatch.setattr(actions_making, "make", failing(ZeroDivisionError("sesame")))
    post.work()
    error = get(office.owner, report_id)["lastError"]
    assert (error["reason"], error["message"]) == ("SERVER_TROUBLE", "Making the report failed. It is tried again")
    assert any("sesame" in repr(line) for line in app_log.lines)


def test_a_try_that_never_ends_is_given_up_in_the_end(
    office: Office, post: Post, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    report_id = created(office.owner)
    office.clock.move(UNTIL_SEVEN)
    with monkeypatch.context() as patched:
        patched.setattr(actions_making, "make", killed)
        for _ in range(6):
            with pytest.raises(Killed):
                post.make()
            office.clock.move(HOUR_S)
        post.work()
    assert get(office.owner, report_id)["lastError"]["reason"] == "NEVER_ENDED"
    assert "making it never came to an end" in text_of(mails_to(office.owner, sink)[0])


def test_a_report_that_cannot_be_says_why_and_keeps_no_other_waiting(
    office: Office, post: Post, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A PDF has so many rows at most."""
    for number in range(3):
        body = {"start": "2026-05-20T08:00:00Z", "end": "2026-05-20T09:00:00Z", "description": str(number)}
        assert office.owner.post("/time-entries", body).status == 201
    monkeypatch.setattr(pdf_file, "ROWS_LIMIT", 2)
    report_id = created(office.owner, exportType="PDF")
    created(office.member)
    office.clock.move(UNTIL_SEVEN)
    post.work()
    error = get(office.owner, report_id)["lastError"]
    assert error["reason"] == "REPORT_REFUSED"
    assert "CSV" in error["message"]
    assert error["message"] in text_of(mails_to(office.owner, sink)[0]).replace("\n", " ")
    assert subjects(office.member, sink) == [SUBJECT]


def test_a_file_that_is_too_large_is_named_and_not_attached(
    office: Office, post: Post, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    created(office.owner)
    office.clock.move(UNTIL_SEVEN)
    with monkeypatch.context() as patched:
        patched.setattr(scheduled_reports, "MEGABYTE", 1)
        post.work()
    (mail,) = mails_to(office.owner, sink)
    assert mail["Subject"] == f"{SUBJECT} (too large for a mail)"
    assert list(mail.iter_attachments()) == []
    assert "Its file has 1 MB and mails may have 10 MB here, so it is not attached" in text_of(mail)


def test_a_file_goes_in_portions(office: Office, post: Post, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        body = {"start": "2026-05-20T08:00:00Z", "end": "2026-05-20T09:00:00Z", "description": str(number)}
        assert office.owner.post("/time-entries", body).status == 201
    monkeypatch.setattr(scheduled_reports, "PART_BYTES", 100)
    created(office.owner)
    office.clock.move(UNTIL_SEVEN)
    post.work()
    assert len(rows_of(mails_to(office.owner, sink)[0])) == 5


def test_a_receiver_who_is_refused_takes_the_file_from_nobody(office: Office, post: Post, sink: Sink) -> None:
    sink.refuse = lambda recipient: "550 unknown" if recipient == office.member.email else None
    created(office.owner, office.member, office.owner, office.admin)
    office.clock.move(UNTIL_SEVEN)
    post.work()
    for person in (office.owner, office.admin):
        assert rows_of(mails_to(person, sink)[0]) == []
    left = office.read(lambda tx: tx.rows(PARTS))
    assert left == [], "the file goes with the last mail that waited with it"


# --- an owner who is out -----------------------------------------------------------------------


def out(office: Office, person: Person) -> None:
    assert office.owner.put(f"/users/{person.id}", {"status": "INACTIVE"}).status == 200


def test_without_its_owner_a_schedule_pauses_and_says_so(office: Office, post: Post, sink: Sink) -> None:
    report_id = created(office.member, office.manager, office.member)
    out(office, office.member)
    office.clock.move(UNTIL_SEVEN)
    post.work()
    assert subjects(office.manager, sink) == ["Yesterday is not mailed any more"]
    assert "its owner is no active member any more" in text_of(mails_to(office.manager, sink)[0])
    assert subjects(office.member, sink) == []
    shown = get(office.admin, report_id)
    assert (shown["paused"], shown["nextRunAt"], shown["lastError"]["reason"]) == (True, None, "OWNER_MAY_NOT")
    office.clock.move(DAY_S)
    post.work()
    assert len(subjects(office.manager, sink)) == 1
    assert office.owner.put(f"/users/{office.member.id}", {"status": "ACTIVE"}).status == 200
    assert put(office.member, report_id, paused=False).status == 200
    office.clock.move(DAY_S)
    post.work()
    assert len(subjects(office.manager, sink)) == 2
    assert get(office.member, report_id)["lastError"] is None


def test_nobody_else_being_there_it_pauses_all_the_same(office: Office, post: Post, sink: Sink) -> None:
    report_id = created(office.member)
    out(office, office.member)
    office.clock.move(UNTIL_SEVEN)
    post.work()
    assert get(office.admin, report_id)["paused"] is True


def test_an_owner_who_sees_no_reports_any_more_is_told(office: Office, post: Post, sink: Sink) -> None:
    report_id = created(office.member, office.manager)
    office.set(admin_only_pages=("REPORTS",))
    office.clock.move(UNTIL_SEVEN)
    post.work()
    assert subjects(office.member, sink) == subjects(office.manager, sink) == ["Yesterday is not mailed any more"]
    assert get(office.admin, report_id)["paused"] is True
    assert put(office.member, report_id, paused=False).refusal == DENIED


def test_a_server_without_mail_makes_nothing_and_forgets_nothing(office: Office, post: Post, sink: Sink) -> None:
    report_id = created(office.owner)
    office.clock.move(UNTIL_SEVEN)
    pipeline = office.server.runtime.pipeline
    on, pipeline.deployment = pipeline.deployment, type(pipeline.deployment)()
    try:
        assert Post(office, sink).make() == 0
        assert create(office.owner).status == 400
        assert put(office.owner, report_id, name="Renamed").status == 200
    finally:
        pipeline.deployment = on
    post.work()
    assert subjects(office.owner, sink) == ["Renamed: 20 May 2026"]


def test_a_disk_that_is_nearly_full_is_noted_on_every_schedule_and_waited_for(
    office: Office, post: Post, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [created(office.owner), created(office.member)]
    office.clock.move(UNTIL_SEVEN)
    with monkeypatch.context() as patched:
        patched.setattr(file_answers, "SPARE_BYTES", 1 << 62)
        post.work()
    for person, report_id in zip((office.owner, office.member), ids, strict=True):
        error = get(person, report_id)["lastError"]
        assert (error["reason"], error["message"]) == ("SERVER_TROUBLE", "The disk is full.")
    office.clock.move(60)
    post.work()
    assert subjects(office.owner, sink) == subjects(office.member, sink) == [SUBJECT]
