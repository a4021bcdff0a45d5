"""GET /workspaces/{id}/storage: what a workspace takes, told to those who run it."""

from tests.harness import DENIED, NO_CREDENTIAL, Answer, Office, Person

OWN = "/api/hourbook/v1/workspaces/"


def ask(person: Person) -> Answer:
    return person.raw("GET", f"{OWN}{person.workspace_id}/storage")


def sizes(person: Person) -> dict[str, tuple[int, int]]:
    return {row["name"]: (row["rowsCount"], row["valueBytes"]) for row in ask(person).body["tables"]}


def test_it_needs_a_credential(office: Office) -> None:
    assert ask(office.anonymous).refusal == NO_CREDENTIAL


def test_outsiders_and_members_are_refused(office: Office) -> None:
    for person in (office.outsider, office.member, office.manager):
        assert ask(person).refusal == DENIED


def test_it_counts_the_rows_of_this_workspace_alone(office: Office) -> None:
    for name in ("One", "Two"):
        assert office.admin.post("/tags", {"name": name}).status == 201
    answer = ask(office.admin)
    assert answer.status == 200
    assert sizes(office.admin)["tags"][0] == 2
    assert sizes(office.admin)["workspace_members"][0] == 4
    assert sizes(office.outsider.at(office.outsider_workspace_id))["tags"] == (0, 0)


def test_values_that_grow_take_more(office: Office) -> None:
    office.owner.post("/tags", {"name": "short"})
    before = sizes(office.owner)["tags"][1]
    office.owner.post("/tags", {"name": "x" * 100})
    assert sizes(office.owner)["tags"][1] - before > 200  # the name and its folded companion


def test_the_sums_are_those_of_the_tables_and_the_largest_comes_first(office: Office) -> None:
    body = ask(office.owner).body
    assert body["rowsCount"] == sum(row["rowsCount"] for row in body["tables"])
    assert body["valueBytes"] == sum(row["valueBytes"] for row in body["tables"])
    found = [row["valueBytes"] for row in body["tables"]]
    assert found == sorted(found, reverse=True)
    assert body["tables"][0]["name"] == "journal"
