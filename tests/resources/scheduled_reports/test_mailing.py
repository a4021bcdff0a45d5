"""Scheduled reports as they come: made by the worker, handed to a real mail server, read there."""

import io
from typing import Any

import openpyxl
import pytest

from tests.harness import Office, Person
from tests.resources.scheduled_reports.mailing import (
    DAY_S,
    HOUR_S,
    Post,
    created,
    delete,
    file_of,
    get,
    leave,
    mails_to,
    put,
    rows_of,
    text_of,
)
from tests.worker.sink import Sink

# From the beginning of every test (14:00) to 07:00 of the next day.
UNTIL_SEVEN = 17 * HOUR_S


def track(person: Person, start: str, end: str, description: str = "Work") -> None:
    body = {"start": f"2026-05-{start}Z", "end": f"2026-05-{end}Z", "description": description}
    assert person.post("/time-entries", body).status == 201


def change(person: Person, **settings: Any) -> None:
    answer = person.raw("PATCH", "/api/hourbook/v1/user/settings", settings)
    assert answer.status == 200, answer


def descriptions(mail: Any) -> list[str]:
    return sorted(row["Description"] for row in rows_of(mail))


def test_a_report_comes_at_its_time_and_not_before(office: Office, post: Post, sink: Sink) -> None:
    track(office.member, "20T08:00:00", "20T09:30:00", "On the day")
    track(office.member, "19T08:00:00", "19T09:00:00", "The day before")
    report_id = created(office.member, name="What I did")
    office.clock.move(UNTIL_SEVEN - 1)
    post.work()
    assert mails_to(office.member, sink) == []
    office.clock.move(1)
    post.work()
    (mail,) = mails_to(office.member, sink)
    assert mail["Subject"] == "What I did: 20 May 2026"
    assert descriptions(mail) == ["On the day"]
    assert file_of(mail).get_filename() == "What I did 2026-05-20.csv"
    assert file_of(mail).get_content_type() == "text/csv"
    text = text_of(mail)
    assert "the detailed report of the workspace Olivia Owner's office for 20 May 2026 (days in UTC)" in text
    assert "Time in it: 1 h 30 min. Rows in the file: 1." in text
    assert "Max Member set up this mail" in text
    shown = get(office.member, report_id)
    assert (shown["lastRunAt"], shown["lastSentAt"], shown["nextRunAt"]) == (
        "2026-05-21T07:00:00Z",
        "2026-05-21T07:00:00Z",
        "2026-05-22T07:00:00Z",
    )
    post.work()
    assert len(mails_to(office.member, sink)) == 1
    office.clock.move(DAY_S)
    post.work()
    assert [one["Subject"] for one in mails_to(office.member, sink)][1:] == ["What I did: 21 May 2026"]


@pytest.mark.parametrize(
    ("type_", "more"),
    [
        ("SUMMARY", {"summaryFilter": {"groups": ["USER", "PROJECT"]}}),
        ("DETAILED", {}),
        ("WEEKLY", {"weeklyFilter": {"group": "USER"}, "dateRangeType": "THIS_WEEK"}),
        ("ATTENDANCE", {}),
    ],
)
def test_every_report_comes_as_every_file(
    office: Office, post: Post, sink: Sink, type_: str, more: dict[str, Any]
) -> None:
    track(office.owner, "20T08:00:00", "20T09:30:00")
    for kind in ("PDF", "XLSX", "CSV"):
        created(office.owner, type=type_, exportType=kind, filter={"dateRangeType": "YESTERDAY"} | more)
    office.clock.move(UNTIL_SEVEN)
    post.work()
    files = {file_of(one).get_content_type(): file_of(one) for one in mails_to(office.owner, sink)}
    assert files["application/pdf"].get_content().startswith(b"%PDF-")
    (book,) = [file for kind, file in files.items() if "sheet" in kind]
    assert str(book.get_filename()).endswith(".xlsx")
    assert openpyxl.load_workbook(io.BytesIO(book.get_content())).worksheets
    assert "Olivia Owner" in files["text/csv"].get_content()


