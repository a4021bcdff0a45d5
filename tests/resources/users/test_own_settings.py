"""GET and PATCH /user/settings: one's own settings, name, picture and workspaces."""

from typing import Any

import pytest

from hourbook.resources.users.rules import UserSettings
from tests import uploads
from tests.harness import NO_CREDENTIAL, REFUSED, UNREADABLE, Answer, Office, Person
from tests.journal.state import check_everything

PATH = "/api/hourbook/v1/user/settings"
CHANGES: dict[str, Any] = {
    "alerts": False,
    "approval": False,
    "collapseAllProjectLists": True,
    "dashboardPinToTop": True,
    "dashboardSelection": "TEAM",
    "dashboardViewType": "BILLABILITY",
    "dateFormat": "YYYY-MM-DD",
    "groupSimilarEntriesDisabled": True,
    "invoiceReminders": True,
    "isCompactViewOn": True,
    "lang": "DE",
    "longRunning": True,
    "myStartOfDay": "07:30",
    "onboarding": True,
    "projectListCollapse": 50,
    "projectPickerTaskFilter": True,
    "pto": False,
    "reminders": False,
    "scheduledReports": False,
    "scheduling": False,
    "sendNewsletter": True,
    "showOnlyWorkingDays": True,
    "summaryReportSettings": {"group": "Client", "subgroup": "Project"},
    "theme": "DARK",
    "timeFormat": "HOUR12",
    "timeTrackingManual": True,
    "timeZone": "Europe/Belgrade",
    "weekStart": "SUNDAY",
    "weeklyUpdates": True,
}
BESIDE = {"name", "email", "profilePicture", "activeWorkspace", "defaultWorkspace"}


def change(person: Person, **values: Any) -> Answer:
    return person.raw("PATCH", PATH, values)


def test_without_a_credential_there_is_nothing(office: Office) -> None:
    assert office.anonymous.raw("GET", PATH).refusal == NO_CREDENTIAL
    assert office.anonymous.raw("PATCH", PATH, {}).refusal == NO_CREDENTIAL


def test_everything_about_oneself_is_read(office: Office) -> None:
    body = office.member.raw("GET", PATH).body
    public = office.member.raw("GET", "/api/v1/user").body
    assert {key: body[key] for key in body.keys() - BESIDE} == public["settings"]
    assert {key: body[key] for key in BESIDE} == {
        "name": "Max Member",
        "email": office.member.email,
        "profilePicture": "",
        "activeWorkspace": office.workspace_id,
        "defaultWorkspace": office.workspace_id,
    }


def test_every_setting_is_changed_and_the_contract_shows_it(office: Office) -> None:
    before = office.member.raw("GET", PATH).body
    # That one follows from setting up a second factor.
    assert before.keys() - BESIDE - CHANGES.keys() == {"multiFactorEnabled"}
    assert len(CHANGES) == len(UserSettings.__struct_fields__) - 1
    for name, value in CHANGES.items():
        assert before[name] != value, name
        assert change(office.member, **{name: value}).body[name] == value
    assert office.member.raw("GET", PATH).body == before | CHANGES
    shown = office.member.raw("GET", "/api/v1/user").body["settings"]
    assert shown == {key: (before | CHANGES)[key] for key in shown}
    assert change(office.member, projectListCollapse=None).body["projectListCollapse"] is None


def test_nobody_else_is_changed(office: Office) -> None:
    others = (office.owner, office.admin, office.manager)
    before = [person.raw("GET", "/api/v1/user").body for person in others]
    assert change(office.member, **CHANGES, name="Other Name").status == 200
    assert [person.raw("GET", "/api/v1/user").body for person in others] == before


