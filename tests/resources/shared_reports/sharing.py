"""What tests of shared reports have in common: a filter, making one, opening one."""

from typing import Any

from tests.harness import Answer, Office, Person

REPORTS = "/report/v1"
MAY = {"dateRangeStart": "2026-05-01T00:00:00Z", "dateRangeEnd": "2026-05-31T23:59:59Z"}
FILTER: dict[str, Any] = {
    "exportType": "JSON_V1",
    **MAY,
    "sortOrder": "DESCENDING",
    "summaryFilter": {"groups": ["PROJECT"], "sortColumn": "GROUP"},
}


def path(person: Person, report_id: str = "") -> str:
    """Where reports are made and changed."""
    tail = f"/{report_id}" if report_id else ""
    return f"{REPORTS}/workspaces/{person.workspace_id}/shared-reports{tail}"


def ask_share(person: Person, **body: Any) -> Answer:
    return person.raw("POST", path(person), {"name": "Example", "type": "SUMMARY", "filter": FILTER} | body)


def share(person: Person, **body: Any) -> dict[str, Any]:
    answer = ask_share(person, **body)
    assert answer.status == 200, answer
    found: dict[str, Any] = answer.body
    return found


def change(person: Person, report_id: str, **body: Any) -> Answer:
    return person.raw("PUT", path(person, report_id), body)


def listed(person: Person, **query: Any) -> Answer:
    return person.raw("GET", path(person), query=query)


def opened(person: Person, report_id: str, **query: Any) -> Answer:
    return person.raw("GET", f"{REPORTS}/shared-reports/{report_id}", query=query)


def track(person: Person, start: str = "2026-05-20T08:00:00Z", end: str = "2026-05-20T09:00:00Z", **more: Any) -> str:
    answer = person.post("/time-entries", {"start": start, "end": end, **more})
    assert answer.status == 201, answer
    return str(answer.body["id"])


def hours(answer: Answer) -> float:
    """How many hours a summary holds altogether."""
    assert answer.status == 200, answer
    total = answer.body["totals"][0]
    return 0.0 if total is None else float(total["totalTime"]) / 3600


def project(office: Office, name: str = "Website", **more: Any) -> str:
    answer = office.owner.post("/projects", {"name": name, **more})
    assert answer.status == 201, answer
    return str(answer.body["id"])
