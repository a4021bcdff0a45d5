"""What was made for webhooks says nothing of somebody who is erased, whomever the event was about."""

from hourbook.resources.privacy import actions as privacy
from hourbook.resources.privacy.rules import Confirmed
from tests.fanouts import hook, sent, told
from tests.harness import Office, Person


def erase(office: Office, person: Person) -> None:
    office.write(lambda tx: privacy.erase(tx, Confirmed(person.id, person.email)))


def test_who_let_people_in_and_who_came_together(office: Office) -> None:
    invited, limited = hook(office, "USERS_INVITED_TO_WORKSPACE"), hook(office, "LIMITED_USERS_ADDED_TO_WORKSPACE")
    assert office.admin.post("/users", {"email": "guest@example.org"}, send_email=False).status == 200
    assert office.owner.post("/limited-users", {"users": [{"name": "Lee"}, {"name": "Kim"}]}).status in (200, 201)
    first, second = told(office, invited, limited)
    assert first.body["inviter"]["email"] == office.admin.email
    assert second.body["invitedUserNames"] == ["Lee", "Kim"]
    erase(office, office.admin)
    assert sent(office, invited, limited) == []


def test_managers_of_groups(office: Office) -> None:
    groups, tags = hook(office, "USER_GROUP_UPDATED"), hook(office, "NEW_TAG")
    group_id = office.owner.post("/user-groups", {"name": "Crew"}).body["id"]
    office.grant(office.manager, "TEAM_MANAGER", group_id)
    assert office.owner.put(f"/user-groups/{group_id}", {"name": "Team"}).status == 200
    assert office.owner.post("/tags", {"name": "urgent"}).status == 201
    named = [one.body["teamManagers"][0]["id"] for one in told(office, groups)]
    assert named == [office.manager.id]
    erase(office, office.manager)
    assert (sent(office, groups), len(sent(office, tags))) == ([], 1)
