"""Reports as files: `exportType` CSV, XLSX and PDF on the routes of the reports."""

import csv
import io
import re
import zipfile
from typing import Any

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Answer, Office, Person

WEEK = {"dateRangeStart": "2026-05-18T00:00:00Z", "dateRangeEnd": "2026-05-24T23:59:59Z"}
REPORTS: dict[str, dict[str, Any]] = {
    "summary": {"summaryFilter": {"groups": ["PROJECT"]}},
    "detailed": {},
    "weekly": {"weeklyFilter": {"group": "USER"}},
    "attendance": {},
    "expenses/detailed": {},
}
TYPES = {
    "CSV": ("text/csv", b'"'),
    "XLSX": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04"),
    "PDF": ("application/pdf", b"%PDF-"),
}
DETAILED = [
    "Project", "Client", "Description", "Task", "User", "Group", "Email", "Tags", "Type", "Billable", "Invoiced",
    "Invoice ID", "Start Date", "Start Time", "End Date", "End Time", "Duration (h)", "Duration (decimal)",
    "Billable Rate (USD)", "Billable Amount (USD)",
]  # fmt: skip
COSTS = ["Cost Rate (USD)", "Cost Amount (USD)", "Profit (USD)"]


def ask(person: Person, report: str, kind: str = "CSV", **more: Any) -> Answer:
    return person.report(f"/reports/{report}", WEEK | REPORTS[report] | {"exportType": kind} | more)


def lines(person: Person, report: str, **more: Any) -> list[list[str]]:
    answer = ask(person, report, **more)
    assert answer.status == 200, answer
    return list(csv.reader(io.StringIO(answer.content.decode(), newline="")))


def table(person: Person, report: str, **more: Any) -> list[dict[str, str]]:
    heading, *rows = lines(person, report, **more)
    return [dict(zip(heading, row, strict=True)) for row in rows]


def track(person: Person, start: str, end: str | None, **more: Any) -> str:
    answer = person.post("/time-entries", {"start": f"2026-05-{start}Z", "end": end and f"2026-05-{end}Z", **more})
    assert answer.status == 201, answer
    return str(answer.body["id"])


def project(office: Office, name: str, rate: int = 10_000, **more: Any) -> str:
    body = {"name": name, "isPublic": True, "billable": True, "hourlyRate": {"amount": rate}, **more}
    answer = office.owner.post("/projects", body)
    assert answer.status == 201, answer
    return str(answer.body["id"])


def office_client(office: Office, code: str) -> str:
    """A client whose money is in a currency."""
    path = f"/api/hourbook/v1/workspaces/{office.workspace_id}/currencies"
    added = office.owner.raw("POST", path, {"code": code})
    assert added.status == 201, added
    made = str(office.owner.post("/clients", {"name": "Elsewhere"}).body["id"])
    changed = office.owner.put(f"/clients/{made}", {"name": "Elsewhere", "currencyId": added.body["id"]})
    assert changed.status == 200, changed
    return made


@pytest.fixture
def desk(office: Office) -> Office:
    """A project of a client with a task, two tags, a group; three entries of the member, one of the manager."""
    client = office.owner.post("/clients", {"name": 'Acme, "Inc"'}).body["id"]
    bridge = project(office, "Bridge", clientId=client)
    task = office.owner.post(f"/projects/{bridge}/tasks", {"name": "Digging"}).body["id"]
    tags = [office.owner.post("/tags", {"name": name}).body["id"] for name in ("Sun", "Rain")]
    group = office.owner.post("/user-groups", {"name": "Crew"}).body["id"]
    assert office.owner.post(f"/user-groups/{group}/users", {"userId": office.member.id}).status == 200
    more = {"projectId": bridge, "taskId": task, "tagIds": tags, "billable": True}
    track(office.member, "18T08:00:00", "18T09:30:01", description="First", **more)
    track(office.member, "19T22:15:00", "20T00:00:00", description="=1+1", projectId=bridge, billable=False)
    track(office.member, "18T12:00:00", "18T12:20:00", type="BREAK")
    track(office.manager, "20T07:00:00", "20T07:00:10", description="Short", projectId=bridge, billable=True)
    return office


# --- every report ----------------------------------------------------------------------------


