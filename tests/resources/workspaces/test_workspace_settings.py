"""GET and PATCH of a workspace's settings, name and logo on our own surface."""

from typing import Any

import msgspec
import pytest

from hourbook.resources.workspaces.rules_settings import WorkspaceSettings
from hourbook.resources.workspaces.wire_settings import SettingsIn, SettingsOut
from tests import uploads
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, UNREADABLE, Office
from tests.own_surface import configure, own

CHANGES: dict[str, Any] = {
    "forceProjects": True,
    "forceTasks": True,
    "forceTags": True,
    "forceDescription": True,
    "onlyAdminsSeeAllTimeEntries": False,
    "onlyAdminsSeePublicProjectsEntries": False,
    "onlyAdminsSeeBillableRates": True,
    "onlyAdminsSeeDashboard": False,
    "onlyAdminsCanChangeBillableStatus": True,
    "adminOnlyPages": ["TEAM", "REPORTS"],
    "canSeeTimeSheet": False,
    "canSeeTracker": False,
    "whoCanCreateProjectsAndClients": "ADMINS",
    "whoCanCreateTasks": "ADMINS_AND_PROJECT_MANAGERS",
    "whoCanCreateTags": "ADMINS",
    "defaultBillableProjects": False,
    "isProjectPublicByDefault": True,
    "activeBillableHours": False,
    "projectFavorites": False,
    "projectPickerSpecialFilter": True,
    "durationFormat": "DECIMAL",
    "numberFormat": "PERIOD_COMMA",
    "currencyFormat": "VALUE_SPACE_CURRENCY",
    "weekStart": "SUNDAY",
    "timeZone": "Europe/Belgrade",
    "workingDays": ["MONDAY", "SATURDAY"],
    "projectLabel": "matter",
    "taskLabel": "step",
    "projectGroupingLabel": "customer",
    "round": {"round": "Round up to", "minutes": "6"},
    "timeRoundingInReports": True,
    "lockTimeEntries": "2026-05-01T00:00:00Z",
    "lockTimeZone": "Asia/Tokyo",
    "automaticLock": {
        "type": "MONTHLY",
        "changeDay": "MONDAY",
        "dayOfMonth": 5,
        "firstDay": "MONDAY",
        "olderThanPeriod": "DAYS",
        "olderThanValue": 1,
    },
    "timeTrackingMode": "STOPWATCH_ONLY",
    "multiFactorEnabled": True,
    "taskBillableEnabled": False,
    "taskRateEnabled": False,
    "expensesEnabled": False,
    "invoicingEnabled": False,
    "schedulingEnabled": False,
    "timeApprovalEnabled": False,
    "timeOffEnabled": False,
    "screenshotsEnabled": True,
    "locationsEnabled": True,
    "favoriteEntriesEnabled": False,
    "isCostRateActive": False,
    "kioskEnabled": False,
    "whoCanEditOthersTime": "ADMINS_AND_TEAM_MANAGERS",
    "whoCanApproveTimesheets": "ADMINS_AND_PROJECT_MANAGERS",
    "whoCanApproveExpenses": "ADMINS_AND_PROJECT_MANAGERS",
    "whoCanManageInvoices": "ADMINS_AND_MEMBERS",
    "membersSeeAllTimeOff": True,
    "whoCanCreateAssignments": "ANYONE",
    "whoCanSeeProjectStatus": "ADMINS",
    "allowedNetworks": ["127.0.0.0/8", "2001:db8::/32"],
    "requestsPerSecond": 5000,
    "addonRequestsPerSecond": 5000,
}


def test_the_surface_has_every_setting_there_is() -> None:
    assert set(SettingsOut.__struct_fields__) == set(WorkspaceSettings.__struct_fields__)
    assert set(SettingsIn.__struct_fields__) == set(WorkspaceSettings.__struct_fields__)


@pytest.mark.parametrize(("method", "path"), [("GET", "/settings"), ("PATCH", "/settings"), ("PATCH", "")])
def test_only_owner_and_admins_read_and_write_settings(office: Office, method: str, path: str) -> None:
    body: dict[str, Any] | None = None if method == "GET" else {}
    assert own(office.anonymous, method, path, body).refusal == NO_CREDENTIAL
    for person in (office.outsider, office.member, office.manager):
        assert own(person, method, path, body).refusal == DENIED
    for person in (office.admin, office.owner):
        assert own(person, method, path, body).status == 200