@pytest.mark.parametrize(
    ("more", "after_days", "days"),
    [
        (
            {"frequency": "WEEKLY", "weekday": "MONDAY", "filter": {"dateRangeType": "LAST_WEEK"}},
            5,
            "18 May 2026 to 24",
        ),
        ({"frequency": "MONTHLY", "dayOfMonth": 1, "filter": {"dateRangeType": "LAST_MONTH"}}, 12, "1 May 2026 to 31"),
    ],
)
def test_weekly_and_monthly_reports_come_on_their_day(
    office: Office, post: Post, sink: Sink, more: dict[str, Any], after_days: int, days: str
) -> None:
    created(office.owner, **more)
    office.clock.move(UNTIL_SEVEN + (after_days - 1) * DAY_S - 1)
    post.work()
    assert mails_to(office.owner, sink) == []
    office.clock.move(1)
    post.work()
    (mail,) = mails_to(office.owner, sink)
    assert days in mail["Subject"]


def test_days_are_those_of_the_zone_at_the_moment_it_is_due(office: Office, post: Post, sink: Sink) -> None:
    """In Auckland 21 May is from 12:00 of 20 May to 12:00 of 21 May in UTC; the worker comes a day late."""
    track(office.owner, "20T11:00:00", "20T11:30:00", "20 May there")
    track(office.owner, "20T12:30:00", "20T13:00:00", "21 May there")
    created(office.owner, timeZone="Pacific/Auckland", time="00:30")
    office.clock.move(22 * HOUR_S)  # 2026-05-21T12:00Z; due 12:30Z on 21 May is 22 May there
    track(office.owner, "21T11:00:00", "21T11:30:00", "21 May there, late")
    office.clock.move(23 * HOUR_S)  # half an hour before the next period
    post.work()
    (mail,) = mails_to(office.owner, sink)
    assert mail["Subject"] == "Yesterday: 21 May 2026"
    assert descriptions(mail) == ["21 May there", "21 May there, late"]


def test_a_filter_may_name_another_zone_for_its_days(office: Office, post: Post, sink: Sink) -> None:
    track(office.owner, "20T11:00:00", "20T11:30:00", "20 May in Auckland")
    created(office.owner, filter={"dateRangeType": "YESTERDAY", "timeZone": "Pacific/Auckland"})
    office.clock.move(UNTIL_SEVEN)
    post.work()
    (mail,) = mails_to(office.owner, sink)
    assert descriptions(mail) == ["20 May in Auckland"]
    assert "(days in Pacific/Auckland)" in text_of(mail)


def test_missed_periods_are_one_mail_about_the_latest(office: Office, post: Post, sink: Sink) -> None:
    track(office.owner, "20T08:00:00", "20T09:00:00")
    report_id = created(office.owner)
    office.clock.move(UNTIL_SEVEN + 5 * DAY_S + HOUR_S)
    post.work()
    post.work()
    (mail,) = mails_to(office.owner, sink)
    assert mail["Subject"] == "Yesterday: 25 May 2026"
    shown = get(office.owner, report_id)
    assert (shown["lastRunAt"], shown["nextRunAt"]) == ("2026-05-26T07:00:00Z", "2026-05-27T07:00:00Z")


def test_everybody_gets_one_mail_in_their_own_language(office: Office, post: Post, sink: Sink) -> None:
    change(office.admin, lang="DE")
    created(office.owner, office.admin, office.member, office.owner)
    office.clock.move(UNTIL_SEVEN)
    post.work()
    for person in (office.owner, office.admin, office.member):
        assert len(mails_to(person, sink)) == 1
    assert mails_to(office.manager, sink) == []
    assert mails_to(office.admin, sink)[0]["Subject"] == "Yesterday: 20. Mai 2026"
    assert (
        file_of(mails_to(office.admin, sink)[0]).get_content() == file_of(mails_to(office.owner, sink)[0]).get_content()
    )


