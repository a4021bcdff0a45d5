"""POST .../reports/summary: which entries a report is about."""

from typing import Any

import pytest

from hourbook.resources.reports.wire import IDS_LIMIT
from tests.harness import UNREADABLE, Office
from tests.resources.reports.reporting import ask, currency, found, make, project_in, summary, track

NOBODY = "0123456789abcdef01234567"


class Firm:
    """Entries named by what they have: `web` on a project of a client with a task and a tag, and so on."""

    def __init__(self, office: Office) -> None:
        self.owner = office.owner
        self.member = office.member
        self.acme = make(office, "/clients", name="Acme")
        self.web = make(office, "/projects", name="Web", clientId=self.acme, isPublic=True)
        self.app = make(office, "/projects", name="App", isPublic=True)
        self.draw = make(office, f"/projects/{self.web}/tasks", name="Draw")
        self.code = make(office, f"/projects/{self.app}/tasks", name="Code")
        self.red, self.blue = make(office, "/tags", name="red"), make(office, "/tags", name="blue")
        self.crew = make(office, "/user-groups", name="Crew")
        assert self.owner.post(f"/user-groups/{self.crew}/users", {"userId": office.member.id}).status == 200
        track(self.owner, description="web", projectId=self.web, taskId=self.draw, tagIds=[self.red])
        track(self.member, description="app", projectId=self.app, taskId=self.code, tagIds=[self.red, self.blue])
        track(self.member, description="app only", projectId=self.app, tagIds=[self.blue])
        track(self.owner, description="nothing")

    def found(self, **filters: Any) -> set[str]:
        return found(self.owner, **filters)


@pytest.fixture
def firm(office: Office) -> Firm:
    return Firm(office)