@pytest.mark.parametrize("report", REPORTS)
def test_who_may_not_see_the_report_gets_no_file(office: Office, report: str) -> None:
    assert ask(office.anonymous, report).refusal == NO_CREDENTIAL
    assert ask(office.outsider, report).refusal == DENIED
    office.set(admin_only_pages=("REPORTS",))
    assert ask(office.member, report).refusal == DENIED


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize(
    ("report", "word"),
    [("summary", "Summary"), ("detailed", "Detailed"), ("weekly", "Weekly"), ("attendance", "Attendance")],
)
def test_a_file_is_named_and_typed_as_it_was_recorded(desk: Office, report: str, word: str, kind: str) -> None:
    answer = ask(desk.owner, report, kind)
    assert answer.status == 200, answer
    content_type, beginning = TYPES[kind]
    assert answer.headers["content-type"] == content_type
    name = f"Clockify_Time_Report_{word}_05%2F18%2F2026-05%2F24%2F2026.{kind.lower()}"
    assert answer.headers["content-disposition"] == f"filename={name}"
    assert answer.content.startswith(beginning)
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert int(answer.headers["X-Hourbook-Revision"]) > 0


@pytest.mark.parametrize("report", REPORTS)
def test_an_empty_report_is_a_file_with_headings(office: Office, report: str) -> None:
    for kind in TYPES:
        answer = ask(office.owner, report, kind, dateRangeEnd="2026-05-24T23:59:59Z")
        assert answer.status == 200, (kind, answer)
    if report != "attendance":
        assert len(lines(office.owner, report)) == 1


@pytest.mark.parametrize("report", REPORTS)
def test_bundles_of_receipts_are_refused(office: Office, report: str) -> None:
    answer = ask(office.owner, report, "ZIP")
    assert answer.refusal == REFUSED
    assert "choose JSON, CSV, XLSX or PDF" in answer.message


@pytest.mark.parametrize("report", REPORTS)
def test_what_json_refuses_a_file_refuses(office: Office, report: str) -> None:
    assert ask(office.owner, report, timeZone="Europe").refusal == REFUSED
    assert ask(office.owner, report, dateFormat="MM/MM/YYYY").refusal == REFUSED
    assert ask(office.owner, report, timeFormat="o'clock").refusal == REFUSED


def test_every_cell_is_quoted(desk: Office) -> None:
    for report in REPORTS:
        for line in ask(desk.owner, report).content.decode().splitlines():
            assert re.fullmatch(r'"([^"]|"")*"(,"([^"]|"")*")*', line), line


# --- detailed --------------------------------------------------------------------------------


def test_headings_of_the_detailed_report_are_those_importers_know(desk: Office) -> None:
    assert lines(desk.owner, "detailed")[0] == [*DETAILED, *COSTS, "Date of creation"]
    desk.set(is_cost_rate_active=False, invoicing_enabled=False)
    basic = [heading for heading in DETAILED if heading not in ("Invoiced", "Invoice ID")]
    assert lines(desk.owner, "detailed")[0] == [*basic, "Date of creation"]


def test_a_row_of_the_detailed_report_says_all_of_an_entry(desk: Office) -> None:
    row = next(row for row in table(desk.owner, "detailed") if row["Description"] == "First")
    assert row == {
        "Project": "Bridge",
        "Client": 'Acme, "Inc"',
        "Description": "First",
        "Task": "Digging",
        "User": "Max Member",
        "Group": "Crew",
        "Email": desk.member.email,
        "Tags": "Rain, Sun",
        "Type": "Regular",
        "Billable": "Yes",
        "Invoiced": "No",
        "Invoice ID": "",
        "Start Date": "05/18/2026",
        "Start Time": "08:00:00 AM",
        "End Date": "05/18/2026",
        "End Time": "09:30:01 AM",
        "Duration (h)": "01:30:01",
        "Duration (decimal)": "1.50",
        "Billable Rate (USD)": "100.00",
        "Billable Amount (USD)": "150.03",
        "Cost Rate (USD)": "0.00",
        "Cost Amount (USD)": "0.00",
        "Profit (USD)": "150.03",
        "Date of creation": "05/20/2026",
    } | {name: row[name] for name in ("Start Time", "End Time")}
    assert row["Start Time"].startswith("08:00:00")
    assert row["End Time"].startswith("09:30:01")


