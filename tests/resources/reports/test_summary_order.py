"""In which order the rows of a summary stand."""

from tests.harness import Office
from tests.resources.reports.reporting import make, rate, summary, track


def names(office: Office, groups: list[str], sort: str | None, order: str | None) -> list[str]:
    more = {} if order is None else {"sortOrder": order}
    return [row["name"] for row in summary(office.owner, groups, sort, **more)["groupOne"]]


def test_rows_are_sorted_by_every_column_both_ways(office: Office) -> None:
    rate(office, 1000)
    rate(office, 100, "cost")
    dear = make(office, "/projects", name="dear", isPublic=True, hourlyRate={"amount": 9000})
    office.owner.put(f"/projects/{dear}/users/{office.owner.id}/cost-rate", {"amount": 50})
    long = make(office, "/projects", name="Long", isPublic=True)
    track(office.owner, minutes=60, projectId=dear, billable=True)
    track(office.owner, minutes=180, projectId=long, billable=True)
    track(office.owner, minutes=120, billable=False)
    expected = {
        # By name, without is last either way.
        ("GROUP", None): ["dear", "Long", "Without project"],
        ("GROUP", "ASCENDING"): ["dear", "Long", "Without project"],
        ("GROUP", "DESCENDING"): ["Long", "dear", "Without project"],
        (None, "DESCENDING"): ["Long", "dear", "Without project"],
        # The largest number first, unless it is said otherwise.
        ("DURATION", None): ["Long", "Without project", "dear"],
        ("DURATION", "ASCENDING"): ["dear", "Without project", "Long"],
        ("DURATION", "DESCENDING"): ["Long", "Without project", "dear"],
        ("AMOUNT", None): ["dear", "Long", "Without project"],
        ("AMOUNT", "ASCENDING"): ["Without project", "Long", "dear"],
        ("EARNED", "DESCENDING"): ["dear", "Long", "Without project"],
        ("COST", "DESCENDING"): ["Long", "Without project", "dear"],
        ("COST", "ASCENDING"): ["dear", "Without project", "Long"],
        ("PROFIT", "ASCENDING"): ["Without project", "Long", "dear"],
    }
    for (sort, order), wanted in expected.items():
        assert names(office, ["PROJECT"], sort, order) == wanted, (sort, order)
    by_cost = summary(office.owner, ["PROJECT"], "AMOUNT", amountShown="COST")["groupOne"]
    assert [row["name"] for row in by_cost] == ["Long", "Without project", "dear"]


def test_equal_rows_stand_by_name_and_then_by_id(office: Office) -> None:
    ids = [make(office, "/clients", name=f"C{number}") for number in range(3)]
    projects = [make(office, "/projects", name="Same", clientId=one, isPublic=True) for one in ids]
    projects.append(make(office, "/projects", name="another", isPublic=True))
    for project in reversed(projects):
        track(office.owner, projectId=project)
    for sort in ("GROUP", "DURATION", "AMOUNT"):
        rows = summary(office.owner, ["PROJECT"], sort, sortOrder="ASCENDING")["groupOne"]
        assert [row["_id"] for row in rows] == [projects[-1], *sorted(projects[:3])], sort
