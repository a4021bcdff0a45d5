"""Opening a shared report over HTTP: who may, with whose eyes, over which days."""

from typing import Any

import msgspec
import pytest

from hourbook.http.messages import Passed, Response
from hourbook.resources.users.store import USER
from tests import sign_ins
from tests.harness import REFUSED, Office
from tests.resources.shared_reports import sharing
from tests.resources.shared_reports.sharing import FILTER, MAY, hours, opened, share, track

GONE = (404, 501)
PEOPLE = ("anonymous", "outsider", "member", "manager", "admin", "owner")


def openers(office: Office, report_id: str) -> set[str]:
    """Which of everybody may open it; the others are told that there is no such report."""
    found = {name: opened(person, report_id) for name, person in office.everybody.items()}
    assert all(answer.refusal == GONE for answer in found.values() if answer.status != 200), found
    return {name for name, answer in found.items() if answer.status == 200}


def test_a_public_report_is_opened_by_anybody(office: Office) -> None:
    report = share(office.member, isPublic=True)
    assert openers(office, report["id"]) == set(PEOPLE)


def test_a_private_report_is_opened_by_its_author_and_admins_alone(office: Office) -> None:
    report = share(office.manager)
    assert openers(office, report["id"]) == {"manager", "admin", "owner"}


def test_a_private_report_is_opened_by_people_it_names(office: Office) -> None:
    report = share(office.manager, visibleToUsers=[office.member.id])
    assert openers(office, report["id"]) == {"manager", "member", "admin", "owner"}


def test_a_private_report_is_opened_by_people_of_groups_it_names(office: Office) -> None:
    group = office.owner.post("/user-groups", {"name": "Readers"}).body["id"]
    report = share(office.manager, visibleToUserGroups=[group])
    assert openers(office, report["id"]) == {"manager", "admin", "owner"}
    assert office.owner.post(f"/user-groups/{group}/users", {"userId": office.member.id}).status == 200
    assert openers(office, report["id"]) == {"manager", "member", "admin", "owner"}


@pytest.mark.parametrize("report_id", ["f" * 24, "nonsense", "6a0dbe609e717dee675ce78", "%00"])
def test_a_report_that_never_was_is_as_one_that_may_not_be_opened(office: Office, report_id: str) -> None:
    assert opened(office.owner, report_id).refusal == GONE
    assert opened(office.anonymous, report_id).refusal == GONE


def test_a_wrong_key_is_refused_even_for_a_public_report(office: Office) -> None:
    report = share(office.member, isPublic=True)
    path = f"{sharing.REPORTS}/shared-reports/{report['id']}"
    answer = office.anonymous.raw("GET", path, headers={"x-api-key": "nonsense"})
    assert answer.status == 401


@pytest.mark.parametrize("prefix", ["/report/v1", "/v1", "/report", "/clockify/report/v1"])
def test_it_answers_wherever_the_service_of_reports_is(office: Office, prefix: str) -> None:
    report = share(office.member, isPublic=True)
    answer = office.anonymous.raw("GET", f"{prefix}/shared-reports/{report['id']}")
    assert answer.status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_link_only_reads(office: Office, method: str) -> None:
    report = share(office.member, isPublic=True)
    answer = office.member.raw(method, f"{sharing.REPORTS}/shared-reports/{report['id']}", {"name": "x"})
    assert answer.refusal == (405, 3000)


def test_inside_a_workspace_there_is_nothing_to_read(office: Office) -> None:
    report = share(office.member)
    assert office.member.raw("GET", sharing.path(office.member, report["id"])).refusal == (405, 3000)
    assert office.member.raw("GET", sharing.path(office.member, report["id"]) + "/export").status == 404


# --- with the author's eyes ---------------------------------------------------------------------


def test_whoever_opens_it_sees_what_its_author_may_see(office: Office) -> None:
    track(office.member)
    track(office.owner, "2026-05-21T08:00:00Z", "2026-05-21T10:00:00Z")
    of_member, of_owner = share(office.member, isPublic=True), share(office.owner, isPublic=True)
    for person in (office.anonymous, office.owner, office.member):
        assert hours(opened(person, of_member["id"])) == 1
        assert hours(opened(person, of_owner["id"])) == 3