def test_an_entry_that_has_nothing_has_empty_cells(desk: Office) -> None:
    row = next(row for row in table(desk.owner, "detailed") if row["Type"] == "Break")
    empty = ("Project", "Client", "Description", "Task", "Tags", "Invoice ID")
    assert [row[name] for name in empty] == [""] * 6
    assert (row["Billable"], row["Billable Rate (USD)"], row["Duration (h)"]) == ("No", "0.00", "00:20:00")


def test_a_running_entry_has_its_time_so_far_and_no_end(office: Office) -> None:
    track(office.member, "20T13:30:00", None)
    (row,) = table(office.owner, "detailed")
    assert (row["End Date"], row["End Time"], row["Duration (h)"]) == ("", "", "00:30:00")


def test_a_text_that_a_spreadsheet_would_run_is_guarded(desk: Office) -> None:
    assert "'=1+1" in {row["Description"] for row in table(desk.owner, "detailed")}


def test_a_file_has_all_rows_in_the_order_asked_for_and_no_pages(desk: Office) -> None:
    page = {"detailedFilter": {"page": 2, "pageSize": 1, "sortColumn": "DURATION"}, "sortOrder": "DESCENDING"}
    found = [row["Duration (h)"] for row in table(desk.owner, "detailed", **page)]
    assert found == ["01:45:00", "01:30:01", "00:20:00", "00:00:10"]


def test_days_and_times_are_those_of_the_reports_zone(desk: Office) -> None:
    rows = table(desk.owner, "detailed", timeZone="Asia/Tokyo", timeFormat="HH:mm", dateFormat="YYYY-MM-DD")
    row = next(row for row in rows if row["Duration (h)"] == "01:45:00")
    assert [row[name] for name in ("Start Date", "Start Time", "End Date", "End Time")] == [
        "2026-05-20", "07:15", "2026-05-20", "09:00",
    ]  # fmt: skip


def test_formats_are_the_requests_else_the_profiles(desk: Office) -> None:
    def start(person: Person, **more: Any) -> tuple[str, str]:
        row = next(row for row in table(person, "detailed", **more) if row["Duration (h)"] == "01:45:00")
        return row["Start Date"], row["Start Time"]

    settings = {"dateFormat": "DD.MM.YYYY", "timeFormat": "HOUR24"}
    assert desk.member.raw("PATCH", "/api/hourbook/v1/user/settings", settings).status == 200
    assert start(desk.member) == ("19.05.2026", "22:15:00")
    assert start(desk.member, timeFormat="HOUR12") == ("19.05.2026", "10:15:00 PM")
    assert start(desk.member, timeFormat="hh:mm a", dateFormat="M/D/YYYY") == ("5/19/2026", "10:15 PM")
    # The published contract has a day and a time as its examples.
    assert start(desk.member, dateFormat="2018-11-01", timeFormat="T00:00:00") == ("2026-05-19", "22:15:00")
    assert start(desk.owner, dateFormat="2018-11-01", timeFormat="T00:00:00.000000") == ("2026-05-19", "22:15:00")
    desk.set(duration_format="COMPACT")
    assert start(desk.member) == ("19.05.2026", "22:15")
    assert start(desk.member, timeFormat="HH:mm:ss") == ("19.05.2026", "22:15:00")


def test_renamed_things_rename_headings(desk: Office) -> None:
    desk.set(project_label="Case", task_label="Activity", project_grouping_label="Party")
    assert lines(desk.owner, "detailed")[0][:4] == ["Case", "Party", "Description", "Activity"]
    groups = {"summaryFilter": {"groups": ["PROJECT", "CLIENT", "TASK"]}}
    assert lines(desk.owner, "summary", **groups)[0][:3] == ["Case", "Party", "Activity"]


def test_money_that_is_not_to_be_seen_has_no_column(desk: Office) -> None:
    assert not [name for name in lines(desk.member, "detailed")[0] if "Cost" in name or "Profit" in name]
    desk.set(only_admins_see_billable_rates=True)
    for report in ("detailed", "summary", "weekly"):
        assert not [name for name in lines(desk.member, report)[0] if "USD" in name]
    hidden = {"amountShown": "HIDE_AMOUNT", "amounts": []}
    for report in ("detailed", "summary", "weekly"):
        assert not [name for name in lines(desk.owner, report, **hidden)[0] if "USD" in name]


