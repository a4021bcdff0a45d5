"""Groups, people on projects, profiles and rates that change at the same moment: nobody waits in a circle."""

from typing import Any

import pytest

from tests.harness import API, Asked, Office, Person

SINCE = "2026-05-01T00:00:00Z"
ROUNDS = 6


def sent(person: Person, method: str, path: str, body: Any = None) -> Asked:
    return person.prepared(method, f"{API}/workspaces/{person.workspace_id}{path}", body)


class Crowd:
    """A project that a group is on, and what may be asked about it and its people."""

    def __init__(self, office: Office) -> None:
        self.owner, self.member, person = office.owner, office.member, office.member.id
        field = self.owner.post("/custom-fields", {"name": "Desk", "type": "TXT", "entityType": "USER"}).body["id"]
        group = self.owner.post("/user-groups", {"name": "Crew"}).body["id"]
        project = self.owner.post("/projects", {"name": "One", "isPublic": True}).body["id"]
        groups = {"userGroups": {"contains": "CONTAINS", "ids": [group]}}
        self.owner.post(f"/projects/{project}/memberships", {**groups, "remove": False})
        rate = {"amount": 5000, "since": SINCE}
        value = {"customFieldId": field, "value": "3"}
        self.asked = {
            "join": sent(self.owner, "POST", f"/user-groups/{group}/users", {"userId": person}),
            "leave": sent(self.owner, "DELETE", f"/user-groups/{group}/users/{person}"),
            "limited": sent(
                self.owner,
                "POST",
                "/limited-users",
                {"users": [{"name": "Lee", "userGroups": [group], "userCustomFields": [value]}]},
            ),
            "members": sent(
                self.owner,
                "PATCH",
                f"/projects/{project}/memberships",
                {"memberships": [{"userId": person, "hourlyRate": rate}], **groups},
            ),
            "member rate": sent(self.owner, "PUT", f"/users/{person}/hourly-rate", rate),
            "workspace rate": sent(self.owner, "PUT", "/hourly-rate", rate),
            "profile": sent(self.member, "PATCH", f"/member-profile/{person}", {"userCustomFields": [value]}),
            "value": sent(self.owner, "PUT", f"/users/{person}/custom-field/{field}/value", {"value": "4"}),
            "entry": sent(self.member, "POST", "/time-entries", {"start": SINCE, "end": SINCE, "projectId": project}),
        }


@pytest.mark.parametrize(
    "names",
    [
        ("join", "limited", "leave", "join", "limited"),
        ("members", "join", "leave", "members", "member rate", "workspace rate"),
        ("profile", "value", "profile", "value", "member rate"),
        ("workspace rate", "entry", "member rate", "entry", "members", "entry"),
    ],
)
def test_nothing_has_to_be_tried_again(office: Office, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]) -> None:
    crowd = Crowd(office)
    # The first value of somebody is made by one of two, and the other one tries again: not what this is about.
    office.server.ask_all([crowd.asked["value"]])
    troubles: list[str] = []
    engine = type(office.database.engine)
    real = engine.trouble

    def noted(self: Any, error: BaseException) -> Any:
        troubles.append(type(error).__name__)
        return real(self, error)

    monkeypatch.setattr(engine, "trouble", noted)
    for _ in range(ROUNDS):
        answers = office.server.ask_all([crowd.asked[name] for name in names])
        assert {answer.status for answer in answers} <= {200, 201}
    assert troubles == []