def test_what_its_author_may_see_is_asked_at_each_opening(office: Office) -> None:
    track(office.owner)
    report = share(office.member, isPublic=True)
    assert hours(opened(office.anonymous, report["id"])) == 0
    office.grant(office.member, "WORKSPACE_ADMIN", office.workspace_id)
    assert hours(opened(office.anonymous, report["id"])) == 1


def test_time_that_was_just_tracked_is_in_it(office: Office) -> None:
    report = share(office.member, isPublic=True)
    for count in range(1, 4):
        track(office.member, f"2026-05-0{count}T08:00:00Z", f"2026-05-0{count}T09:00:00Z")
        assert hours(opened(office.anonymous, report["id"])) == count


def test_it_is_gone_while_its_author_is_deactivated(office: Office) -> None:
    report = share(office.member, isPublic=True)
    assert office.owner.put(f"/users/{office.member.id}", {"status": "INACTIVE"}).status == 200
    assert openers(office, report["id"]) == set()
    assert office.owner.put(f"/users/{office.member.id}", {"status": "ACTIVE"}).status == 200
    assert openers(office, report["id"]) == set(PEOPLE)


def test_it_is_gone_while_its_author_has_no_reports(office: Office) -> None:
    report = share(office.member, isPublic=True)
    office.set(admin_only_pages=("REPORTS",))
    assert openers(office, report["id"]) == set()


def test_it_is_gone_once_it_is_private_or_deleted(office: Office) -> None:
    report = share(office.member, isPublic=True)
    assert sharing.change(office.member, report["id"], isPublic=False).status == 200
    assert opened(office.anonymous, report["id"]).refusal == GONE
    assert opened(office.member, report["id"]).status == 200
    assert office.member.raw("DELETE", sharing.path(office.member, report["id"])).status == 204
    assert openers(office, report["id"]) == set()


def test_a_deactivated_reader_is_nobody(office: Office) -> None:
    report = share(office.manager, visibleToUsers=[office.member.id])
    assert opened(office.member, report["id"]).status == 200
    assert office.owner.put(f"/users/{office.member.id}", {"status": "INACTIVE"}).status == 200
    assert opened(office.member, report["id"]).refusal == GONE


def test_networks_of_the_workspace_hold_for_its_links(office: Office) -> None:
    report = share(office.member, isPublic=True)
    office.set(allowed_networks=("10.0.0.0/8",))
    assert opened(office.anonymous, report["id"]).refusal == GONE
    assert opened(office.owner, report["id"]).refusal == GONE


# --- what is told -------------------------------------------------------------------------------


def test_the_answer_is_the_report_and_the_stored_request(office: Office) -> None:
    track(office.member)
    report = share(office.member, visibleToUsers=[office.manager.id])
    answer = opened(office.member, report["id"])
    assert set(answer.body) == {"totals", "donutChart", "groupTotals", "groupOne", "filters"}
    filters = answer.body["filters"]
    assert {name: filters[name] for name in report} == report
    assert filters["workspace"]["id"] == office.workspace_id
    assert filters["workspace"]["workspaceSettings"]["forceProjects"] is False
    assert filters["isAdminOrOwner"] is False
    assert opened(office.owner, report["id"]).body["filters"]["isAdminOrOwner"] is True
    assert (filters["timezone"], filters["weekStart"], filters["dateFormat"]) == ("UTC", "MONDAY", "MM/DD/YYYY")
    assert answer.headers["X-Hourbook-Time-Zone"] == "UTC"
    assert answer.headers["X-Hourbook-Revision"].isdigit()
    assert answer.headers["Cache-Control"] == "no-store"


