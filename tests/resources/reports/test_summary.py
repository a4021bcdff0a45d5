"""POST .../reports/summary: who may ask, groups, totals, order."""

from typing import Any

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Office
from tests.resources.reports.reporting import HOUR, MAY, ask, make, rate, summary, times, track, tree

EMPTY = {"totals": [None], "donutChart": [], "groupTotals": {"groupOneTotalCount": 0}, "groupOne": []}


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert ask(office.anonymous).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert ask(office.outsider).refusal == DENIED


def test_reports_may_be_for_managers_and_admins_only(office: Office) -> None:
    project = make(office, "/projects", name="Managed")
    office.grant(office.manager, "PROJECT_MANAGER", project)
    office.set(admin_only_pages=("REPORTS",))
    assert ask(office.member).refusal == DENIED
    for person in (office.lead, office.manager, office.admin, office.owner):
        assert ask(person).status == 200


def test_no_entries_are_a_null_among_the_totals(office: Office) -> None:
    assert summary(office.owner) == EMPTY


def test_a_row_is_as_it_was_recorded(office: Office) -> None:
    """7210 seconds at 200.00 an hour: unrounded but for the amounts of the row (shared-report-get)."""
    rate(office, 20_000)
    project = make(office, "/projects", name="Example Project", color="#5C6BC0", isPublic=True)
    for minutes in (60, 60, 5 / 60, 5 / 60):
        track(office.owner, minutes=minutes, projectId=project, billable=True)
    body = summary(office.owner)
    assert body == {
        "totals": [
            {
                "_id": "",
                "totalTime": 7210,
                "totalBillableTime": 7210,
                "entriesCount": 4,
                "numOfCurrencies": 1,
                "totalAmount": 40055.555555555555,
                "totalAmountByCurrency": [{"currency": "USD", "amount": 40055.555555555555}],
                "amounts": [
                    {
                        "type": "EARNED",
                        "value": 40055.555555555555,
                        "amountByCurrency": [{"currency": "USD", "amount": 40055.555555555555}],
                    }
                ],
            }
        ],
        "donutChart": [],
        "groupTotals": {"groupOneTotalCount": 1},
        "groupOne": [
            {
                "_id": project,
                "id": project,
                "name": "Example Project",
                "nameLowerCase": "example project",
                "color": "#5C6BC0",
                "clientName": "",
                "currency": "USD",
                "workspaceCurrencyCode": "USD",
                "duration": 7210,
                "amount": 40055.555555555555,
                "amounts": [{"type": "EARNED", "value": 40056}],
            }
        ],
    }


def test_every_way_to_the_service_leads_to_it(office: Office) -> None:
    track(office.owner)
    expected = summary(office.owner)
    body = MAY | {"summaryFilter": {"groups": ["PROJECT"]}}
    for prefix in ("/report/v1", "/v1", "/report"):
        path = f"{prefix}/workspaces/{office.workspace_id}/reports/summary"
        assert office.owner.raw("POST", path, body).body == expected, prefix
    assert office.owner.post("/reports/summary", body).status == 404


# --- groups ----------------------------------------------------------------------------------------