def test_every_setting_can_be_changed_and_is_read_back(office: Office) -> None:
    before = own(office.owner, "GET", "/settings").body
    wire_names = set(SettingsOut.__struct_encode_fields__)
    # Locks people out by design; sign-in tests it.
    assert wire_names - CHANGES.keys() == {"singleSignOnRequired"}
    for name, value in CHANGES.items():
        assert before[name] != value, name
        assert own(office.admin, "PATCH", "/settings", {name: value}).body[name] == value
    after = own(office.owner, "GET", "/settings").body
    assert after == before | CHANGES


def test_a_change_leaves_everything_else_as_it_is(office: Office) -> None:
    before = own(office.owner, "GET", "/settings").body
    assert configure(office.owner, forceTags=True).body == before | {"forceTags": True}
    assert configure(office.owner).body == before | {"forceTags": True}


def test_null_takes_locks_away(office: Office) -> None:
    configure(
        office.owner, lockTimeEntries="2026-05-01T00:00:00Z", lockTimeZone="UTC", automaticLock={"type": "WEEKLY"}
    )
    body = configure(office.owner, lockTimeEntries=None, lockTimeZone=None, automaticLock=None).body
    assert (body["lockTimeEntries"], body["lockTimeZone"], body["automaticLock"]) == (None, None, None)


def test_days_and_pages_stand_once_and_in_their_order(office: Office) -> None:
    body = configure(office.owner, workingDays=["FRIDAY", "MONDAY", "FRIDAY"], adminOnlyPages=["TEAM", "PROJECT"]).body
    assert (body["workingDays"], body["adminOnlyPages"]) == (["MONDAY", "FRIDAY"], ["PROJECT", "TEAM"])


@pytest.mark.parametrize("minutes", ["6", 6, " 6 "])
def test_rounding_takes_minutes_as_text_or_number(office: Office, minutes: Any) -> None:
    assert configure(office.owner, round={"minutes": minutes}).body["round"] == {
        "round": "Round to nearest",
        "minutes": "6",
    }


@pytest.mark.parametrize(
    ("change", "refusal", "said"),
    [
        ({"forceProject": True}, UNREADABLE, "forceProject"),
        ({"force_projects": True}, UNREADABLE, "force_projects"),
        ({"forceProjects": None}, UNREADABLE, "forceProjects"),
        ({"forceProjects": "perhaps"}, UNREADABLE, "forceProjects"),
        ({"timeTrackingMode": "BOTH"}, UNREADABLE, "STOPWATCH_ONLY"),
        ({"weekStart": "FUNDAY"}, UNREADABLE, "SUNDAY"),
        ({"workingDays": []}, REFUSED, "working day"),
        ({"workingDays": ["MONDAY", "MOONDAY"]}, UNREADABLE, "MONDAY"),
        ({"adminOnlyPages": "TEAM"}, UNREADABLE, "adminOnlyPages"),
        ({"projectLabel": " "}, REFUSED, "between 1 and 100"),
        ({"taskLabel": "x" * 101}, REFUSED, "between 1 and 100"),
        ({"round": {"minutes": "0"}}, REFUSED, "Rounding"),
        ({"round": {"minutes": "241"}}, REFUSED, "Rounding"),
        ({"round": {"minutes": "٦"}}, REFUSED, "Rounding"),
        ({"round": {"round": "Round sideways"}}, UNREADABLE, "Round up to"),
        ({"round": {"hours": "1"}}, UNREADABLE, "hours"),
        ({"lockTimeEntries": "yesterday"}, UNREADABLE, "lockTimeEntries"),
        ({"lockTimeEntries": 5}, UNREADABLE, "lockTimeEntries"),
        ({"lockTimeZone": "Mars/Olympus"}, REFUSED, "lockTimeZone"),
        ({"timeZone": "../../etc/passwd"}, REFUSED, "timeZone"),
        ({"automaticLock": {"type": "YEARLY"}}, UNREADABLE, "MONTHLY"),
        ({"automaticLock": {}}, UNREADABLE, "type"),
        ({"automaticLock": {"type": "MONTHLY", "dayOfMonth": 32}}, REFUSED, "day from 1 to 31"),
        ({"automaticLock": {"type": "OLDER_THAN", "olderThanValue": 0}}, REFUSED, "period"),
        ({"automaticLock": {"type": "OLDER_THAN", "olderThanWeeks": 3}}, UNREADABLE, "olderThanWeeks"),
        ({"allowedNetworks": ["somewhere"]}, REFUSED, "somewhere"),
        ({"allowedNetworks": ["127.0.0.1"] * 101}, REFUSED, "100"),
        ([], UNREADABLE, ""),
        ("forceProjects", UNREADABLE, ""),
    ],
)
def test_what_cannot_be_is_refused_with_its_name_and_nothing_changes(
    office: Office, change: Any, refusal: tuple[int, int], said: str
) -> None:
    before = own(office.owner, "GET", "/settings").body
    if isinstance(change, dict):
        change = {"forceTags": True, **change}
    answer = own(office.owner, "PATCH", "/settings", change)
    assert answer.refusal == refusal, answer
    assert said in answer.message
    assert own(office.owner, "GET", "/settings").body == before