def test_to_others_less_is_told_of_the_workspace_and_its_people(office: Office) -> None:
    track(office.owner)
    wanted = {"exportType": "JSON", **MAY, "detailedFilter": {"page": 1, "pageSize": 10}}
    report = share(office.owner, type="DETAILED", filter=wanted, isPublic=True, visibleToUsers=[office.member.id])
    for person in (office.anonymous, office.outsider):
        answer = opened(person, report["id"])
        filters = answer.body["filters"]
        assert filters["workspace"]["workspaceSettings"] == {}
        assert filters["visibleToUsers"] == []
        assert [row["userEmail"] for row in answer.body["timeentries"]] == [""]
        assert b"@" not in answer.content
    of_member = opened(office.member, report["id"])
    assert [row["userEmail"] for row in of_member.body["timeentries"]] == [office.owner.email]


def test_to_others_nobody_without_time_is_told(office: Office) -> None:
    week = {"dateRangeStart": "2026-05-18T00:00:00Z", "dateRangeEnd": "2026-05-24T23:59:59Z"}
    wanted = {"exportType": "JSON", **week, "weeklyFilter": {"group": "USER"}}
    report = share(office.owner, type="WEEKLY", filter=wanted, isPublic=True)
    assert opened(office.anonymous, report["id"]).body["usersWithoutTime"] == []
    assert opened(office.owner, report["id"]).body["usersWithoutTime"] != []


@pytest.mark.parametrize(
    ("kind", "more", "key"),
    [
        ("SUMMARY", {"summaryFilter": {"groups": ["USER"]}}, "groupOne"),
        ("DETAILED", {}, "timeentries"),
        ("ATTENDANCE", {}, "entities"),
        ("EXPENSE_DETAILED", {}, "expenses"),
    ],
)
def test_each_report_there_is_can_be_opened(office: Office, kind: str, more: dict[str, object], key: str) -> None:
    report = share(office.owner, type=kind, filter={"exportType": "JSON", **MAY, **more}, isPublic=True)
    answer = opened(office.anonymous, report["id"])
    assert answer.status == 200
    assert key in answer.body


def test_a_type_without_a_report_is_stored_and_not_shown(office: Office) -> None:
    report = share(office.owner, type="INVOICES", filter={"exportType": "JSON", **MAY}, isPublic=True)
    answer = opened(office.anonymous, report["id"])
    assert answer.refusal == REFUSED
    assert "INVOICES" in answer.message


def test_a_week_that_is_none_is_refused_when_it_is_opened(office: Office) -> None:
    wanted = {"exportType": "JSON", **MAY, "weeklyFilter": {"group": "USER"}}
    report = share(office.owner, type="WEEKLY", filter=wanted, isPublic=True)
    answer = opened(office.anonymous, report["id"])
    assert answer.refusal == REFUSED
    assert answer.message == "Please select date range of exactly 7 days for weekly report"


# --- days ---------------------------------------------------------------------------------------


def test_a_relative_range_is_meant_anew_at_each_opening(office: Office) -> None:
    """It is Wednesday, the 20th of May."""
    track(office.member, "2026-05-20T08:00:00Z", "2026-05-20T09:00:00Z")
    track(office.member, "2026-05-19T08:00:00Z", "2026-05-19T10:00:00Z")
    report = share(office.member, isPublic=True, filter=FILTER | {"dateRangeType": "TODAY"})
    answer = opened(office.anonymous, report["id"])
    assert hours(answer) == 1
    told = answer.body["filters"]["filter"]
    assert (told["dateRangeStart"], told["dateRangeEnd"]) == ("2026-05-20T00:00:00.000", "2026-05-20T23:59:59.999")
    office.clock.move(86_400)
    assert hours(opened(office.anonymous, report["id"])) == 0
    sharing.change(office.member, report["id"], filter=FILTER | {"dateRangeType": "LAST_WEEK"})
    assert hours(opened(office.anonymous, report["id"])) == 0
    office.clock.move(7 * 86_400)
    assert hours(opened(office.anonymous, report["id"])) == 3