ALL = {"web", "app", "app only", "nothing"}
LISTS = {
    "clients": ("acme", {"web"}, {"web"}),
    "projects": ("app", {"app", "app only"}, {"app", "app only"}),
    "tasks": ("draw", {"web"}, {"web"}),
    "tags": ("red", {"web", "app"}, {"web"}),
    "users": ("member", {"app", "app only"}, {"app", "app only"}),
    "userGroups": ("crew", {"app", "app only"}, {"app", "app only"}),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_filter_names_things_that_are_there_are_not_or_are_all(firm: Firm, name: str) -> None:
    attribute, with_it, exactly = LISTS[name]
    thing = getattr(firm, attribute)
    id_ = thing if isinstance(thing, str) else thing.id
    assert firm.found(**{name: {"ids": [id_]}}) == with_it
    assert firm.found(**{name: {"ids": [id_, id_, NOBODY], "contains": "CONTAINS"}}) == with_it
    assert firm.found(**{name: {"ids": [id_], "contains": "DOES_NOT_CONTAIN"}}) == ALL - with_it
    assert firm.found(**{name: {"ids": [id_], "contains": "CONTAINS_ONLY"}}) == exactly
    # No ids: any.
    assert firm.found(**{name: {"ids": [], "contains": "CONTAINS"}}) == ALL
    assert firm.found(**{name: {"contains": "DOES_NOT_CONTAIN"}}) == ALL
    assert firm.found(**{name: {}}) == ALL


@pytest.mark.parametrize("name", LISTS)
def test_an_id_of_nothing_matches_nothing(firm: Firm, name: str) -> None:
    for id_ in (NOBODY, "not an id", "-" * 1000):
        assert firm.found(**{name: {"ids": [id_]}}) == set()
        assert firm.found(**{name: {"ids": [id_], "contains": "DOES_NOT_CONTAIN"}}) == ALL


def test_the_empty_id_stands_for_having_none(firm: Firm) -> None:
    assert firm.found(projects={"ids": [""]}) == {"nothing"}
    assert firm.found(clients={"ids": [""]}) == {"nothing", "app", "app only"}
    assert firm.found(tasks={"ids": ["", firm.draw]}) == {"nothing", "app only", "web"}
    assert firm.found(tags={"ids": [""]}) == {"nothing"}
    assert firm.found(tags={"ids": ["", firm.blue]}) == {"nothing", "app", "app only"}
    assert firm.found(tags={"ids": [""], "contains": "DOES_NOT_CONTAIN"}) == ALL - {"nothing"}
    assert firm.found(tags={"ids": [""], "contains": "CONTAINS_ONLY"}) == {"nothing"}
    assert firm.found(userGroups={"ids": [""]}) == {"web", "nothing"}
    assert firm.found(userGroups={"ids": ["", firm.crew]}) == ALL


def test_only_these_tags_means_exactly_these(firm: Firm) -> None:
    both = {"ids": [firm.red, firm.blue], "contains": "CONTAINS_ONLY"}
    assert firm.found(tags=both) == {"app"}
    assert firm.found(tags=both | {"ids": [firm.blue]}) == {"app only"}
    assert firm.found(tags=both | {"ids": [firm.blue, NOBODY]}) == set()
    assert firm.found(tags=both | {"ids": [firm.blue, ""]}) == {"app only", "nothing"}


def test_contained_in_timeentry_is_how_tags_are_meant(firm: Firm) -> None:
    tags = {"ids": [firm.red], "containedInTimeentry": "DOES_NOT_CONTAIN"}
    assert firm.found(tags=tags) == {"app only", "nothing"}
    assert firm.found(tags=tags | {"contains": "CONTAINS"}) == {"app only", "nothing"}
    assert firm.found(tags=tags | {"containedInTimeentry": "CONTAINS_ONLY"}) == {"web"}


def test_a_tag_that_was_made_since_is_looked_for_too(firm: Firm) -> None:
    assert firm.found(tags={"ids": [firm.red]}) == {"web", "app"}
    green = str(firm.owner.post("/tags", {"name": "green"}).body["id"])
    track(firm.owner, description="new", tagIds=[green, firm.blue])
    assert firm.found(tags={"ids": [green]}) == {"new"}
    assert firm.found(tags={"ids": [green, firm.blue], "contains": "CONTAINS_ONLY"}) == {"new"}


def test_all_filters_must_hold(firm: Firm) -> None:
    assert firm.found(projects={"ids": [firm.app]}, tags={"ids": [firm.red]}) == {"app"}
    assert firm.found(projects={"ids": [firm.web]}, users={"ids": [firm.member.id]}) == set()
    assert firm.found(clients={"ids": [firm.acme]}, projects={"ids": [firm.app]}) == set()
    assert firm.found(clients={"ids": [firm.acme]}, projects={"ids": [firm.web]}) == {"web"}
    # People who are named, and in one of the groups.
    both = {"users": {"ids": [firm.owner.id]}, "userGroups": {"ids": [firm.crew]}}
    assert firm.found(**both) == set()
    assert firm.found(**both, description="app") == set()


# --- states ----------------------------------------------------------------------------------------


def test_things_are_chosen_by_whether_they_are_archived(firm: Firm) -> None:
    owner = firm.owner
    assert owner.put(f"/projects/{firm.web}", {"archived": True}).status == 200
    assert owner.put(f"/clients/{firm.acme}", {"name": "Acme", "archived": True}).status == 200
    assert owner.put(f"/tags/{firm.red}", {"name": "red", "archived": True}).status == 200
    task = f"/projects/{firm.app}/tasks/{firm.code}"
    assert owner.put(task, {"name": "Code", "status": "DONE"}).status == 200
    archived = {"projects": {"web"}, "clients": {"web"}, "tags": {"web", "app"}, "tasks": {"app"}}
    active = {
        "projects": ALL - {"web"},
        "clients": ALL - {"web"},
        "tags": {"app", "app only", "nothing"},
        "tasks": ALL - {"app"},
    }
    for name in archived:
        assert firm.found(**{name: {"status": "ARCHIVED"}}) == archived[name], name
        assert firm.found(**{name: {"status": "ACTIVE", "ids": []}}) == active[name], name
        assert firm.found(**{name: {"status": "ALL"}}) == ALL, name
    assert firm.found(projects={"ids": [firm.web, firm.app], "status": "ACTIVE"}) == {"app", "app only"}
    assert firm.found(projects={"ids": [firm.web], "status": "ACTIVE"}) == set()
    assert firm.found(tags={"ids": [firm.red], "status": "ACTIVE"}) == set()
    assert firm.found(tags={"ids": [firm.blue], "status": "ACTIVE"}) == {"app", "app only"}
    without_red = {"ids": [firm.red], "contains": "DOES_NOT_CONTAIN"}
    assert firm.found(tags=without_red | {"status": "ACTIVE"}) == {"app only", "nothing"}
    assert firm.found(tags=without_red | {"status": "ARCHIVED"}) == set()


def test_people_are_chosen_by_their_membership(office: Office, firm: Firm) -> None:
    gone = office.hire("Gus Gone")
    track(gone, description="gone")
    track(office.admin, description="inactive")
    assert office.owner.put(f"/users/{office.admin.id}", {"status": "INACTIVE"}).status == 200
    path = f"/api/hourbook/v1/workspaces/{office.workspace_id}/members/{gone.id}"
    assert office.owner.raw("DELETE", path).status in (200, 204)
    for name in ("users", "userGroups"):
        assert firm.found(**{name: {"status": "ALL"}}) == ALL | {"gone", "inactive"}
        assert firm.found(**{name: {"status": "ACTIVE"}}) == ALL
        assert firm.found(**{name: {"status": "ACTIVE_WITH_PENDING"}}) == ALL
        assert firm.found(**{name: {"status": "PENDING"}}) == set()
        # Who left is as inactive as can be.
        assert firm.found(**{name: {"status": "INACTIVE"}}) == {"gone", "inactive"}
    one = {"ids": [office.admin.id, firm.member.id], "status": "INACTIVE"}
    assert firm.found(users=one) == {"inactive"}
    assert firm.found(userGroups={"ids": [firm.crew], "status": "ACTIVE"}) == {"app", "app only"}
    assert firm.found(userGroups={"ids": [firm.crew], "status": "INACTIVE"}) == set()


def test_somebody_invited_is_pending(office: Office) -> None:
    path = f"/api/hourbook/v1/workspaces/{office.workspace_id}/invitations"
    answer = office.owner.raw("POST", path, {"email": "new.one@example.com"}, {"send-email": "false"})
    assert answer.status == 201, answer
    office.server.secrets.append(answer.body["link"].rpartition("/")[2])
    pending = next(one["id"] for one in office.owner.get("/users").body if one["email"] == "new.one@example.com")
    assert office.owner.post(f"/user/{pending}/time-entries", _entry("by somebody new")).status == 201
    track(office.owner, description="mine")
    assert found(office.owner, users={"status": "PENDING"}) == {"by somebody new"}
    assert found(office.owner, users={"status": "ACTIVE_WITH_PENDING"}) == {"by somebody new", "mine"}
    assert found(office.owner, users={"status": "ACTIVE"}) == {"mine"}
    assert found(office.owner, users={"status": "INACTIVE"}) == set()


def _entry(description: str) -> dict[str, str]:
    return {"start": "2026-05-04T09:00:00Z", "end": "2026-05-04T10:00:00Z", "description": description}


# --- the entry itself ------------------------------------------------------------------------------


def test_entries_are_chosen_by_what_is_said_of_them(office: Office) -> None:
    track(office.owner, description="Draw the LOGO")
    track(office.owner, description="logos")
    track(office.owner, description="Straße 100%_\\")
    track(office.owner, description="   ")
    track(office.owner)
    assert found(office.owner, description="logo") == {"Draw the LOGO", "logos"}
    assert found(office.owner, description="THE LOGO") == {"Draw the LOGO"}
    assert found(office.owner, description="STRASSE 100%_\\") == {"Straße 100%_\\"}
    assert found(office.owner, description="o%s") == set()
    blanks = found(office.owner, withoutDescription=True)
    assert len(blanks) >= 1
    assert not any(text.strip() for text in blanks)
    assert found(office.owner, withoutDescription=True, description="logo") == set()
    everything = found(office.owner)
    assert found(office.owner, description="", withoutDescription=False) == everything
    # What was written since is searched, too.
    track(office.owner, description="a new logo")
    assert found(office.owner, description="logo") == {"Draw the LOGO", "logos", "a new logo"}


def test_entries_are_chosen_by_billable_invoiced_and_approved(office: Office) -> None:
    track(office.owner, description="billable", billable=True)
    invoiced = track(office.owner, description="invoiced", billable=True)
    track(office.owner, description="plain", billable=False)
    mark = {"timeEntryIds": [invoiced], "invoiced": True}
    assert office.owner.patch("/time-entries/invoiced", mark).status == 200
    everything = {"billable", "invoiced", "plain"}
    assert found(office.owner, billable=True) == {"billable", "invoiced"}
    assert found(office.owner, billable=False) == {"plain"}
    assert found(office.owner, billable=None) == everything
    assert found(office.owner, invoicingState="INVOICED") == {"invoiced"}
    assert found(office.owner, invoicingState="UNINVOICED", billable=True) == {"billable"}
    assert found(office.owner, invoicingState="ALL") == everything
    # Nothing is approved as long as there are no approvals.
    assert found(office.owner, approvalState="APPROVED") == set()
    assert found(office.owner, approvalState="UNAPPROVED") == everything
    assert found(office.owner, approvalState="ALL") == everything


def test_entries_are_chosen_by_their_currency(office: Office) -> None:
    yen = currency(office, "JPY")
    track(office.owner, description="yen", projectId=project_in(office, "Tokyo", yen))
    track(office.owner, description="dollars")
    assert found(office.owner, currency={"ids": ["JPY"]}) == {"yen"}
    assert found(office.owner, currency={"ids": [yen]}) == {"yen"}
    assert found(office.owner, currency={"ids": [yen], "contains": "DOES_NOT_CONTAIN"}) == {"dollars"}
    assert found(office.owner, currency={"ids": ["USD"], "contains": "CONTAINS_ONLY"}) == {"dollars"}
    assert found(office.owner, currency={"ids": ["XXX", NOBODY]}) == set()
    assert found(office.owner, currency={"ids": []}) == {"yen", "dollars"}
    assert found(office.owner, currency={"status": "ARCHIVED"}) == {"yen", "dollars"}


# --- refusals and bounds ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filters", "place", "accepted"),
    [
        ({"projects": {"contains": "SOME"}}, "$.projects.contains", "CONTAINS, DOES_NOT_CONTAIN, CONTAINS_ONLY"),
        ({"tags": {"containedInTimeentry": "ANY"}}, "$.tags.containedInTimeentry", "CONTAINS, DOES_NOT_CONTAIN"),
        ({"tasks": {"status": "DONE"}}, "$.tasks.status", "ACTIVE, ARCHIVED, ALL"),
        ({"users": {"status": "ARCHIVED"}}, "$.users.status", "ALL, ACTIVE_WITH_PENDING, ACTIVE, PENDING, INACTIVE"),
        ({"customFields": [{"id": "x", "type": "TEXT"}]}, "$.customFields[0].type", "TXT, NUMBER, DROPDOWN_SINGLE"),
        (
            {"customFields": [{"id": "x", "numberCondition": "<"}]},
            "$.customFields[0].numberCondition",
            "EQUAL, GREATER_THAN, LESS_THAN",
        ),
    ],
)
def test_a_bad_word_is_refused_with_its_place_and_the_known_ones(
    office: Office, filters: dict[str, Any], place: str, accepted: str
) -> None:
    answer = ask(office.owner, **filters)
    assert answer.refusal == UNREADABLE
    assert place in answer.message
    assert f"accepted values: {accepted}" in answer.message


