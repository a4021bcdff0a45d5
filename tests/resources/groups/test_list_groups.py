"""GET .../user-groups."""

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Answer, Office


def make(office: Office, name: str) -> str:
    return str(office.owner.post("/user-groups", {"name": name}).body["id"])


def names_in(answer: Answer) -> list[str]:
    assert answer.status == 200, answer
    return [group["name"] for group in answer.body]


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert office.anonymous.get("/user-groups").refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert office.outsider.get("/user-groups").refusal == DENIED


def test_groups_come_by_name_and_in_pages(office: Office) -> None:
    for name in ("Sales", "design", "Build"):
        make(office, name)
    assert names_in(office.member.get("/user-groups")) == ["Build", "design", "Sales"]
    assert names_in(office.member.get("/user-groups", sort_order="DESCENDING")) == ["Sales", "design", "Build"]
    assert names_in(office.member.get("/user-groups", sort_column="ID")) == ["Sales", "design", "Build"]
    first = office.member.get("/user-groups", page_size=2)
    assert (len(first.body), first.headers["Last-Page"]) == (2, "false")
    last = office.member.get("/user-groups", page_size=2, page=2)
    assert (names_in(last), last.headers["Last-Page"]) == (["Sales"], "true")


def test_a_part_of_the_name_finds_a_group_in_any_case(office: Office) -> None:
    make(office, "Design Team")
    make(office, "Sales")
    assert names_in(office.member.get("/user-groups", name="TEAM")) == ["Design Team"]


def test_groups_of_a_project_are_those_put_on_it(office: Office) -> None:
    group_id = make(office, "Design")
    make(office, "Sales")
    project = office.owner.post("/projects", {"name": "Website"}).body
    path = f"/projects/{project['id']}/memberships"
    assert office.owner.post(path, {"userGroups": {"ids": [group_id]}}).status == 200
    assert names_in(office.owner.get("/user-groups", project_id=project["id"])) == ["Design"]
    assert names_in(office.member.get("/user-groups", project_id=project["id"])) == []  # it is not public
    assert office.owner.put(f"/projects/{project['id']}", {"isPublic": True}).status == 200
    assert names_in(office.member.get("/user-groups", project_id=project["id"])) == ["Design"]
    assert names_in(office.member.get("/user-groups", project_id="nothing")) == []


def test_team_managers_are_shown_when_asked_for(office: Office) -> None:
    group_id = make(office, "Design")
    office.grant(office.manager, "TEAM_MANAGER", group_id)
    assert office.member.get("/user-groups").body[0]["teamManagers"] == []
    asked = office.member.get("/user-groups", includeTeamManagers=True)
    assert asked.body[0]["teamManagers"] == [{"id": office.manager.id, "name": office.manager.name}]


def test_an_unknown_sort_column_is_refused(office: Office) -> None:
    assert office.owner.get("/user-groups", sort_column="SIZE").refusal == REFUSED
