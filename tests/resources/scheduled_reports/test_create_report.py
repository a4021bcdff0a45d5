"""POST /api/hourbook/v1/workspaces/{id}/scheduled-reports."""

from typing import Any

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Office
from tests.resources.scheduled_reports.mailing import body_of, create, created, get, path_of

pytestmark = pytest.mark.usefixtures("mail")


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert create(office.anonymous, office.owner).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert create(office.outsider).refusal == DENIED


def test_who_sees_no_reports_schedules_none(office: Office) -> None:
    office.set(admin_only_pages=("REPORTS",))
    assert create(office.member).refusal == DENIED
    assert create(office.admin).status == 201


def test_a_schedule_says_when_it_runs_and_for_whom(office: Office) -> None:
    answer = create(office.member, office.manager, office.member)
    assert answer.status == 201
    assert answer.body == {
        "id": answer.body["id"],
        "workspaceId": office.workspace_id,
        "userId": office.member.id,
        "name": "Yesterday",
        "type": "DETAILED",
        "exportType": "CSV",
        "filter": {"dateRangeType": "YESTERDAY", "exportType": "CSV"},
        "frequency": "DAILY",
        "weekday": None,
        "dayOfMonth": None,
        "time": "07:00",
        "timeZone": "UTC",
        "recipients": sorted([office.manager.id, office.member.id]),
        "paused": False,
        "nextRunAt": "2026-05-21T07:00:00Z",
        "lastRunAt": None,
        "lastSentAt": None,
        "lastError": None,
    }
    assert get(office.member, answer.body["id"]) == answer.body


@pytest.mark.parametrize(
    ("more", "next_run"),
    [
        ({"time": "14:00"}, "2026-05-21T14:00:00Z"),
        ({"time": "14:01"}, "2026-05-20T14:01:00Z"),
        ({"timeZone": "Europe/Berlin"}, "2026-05-21T05:00:00Z"),
        ({"frequency": "WEEKLY", "weekday": "MONDAY"}, "2026-05-25T07:00:00Z"),
        ({"frequency": "WEEKLY", "weekday": "WEDNESDAY", "timeZone": "America/New_York"}, "2026-05-27T11:00:00Z"),
        ({"frequency": "MONTHLY", "dayOfMonth": 1}, "2026-06-01T07:00:00Z"),
        ({"frequency": "MONTHLY", "dayOfMonth": 31, "timeZone": "Asia/Tokyo"}, "2026-05-30T22:00:00Z"),
        ({"paused": True}, None),
    ],
)
def test_it_runs_at_the_next_moment_of_its_kind(office: Office, more: dict[str, Any], next_run: str | None) -> None:
    assert create(office.owner, **more).body["nextRunAt"] == next_run


def test_on_the_days_clocks_change_it_runs_once(office: Office) -> None:
    berlin = {"timeZone": "Europe/Berlin", "time": "02:30"}
    office.clock.move_to(1_792_886_400_000_000)  # 2026-10-25T00:00:00Z, half an hour before 02:30 for the first time
    assert create(office.owner, **berlin).body["nextRunAt"] == "2026-10-25T00:30:00Z"
    office.clock.move(1800)
    assert create(office.owner, **berlin).body["nextRunAt"] == "2026-10-26T01:30:00Z"
    office.clock.move_to(1_806_191_999_000_000)  # 2027-03-28T00:59:59Z: 02:30 is skipped
    assert create(office.owner, **berlin).body["nextRunAt"] == "2027-03-28T01:00:00Z"


def test_without_a_zone_it_is_that_of_ones_profile(office: Office) -> None:
    person = office.hire("Tomo Elsewhere", zone="Asia/Tokyo")
    body = create(person).body
    assert (body["timeZone"], body["nextRunAt"]) == ("Asia/Tokyo", "2026-05-20T22:00:00Z")


