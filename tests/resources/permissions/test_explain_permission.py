"""GET .../permissions/explain: which row, which setting, which reach."""

from typing import Any

import pytest

from hourbook.access.actors import Settings
from hourbook.access.explain import CHOICES, alternatives
from hourbook.http.app import OWN_PREFIX
from tests.contract.world import World
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Answer, Office, Person


def explain(asker: Person, person: Person, action: str, id_: str | None = None, **more: Any) -> Answer:
    path = f"{OWN_PREFIX}/workspaces/{asker.workspace_id}/permissions/explain"
    return asker.raw("GET", path, query={"user-id": person.id, "action": action, "id": id_, **more})


def told(office: Office, person: Person, action: str, id_: str | None = None) -> Any:
    answer = explain(office.owner, person, action, id_)
    assert answer.status == 200, answer
    return answer.body


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert explain(office.anonymous, office.member, "tag.list").refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert explain(office.outsider, office.member, "tag.list").refusal == DENIED


@pytest.mark.parametrize("role", ["manager", "member"])
def test_only_owner_and_admins_ask_for_explanations(office: Office, role: str) -> None:
    assert explain(office.everybody[role], office.member, "tag.list").refusal == DENIED
    assert explain(office.admin, office.member, "tag.list").status == 200


def test_the_row_and_the_roles_are_named(office: Office) -> None:
    found = told(office, office.member, "group.manage")
    assert found["isAllowed"] is False
    assert found["permission"] == {
        "action": "group.manage",
        "who": "owner and admins",
        "isAllowed": False,
        "reach": "nothing",
        "reachesEverything": False,
        "settings": [],
    }
    assert found["person"]["roles"] == []
    assert "The row group.manage says: owner and admins." in found["sentence"]
    assert "Max Member may not group.manage" in found["sentence"]
    assert "The role is not enough" in found["sentence"]
    allowed = told(office, office.admin, "group.manage")
    assert allowed["isAllowed"] is True
    assert allowed["permission"]["reachesEverything"] is True
    assert allowed["person"]["roles"] == ["WORKSPACE_ADMIN"]


def test_a_setting_that_decides_is_named_with_its_value(office: Office) -> None:
    office.set(who_can_create_tags="ADMINS")
    found = told(office, office.member, "tag.create")
    assert found["isAllowed"] is False
    assert found["permission"]["settings"] == [{"name": "whoCanCreateTags", "value": "ADMINS", "decides": True}]
    assert "The setting whoCanCreateTags is ADMINS, and that decides." in found["sentence"]


def test_a_setting_that_was_asked_and_changes_nothing_does_not_decide(office: Office) -> None:
    office.set(who_can_create_tags="ADMINS")
    found = told(office, office.admin, "tag.create")
    assert found["permission"]["settings"] == [{"name": "whoCanCreateTags", "value": "ADMINS", "decides": False}]
    assert "No setting decides." in found["sentence"]


def test_an_entry_of_somebody_else_is_outside_of_a_members_reach(office: Office) -> None:
    entry_id = World(office).time_entry_id
    found = told(office, office.member, "time_entry.list", entry_id)
    assert found["isAllowed"] is False
    assert found["permission"]["isAllowed"] is True
    assert found["permission"]["reach"] == "their own"
    assert found["thing"] == {"id": entry_id, "kind": "TIME_ENTRY", "isInside": False}
    assert found["sentence"].endswith("The thing is not among that.")
    decides = {setting["name"] for setting in found["permission"]["settings"] if setting["decides"]}
    assert decides == {"onlyAdminsSeeAllTimeEntries", "onlyAdminsSeePublicProjectsEntries"}


def test_entries_of_a_public_project_are_inside_when_the_setting_says_so(office: Office) -> None:
    entry_id = World(office).time_entry_id
    office.set(only_admins_see_public_projects_entries=False)
    found = told(office, office.member, "time_entry.list", entry_id)
    assert found["thing"]["isInside"] is True
    assert found["permission"]["reach"] == "their own or that of public projects"