@pytest.mark.parametrize(
    "filters",
    [
        {"projects": []},
        {"projects": "x"},
        {"projects": {"ids": "x"}},
        {"projects": {"ids": [1]}},
        {"projects": {"ids": [None]}},
        {"users": {"ids": [["x"]]}},
        {"customFields": {}},
        {"customFields": [1]},
        {"description": ["x"]},
    ],
)
def test_what_is_no_filter_is_refused(office: Office, filters: dict[str, Any]) -> None:
    assert ask(office.owner, **filters).refusal == UNREADABLE


@pytest.mark.parametrize("name", LISTS)
def test_a_filter_may_name_a_hundred_thousand_ids(firm: Firm, name: str) -> None:
    attribute, with_it, _ = LISTS[name]
    thing = getattr(firm, attribute)
    ids = [f"{number:024x}" for number in range(IDS_LIMIT - 1)]
    ids.append(thing if isinstance(thing, str) else thing.id)
    assert firm.found(**{name: {"ids": ids}}) == with_it
    assert firm.found(**{name: {"ids": ids, "contains": "DOES_NOT_CONTAIN"}}) == ALL - with_it
    answer = ask(firm.owner, **{name: {"ids": [*ids, ""]}})
    assert answer.refusal == (413, 3002)
    assert answer.message == "A filter names more than 100000 ids"


def test_filters_change_totals_and_rows_alike(firm: Firm) -> None:
    body = summary(firm.owner, ["PROJECT", "TAG"], tags={"ids": [firm.red]})
    assert body["totals"][0]["entriesCount"] == 2
    # The entry's other tag is on it, too.
    assert [row["name"] for row in body["groupOne"][0]["children"]] == ["blue", "red"]