@pytest.mark.parametrize("kind", ["CSV", "XLSX", "PDF"])
@pytest.mark.parametrize(
    ("type_", "filter_"),
    [
        ("SUMMARY", {"dateRangeType": "LAST_MONTH", "summaryFilter": {"groups": ["PROJECT", "USER"]}}),
        ("DETAILED", {"dateRangeType": "LAST_WEEK", "detailedFilter": {"page": 1, "pageSize": 50}}),
        ("WEEKLY", {"dateRangeType": "THIS_WEEK", "weeklyFilter": {"group": "USER", "subgroup": "TIME"}}),
        ("ATTENDANCE", {"dateRangeType": "THIS_YEAR", "attendanceFilter": {"page": 1, "pageSize": 50}}),
    ],
)
def test_every_report_can_be_scheduled(office: Office, type_: str, filter_: dict[str, Any], kind: str) -> None:
    answer = create(office.owner, type=type_, exportType=kind, filter=filter_)
    assert answer.status == 201, answer
    assert answer.body["filter"] == filter_ | {"exportType": kind}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"name": " "}, "name of a scheduled report must not be empty"),
        ({"name": "x" * 101}, "100 characters"),
        ({"filter": {}}, "filter.dateRangeType of a scheduled report must be one of"),
        ({"filter": {"dateRangeType": "ABSOLUTE"}}, "filter.dateRangeType"),
        ({"filter": {"dateRangeType": "TODAY", "timeZone": "Europe"}}, "timeZone Europe is unknown"),
        ({"filter": {"dateRangeType": "TODAY", "weekStart": "FUNDAY"}}, "weekStart"),
        ({"filter": {"dateRangeType": "TODAY", "rounding": "yes"}}, "filter"),
        ({"type": "SUMMARY"}, "missing required field `summaryFilter`"),
        (
            {"type": "WEEKLY", "filter": {"dateRangeType": "LAST_MONTH", "weeklyFilter": {"group": "USER"}}},
            "THIS_WEEK, LAST_WEEK",
        ),
        ({"frequency": "WEEKLY"}, "needs its weekday"),
        ({"frequency": "MONTHLY"}, "needs its dayOfMonth"),
        ({"frequency": "MONTHLY", "dayOfMonth": 32}, "from 1 to 31"),
        ({"time": "7 o'clock"}, "like 07:30"),
        ({"timeZone": "localtime"}, "timeZone localtime is unknown"),
        ({"recipients": []}, "needs a recipient"),
        ({"recipients": ["a" * 24] * 2 + [f"{n:024x}" for n in range(50)]}, "at most 50"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(office: Office, more: dict[str, Any], words: str) -> None:
    answer = create(office.owner, **more)
    assert answer.status == 400
    assert words in answer.message


@pytest.mark.parametrize(
    "more",
    [
        {"type": "EXPENSE_DETAILED"},
        {"exportType": "JSON"},
        {"frequency": "HOURLY"},
        {"weekday": "SOMEDAY"},
        {"recipients": "all"},
        {"filter": []},
        {"surprise": 1},
        {"time": None},
    ],
)
def test_what_is_no_such_request_is_unreadable(office: Office, more: dict[str, Any]) -> None:
    assert create(office.owner, **more).refusal == UNREADABLE


def test_a_filter_is_refused_in_the_words_of_the_report(office: Office) -> None:
    body = {"filter": {"dateRangeType": "TODAY", "detailedFilter": {"page": 0}}}
    of_the_report = office.owner.report(
        "/reports/detailed",
        {"dateRangeStart": "2026-05-01T00:00:00Z", "dateRangeEnd": "2026-05-02T00:00:00Z"} | body["filter"],
    )
    assert of_the_report.status == 400
    assert create(office.owner, **body).message == of_the_report.message


def test_recipients_are_members_who_can_be_written_to(office: Office) -> None:
    assert create(office.owner, recipients=[office.outsider.id]).refusal == REFUSED
    assert create(office.owner, recipients=["nonsense"]).refusal == REFUSED
    for person in (office.limited, office.manager):
        if person is office.manager:
            assert office.owner.put(f"/users/{person.id}", {"status": "INACTIVE"}).status == 200
        answer = create(office.owner, person)
        assert answer.status == 400
        assert "active members" in answer.message


def test_one_person_has_twenty_at_most(office: Office) -> None:
    for number in range(20):
        created(office.member, name=f"Report {number}")
    assert create(office.member).status == 400
    assert create(office.manager).status == 201


def test_it_is_journaled_without_when_it_runs(office: Office) -> None:
    report_id = created(office.owner, name="Journaled")
    told = office.owner.raw("GET", "/api/hourbook/v1/user/data").body
    (row,) = [one for one in told["journal"] if one["entityId"] == report_id]
    assert row["event"] == "SCHEDULED_REPORT_CREATED"


def test_a_server_that_sends_no_mail_says_so(office: Office) -> None:
    pipeline = office.server.runtime.pipeline
    on, pipeline.deployment = pipeline.deployment, type(pipeline.deployment)()
    try:
        answer = create(office.owner)
    finally:
        pipeline.deployment = on
    assert answer.status == 400
    assert "sends no mail, so reports can't be scheduled" in answer.message
    assert office.owner.raw("GET", path_of(office.owner)).body == []


def test_a_body_must_be_there(office: Office) -> None:
    assert office.owner.raw("POST", path_of(office.owner)).refusal == UNREADABLE
    assert office.owner.raw("POST", path_of(office.owner), {**body_of(office.owner), "name": 5}).refusal == UNREADABLE
