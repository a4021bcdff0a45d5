"""What tests of the summary report share: tracking time, asking, and reading the answer as small tuples."""

from typing import Any

from tests.harness import Answer, Office, Person

MAY = {"dateRangeStart": "2026-05-01T00:00:00Z", "dateRangeEnd": "2026-05-31T23:59:59Z"}
HOUR = 3600
OWN = "/api/hourbook/v1"


def ask(person: Person, groups: Any = None, sort: Any = None, **more: Any) -> Answer:
    """The summary of May, in UTC as the accounts of tests are."""
    filter_ = {"groups": groups or ["PROJECT"]} | ({} if sort is None else {"sortColumn": sort})
    return person.report("/reports/summary", MAY | {"summaryFilter": filter_} | more)


def summary(person: Person, groups: Any = None, sort: Any = None, **more: Any) -> Any:
    answer = ask(person, groups, sort, **more)
    assert answer.status == 200, answer
    return answer.body


def tree(rows: list[dict[str, Any]]) -> list[Any]:
    """(name, seconds) of each row, and of those with rows below (name, seconds, rows)."""
    return [(row["name"], row["duration"], *([tree(row["children"])] if "children" in row else [])) for row in rows]


def times(person: Person, groups: Any = None, sort: Any = None, **more: Any) -> list[Any]:
    return tree(summary(person, groups, sort, **more)["groupOne"])


def found(person: Person, **filters: Any) -> set[str]:
    """The descriptions of the entries that pass."""
    return {row["name"] for row in summary(person, ["TIMEENTRY"], **filters)["groupOne"]}


def make(office: Office, path: str, **body: Any) -> str:
    """The id of a new thing of the owner's."""
    answer = office.owner.post(path, body)
    assert answer.status in (200, 201), answer
    return str(answer.body["id"])


def set_rate(office: Office, kind: str, amount: int) -> None:
    """The owner's rate since long ago."""
    body = {"amount": amount, "since": "2020-01-01T00:00:00Z"}
    assert office.owner.put(f"/users/{office.owner.id}/{kind}-rate", body).status == 200


def make_for(person: Person, path: str, **body: Any) -> str:
    """The id of a new thing of a person's."""
    answer = person.post(path, body)
    assert answer.status == 201, answer
    return str(answer.body["id"])


def track(person: Person, day: Any = 4, minutes: Any = 60, at: Any = "09:00:00", **more: Any) -> str:
    """A billable entry on a day of May."""
    hours, minute, second = (int(part) for part in str(at).split(":"))
    start = hours * 3600 + minute * 60 + second
    end = start + round(minutes * 60)
    body = {"start": f"2026-05-{day:02}T{_clock(start)}Z", "end": f"2026-05-{day:02}T{_clock(end)}Z", "billable": True}
    answer = person.post("/time-entries", body | more)
    assert answer.status == 201, answer
    return str(answer.body["id"])


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def rate(office: Office, amount: int, kind: str = "hourly", *, of: str = "") -> None:
    """A rate from the beginning of time on: of the workspace, or of the thing at a path."""
    answer = office.owner.put(f"{of}/{kind}-rate", {"amount": amount, "since": "1970-01-01T00:00:00Z"})
    assert answer.status == 200, answer


def currency(office: Office, code: str) -> str:
    answer = office.owner.raw("POST", f"{OWN}/workspaces/{office.workspace_id}/currencies", {"code": code})
    assert answer.status == 201, answer
    return str(answer.body["id"])


def project_in(office: Office, name: str, currency_id: str) -> str:
    """A public project whose money is in a currency."""
    client_id = make(office, "/clients", name=f"Client of {name}")
    body = {"name": f"Client of {name}", "currencyId": currency_id}
    assert office.owner.put(f"/clients/{client_id}", body).status == 200
    return make(office, "/projects", name=name, clientId=client_id, isPublic=True)
