"""Listing, reading, changing and deleting scheduled reports."""

from typing import Any

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Office, Person
from tests.resources.scheduled_reports.mailing import create, created, delete, get, path_of, put

pytestmark = pytest.mark.usefixtures("mail")


def look(person: Person, *rest: str, **query: Any) -> Any:
    return person.raw("GET", path_of(person, *rest), None, query)


def names(person: Person, **query: Any) -> list[str]:
    answer = look(person, **query)
    assert answer.status == 200, answer
    return [one["name"] for one in answer.body]


# --- the list --------------------------------------------------------------------------------


def test_anonymous_and_outsiders_list_nothing(office: Office) -> None:
    assert look(office.anonymous).refusal == NO_CREDENTIAL
    assert look(office.outsider).refusal == DENIED


def test_who_sees_no_reports_lists_none(office: Office) -> None:
    office.set(admin_only_pages=("REPORTS",))
    assert look(office.member).refusal == DENIED


def test_one_sees_ones_own_and_admins_all_newest_first(office: Office) -> None:
    assert names(office.member) == []
    created(office.member, name="of the member")
    # Mailed to somebody is not theirs to change.
    created(office.manager, office.member, name="of the manager")
    assert names(office.member) == ["of the member"]
    assert names(office.manager) == ["of the manager"]
    assert names(office.admin) == names(office.owner) == ["of the manager", "of the member"]


def test_a_list_has_pages(office: Office) -> None:
    for number in range(3):
        created(office.owner, name=str(number))
    assert [names(office.owner, page=page, page_size=2) for page in (1, 2, 3)] == [["2", "1"], ["0"], []]
    assert look(office.owner, page=1, page_size=2).headers["Last-Page"] == "false"
    assert look(office.owner, page=2, page_size=2).headers["Last-Page"] == "true"
    assert look(office.owner, page=0).status == 400


# --- one -------------------------------------------------------------------------------------


def test_nobody_else_reads_changes_or_deletes_it(office: Office) -> None:
    report_id = created(office.manager, office.member)
    for person, refusal in (
        (office.anonymous, NO_CREDENTIAL),
        (office.outsider, DENIED),
        (office.member, REFUSED),
    ):
        assert look(person, report_id).refusal == refusal
        assert put(person, report_id, name="Taken").refusal == refusal
        assert delete(person, report_id).refusal == refusal
    assert get(office.manager, report_id)["name"] == "Yesterday"


def test_a_report_of_another_workspace_is_unknown(office: Office) -> None:
    elsewhere = office.outsider.at(office.outsider_workspace_id)
    report_id = created(elsewhere)
    for unknown in (report_id, "f" * 24, "nonsense"):
        for answer in (
            look(office.owner, unknown),
            put(office.owner, unknown, name="x"),
            delete(office.owner, unknown),
        ):
            assert answer.refusal == REFUSED
            assert answer.message == "Scheduled report doesn't belong to Workspace"


def test_who_sees_no_reports_any_more_changes_none(office: Office) -> None:
    report_id = created(office.member)
    office.set(admin_only_pages=("REPORTS",))
    assert put(office.member, report_id, name="x").refusal == DENIED
    assert delete(office.member, report_id).refusal == DENIED
    assert put(office.admin, report_id, name="x").status == 200


def test_a_change_changes_what_it_names_and_leaves_the_rest(office: Office) -> None:
    report_id = created(office.member, timeZone="Europe/Berlin")
    before = get(office.member, report_id)
    answer = put(office.member, report_id, name="New name")
    assert answer.status == 200
    assert answer.body == before | {"name": "New name"} == get(office.member, report_id)
    assert put(office.member, report_id).body == answer.body
    answer = put(office.member, report_id, frequency="MONTHLY", dayOfMonth=15, time="08:15")
    assert (answer.body["weekday"], answer.body["dayOfMonth"], answer.body["timeZone"]) == (None, 15, "Europe/Berlin")
    assert answer.body["nextRunAt"] == "2026-06-15T06:15:00Z"
    answer = put(office.member, report_id, frequency="WEEKLY", weekday="FRIDAY")
    assert (answer.body["weekday"], answer.body["dayOfMonth"], answer.body["time"]) == ("FRIDAY", None, "08:15")
    assert put(office.member, report_id, recipients=[office.owner.id]).body["recipients"] == [office.owner.id]


