"""Reports made as files in the background: /api/hourbook/v1/workspaces/{id}/exports."""

import csv
import io
from typing import Any

import pytest

from hourbook.resources.exports import actions, rules
from hourbook.worker import exports as making
from hourbook.worker.runner import JobRun
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Office
from tests.resources.exports.making import MAY, Worker, file_of, get, path_of, start, started, stop_clock


@pytest.fixture(autouse=True)
def clock(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_clock(office, monkeypatch)


def track(office: Office, count: int = 1) -> None:
    for number in range(count):
        body = {"start": "2026-05-18T08:00:00Z", "end": "2026-05-18T09:30:00Z", "description": f"Work {number}"}
        assert office.member.post("/time-entries", body).status == 201


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert start(office.anonymous).refusal == NO_CREDENTIAL
    assert office.anonymous.raw("GET", path_of(office.owner)).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert start(office.outsider).refusal == DENIED


def test_who_sees_no_reports_makes_no_exports(office: Office) -> None:
    office.set(admin_only_pages=("REPORTS",))
    assert start(office.member).refusal == DENIED


@pytest.mark.parametrize("kind", ["CSV", "XLSX", "PDF"])
def test_an_export_is_the_file_that_the_report_itself_answers(office: Office, kind: str) -> None:
    track(office, 3)
    export_id = started(office.member, kind)
    assert get(office.member, export_id)["state"] == "WAITING"
    Worker(office).work()
    shown = get(office.member, export_id)
    assert (shown["state"], shown["progressPercent"], shown["rowsCount"]) == ("DONE", 100, 3)
    assert shown["expiresAt"] == "2026-05-21T14:00:00Z"
    made, direct = (
        file_of(office.member, export_id),
        office.member.report("/reports/detailed", MAY | {"exportType": kind}),
    )
    assert made.status == direct.status == 200
    assert made.headers["content-disposition"] == direct.headers["content-disposition"]
    assert made.headers["content-type"] == direct.headers["content-type"]
    assert made.headers["content-disposition"] == f"filename={shown['fileName']}"
    assert len(made.content) == shown["sizeBytes"]
    if kind == "CSV":
        assert made.content == direct.content


@pytest.mark.parametrize(
    ("type_", "more"),
    [
        ("SUMMARY", {"summaryFilter": {"groups": ["PROJECT", "USER"]}}),
        ("WEEKLY", {"weeklyFilter": {"group": "USER"}, "dateRangeEnd": "2026-05-07T23:59:59Z"}),
        ("ATTENDANCE", {}),
        ("EXPENSE_DETAILED", {}),
    ],
)
def test_every_report_can_be_exported(office: Office, type_: str, more: dict[str, Any]) -> None:
    export_id = started(office.owner, type_=type_, **more)
    Worker(office).work()
    assert get(office.owner, export_id)["state"] == "DONE"
    assert file_of(office.owner, export_id).content.startswith(b'"')


def test_a_large_file_lies_there_in_portions(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "PART_BYTES", 100)
    track(office, 5)
    export_id = started(office.member)
    Worker(office).work()
    rows = list(csv.reader(io.StringIO(file_of(office.member, export_id).content.decode())))
    assert len(rows) == 6
    assert get(office.member, export_id)["sizeBytes"] > 500


def test_an_export_shows_what_its_author_may_see_when_it_is_made(office: Office) -> None:
    track(office)
    office.set(only_admins_see_all_time_entries=False)
    export_id = started(office.manager)
    office.set(only_admins_see_all_time_entries=True)
    Worker(office).work()
    assert get(office.manager, export_id)["rowsCount"] == 0


def test_who_may_see_no_reports_by_then_gets_none(office: Office) -> None:
    export_id = started(office.member)
    office.set(admin_only_pages=("REPORTS",))
    Worker(office).work()
    office.set(admin_only_pages=())
    shown = get(office.member, export_id)
    assert (shown["state"], shown["reason"]) == ("FAILED", "Access Denied")
    assert file_of(office.member, export_id).status == 409


def test_a_report_that_cannot_be_says_why(office: Office) -> None:
    export_id = started(
        office.owner,
        type_="ATTENDANCE",
        dateRangeStart="1970-01-01T00:00:00Z",
        dateRangeEnd="2999-12-31T00:00:00Z",
    )
    Worker(office).work()
    shown = get(office.owner, export_id)
    assert shown["state"] == "FAILED"
    assert "1000000 is the most" in shown["reason"]
    assert "1000000 is the most" in file_of(office.owner, export_id).message


def test_until_it_is_done_there_is_nothing_to_fetch(office: Office) -> None:
    answer = file_of(office.owner, started(office.owner))
    assert (answer.status, answer.message) == (409, "This export is not ready yet")


def test_what_a_killed_worker_left_is_not_served_and_is_made_again(office: Office) -> None:
    track(office)
    export_id = started(office.member)

    def killed(run: JobRun) -> None:
        key = {"export_id": export_id, "attempt": run.job.attempts}
        assert run.call("exports.begin", list[Any], key, workspace_id=office.workspace_id)
        part = {**key, "number": 0, "content": b"half a file"}
        assert run.call("exports.add_part", bool, part, workspace_id=office.workspace_id)
        raise RuntimeError("killed")

    Worker(office, handler=killed).work()
    assert file_of(office.member, export_id).status == 409
    office.clock.move(61)
    Worker(office).work()
    assert file_of(office.member, export_id).content.startswith(b'"Project"')


def test_a_portion_that_comes_twice_is_there_once(office: Office) -> None:
    export_id = started(office.owner)
    for content in (b"one", b"two"):
        assert office.write(
            lambda tx, content=content: actions.add_part(tx, export_id, attempt=1, number=0, content=content)
        )
    assert office.write(lambda tx: actions.begin(tx, export_id, 1))


def test_a_deleted_export_is_gone_and_its_job_ends(office: Office) -> None:
    export_id = started(office.member)
    assert office.member.raw("DELETE", path_of(office.member, export_id)).status == 204
    Worker(office).work()
    assert office.member.raw("GET", path_of(office.member, export_id)).refusal == REFUSED
    assert not office.write(lambda tx: actions.add_part(tx, export_id, attempt=1, number=0, content=b"late"))
    assert not office.write(lambda tx: actions.give_up(tx, export_id, "late"))


def test_deleting_takes_the_portions_too(office: Office) -> None:
    export_id = started(office.member)
    Worker(office).work()
    assert office.member.raw("DELETE", path_of(office.member, export_id)).status == 204
    assert file_of(office.member, export_id).refusal == REFUSED


def test_exports_are_their_authors_alone(office: Office) -> None:
    export_id = started(office.member)
    Worker(office).work()
    assert office.manager.raw("GET", path_of(office.manager, export_id)).refusal == REFUSED
    assert file_of(office.manager, export_id).refusal == REFUSED
    assert office.manager.raw("DELETE", path_of(office.manager, export_id)).refusal == REFUSED
    assert office.manager.raw("GET", path_of(office.manager)).body == []
    assert file_of(office.admin, export_id).status == 200


def test_ones_own_are_listed_newest_first_in_pages(office: Office) -> None:
    ids = [started(office.member) for _ in range(3)]
    listed = office.member.raw("GET", path_of(office.member), query={"page-size": 2})
    assert [one["id"] for one in listed.body] == ids[:0:-1]
    assert listed.headers["Last-Page"] == "false"
    assert [
        one["id"] for one in office.member.raw("GET", path_of(office.member), query={"page": 2, "page-size": 2}).body
    ] == ids[:1]


def test_nobody_has_more_than_a_few_at_once(office: Office) -> None:
    for _ in range(rules.WAITING_LIMIT):
        started(office.member)
    assert start(office.member).refusal == (400, 4033)
    assert start(office.manager).status == 201
    Worker(office).work()
    assert start(office.member).status == 201


def test_nobody_keeps_more_than_a_number(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "EXPORTS_LIMIT", 2)
    for _ in range(2):
        started(office.member)
        Worker(office).work()
    assert start(office.member).refusal == (400, 4033)


def test_a_file_is_served_for_a_day_and_then_swept(office: Office) -> None:
    export_id = started(office.member)
    Worker(office).work()
    office.clock.move(24 * 3600 - 1)
    assert file_of(office.member, export_id).status == 200
    office.clock.move(1)
    answer = file_of(office.member, export_id)
    assert (answer.status, answer.message) == (410, "This export has expired. Start it again")
    office.clock.move(1)
    before_us = office.clock.now_us() - 24 * 3600 * 1_000_000
    while office.write(lambda tx: actions.forget_over(tx, before_us, 1000)):
        pass
    assert office.member.raw("GET", path_of(office.member, export_id)).refusal == REFUSED


def test_a_member_who_goes_takes_their_exports_along(office: Office) -> None:
    export_id = started(office.member)
    answer = office.owner.raw("DELETE", f"/api/hourbook/v1/workspaces/{office.workspace_id}/members/{office.member.id}")
    assert answer.status in (200, 204), answer
    assert office.admin.raw("GET", path_of(office.admin, export_id)).refusal == REFUSED


def test_who_loses_a_role_loses_what_was_made_with_it(office: Office) -> None:
    made, others = started(office.admin), started(office.owner)
    Worker(office).work()
    waiting = started(office.admin)
    role = {"role": "WORKSPACE_ADMIN", "entityId": office.workspace_id}
    answer = office.owner.raw("DELETE", f"/api/v1/workspaces/{office.workspace_id}/users/{office.admin.id}/roles", role)
    assert answer.status in (200, 204), answer
    assert file_of(office.admin, made).refusal == REFUSED
    Worker(office).work()
    assert get(office.admin, waiting)["state"] == "DONE"
    assert file_of(office.owner, others).status == 200


@pytest.mark.parametrize("kind", ["JSON", "JSON_V1", "ZIP"])
def test_only_files_can_be_made(office: Office, kind: str) -> None:
    assert start(office.owner, kind).refusal == REFUSED


def test_what_the_reports_own_route_refuses_is_refused_at_once(office: Office) -> None:
    assert start(office.owner, type_="WEEKLY", weeklyFilter={"group": "USER"}).refusal == REFUSED
    assert start(office.owner, timeZone="Europe").refusal == REFUSED
    assert start(office.owner, dateRangeEnd="2026-04-01T00:00:00Z").refusal == REFUSED
    assert start(office.owner, type_="SUMMARY").refusal == UNREADABLE
    assert start(office.owner, detailedFilter={"pageSize": 0}).refusal == REFUSED
    assert start(office.owner, dateFormat="month").refusal == REFUSED
    assert start(office.owner, timeFormat="noon").refusal == REFUSED


def test_a_filter_that_no_journal_should_keep_is_refused(office: Office) -> None:
    people = {"ids": [f"{number:024x}" for number in range(12_000)], "contains": "CONTAINS", "status": "ALL"}
    answer = start(office.owner, users=people)
    assert answer.refusal == REFUSED
    assert "can't be larger than 300000 bytes" in answer.body["message"]
    started(office.owner, users=people | {"ids": people["ids"][:1000]})


def test_an_unknown_id_is_refused(office: Office) -> None:
    for method in ("GET", "DELETE"):
        assert office.owner.raw(method, path_of(office.owner, "f" * 24)).refusal == REFUSED
        assert office.owner.raw(method, path_of(office.owner, "nothing")).refusal == REFUSED