def test_each_currency_has_columns_of_its_own(desk: Office) -> None:
    client = office_client(desk, "JPY")
    tunnel = project(desk, "Tunnel", 5000, clientId=client)
    track(desk.member, "21T08:00:00", "21T08:30:00", description="Kobe", projectId=tunnel, billable=True)
    rows = table(desk.owner, "detailed")
    there = {row["Description"]: (row["Billable Amount (USD)"], row["Billable Amount (JPY)"]) for row in rows}
    assert there["Kobe"] == ("", "2500")
    assert there["First"] == ("150.03", "")
    sums = {row["Project"]: (row["Amount (USD)"], row["Amount (JPY)"]) for row in table(desk.owner, "summary")}
    assert sums["Tunnel"] == ("", "2500")
    assert sums["Bridge"] == ("150.31", "")


def test_custom_fields_have_a_column_each(desk: Office) -> None:
    path = "/custom-fields"
    text = desk.owner.post(path, {"name": "Weather", "type": "TXT", "status": "VISIBLE"}).body["id"]
    flag = desk.owner.post(path, {"name": "Remote", "type": "CHECKBOX", "status": "VISIBLE"}).body["id"]
    values = [{"customFieldId": text, "value": "windy"}, {"customFieldId": flag, "value": True}]
    track(desk.member, "22T08:00:00", "22T08:30:00", description="With", customFields=values)
    rows = {row["Description"]: (row["Weather"], row["Remote"]) for row in table(desk.owner, "detailed")}
    assert rows["With"] == ("windy", "Yes")
    assert rows["First"][0] == ""


def test_times_are_rounded_where_the_report_is(desk: Office) -> None:
    desk.set(round={"round": "Round up to", "minutes": "15"})
    row = next(row for row in table(desk.owner, "detailed", rounding=True) if row["Description"] == "First")
    assert (row["Duration (h)"], row["Duration (decimal)"], row["Billable Amount (USD)"]) == (
        "01:45:00",
        "1.75",
        "175.00",
    )
    assert row["End Time"].startswith("09:30:01")


# --- sums ------------------------------------------------------------------------------------


def test_headings_of_the_summary_are_its_groups_in_order(desk: Office) -> None:
    groups = {"summaryFilter": {"groups": ["PROJECT", "TIMEENTRY"]}}
    assert lines(desk.owner, "summary", **groups)[0] == [
        "Project", "Description", "Time (h)", "Time (decimal)", "Amount (USD)",
    ]  # fmt: skip
    groups = {"summaryFilter": {"groups": ["DATE", "TAG", "USER"]}}
    assert lines(desk.owner, "summary", **groups)[0][:3] == ["Date", "Tag", "User"]
    groups = {"summaryFilter": {"groups": ["WEEK", "USER_GROUP", "MONTH"]}}
    assert lines(desk.owner, "summary", **groups)[0][:3] == ["Week", "Group", "Month"]


def test_a_summary_has_a_row_for_each_combination(desk: Office) -> None:
    groups = {"summaryFilter": {"groups": ["PROJECT", "DATE"]}}
    assert lines(desk.owner, "summary", **groups)[1:] == [
        ["Bridge", "05/18/2026", "01:30:01", "1.50", "150.03"],
        ["Bridge", "05/19/2026", "01:45:00", "1.75", "0.00"],
        ["Bridge", "05/20/2026", "00:00:10", "0.00", "0.28"],
        ["Without project", "05/18/2026", "00:20:00", "0.33", "0.00"],
    ]


def test_other_amounts_that_are_asked_for_stand_beside_the_first(desk: Office) -> None:
    heading = lines(desk.owner, "summary", amountShown="EARNED", amounts=["EARNED", "COST", "PROFIT"])[0]
    assert heading[-3:] == ["Amount (USD)", "Cost (USD)", "Profit (USD)"]