def test_an_admin_changes_that_of_another_who_stays_its_owner(office: Office) -> None:
    report_id = created(office.member)
    assert put(office.admin, report_id, name="Renamed").body["userId"] == office.member.id


def test_a_pause_ends_with_the_next_moment(office: Office) -> None:
    report_id = created(office.owner)
    assert put(office.owner, report_id, paused=True).body["nextRunAt"] is None
    office.clock.move(3 * 86_400)
    assert put(office.owner, report_id, name="Still paused").body["nextRunAt"] is None
    assert put(office.owner, report_id, paused=False).body["nextRunAt"] == "2026-05-24T07:00:00Z"


def test_a_filter_is_replaced_as_a_whole_and_must_fit_the_type(office: Office) -> None:
    report_id = created(office.owner, filter={"dateRangeType": "TODAY", "billable": True})
    changed = put(office.owner, report_id, filter={"dateRangeType": "LAST_WEEK"}).body
    assert changed["filter"] == {"dateRangeType": "LAST_WEEK", "exportType": "CSV"}
    assert put(office.owner, report_id, exportType="PDF").body["filter"] == changed["filter"] | {"exportType": "PDF"}
    assert put(office.owner, report_id, type="SUMMARY").status == 400
    summary = {"dateRangeType": "LAST_WEEK", "summaryFilter": {"groups": ["USER"]}}
    answer = put(office.owner, report_id, type="SUMMARY", filter=summary)
    assert (answer.body["type"], answer.body["exportType"], answer.body["filter"]) == (
        "SUMMARY",
        "PDF",
        summary | {"exportType": "PDF"},
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "must not be empty"),
        ({"time": "25:00"}, "like 07:30"),
        ({"timeZone": "Mars/Olympus"}, "is unknown"),
        ({"frequency": "WEEKLY"}, "needs its weekday"),
        ({"filter": {"dateRangeType": "ABSOLUTE"}}, "filter.dateRangeType"),
        ({"recipients": []}, "needs a recipient"),
        ({"recipients": ["f" * 24]}, "User doesn't belong to Workspace"),
    ],
)
def test_a_change_is_refused_like_a_creation(office: Office, changes: dict[str, Any], words: str) -> None:
    report_id = created(office.owner)
    before = get(office.owner, report_id)
    answer = put(office.owner, report_id, **changes)
    assert answer.status == 400
    assert words in answer.message
    assert get(office.owner, report_id) == before


def test_an_unknown_name_in_a_change_is_unreadable(office: Office) -> None:
    assert put(office.owner, created(office.owner), nextRunAt="2026-05-20T00:00:00Z").refusal == UNREADABLE


def test_a_deleted_report_is_gone_and_leaves_room(office: Office) -> None:
    report_id = created(office.member)
    for number in range(19):
        created(office.member, name=str(number))
    assert create(office.member).status == 400
    answer = delete(office.member, report_id)
    assert (answer.status, answer.content) == (204, b"")
    assert look(office.member, report_id).refusal == REFUSED
    assert delete(office.member, report_id).refusal == REFUSED
    assert create(office.member).status == 201


def test_changes_are_journaled_as_what_they_are(office: Office) -> None:
    report_id = created(office.owner)
    put(office.owner, report_id, name="New name")
    put(office.owner, report_id, name="New name")
    delete(office.owner, report_id)
    told = office.owner.raw("GET", "/api/hourbook/v1/user/data").body["journal"]
    assert [one["event"] for one in told if one["entityId"] == report_id] == [
        "SCHEDULED_REPORT_CREATED",
        "SCHEDULED_REPORT_UPDATED",
        "SCHEDULED_REPORT_DELETED",
    ]