def test_days_are_those_of_its_author(office: Office) -> None:
    """At 14:00 UTC it is the next day already on Kiritimati."""
    far = office.hire("Kiri Far-Away", zone="Pacific/Kiritimati")
    track(far, "2026-05-20T10:00:00Z", "2026-05-20T11:00:00Z")
    report = share(far, isPublic=True, filter=FILTER | {"dateRangeType": "TODAY"})
    answer = opened(office.anonymous, report["id"])
    assert answer.headers["X-Hourbook-Time-Zone"] == "Pacific/Kiritimati"
    assert answer.body["filters"]["filter"]["dateRangeStart"] == "2026-05-21T00:00:00.000"
    assert hours(answer) == 1


def test_a_zone_that_the_filter_names_wins(office: Office) -> None:
    far = office.hire("Kiri Far-Away", zone="Pacific/Kiritimati")
    report = share(far, isPublic=True, filter=FILTER | {"dateRangeType": "TODAY", "timeZone": "UTC"})
    answer = opened(office.anonymous, report["id"])
    assert answer.headers["X-Hourbook-Time-Zone"] == "UTC"
    assert answer.body["filters"]["filter"]["dateRangeStart"] == "2026-05-20T00:00:00.000"


def test_whoever_opens_it_chooses_other_days(office: Office) -> None:
    track(office.member)
    report = share(office.member, isPublic=True)
    june = {"dateRangeStart": "2026-06-01T00:00:00", "dateRangeEnd": "2026-06-30T23:59:59"}
    assert hours(opened(office.anonymous, report["id"], **june)) == 0
    assert hours(opened(office.anonymous, report["id"])) == 1


def test_days_that_are_fixed_stay(office: Office) -> None:
    track(office.member)
    report = share(office.member, isPublic=True, fixedDate=True)
    june = {"dateRangeStart": "2026-06-01T00:00:00", "dateRangeEnd": "2026-06-30T23:59:59"}
    answer = opened(office.anonymous, report["id"], **june)
    assert hours(answer) == 1
    assert answer.body["filters"]["filter"]["dateRangeStart"] == MAY["dateRangeStart"]


@pytest.mark.parametrize("query", [{"dateRangeStart": "soon"}, {"dateRangeEnd": "1999-01-01T00:00:00"}])
def test_days_that_are_none_are_refused(office: Office, query: dict[str, str]) -> None:
    report = share(office.member, isPublic=True)
    assert opened(office.anonymous, report["id"], **query).refusal == REFUSED


def test_whoever_opens_it_chooses_order_and_page(office: Office) -> None:
    for day in range(1, 4):
        track(office.member, f"2026-05-0{day}T08:00:00Z", f"2026-05-0{day}T09:00:00Z", description=f"Day {day}")
    report = share(office.member, type="DETAILED", filter={"exportType": "JSON", **MAY}, isPublic=True)

    def days(**query: object) -> list[str]:
        answer = opened(office.anonymous, report["id"], **query)
        assert answer.status == 200, answer
        return [row["description"][-1] for row in answer.body["timeentries"]]

    by_day = {"sortColumn": "DATE"}
    assert days(**by_day, sortOrder="ASCENDING") == ["1", "2", "3"]
    assert days(**by_day, sortOrder="DESCENDING") == ["3", "2", "1"]
    assert days(**by_day, sortOrder="ASCENDING", page=2, pageSize=2) == ["3"]


@pytest.mark.parametrize("query", [{"sortColumn": "NONSENSE"}, {"sortOrder": "NONSENSE"}, {"exportType": "NONSENSE"}])
def test_words_that_are_none_are_refused(office: Office, query: dict[str, str]) -> None:
    report = share(office.member, isPublic=True)
    assert opened(office.anonymous, report["id"], **query).status == 400