def test_managers_reach_their_projects_and_their_people(office: Office) -> None:
    world = World(office)
    office.grant(office.manager, "PROJECT_MANAGER", world.project_id)
    office.grant(office.manager, "TEAM_MANAGER", office.member.id)
    found = told(office, office.manager, "time_entry.list", world.time_entry_id)
    assert found["thing"]["isInside"] is True
    assert found["permission"]["reach"] == ("their own or that of 1 person they manage or that of 1 named project")
    assert found["person"]["managedProjectIds"] == [world.project_id]
    assert found["person"]["managedUserIds"] == [office.member.id]
    assert told(office, office.manager, "time_entry.list", office.member.id)["thing"] == {
        "id": office.member.id,
        "kind": "MEMBER",
        "isInside": True,
    }
    assert told(office, office.manager, "project.update", world.project_id)["thing"]["isInside"] is True
    assert told(office, office.manager, "time_entry.track", office.member.id)["thing"]["isInside"] is False


def test_a_task_is_reached_through_its_project(office: Office) -> None:
    world = World(office)
    private = world.make("/projects", {"name": "Private", "isPublic": False})
    task_id = world.make(f"/projects/{private}/tasks", {"name": "t"})
    assert told(office, office.member, "task.list", world.task_id)["isAllowed"] is True
    assert told(office, office.member, "task.list", task_id)["isAllowed"] is False


def test_the_workspace_itself_is_a_thing(office: Office) -> None:
    thing = told(office, office.member, "workspace.read", office.workspace_id)["thing"]
    assert thing == {"id": office.workspace_id, "kind": "WORKSPACE", "isInside": True}


def test_somebody_who_is_not_active_is_refused_before_the_table(office: Office) -> None:
    assert office.owner.put(f"/users/{office.member.id}", {"status": "INACTIVE"}).status == 200
    found = told(office, office.member, "tag.list", "f" * 24)
    assert found["isAllowed"] is False
    assert "the person is not an active member of the workspace" in found["sentence"]
    assert found["thing"] is None


def test_people_things_and_actions_that_are_not_here_are_refused(office: Office) -> None:
    assert explain(office.owner, office.outsider, "tag.list").refusal == REFUSED
    assert explain(office.owner, office.member, "tag.list", "f" * 24).message == "Thing doesn't belong to Workspace"
    assert explain(office.owner, office.member, "tag.list", "nonsense").refusal == REFUSED
    abroad = World(Office(office.server)).tag_id
    assert explain(office.owner, office.member, "tag.list", abroad).refusal == REFUSED
    answer = explain(office.owner, office.member, "tag.paint")
    assert answer.refusal == REFUSED
    assert "tag.update" in answer.message
    path = f"{OWN_PREFIX}/workspaces/{office.workspace_id}/permissions/explain"
    assert office.owner.raw("GET", path).status == 400


def test_every_setting_that_is_a_word_has_its_words_known() -> None:
    """Or an explanation could not say that it decides."""
    settings = Settings()
    for name in settings.__struct_fields__:
        value = getattr(settings, name)
        if isinstance(value, str):
            assert value in CHOICES[name], name
        if isinstance(value, str | bool):
            assert alternatives(name, value), name
    assert alternatives("admin_only_pages", ("TEAM",)) == (("PROJECT", "TEAM"), (), ("REPORTS", "TEAM"))


def test_a_setting_that_is_a_set_of_words_decides_too(office: Office) -> None:
    office.set(admin_only_pages=("TEAM",))
    found = told(office, office.member, "member.list")
    assert found["isAllowed"] is False
    assert found["permission"]["settings"] == [{"name": "adminOnlyPages", "value": ["TEAM"], "decides": True}]
    assert "The setting adminOnlyPages is TEAM, and that decides." in found["sentence"]