@pytest.mark.parametrize(
    ("values", "refusal", "said"),
    [
        ({"timezone": "UTC"}, UNREADABLE, "timezone"),
        ({"multiFactorEnabled": True}, UNREADABLE, "multiFactorEnabled"),
        ({"email": "other@example.com"}, UNREADABLE, "email"),
        ({"status": "ACTIVE"}, UNREADABLE, "status"),
        ({"timeZone": "Mars/Olympus"}, REFUSED, "timeZone"),
        ({"timeZone": None}, UNREADABLE, "timeZone"),
        ({"weekStart": "FUNDAY"}, UNREADABLE, "SUNDAY"),
        ({"timeFormat": "HOUR25"}, UNREADABLE, "HOUR12"),
        ({"dateFormat": "whenever"}, REFUSED, "dateFormat"),
        ({"dateFormat": "YYYY-MM"}, REFUSED, "dateFormat"),
        ({"dateFormat": "MM-MM-YYYY"}, REFUSED, "dateFormat"),
        ({"dateFormat": "DD/MM-YYYY"}, REFUSED, "dateFormat"),
        ({"lang": "Klingon"}, REFUSED, "lang"),
        ({"myStartOfDay": "24:00"}, REFUSED, "myStartOfDay"),
        ({"myStartOfDay": "9"}, REFUSED, "myStartOfDay"),
        ({"summaryReportSettings": {"group": ""}}, REFUSED, "summary"),
        ({"summaryReportSettings": {"colour": "red"}}, UNREADABLE, "colour"),
        ({"name": " "}, REFUSED, "name"),
        ({"name": "x" * 251}, REFUSED, "name"),
        ({"profilePicture": "https://example.com/me.png"}, REFUSED, "image"),
        ({"profilePicture": "/api/hourbook/v1/files/" + "a" * 43 + ".png"}, REFUSED, "image"),
        ({"activeWorkspace": "f" * 24}, REFUSED, "Workspace"),
        ({"defaultWorkspace": "nonsense"}, REFUSED, "Workspace"),
    ],
)
def test_what_cannot_be_is_refused_with_its_name_and_nothing_changes(
    office: Office, values: dict[str, Any], refusal: tuple[int, int], said: str
) -> None:
    before = office.member.raw("GET", PATH).body
    answer = change(office.member, theme="DARK", **values)
    assert answer.refusal == refusal, answer
    assert said in answer.message
    assert office.member.raw("GET", PATH).body == before


@pytest.mark.parametrize("text", ["DD/MM/YYYY", "MM/DD/YYYY", "YYYY-MM-DD", "DD.MM.YYYY", "DD MM YYYY", "D/M/YYYY"])
def test_the_usual_date_formats_are_taken(office: Office, text: str) -> None:
    assert change(office.member, dateFormat=text).body["dateFormat"] == text


def test_the_zone_counts_from_the_next_request_on(office: Office) -> None:
    """The window of a list of entries is read in it."""
    made = office.member.post("/time-entries", {"start": "2026-05-19T22:30:00Z", "end": "2026-05-19T22:45:00Z"})
    assert made.status == 201
    path = f"/user/{office.member.id}/time-entries"
    day = {"start": "2026-05-20T00:00:00Z", "end": "2026-05-21T00:00:00Z"}
    assert office.member.get(path, **day).body == []
    assert change(office.member, timeZone="Europe/Belgrade").status == 200
    assert [one["id"] for one in office.member.get(path, **day).body] == [made.body["id"]]


def test_a_changed_name_is_found_in_every_workspace(office: Office) -> None:
    second = office.member.raw("POST", "/api/v1/workspaces", {"name": "Mine"}).body["id"]
    assert change(office.member, name=" Zoe Changed ").body["name"] == "Zoe Changed"
    for person in (office.owner, office.member.at(second)):
        (found,) = person.get("/users", name="zoe ch").body
        assert (found["id"], found["name"]) == (office.member.id, "Zoe Changed")
    check_everything(office)


def test_a_picture_is_one_that_was_uploaded(office: Office) -> None:
    sent = uploads.body(uploads.part(uploads.picture()))
    url = office.member.raw("POST", "/api/v1/file/image", sent, None, uploads.HEADERS).body["url"]
    assert change(office.member, profilePicture=url).body["profilePicture"] == url
    (shown,) = (one for one in office.owner.get("/users").body if one["id"] == office.member.id)
    assert shown["profilePicture"] == url
    elsewhere = "https://evil.example/" + url.split("/", 3)[3]
    assert change(office.member, profilePicture=elsewhere).body["profilePicture"] == url
    assert change(office.member, profilePicture="").body["profilePicture"] == ""


def test_the_active_workspace_is_one_that_one_is_in(office: Office) -> None:
    second = office.member.raw("POST", "/api/v1/workspaces", {"name": "Mine"}).body["id"]
    answer = change(office.member, activeWorkspace=second, defaultWorkspace=second)
    assert (answer.body["activeWorkspace"], answer.body["defaultWorkspace"]) == (second, second)
    me = office.member.raw("GET", "/api/v1/user").body
    assert (me["activeWorkspace"], me["defaultWorkspace"]) == (second, second)
    assert change(office.member, activeWorkspace=office.outsider_workspace_id).refusal == REFUSED
    assert office.owner.put(f"/users/{office.member.id}", {"status": "INACTIVE"}).status == 200
    assert change(office.member, activeWorkspace=office.workspace_id).refusal == REFUSED
