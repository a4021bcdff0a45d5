"""GET /addon-pages: which pages of which add-ons somebody may open."""

from typing import Any

import pytest

from tests.addon_server import AddonServer, installed, own_path
from tests.harness import DENIED, NO_CREDENTIAL, Answer, Office, Person


def page(level: str, name: str) -> dict[str, Any]:
    return {"type": "sidebar", "accessLevel": level, "path": f"/{name}", "label": name}


def ask(person: Person, **query: Any) -> Answer:
    path = f"/api/hourbook/v1/workspaces/{person.workspace_id}/addon-pages"
    return person.raw("GET", path, None, query)


def labels(answer: Answer) -> dict[str, list[str]]:
    assert answer.status == 200, answer
    return {one["key"]: [found["label"] for found in one["pages"]] for one in answer.body}


@pytest.fixture
def addon_ids(office: Office, addon_server: AddonServer) -> dict[str, str]:
    """One with a page of each kind, one with pages of admins alone, one without any."""
    pages = {"both": [page("EVERYONE", "All"), page("ADMINS", "Few")], "admins": [page("ADMINS", "Few")], "none": None}
    found = {}
    for key, components in pages.items():
        addon_server.manifest = {"components": components, "webhooks": None}
        found[key] = str(installed(office, addon_server, key).body["id"])
    return found


def test_only_members_are_told(office: Office, addon_ids: dict[str, str]) -> None:
    assert ask(office.anonymous).refusal == NO_CREDENTIAL
    assert ask(office.outsider.at(office.workspace_id)).refusal == DENIED


def test_a_member_sees_pages_for_everyone_and_an_admin_all(office: Office, addon_ids: dict[str, str]) -> None:
    for person in (office.member, office.manager, office.lead):
        assert labels(ask(person)) == {"both": ["All"]}
    for person in (office.owner, office.admin):
        assert labels(ask(person)) == {"admins": ["Few"], "both": ["All", "Few"]}


def test_a_page_is_what_the_manifest_says_and_nothing_else_is_told(
    office: Office, addon_server: AddonServer, addon_ids: dict[str, str]
) -> None:
    (found,) = ask(office.member).body
    assert found == {
        "addonId": addon_ids["both"],
        "key": "both",
        "name": "An example",
        "iconUrl": addon_server.url + "/icon.png",
        "pages": [
            {
                "type": "sidebar",
                "accessLevel": "EVERYONE",
                "label": "All",
                "url": addon_server.url + "/All",
                "iconUrl": None,
                "options": None,
                "width": None,
                "height": None,
            }
        ],
    }


def test_what_is_listed_can_be_opened_and_what_is_not_cannot(office: Office, addon_ids: dict[str, str]) -> None:
    listed = {one["addonId"] for one in ask(office.member).body}
    for addon_id in addon_ids.values():
        answer = office.member.raw("POST", own_path(office, f"/{addon_id}/user-token"))
        assert (answer.status == 200) == (addon_id in listed), answer


def test_an_addon_that_is_switched_off_shows_nothing(office: Office, addon_ids: dict[str, str]) -> None:
    path = own_path(office, f"/{addon_ids['both']}")
    assert office.owner.raw("PATCH", path, {"status": "INACTIVE"}).status == 200
    assert labels(ask(office.member)) == {}
    assert labels(ask(office.owner)) == {"admins": ["Few"]}
    assert office.member.raw("POST", path + "/user-token").message == "This add-on is switched off"


def test_the_list_has_pages_of_its_own(office: Office, addon_ids: dict[str, str]) -> None:
    first = ask(office.owner, **{"page": 1, "page-size": 1})
    assert (labels(first), first.headers["Last-Page"]) == ({"admins": ["Few"]}, "false")
    second = ask(office.owner, **{"page": 2, "page-size": 1})
    assert (labels(second), second.headers["Last-Page"]) == ({"both": ["All", "Few"]}, "true")