def test_the_week_has_its_days_in_columns(desk: Office) -> None:
    heading, *rows = lines(desk.owner, "weekly", dateFormat="DD.MM.YYYY")
    days = [f"{day}.05.2026" for day in range(18, 25)]
    assert heading == ["User", "Project", *days, "Total (h)", "Total (decimal)", "Amount (USD)"]
    assert ["Max Member", "Bridge", "01:30:01", "01:45:00", *["00:00:00"] * 5, "03:15:01", "3.25", "150.03"] in rows
    by_project = {"weeklyFilter": {"group": "PROJECT"}}
    assert lines(desk.owner, "weekly", **by_project)[0][:2] == ["Project", "User"]
    refused = ask(desk.owner, "weekly", dateRangeEnd="2026-05-25T23:59:59Z")
    assert refused.message == "Please select date range of exactly 7 days for weekly report"


def test_a_day_that_a_zone_never_had_is_a_column_of_its_week(desk: Office) -> None:
    """Samoa went from the 29th of December 2011 to the 31st."""
    body = {"start": "2011-12-29T12:00:00Z", "end": "2011-12-30T13:00:00Z"}
    assert desk.member.post("/time-entries", body).status == 201
    week = {
        "dateRangeStart": "2011-12-25T00:00:00Z",
        "dateRangeEnd": "2012-01-01T00:00:00Z",
        "timeZone": "Pacific/Apia",
    }
    heading, row = lines(desk.owner, "weekly", dateFormat="YYYY-MM-DD", **week)
    assert heading[2:9] == [f"2011-12-{day}" for day in range(25, 32)]
    # The entry began on the 29th, as clocks there showed it: two in the morning.
    assert row[2:10] == [*["00:00:00"] * 4, "25:00:00", *["00:00:00"] * 2, "25:00:00"]
    begins_there = week | {"dateRangeStart": "2011-12-30", "dateRangeEnd": "2012-01-05"}
    assert lines(desk.owner, "weekly", dateFormat="YYYY-MM-DD", **begins_there)[0][2:4] == ["2011-12-30", "2011-12-31"]


def test_attendance_has_every_day_of_everybody(desk: Office) -> None:
    heading, *rows = lines(desk.owner, "attendance", attendanceFilter={"pageSize": 1}, timeFormat="HH:mm")
    assert heading == [
        "User", "Date", "Start Time", "End Date", "End Time", "Break (h)", "Work (h)", "Capacity (h)", "Overtime (h)",
        "Time off (h)",
    ]  # fmt: skip
    assert len(rows) == 4 * 7
    assert [
        "Max Member", "05/18/2026", "08:00", "05/18/2026", "12:20", "00:20:00", "01:30:01", "08:00:00", "00:00:00",
        "00:00:00",
    ] in rows  # fmt: skip


def test_what_cells_add_up_to_is_what_the_report_says(desk: Office) -> None:
    report = desk.owner.report("/reports/detailed", WEEK).body
    total = report["totals"][0]
    rows = table(desk.owner, "detailed")
    assert sum(seconds(row["Duration (h)"]) for row in rows) == total["totalTime"]
    cents = sum(round(float(row["Billable Amount (USD)"]) * 100) for row in rows)
    assert abs(cents - total["totalAmount"]) <= len(rows) / 2
    assert sum(seconds(row["Time (h)"]) for row in table(desk.owner, "summary")) == total["totalTime"]


def seconds(text: str) -> int:
    hours, minutes, rest = map(int, text.split(":"))
    return hours * 3600 + minutes * 60 + rest


def test_the_total_under_tags_counts_each_entry_once(desk: Office) -> None:
    answer = ask(desk.owner, "summary", "XLSX", summaryFilter={"groups": ["TAG"]})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    total_s = 5401 + 6300 + 1200 + 10
    values = [float(value) for value in re.findall(r"<v>([^<]+)</v>", sheet.rpartition("<row")[2])]
    assert values[0] == pytest.approx(total_s / 86_400, abs=1e-12)
    assert "<f>" not in sheet.rpartition("<row")[2]


def test_a_pdf_is_for_so_many_rows_and_no_more(office: Office) -> None:
    year = {"dateRangeStart": "2024-01-01T00:00:00Z", "dateRangeEnd": "2025-12-31T00:00:00Z"}
    answer = ask(office.owner, "attendance", "PDF", **year)
    assert answer.refusal == REFUSED
    assert "CSV" in answer.message
    assert "XLSX" in answer.message
    assert ask(office.owner, "attendance", "CSV", **year).status == 200
