"""Received reports: what is mailed to oneself, and taking oneself off it."""

from typing import Any

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Office, Person
from tests.resources.scheduled_reports.mailing import created, get, leave, path_of, put

pytestmark = pytest.mark.usefixtures("mail")


def received(person: Person, **query: Any) -> Any:
    return person.raw("GET", path_of(person, list_="received-reports"), None, query)


def test_anonymous_and_outsiders_receive_nothing(office: Office) -> None:
    assert received(office.anonymous).refusal == NO_CREDENTIAL
    assert received(office.outsider).refusal == DENIED
    report_id = created(office.owner)
    assert leave(office.anonymous, report_id).refusal == NO_CREDENTIAL
    assert leave(office.outsider, report_id).refusal == DENIED


def test_one_sees_what_is_mailed_to_one_but_not_its_filter_and_others(office: Office) -> None:
    office.set(admin_only_pages=("REPORTS",))
    report_id = created(office.owner, office.member, office.admin, filter={"dateRangeType": "TODAY"})
    created(office.owner, office.admin)
    (found,) = received(office.member).body
    assert found == {
        "id": report_id,
        "name": "Yesterday",
        "type": "DETAILED",
        "exportType": "CSV",
        "ownerId": office.owner.id,
        "ownerName": "Olivia Owner",
        "frequency": "DAILY",
        "weekday": None,
        "dayOfMonth": None,
        "time": "07:00",
        "timeZone": "UTC",
        "nextRunAt": "2026-05-21T07:00:00Z",
    }
    assert received(office.owner).body == []


def test_the_list_has_pages_newest_first(office: Office) -> None:
    ids = [created(office.owner, office.member) for _ in range(3)]
    pages = [[one["id"] for one in received(office.member, page=page, page_size=2).body] for page in (1, 2)]
    assert pages == [[ids[2], ids[1]], [ids[0]]]


def test_who_leaves_is_no_recipient_any_more(office: Office) -> None:
    report_id = created(office.owner, office.member, office.admin)
    answer = leave(office.member, report_id)
    assert (answer.status, answer.content) == (204, b"")
    assert received(office.member).body == []
    assert get(office.owner, report_id)["recipients"] == [office.admin.id]
    assert leave(office.member, report_id).refusal == REFUSED
    assert put(office.owner, report_id, recipients=[office.member.id]).status == 200
    assert len(received(office.member).body) == 1


def test_the_last_recipient_may_leave_too(office: Office) -> None:
    report_id = created(office.owner, office.member)
    assert leave(office.member, report_id).status == 204
    assert get(office.owner, report_id)["recipients"] == []


@pytest.mark.parametrize("unknown", ["f" * 24, "nonsense"])
def test_what_is_not_mailed_to_one_is_unknown(office: Office, unknown: str) -> None:
    report_id = created(office.owner, office.admin)
    for refused in (leave(office.member, unknown), leave(office.owner, report_id)):
        assert refused.refusal == REFUSED
        assert refused.message == "Scheduled report doesn't belong to Workspace"


def test_leaving_is_journaled(office: Office) -> None:
    report_id = created(office.owner, office.member)
    leave(office.member, report_id)
    told = office.member.raw("GET", "/api/hourbook/v1/user/data").body["journal"]
    assert [one["event"] for one in told if one["entityId"] == report_id] == ["SCHEDULED_REPORT_LEFT"]