def test_a_change_is_journaled_with_what_it_changed(office: Office) -> None:
    from hourbook.journal.journal import read_since

    def last(tx: Any) -> Any:
        return list(read_since(tx, 0))[-1]

    configure(office.admin, forceTags=True)
    row = office.read(last)
    assert (row.kind, row.verb, row.event, row.actor_id) == ("WORKSPACE", "update", None, office.admin.id)
    assert msgspec.json.decode(row.after["settings"])["force_tags"] is True


def test_the_contract_shows_what_was_set(office: Office) -> None:
    configure(office.owner, forceTags=True, whoCanCreateTags="ADMINS", round={"round": "Round up to", "minutes": 30})
    shown = office.member.get("").body["workspaceSettings"]
    assert (shown["forceTags"], shown["onlyAdminsCreateTag"]) == (True, True)
    assert shown["round"] == {"round": "Round up to", "minutes": "30"}


# --- name and logo -----------------------------------------------------------------------------


def upload(office: Office) -> str:
    sent = uploads.body(uploads.part(uploads.picture()))
    return str(office.admin.raw("POST", "/api/v1/file/image", sent, None, uploads.HEADERS).body["url"])


def test_every_member_reads_the_outline_and_nobody_else(office: Office) -> None:
    assert own(office.anonymous, "GET").refusal == NO_CREDENTIAL
    assert own(office.outsider, "GET").refusal == DENIED
    assert own(office.member, "GET").body == {
        "id": office.workspace_id,
        "name": "Olivia Owner's office",
        "imageUrl": "",
        "currency": "USD",
        "deletesAt": None,
    }


def test_a_workspace_is_renamed_and_gets_a_logo(office: Office) -> None:
    url = upload(office)
    assert own(office.admin, "PATCH", "", {"name": " Better "}).body["name"] == "Better"
    assert own(office.admin, "PATCH", "", {"imageUrl": url}).body == {
        "id": office.workspace_id,
        "name": "Better",
        "imageUrl": url,
        "currency": "USD",
        "deletesAt": None,
    }
    shown = office.member.get("").body
    assert (shown["name"], shown["imageUrl"]) == ("Better", url)
    assert own(office.admin, "PATCH", "", {"imageUrl": ""}).body["imageUrl"] == ""


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"name": ""}, REFUSED),
        ({"name": "x" * 51}, REFUSED),
        ({"title": "x"}, UNREADABLE),
        ({"imageUrl": "https://example.com/logo.png"}, REFUSED),
        ({"imageUrl": "/api/hourbook/v1/files/" + "a" * 43 + ".png"}, REFUSED),
        ({"imageUrl": "javascript:alert(1)"}, REFUSED),
        ({"imageUrl": "x" * 3000}, REFUSED),
    ],
)
def test_a_name_or_logo_that_cannot_be_is_refused(office: Office, body: Any, refusal: tuple[int, int]) -> None:
    assert own(office.owner, "PATCH", "", {"name": "Other", **body}).refusal == refusal
    assert own(office.owner, "GET").body["name"] == "Olivia Owner's office"