def test_it_shows_what_its_owner_may_see_when_it_is_made(office: Office, post: Post, sink: Sink) -> None:
    """Whatever they saw when they scheduled it, and whatever those see who get it."""
    office.set(only_admins_see_all_time_entries=False)
    track(office.member, "20T08:00:00", "20T09:00:00", "of the member")
    track(office.manager, "20T08:00:00", "20T09:00:00", "of the manager")
    created(office.manager, office.owner, filter={"dateRangeType": "THIS_MONTH"})
    for is_hidden, seen in ((True, ["of the manager"]), (False, ["of the manager", "of the member"])):
        office.set(only_admins_see_all_time_entries=is_hidden)
        office.clock.move(DAY_S)
        post.work()
        assert descriptions(mails_to(office.owner, sink)[-1]) == seen


@pytest.mark.parametrize(("asked", "costs"), [({}, 0), ({"amounts": ["EARNED", "COST"]}, 2)])
def test_it_tells_costs_only_when_they_are_asked_for(
    office: Office, post: Post, sink: Sink, asked: dict[str, Any], costs: int
) -> None:
    office.set(is_cost_rate_active=True)
    track(office.owner, "20T08:00:00", "20T09:30:00")
    created(office.owner, office.member, filter={"dateRangeType": "YESTERDAY"} | asked)
    office.clock.move(UNTIL_SEVEN)
    post.work()
    (mail,) = mails_to(office.member, sink)
    (row,) = rows_of(mail)
    assert len([name for name in row if name.startswith("Cost")]) == costs
    assert "Billable Rate (USD)" in row


def test_who_left_or_wants_none_or_is_out_gets_none(office: Office, post: Post, sink: Sink) -> None:
    report_id = created(office.owner, office.owner, office.admin, office.manager, office.member)
    assert leave(office.admin, report_id).status == 204
    assert office.owner.put(f"/users/{office.manager.id}", {"status": "INACTIVE"}).status == 200
    change(office.member, scheduledReports=False)
    office.clock.move(UNTIL_SEVEN)
    post.work()
    assert len(mails_to(office.owner, sink)) == 1
    assert not any(mails_to(one, sink) for one in (office.admin, office.manager, office.member))


def test_with_nobody_to_mail_to_the_period_passes(office: Office, post: Post, sink: Sink) -> None:
    report_id = created(office.owner, office.member)
    leave(office.member, report_id)
    office.clock.move(UNTIL_SEVEN)
    assert post.make() == 0
    shown = get(office.owner, report_id)
    assert (shown["nextRunAt"], shown["lastSentAt"], shown["lastError"]) == ("2026-05-22T07:00:00Z", None, None)


def test_what_is_paused_or_deleted_is_not_mailed(office: Office, post: Post, sink: Sink) -> None:
    put(office.owner, created(office.owner, name="paused"), paused=True)
    delete(office.owner, created(office.owner, name="deleted"))
    office.clock.move(UNTIL_SEVEN)
    post.work()
    assert mails_to(office.owner, sink) == []


def test_a_name_makes_no_header_and_no_path(office: Office, post: Post, sink: Sink) -> None:
    created(office.owner, name="../Söhne\r\nBcc: all@example.org")
    office.clock.move(UNTIL_SEVEN)
    post.work()
    (mail,) = mails_to(office.owner, sink)
    assert mail["Bcc"] is None
    assert mail["Subject"] == "../Söhne Bcc: all@example.org: 20 May 2026"
    assert file_of(mail).get_filename() == "Söhne Bcc all@example.org 2026-05-20.csv"


def test_whoever_leaves_the_workspace_leaves_its_mails(office: Office, post: Post, sink: Sink) -> None:
    own, others = created(office.member), created(office.owner, office.owner, office.member)
    path = f"/api/hourbook/v1/workspaces/{office.workspace_id}/members/{office.member.id}"
    assert office.owner.raw("DELETE", path).status == 204
    assert get(office.owner, others)["recipients"] == [office.owner.id]
    office.clock.move(UNTIL_SEVEN)
    post.work()
    assert mails_to(office.member, sink) == []
    assert len(mails_to(office.owner, sink)) == 1
    assert put(office.owner, own, name="x").status == 400