def test_somebody_signed_in_is_known_to_the_worker_too(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is passed on to the worker travels as bytes and is read strictly there."""
    report = share(office.member)
    pipeline = office.server.runtime.pipeline

    async def pass_on(passed: Passed) -> Response:
        travelled = msgspec.msgpack.decode(msgspec.msgpack.encode(passed), type=Passed)
        return await pipeline.run_passed(travelled)

    token = sign_ins.open_session(office.member).token
    monkeypatch.setattr(pipeline, "pass_on", pass_on)
    path = f"{sharing.REPORTS}/shared-reports/{report['id']}"
    answer = office.anonymous.raw("GET", path, headers={"cookie": f"hourbook_session={token}"})
    assert answer.status == 200, answer
    assert opened(office.anonymous, report["id"]).refusal == GONE


# --- as files -----------------------------------------------------------------------------------

KINDS = {
    "CSV": ("text/csv", b'"'),
    "XLSX": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK"),
    "PDF": ("application/pdf", b"%PDF"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_link_gives_files_too(office: Office, kind: str) -> None:
    """The recorded headers (export-response-headers.json)."""
    track(office.member)
    report = share(office.member, isPublic=True)
    answer = opened(office.anonymous, report["id"], exportType=kind)
    assert answer.status == 200
    assert answer.headers["Content-Type"].split(";")[0] == KINDS[kind][0]
    name = f"Clockify_Time_Report_Summary_05%2F01%2F2026-05%2F31%2F2026.{kind.lower()}"
    assert answer.headers["Content-Disposition"] == f"filename={name}"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.content.lstrip(b"\xef\xbb\xbf").startswith(KINDS[kind][1])


def test_files_end_with_the_link(office: Office) -> None:
    report = share(office.member, isPublic=True)
    assert opened(office.anonymous, report["id"], exportType="CSV").status == 200
    sharing.change(office.member, report["id"], isPublic=False)
    assert opened(office.anonymous, report["id"], exportType="CSV").refusal == GONE
    assert opened(office.member, report["id"], exportType="CSV").status == 200


def test_files_hold_the_days_that_were_chosen_unless_they_are_fixed(office: Office) -> None:
    june = {"dateRangeStart": "2026-06-01T00:00:00", "dateRangeEnd": "2026-06-30T23:59:59"}
    for is_fixed, month in ((False, "06%2F01"), (True, "05%2F01")):
        report = share(office.member, isPublic=True, fixedDate=is_fixed)
        answer = opened(office.anonymous, report["id"], exportType="CSV", **june)
        assert month in answer.headers["Content-Disposition"]


def test_files_for_others_hold_no_address(office: Office) -> None:
    track(office.owner, description="Something")
    report = share(office.owner, type="DETAILED", filter={"exportType": "JSON", **MAY}, isPublic=True)
    for person in (office.anonymous, office.outsider):
        content = opened(person, report["id"], exportType="CSV").content
        assert b"Something" in content
        assert b"@" not in content
    assert office.owner.email.encode() in opened(office.member, report["id"], exportType="CSV").content


def test_a_bundle_of_receipts_is_refused(office: Office) -> None:
    report = share(office.member, isPublic=True)
    assert opened(office.anonymous, report["id"], exportType="ZIP").status == 400


def test_a_stored_kind_of_file_is_no_answer_by_itself(office: Office) -> None:
    """A link is a page first; as a file it is asked for by name."""
    report = share(office.member, isPublic=True, filter=FILTER | {"exportType": "PDF"})
    answer = opened(office.anonymous, report["id"])
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.body["filters"]["filter"]["exportType"] == "PDF"


def test_somebody_who_goes_by_their_address_has_no_name_for_others(office: Office) -> None:
    def lose_name(tx: Any) -> None:
        before = tx.get(USER, office.member.id)
        tx.update(USER, before, msgspec.structs.replace(before, name=None))

    track(office.member)
    report = share(office.member, filter=FILTER | {"summaryFilter": {"groups": ["USER"]}}, isPublic=True)
    office.write(lose_name)
    assert opened(office.owner, report["id"]).body["groupOne"][0]["name"] == office.member.email
    assert opened(office.anonymous, report["id"]).body["groupOne"][0]["name"] == "(no name)"
