"""GET .../{workspaceId}."""

from typing import Any

from tests.harness import DENIED, NO_CREDENTIAL, Office


def settings_of(office: Office) -> dict[str, Any]:
    found: dict[str, Any] = office.owner.get("").body["workspaceSettings"]
    return found


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert office.anonymous.get("").refusal == NO_CREDENTIAL


def test_a_workspace_one_is_not_in_and_one_that_is_not_there_answer_alike(office: Office) -> None:
    for workspace_id in (office.workspace_id, "0" * 24, "nonsense"):
        answer = office.outsider.at(workspace_id).get("")
        assert answer.refusal == DENIED
        assert answer.message == "Access Denied"


def test_an_inactive_member_is_kept_out(office: Office) -> None:
    office.owner.put(f"/users/{office.member.id}", {"status": "INACTIVE"})
    assert office.member.get("").refusal == DENIED


def test_every_member_reads_it(office: Office) -> None:
    for role in ("owner", "admin", "manager", "member"):
        answer = office.everybody[role].get("")
        assert answer.status == 200, role
        assert answer.body["id"] == office.workspace_id
        assert {m["userId"] for m in answer.body["memberships"]} == {
            office.owner.id,
            office.admin.id,
            office.manager.id,
            office.member.id,
        }


def test_it_has_every_key_clients_know(office: Office) -> None:
    body = office.owner.get("").body
    assert body["imageUrl"] == ""
    assert body["hourlyRate"] == {"amount": 0, "currency": "USD"}
    assert body["costRate"] is None
    assert body["subdomain"] == {"enabled": False, "name": None}
    assert isinstance(body["cakeOrganizationId"], str)
    assert isinstance(body["featureSubscriptionType"], str)
    assert {"CUSTOM_FIELDS", "TIME_TRACKING"} <= set(body["features"])
    assert len(body["features"]) == 79


def test_settings_start_private_and_demand_nothing(office: Office) -> None:
    settings = settings_of(office)
    assert not any(settings[key] for key in ("forceProjects", "forceTasks", "forceTags", "forceDescription"))
    assert settings["onlyAdminsSeeAllTimeEntries"] is True
    assert settings["onlyAdminsSeePublicProjectsEntries"] is True
    assert settings["isProjectPublicByDefault"] is False
    assert settings["defaultBillableProjects"] is True
    assert settings["timeTrackingMode"] == "DEFAULT"
    assert settings["lockTimeEntries"] is None
    assert settings["automaticLock"] is None
    assert settings["round"] == {"round": "Round to nearest", "minutes": "15"}
    assert settings["workingDays"] == ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"]


def test_creation_permissions_are_plain_words_and_drive_the_old_booleans(office: Office) -> None:
    office.set(who_can_create_tags="ADMINS", who_can_create_tasks="ADMINS_AND_PROJECT_MANAGERS")
    settings = settings_of(office)
    assert settings["entityCreationPermissions"] == {
        "whoCanCreateProjectsAndClients": "EVERYONE",
        "whoCanCreateTasks": "ADMINS_AND_PROJECT_MANAGERS",
        "whoCanCreateTags": "ADMINS",
    }
    old = [settings[f"onlyAdminsCreate{thing}"] for thing in ("Project", "Task", "Tag")]
    assert old == [False, True, True]


def test_the_duration_format_drives_two_old_booleans(office: Office) -> None:
    seen = {}
    for word in ("FULL", "COMPACT", "DECIMAL"):
        office.set(duration_format=word)
        settings = settings_of(office)
        seen[word] = (settings["decimalFormat"], settings["trackTimeDownToSecond"])
    assert seen == {"FULL": (False, True), "COMPACT": (False, False), "DECIMAL": (True, True)}


def test_locks_are_shown_as_an_instant_and_a_rule(office: Office) -> None:
    office.set(lock_time_entries=1_767_225_600, lock_time_zone="Europe/Belgrade", automatic_lock={"type": "MONTHLY"})
    settings = settings_of(office)
    assert settings["lockTimeEntries"] == "2026-01-01T00:00:00Z"
    assert settings["lockTimeZone"] == "Europe/Belgrade"
    assert settings["automaticLock"] == {
        "type": "MONTHLY",
        "changeDay": "MONDAY",
        "dayOfMonth": 1,
        "firstDay": "MONDAY",
        "olderThanPeriod": "DAYS",
        "olderThanValue": 1,
    }


def test_rates_are_null_for_those_who_may_not_see_them(office: Office) -> None:
    assert office.member.get("").body["hourlyRate"] == {"amount": 0, "currency": "USD"}
    office.set(only_admins_see_billable_rates=True)
    assert office.member.get("").body["hourlyRate"] is None
    assert office.admin.get("").body["hourlyRate"] == {"amount": 0, "currency": "USD"}


def test_there_is_no_way_to_write_it(office: Office) -> None:
    for call in (office.owner.put, office.owner.patch):
        answer = call("", {"name": "x"})
        assert answer.refusal == (405, 3000)
        assert answer.headers["Allow"].startswith("GET")
