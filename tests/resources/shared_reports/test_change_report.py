"""Changing and deleting shared reports over HTTP, and what becomes of them when people and groups go."""

from typing import Any

import pytest

from hourbook.journal.journal import read_since
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Answer, Office, Person
from tests.resources.shared_reports.sharing import FILTER, change, listed, opened, path, share

UNKNOWN = "Shared report doesn't belong to Workspace"


def delete(person: Person, report_id: str) -> Answer:
    return person.raw("DELETE", path(person, report_id))


WAYS = pytest.mark.parametrize("way", [delete, lambda person, id_: change(person, id_, name="x")], ids=["del", "put"])


@WAYS
def test_anonymous_and_outsiders_change_nothing(office: Office, way: Any) -> None:
    report = share(office.member, isPublic=True)
    assert way(office.anonymous, report["id"]).refusal == NO_CREDENTIAL
    assert way(office.outsider, report["id"]).refusal == DENIED


@WAYS
def test_somebody_elses_is_as_unknown_as_any(office: Office, way: Any) -> None:
    report = share(office.member, isPublic=True)
    for id_ in (report["id"], "f" * 24, "nonsense"):
        answer = way(office.manager, id_)
        assert (answer.refusal, answer.message) == (REFUSED, UNKNOWN)


@WAYS
def test_whom_it_is_shared_with_sees_it_and_may_not_change_it(office: Office, way: Any) -> None:
    group = office.owner.post("/user-groups", {"name": "Readers"}).body["id"]
    assert office.owner.post(f"/user-groups/{group}/users", {"userId": office.lead.id}).status == 200
    report = share(office.member, visibleToUsers=[office.manager.id], visibleToUserGroups=[group])
    assert way(office.manager, report["id"]).refusal == DENIED
    assert way(office.lead, report["id"]).refusal == DENIED


@WAYS
def test_in_another_workspace_it_is_unknown(office: Office, way: Any) -> None:
    report = share(office.member)
    answer = way(office.outsider.at(office.outsider_workspace_id), report["id"])
    assert (answer.refusal, answer.message) == (REFUSED, UNKNOWN)


@WAYS
def test_author_and_admins_may(office: Office, way: Any) -> None:
    for person in (office.member, office.admin, office.owner):
        assert way(person, share(office.member)["id"]).status in (200, 204)


@WAYS
def test_who_has_no_reports_any_more_may_not(office: Office, way: Any) -> None:
    report = share(office.member)
    office.set(admin_only_pages=("REPORTS",))
    assert way(office.member, report["id"]).refusal == DENIED


def test_what_is_not_named_stays(office: Office) -> None:
    """The recorded oddity (shared-report-put-merge.json)."""
    before = share(office.member, visibleToUsers=[office.manager.id], isPublic=True, fixedDate=True)
    answer = change(office.member, before["id"], name="Renamed")
    assert answer.status == 200
    assert answer.body == before | {"name": "Renamed"}


@pytest.mark.parametrize(
    "wanted",
    [
        {"isPublic": True},
        {"fixedDate": True},
        {"visibleToUsers": []},
        {"filter": FILTER | {"dateRangeType": "THIS_MONTH", "summaryFilter": {"groups": ["USER"]}}},
    ],
)
def test_what_is_named_is_replaced(office: Office, wanted: dict[str, Any]) -> None:
    before = share(office.member, visibleToUsers=[office.manager.id])
    answer = change(office.member, before["id"], **wanted)
    if "filter" in wanted:
        wanted["filter"]["summaryFilter"]["summaryChartType"] = "BILLABILITY"
    assert answer.body == before | wanted
    assert opened(office.member, before["id"]).body["filters"]["name"] == before["name"]


def test_a_filter_is_replaced_as_a_whole(office: Office) -> None:
    """Merging inside would keep a narrowing that whoever sends the filter left out."""
    narrowed = FILTER | {"projects": {"ids": ["f" * 24]}}
    report = share(office.member, filter=narrowed)
    assert "projects" not in change(office.member, report["id"], filter=FILTER).body["filter"]
    assert change(office.member, report["id"], filter={"sortOrder": "ASCENDING"}).status == 400


