"""Listing shared reports over HTTP."""

from typing import Any

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Office, Person
from tests.resources.shared_reports.sharing import listed, path, share


def names(person: Person, **query: Any) -> set[str]:
    answer = listed(person, **query)
    assert answer.status == 200, answer
    assert answer.body["count"] == len(answer.body["reports"])
    return {one["name"] for one in answer.body["reports"]}


@pytest.fixture
def shelf(office: Office) -> Office:
    """A report of the member's, a public one of the manager's, one shared with the member, one with their group."""
    group = office.owner.post("/user-groups", {"name": "Readers"}).body["id"]
    assert office.owner.post(f"/user-groups/{group}/users", {"userId": office.member.id}).status == 200
    share(office.member, name="own")
    share(office.manager, name="public", isPublic=True)
    share(office.manager, name="named", visibleToUsers=[office.member.id])
    share(office.manager, name="by group", visibleToUserGroups=[group])
    share(office.manager, name="private")
    return office


def test_anonymous_and_outsiders_list_nothing(office: Office) -> None:
    assert listed(office.anonymous).refusal == NO_CREDENTIAL
    assert listed(office.outsider).refusal == DENIED


def test_who_has_no_reports_lists_nothing(office: Office) -> None:
    office.set(admin_only_pages=("REPORTS",))
    assert listed(office.member).refusal == DENIED


def test_one_sees_ones_own_and_what_is_shared_with_one(shelf: Office) -> None:
    """A public one is for those who have its link: it stands in no list but its author's and the admins'."""
    assert names(shelf.member) == {"own", "named", "by group"}
    assert names(shelf.member, sharedReportsFilter="ALL") == {"own", "named", "by group"}
    assert names(shelf.member, sharedReportsFilter="CREATED_BY_ME") == {"own"}
    assert names(shelf.member, sharedReportsFilter="SHARED_WITH_ME") == {"named", "by group"}


def test_admins_see_all(shelf: Office) -> None:
    everything = {"own", "public", "named", "by group", "private"}
    for person in (shelf.owner, shelf.admin):
        assert names(person) == names(person, sharedReportsFilter="ALL_ADMIN") == everything
        assert names(person, sharedReportsFilter="CREATED_BY_ME") == set()
    assert listed(shelf.member, sharedReportsFilter="ALL_ADMIN").refusal == DENIED


def test_an_unknown_word_is_refused(office: Office) -> None:
    """The original answers 500 (shared-report-method-matrix.json)."""
    answer = listed(office.owner, sharedReportsFilter="MINE")
    assert answer.refusal == REFUSED
    assert "ALL, CREATED_BY_ME, SHARED_WITH_ME, ALL_ADMIN" in answer.message


def test_a_list_holds_names_where_an_answer_to_a_write_holds_ids(office: Office) -> None:
    group = office.owner.post("/user-groups", {"name": "Readers"}).body["id"]
    report = share(office.member, visibleToUsers=[office.manager.id], visibleToUserGroups=[group], isPublic=True)
    answer = listed(office.member)
    assert answer.body == {
        "reports": [
            {
                "id": report["id"],
                "name": "Example",
                "type": "SUMMARY",
                "isPublic": True,
                "fixedDate": False,
                "link": answer.body["reports"][0]["link"],
                "reportAuthor": "Max Member",
                "visibleToUsers": [{"id": office.manager.id, "name": "Mia Manager"}],
                "visibleToUserGroups": [{"id": group, "name": "Readers"}],
            }
        ],
        "count": 1,
    }
    assert answer.body["reports"][0]["link"].endswith(f"/shared-reports/{report['id']}")


def test_pages_are_named_in_camel_case(office: Office) -> None:
    made = []
    for number in range(5):
        office.clock.move(1)
        made.append(share(office.member, name=str(number))["id"])
    newest_first = made[::-1]

    def ids(**query: Any) -> list[str]:
        found = office.member.raw("GET", path(office.member), query=query)
        assert found.body["count"] == 5
        return [one["id"] for one in found.body["reports"]]

    assert ids() == newest_first
    assert ids(page=1, pageSize=2) == newest_first[:2]
    assert ids(page=3, pageSize=2) == newest_first[4:]
    assert ids(page=9, pageSize=2) == []
    assert ids(**{"page-size": 2}) == newest_first


@pytest.mark.parametrize("query", [{"page": 0}, {"pageSize": 0}, {"pageSize": 1001}])
def test_a_page_that_is_none_is_refused(office: Office, query: dict[str, int]) -> None:
    assert listed(office.member, **query).refusal == REFUSED