class Shop:
    """Two people, two projects of one client, tasks, tags, a group; three days of two weeks and months."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.client = make(office, "/clients", name="Acme")
        self.web = make(office, "/projects", name="Web", clientId=self.client, color="#112233", isPublic=True)
        self.app = make(office, "/projects", name="App", clientId=self.client, isPublic=True)
        self.task = make(office, f"/projects/{self.web}/tasks", name="Draw")
        self.red, self.blue = make(office, "/tags", name="red"), make(office, "/tags", name="Blue")
        self.group = make(office, "/user-groups", name="Makers")
        self.crew = make(office, "/user-groups", name="Crew")
        for group in (self.group, self.crew):
            answer = office.owner.post(f"/user-groups/{group}/users", {"userId": office.member.id})
            assert answer.status == 200
        member = office.member
        track(member, 4, 60, projectId=self.web, taskId=self.task, tagIds=[self.red, self.blue], description="draw")
        track(member, 11, 30, projectId=self.app, tagIds=[self.red], description="code")
        track(office.owner, 11, 15, description="code")
        track(office.owner, 12, 5, projectId=self.web)


@pytest.fixture
def shop(office: Office) -> Shop:
    return Shop(office)


ROWS = {
    "CLIENT": [("Acme", 5700), ("Without client", 900)],
    "PROJECT": [("App", 1800), ("Web", 3900), ("Without project", 900)],
    "TASK": [("Draw", 3600), ("Without task", 3000)],
    "USER": [("Max Member", 5400), ("Olivia Owner", 1200)],
    "USER_GROUP": [("Crew", 5400), ("Makers", 5400), ("Without group", 1200)],
    "TAG": [("Blue", 3600), ("red", 5400), ("Without tag", 1200)],
    "DATE": [("2026-05-04", 3600), ("2026-05-11", 2700), ("2026-05-12", 300)],
    "WEEK": [("2026-05-04", 3600), ("2026-05-11", 3000)],
    "MONTH": [("2026-05", 6600)],
    "TIMEENTRY": [("code", 2700), ("draw", 3600), ("", 300)],
}


@pytest.mark.parametrize("group", ROWS)
def test_time_is_summed_by_each_group(shop: Shop, group: str) -> None:
    body = summary(shop.office.owner, [group])
    assert tree(body["groupOne"]) == ROWS[group]
    # However many tags an entry has and groups a person is in.
    assert (body["totals"][0]["totalTime"], body["totals"][0]["entriesCount"]) == (6600, 4)
    assert body["groupTotals"] == {"groupOneTotalCount": len(ROWS[group])}


def test_rows_are_known_by_the_ids_of_their_things(shop: Shop) -> None:
    ids = {
        "CLIENT": [shop.client, ""],
        "PROJECT": [shop.app, shop.web, ""],
        "TASK": [shop.task, ""],
        "USER": [shop.office.member.id, shop.office.owner.id],
        "USER_GROUP": [shop.crew, shop.group, ""],
        "TAG": [shop.blue, shop.red, ""],
        "DATE": ["2026-05-04", "2026-05-11", "2026-05-12"],
        "WEEK": ["2026-05-04", "2026-05-11"],
        "MONTH": ["2026-05"],
        "TIMEENTRY": ["code", "draw", ""],
    }
    for group, expected in ids.items():
        rows = summary(shop.office.owner, [group])["groupOne"]
        assert [row["_id"] for row in rows] == [row["id"] for row in rows] == expected, group


def test_only_rows_of_projects_have_a_color_and_a_client(shop: Shop) -> None:
    app, web, without = summary(shop.office.owner, ["PROJECT", "TASK"])["groupOne"]
    assert (web["color"], web["clientName"], app["clientName"]) == ("#112233", "Acme", "Acme")
    assert (without["_id"], without["clientName"], without["nameLowerCase"]) == ("", "", "without project")
    assert not {"color", "clientName"} & web["children"][0].keys()


def test_groups_stand_in_any_order_and_on_up_to_three_levels(shop: Shop) -> None:
    assert times(shop.office.owner, ["USER", "PROJECT"]) == [
        ("Max Member", 5400, [("App", 1800), ("Web", 3600)]),
        ("Olivia Owner", 1200, [("Web", 300), ("Without project", 900)]),
    ]
    assert times(shop.office.owner, ["DATE", "TAG", "TIMEENTRY"]) == [
        ("2026-05-04", 3600, [("Blue", 3600, [("draw", 3600)]), ("red", 3600, [("draw", 3600)])]),
        ("2026-05-11", 2700, [("red", 1800, [("code", 1800)]), ("Without tag", 900, [("code", 900)])]),
        ("2026-05-12", 300, [("Without tag", 300, [("", 300)])]),
    ]


def test_every_three_groups_add_up(shop: Shop) -> None:
    """A row above several tags or groups of people counts each entry once; others are what is below them."""
    several = {"TAG", "USER_GROUP"}

    def check(rows: list[dict[str, Any]], groups: tuple[str, ...]) -> int:
        total = sum(row["duration"] for row in rows)
        for row in rows:
            assert ("children" in row) is (len(groups) > 1)
            below = check(row["children"], groups[1:]) if len(groups) > 1 else row["duration"]
            assert below >= row["duration"] if several & set(groups[1:]) else below == row["duration"]
        return total

    names = list(ROWS)
    for first in names:
        for second in names:
            for third in names:
                groups = (first, second, third)
                if len(set(groups)) == 3:
                    body = summary(shop.office.owner, list(groups))
                    assert tree(body["groupOne"]) != []
                    assert [row[:2] for row in tree(body["groupOne"])] == ROWS[first]
                    check(body["groupOne"], groups)


def test_entries_with_one_description_are_one_row_within_their_parent(shop: Shop) -> None:
    track(shop.office.owner, 13, 10, description="Code")
    assert times(shop.office.owner, ["TIMEENTRY"])[:2] == [("Code", 600), ("code", 2700)]


def test_the_numbers_of_groups_are_told(shop: Shop) -> None:
    totals = summary(shop.office.owner, ["USER", "PROJECT", "TAG"])["groupTotals"]
    assert totals == {"groupOneTotalCount": 2, "groupTwoTotalCount": 3, "groupThreeTotalCount": 3}


def test_things_that_are_archived_or_gone_are_told_by_name(shop: Shop) -> None:
    owner = shop.office.owner
    assert owner.put(f"/projects/{shop.app}", {"archived": True}).status == 200
    assert owner.put(f"/clients/{shop.client}", {"name": "Acme", "archived": True}).status == 200
    assert owner.delete(f"/tags/{shop.red}").status == 200
    assert times(owner, ["PROJECT"]) == ROWS["PROJECT"]
    assert times(owner, ["CLIENT"]) == ROWS["CLIENT"]
    assert times(owner, ["TAG"]) == [("Blue", 3600), ("Without tag", 3000)]


def test_a_new_name_is_in_the_next_report(shop: Shop) -> None:
    owner = shop.office.owner
    assert times(owner, ["PROJECT", "CLIENT"])[0] == ("App", 1800, [("Acme", 1800)])
    assert owner.put(f"/projects/{shop.app}", {"name": "Zap"}).status == 200
    assert owner.put(f"/clients/{shop.client}", {"name": "Bcme"}).status == 200
    assert times(owner, ["PROJECT", "CLIENT"])[1] == ("Zap", 1800, [("Bcme", 1800)])


def test_somebody_who_left_keeps_their_row(shop: Shop) -> None:
    path = f"/api/hourbook/v1/workspaces/{shop.office.workspace_id}/members/{shop.office.member.id}"
    assert shop.office.owner.raw("DELETE", path).status in (200, 204)
    assert times(shop.office.owner, ["USER"]) == ROWS["USER"]


# --- bad groups ------------------------------------------------------------------------------------

ALL_GROUPS = "CLIENT, PROJECT, TASK, USER, USER_GROUP, TAG, DATE, WEEK, MONTH, TIMEENTRY"


@pytest.mark.parametrize(
    ("groups", "sentence"),
    [
        ([], f"summaryFilter.groups must name 1 to 3 of {ALL_GROUPS}"),
        (["USER", "TASK", "TAG", "DATE"], f"summaryFilter.groups must name 1 to 3 of {ALL_GROUPS}"),
        (["USER", "USER"], "summaryFilter.groups must not name a group twice: USER, USER"),
    ],
)
def test_one_to_three_groups_are_wanted_each_once(office: Office, groups: list[str], sentence: str) -> None:
    answer = office.owner.report("/reports/summary", MAY | {"summaryFilter": {"groups": groups}})
    assert answer.refusal == REFUSED
    assert answer.message == sentence


def test_an_unknown_group_is_refused_with_its_place_and_the_known_ones(office: Office) -> None:
    answer = ask(office.owner, ["PROJECT", "PLANET"])
    assert answer.refusal == UNREADABLE
    assert "$.summaryFilter.groups[...]" in answer.message or "$.summaryFilter.groups[1]" in answer.message
    assert answer.message.endswith(f"accepted values: {ALL_GROUPS}")


@pytest.mark.parametrize("filter_", [None, {}, {"groups": None}, {"groups": "PROJECT"}, []])
def test_groups_are_required(office: Office, filter_: Any) -> None:
    answer = office.owner.report("/reports/summary", MAY | {"summaryFilter": filter_})
    assert answer.refusal == UNREADABLE
    assert office.owner.report("/reports/summary", MAY).refusal == UNREADABLE


@pytest.mark.parametrize(
    ("name", "accepted"),
    [
        ("weekStart", "MONDAY, TUESDAY"),
        ("sortOrder", "ASCENDING, DESCENDING"),
        ("exportType", "JSON, JSON_V1"),
        ("amountShown", "EARNED, COST, PROFIT, HIDE_AMOUNT, EXPORT"),
        ("invoicingState", "INVOICED, UNINVOICED, ALL"),
        ("approvalState", "APPROVED, UNAPPROVED, ALL"),
        ("dateRangeType", "ABSOLUTE, TODAY"),
        ("zoomLevel", "WEEK, MONTH, YEAR"),
    ],
)
def test_a_bad_word_is_refused_with_its_place_and_the_known_ones(office: Office, name: str, accepted: str) -> None:
    answer = ask(office.owner, **{name: "SOMETHING"})
    assert answer.refusal == UNREADABLE
    assert f"$.{name}" in answer.message
    assert f"accepted values: {accepted}" in answer.message


def test_a_bad_sort_column_is_refused(office: Office) -> None:
    answer = ask(office.owner, sort="NAME")
    assert answer.refusal == UNREADABLE
    assert "$.summaryFilter.sortColumn" in answer.message
    assert answer.message.endswith("accepted values: GROUP, DURATION, AMOUNT, EARNED, COST, PROFIT")


# --- the rest of a request -------------------------------------------------------------------------


def test_words_of_other_reports_and_of_files_are_accepted(office: Office) -> None:
    track(office.owner, minutes=60)
    more = {
        "zoomLevel": "WEEK",
        "archived": False,
        "userLocale": "de",
        "dateFormat": "DD.MM.YYYY",
        "timeFormat": "HOUR24",
        "dateRangeType": "LAST_YEAR",
        "approvalState": "ALL",
        "detailedFilter": {"page": 0},
        "somethingNew": 1,
        "description": None,
        "customFields": None,
        "users": None,
        "exportType": "JSON_V1",
    }
    assert times(office.owner, ["PROJECT"], **more) == [("Without project", HOUR)]


def test_receipts_are_no_report_over_time(office: Office) -> None:
    answer = ask(office.owner, exportType="ZIP")
    assert answer.refusal == REFUSED
    assert answer.message == "exportType ZIP is for receipts of expenses; choose JSON, CSV, XLSX or PDF"


def test_a_report_says_how_it_was_made(office: Office) -> None:
    track(office.owner)
    plain = ask(office.owner).headers
    assert plain["X-Hourbook-Time-Zone"] == "UTC"
    assert plain["X-Hourbook-Week-Start"] == "MONDAY"
    assert plain["X-Hourbook-Rounding"] == "none"
    more = ask(office.owner, timeZone="Europe/Berlin", weekStart="SUNDAY", rounding=True).headers
    assert more["X-Hourbook-Time-Zone"] == "Europe/Berlin"
    assert more["X-Hourbook-Week-Start"] == "SUNDAY"
    assert more["X-Hourbook-Rounding"] == "nearest; minutes=15"
    assert more["X-Hourbook-Revision"] == plain["X-Hourbook-Revision"]
    track(office.owner)
    assert int(ask(office.owner).headers["X-Hourbook-Revision"]) > int(plain["X-Hourbook-Revision"])


def test_a_report_has_every_change_that_was_answered_before(office: Office) -> None:
    first = track(office.owner, minutes=10)
    assert times(office.owner)[0][1] == 600
    second = track(office.owner, minutes=20)
    assert times(office.owner)[0][1] == 1800
    body = {"start": "2026-05-04T09:00:00Z", "end": "2026-05-04T09:30:00Z"}
    assert office.owner.put(f"/time-entries/{second}", body).status == 200
    assert times(office.owner)[0][1] == 2400
    assert office.owner.delete(f"/time-entries/{first}").status == 204
    assert times(office.owner)[0][1] == 1800


def test_a_running_timer_counts_until_now(office: Office) -> None:
    """It is two in the afternoon of the 20th."""
    assert office.owner.post("/time-entries", {"start": "2026-05-20T13:00:00Z"}).status == 201
    track(office.owner, 20, 10)
    assert times(office.owner) == [("Without project", HOUR + 600)]
    office.clock.move(60)
    assert times(office.owner) == [("Without project", HOUR + 660)]


def test_an_entry_of_no_length_and_one_of_ten_years_count(office: Office) -> None:
    track(office.owner, minutes=0)
    body = {"start": "2016-05-20T13:00:00Z", "end": "2026-05-20T13:00:00Z"}
    assert office.owner.post("/time-entries", body).status == 201
    found = summary(office.owner, ["DATE"], dateRangeStart="2016-01-01T00:00:00Z")
    assert tree(found["groupOne"]) == [("2016-05-20", 3652 * 24 * HOUR), ("2026-05-04", 0)]
    assert found["totals"][0]["entriesCount"] == 2


def test_more_rows_than_anybody_reads_are_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from hourbook.resources.reports import actions_summary

    for number in range(3):
        track(office.owner, 4 + number, description=f"d{number}")
    monkeypatch.setattr(actions_summary, "ROWS_LIMIT", 5)
    assert ask(office.owner, ["DATE"]).status == 200
    answer = ask(office.owner, ["DATE", "TIMEENTRY"])
    assert answer.refusal == REFUSED
    assert answer.message == "This report would have 6 rows; 5 is the most. Choose fewer groups or a shorter range"
