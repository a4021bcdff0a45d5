"""Making a shared report over HTTP."""

import re
from typing import Any

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Office
from tests.resources.shared_reports.sharing import FILTER, MAY, ask_share, share

# As the original lists them in an error.
TYPES = """
    DETAILED, WEEKLY, SUMMARY, SCHEDULED, EXPENSE_DETAILED, EXPENSE_RECEIPT, PTO_REQUESTS, PTO_BALANCE, ATTENDANCE,
    INVOICE_EXPENSE, INVOICE_TIME, PROJECT, TEAM_FULL, TEAM_LIMITED, TEAM_GROUPS, INVOICES, KIOSK_PIN_LIST,
    KIOSK_ASSIGNEES, USER_DATA_EXPORT
"""


def test_anonymous_makes_none(office: Office) -> None:
    assert ask_share(office.anonymous).refusal == NO_CREDENTIAL


def test_an_outsider_makes_none(office: Office) -> None:
    assert ask_share(office.outsider).refusal == DENIED


def test_who_has_no_reports_makes_none(office: Office) -> None:
    office.set(admin_only_pages=("REPORTS",))
    assert ask_share(office.member).refusal == DENIED
    assert ask_share(office.admin).status == 200


def test_it_is_answered_with_200_and_its_metadata(office: Office) -> None:
    """The recorded request and answer (shared-report-create.json)."""
    answer = ask_share(office.member, name=" Example shared report ")
    assert answer.status == 200
    own = FILTER["summaryFilter"] | {"summaryChartType": "BILLABILITY"}
    assert answer.body == {
        "id": answer.body["id"],
        "workspaceId": office.workspace_id,
        "userId": office.member.id,
        "name": "Example shared report",
        "isPublic": False,
        "visibleToUserGroups": [],
        "visibleToUsers": [],
        "fixedDate": False,
        "type": "SUMMARY",
        "filter": FILTER | {"dateRangeType": "ABSOLUTE", "summaryFilter": own},
    }


def test_ids_are_drawn_and_not_counted(office: Office) -> None:
    """A link may be all somebody needs, so knowing one id must not lead to another."""
    first, second = share(office.member)["id"], share(office.member)["id"]
    assert first[8:16] != second[8:16]
    assert abs(int(first[18:], 16) - int(second[18:], 16)) != 1


@pytest.mark.parametrize("kind", re.findall(r"\w+", TYPES))
def test_every_type_is_stored(office: Office, kind: str) -> None:
    wanted: dict[str, Any] = {"exportType": "JSON", **MAY, "weeklyFilter": {"group": "USER"}}
    report = share(office.member, type=kind, filter=wanted | {"summaryFilter": {"groups": ["USER"]}})
    assert report["type"] == kind


@pytest.mark.parametrize("missing", ["exportType", "dateRangeStart", "dateRangeEnd", "summaryFilter"])
def test_a_filter_must_say_what_it_must(office: Office, missing: str) -> None:
    answer = ask_share(office.member, filter={key: value for key, value in FILTER.items() if key != missing})
    assert answer.refusal == UNREADABLE
    assert missing in answer.message
    assert "$.filter" in answer.message


@pytest.mark.parametrize("missing", ["type", "filter"])
def test_a_report_must_say_what_it_is(office: Office, missing: str) -> None:
    assert ask_share(office.member, **{missing: None}).refusal == UNREADABLE


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"summaryFilter": {"groups": ["NONSENSE"]}}, "$.filter.summaryFilter.groups[0]`; accepted values: CLIENT"),
        ({"summaryFilter": {"groups": ["USER"], "sortColumn": "X"}}, "accepted values: GROUP, DURATION"),
        ({"dateRangeType": "SOMETIME"}, "accepted values: ABSOLUTE, TODAY"),
        ({"summaryFilter": {"groups": ["USER", "USER"]}}, "summaryFilter.groups"),
        ({"summaryFilter": {"groups": []}}, "summaryFilter.groups must name 1 to 3"),
        ({"timeZone": "Europe"}, "timeZone"),
        ({"dateRangeStart": "soon"}, "dateRangeStart must be a date and time"),
        ({"dateRangeEnd": "2026-04-01T00:00:00Z"}, "is after dateRangeEnd"),
        ({"summaryFilter": 7}, "$.filter.summaryFilter"),
        ({"dateRangeStart": 7}, "$.filter.dateRangeStart"),
    ],
)
def test_a_filter_is_refused_as_the_report_itself_would_refuse_it(
    office: Office, changes: dict[str, Any], said: str
) -> None:
    answer = ask_share(office.member, filter=FILTER | changes)
    assert answer.status == 400
    assert said in answer.message


@pytest.mark.parametrize(
    ("kind", "own", "said"),
    [
        ("DETAILED", {"detailedFilter": {"page": 0}}, "age"),
        ("DETAILED", {"detailedFilter": {"pageSize": 1001}}, "age"),
        ("WEEKLY", {}, "weeklyFilter"),
        ("ATTENDANCE", {"attendanceFilter": {"page": 0}}, "attendanceFilter.page"),
        ("EXPENSE_DETAILED", {"pageSize": 0}, "pageSize"),
    ],
)
def test_the_filters_of_other_types_too(office: Office, kind: str, own: dict[str, Any], said: str) -> None:
    answer = ask_share(office.member, type=kind, filter={"exportType": "JSON", **MAY, **own})
    assert answer.status == 400
    assert said in answer.message


def test_a_filter_may_not_be_endless(office: Office) -> None:
    answer = ask_share(office.member, filter=FILTER | {"description": "x" * 300_000})
    assert answer.refusal == REFUSED
    assert "300000 bytes" in answer.message


@pytest.mark.parametrize("name", [None, "", "  ", "x" * 251])
def test_a_name_is_needed_and_not_too_long(office: Office, name: str | None) -> None:
    assert ask_share(office.member, name=name).refusal == REFUSED


@pytest.mark.parametrize("field", ["visibleToUsers", "visibleToUserGroups"])
@pytest.mark.parametrize("id_", ["f" * 24, "nonsense"])
def test_it_is_shared_with_people_and_groups_of_the_workspace_alone(office: Office, field: str, id_: str) -> None:
    answer = ask_share(office.member, **{field: [id_]})
    assert answer.refusal == REFUSED
    assert answer.message.endswith("doesn't belong to Workspace")


def test_it_is_not_shared_with_an_outsider(office: Office) -> None:
    assert ask_share(office.member, visibleToUsers=[office.outsider.id]).refusal == REFUSED


def test_it_is_shared_with_not_too_many(office: Office) -> None:
    assert ask_share(office.member, visibleToUsers=[f"{one:024x}" for one in range(1001)]).refusal == REFUSED


def test_whom_it_names_twice_it_names_once(office: Office) -> None:
    report = share(office.member, visibleToUsers=[office.manager.id, office.manager.id])
    assert report["visibleToUsers"] == [office.manager.id]