def test_a_type_must_fit_the_filter(office: Office) -> None:
    report = share(office.member)
    assert change(office.member, report["id"], type="WEEKLY").status == 400
    assert change(office.member, report["id"], type="DETAILED").body["type"] == "DETAILED"


@pytest.mark.parametrize("wanted", [{"name": ""}, {"name": "x" * 251}, {"visibleToUsers": ["f" * 24]}])
def test_what_cannot_be_made_cannot_be_changed_to(office: Office, wanted: dict[str, Any]) -> None:
    report = share(office.member)
    assert change(office.member, report["id"], **wanted).refusal == REFUSED


def test_deleting_answers_with_nothing(office: Office) -> None:
    report = share(office.member)
    answer = delete(office.member, report["id"])
    assert (answer.status, answer.content) == (204, b"")
    assert delete(office.member, report["id"]).refusal == REFUSED


def events(office: Office, report_id: str) -> list[Any]:
    rows = office.read(lambda tx: read_since(tx, 0))
    return [
        (row.event, row.verb)
        for row in rows
        if row.kind == "SHARED_REPORT" and report_id in (row.entity_id, *(row.ids or ()))
    ]


def test_changes_are_in_the_journal(office: Office) -> None:
    report = share(office.member)
    change(office.member, report["id"], name="Renamed")
    change(office.member, report["id"], name="Renamed")
    delete(office.member, report["id"])
    assert events(office, report["id"]) == [
        ("SHARED_REPORT_CREATED", "insert"),
        ("SHARED_REPORT_UPDATED", "update"),
        ("SHARED_REPORT_DELETED", "delete"),
    ]


# --- people and groups that go ------------------------------------------------------------------


def test_a_group_that_goes_leaves_the_lists(office: Office) -> None:
    group = office.owner.post("/user-groups", {"name": "Readers"}).body["id"]
    report = share(office.member, visibleToUserGroups=[group])
    assert office.owner.delete(f"/user-groups/{group}").status == 200
    assert change(office.member, report["id"], name="x").body["visibleToUserGroups"] == []


def test_somebody_who_is_removed_leaves_the_lists_and_takes_their_reports_along(office: Office) -> None:
    of_manager = share(office.manager, visibleToUsers=[office.member.id, office.admin.id])
    of_member = share(office.member, isPublic=True, visibleToUsers=[office.admin.id])
    removed = f"/api/hourbook/v1/workspaces/{office.workspace_id}/members/{office.member.id}"
    assert office.owner.raw("DELETE", removed).status in (200, 204)
    assert change(office.manager, of_manager["id"], name="x").body["visibleToUsers"] == [office.admin.id]
    assert opened(office.owner, of_member["id"]).status == 404
    assert [one["id"] for one in listed(office.owner).body["reports"]] == [of_manager["id"]]


def test_whoever_is_erased_leaves_no_report_and_no_word_of_one(office: Office) -> None:
    person = office.hire("Erica Erased")
    of_other = share(office.member, visibleToUsers=[person.id])
    mine = share(person, name="A very private title", isPublic=True, visibleToUsers=[office.admin.id])
    path_ = f"/api/hourbook/v1/workspaces/{office.workspace_id}/users/{person.id}/erase"
    assert office.owner.raw("POST", path_, {"confirmation": person.email}).status == 200
    assert opened(office.owner, mine["id"]).status == 404
    assert change(office.member, of_other["id"], name="x").body["visibleToUsers"] == []
    rows = office.read(lambda tx: read_since(tx, 0))
    assert "very private title" not in repr(rows)


def test_a_persons_data_holds_what_they_share_and_what_is_shared_with_them(office: Office) -> None:
    mine = share(office.member, name="Mine")
    other = share(office.manager, visibleToUsers=[office.member.id])
    told = office.member.raw("GET", "/api/hourbook/v1/user/data").body
    assert [(one["id"], one["name"], one["filter"]["exportType"]) for one in told["sharedReports"]] == [
        (mine["id"], "Mine", "JSON_V1")
    ]
    assert [one["reportId"] for one in told["reportsSharedWithMe"]] == [other["id"]]
