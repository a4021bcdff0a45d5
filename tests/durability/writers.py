"""The writers of the crash test: threads that speak HTTP and stop at the first sign of a crash.

Owns the connection to the server (kept alive, one per thread) and reading everything back in the ledgers' terms.
A 2xx is an acknowledgement. A broken connection, 503 or 507 leaves the request open and ends the writer's round: what
became of it is unknown. Any other answer is a fault, because nothing these writers send may be refused.
"""

import http.client
import json
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.durability.ledger import Ledger, Thing

ANSWER_SECONDS = 20.0
PAGE_SIZE = 1000
LARGE_STEP = 5  # things changed by one request
TROUBLE = (503, 507)
GONE = (OSError, http.client.HTTPException)
DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?")

Found = dict[str, tuple[Thing, str]]


@dataclass(frozen=True)
class Office:
    """Who the writers are: one user with a key in one workspace."""

    workspace_id: str
    user_id: str
    key: str


class Caller:
    """One kept-alive connection for requests below the workspace."""

    def __init__(self, office: Office, port: int) -> None:
        self._office = office
        self._port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)

    def another(self) -> "Caller":
        """The same person over a connection of their own."""
        return Caller(self._office, self._port)

    def send(self, method: str, path: str, body: Any = None, *, surface: str = "/api/v1") -> tuple[int, Any]:
        """Status and parsed body; raises one of GONE when the server goes away."""
        headers = {"X-Api-Key": self._office.key, "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body)
        url = f"{surface}/workspaces/{self._office.workspace_id}{path}"
        self._connection.request(method, url, body=data, headers=headers)
        answer = self._connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None

    def read_all(self, path: str) -> list[Any]:
        """Every row of a list."""
        rows: list[Any] = []
        for page in range(1, 10_000):
            status, found = self.send("GET", f"{path}?page-size={PAGE_SIZE}&page={page}")
            if status != 200:
                raise RuntimeError(f"GET {path} answers {status}: {found}")
            rows.extend(found)
            if len(found) < PAGE_SIZE:
                break
        return rows

    def close(self) -> None:
        self._connection.close()


class Crowd:
    """All writers of one round, and the moments in it at which a crash is worth while."""

    def __init__(self, ledgers: Sequence[Ledger], office: Office, port: int) -> None:
        self._office = office
        self._port = port
        self._answered = threading.Condition()
        self._count = 0
        self._large_count = 0
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(ledger,)) for ledger in ledgers]
        for thread in self._threads:
            thread.start()

    def wait_for(self, count: int, *, seconds: float) -> None:
        """Returns when so many requests were acknowledged (or none can be any more)."""
        with self._answered:
            self._answered.wait_for(lambda: self._count >= count or not self._is_alive(), timeout=seconds)

    def wait_for_large(self, *, seconds: float) -> None:
        """Returns when the next request that changes many things is on its way."""
        with self._answered:
            seen = self._large_count
            self._answered.wait_for(lambda: self._large_count > seen or not self._is_alive(), timeout=seconds)

    def join(self) -> None:
        """Waits until every writer noticed that the server is gone, or ends it after its request."""
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def _is_alive(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def _write(self, ledger: Ledger) -> None:
        caller = Caller(self._office, self._port)
        try:
            while not self._ending.is_set() and self._write_one(ledger, caller):
                with self._answered:
                    self._count += 1
                    self._answered.notify()
        finally:
            caller.close()

    def _write_one(self, ledger: Ledger, caller: Caller) -> bool:
        """False when this round is over for the writer."""
        step = ledger.next_step()
        if len(step.changes) >= LARGE_STEP:
            with self._answered:
                self._large_count += 1
                self._answered.notify()
        try:
            status, answer = caller.send(step.method, step.path, step.body)
        except GONE:
            return False
        if status in TROUBLE:
            return False
        if 200 <= status < 300:
            ledger.acknowledge(answer)
            return True
        ledger.refuse(f"{status} {answer}")
        return False


def read_back(office: Office, port: int) -> tuple[dict[int, Found], list[str]]:
    """Everything the server holds, by writer, and what is wrong with it in itself."""
    caller = Caller(office, port)
    try:
        tags = caller.read_all("/tags")
        projects = caller.read_all("/projects")
        entries = caller.read_all(f"/user/{office.user_id}/time-entries")
    finally:
        caller.close()
    markers = {row["id"]: row["name"].split(" ")[0] for row in (*tags, *projects)}
    found: dict[int, Found] = {}
    for kind, rows in (("tag", tags), ("project", projects), ("entry", entries)):
        for row in rows:
            marker, version = row["description" if kind == "entry" else "name"].split(" v")
            thing = _thing(kind, int(version), row, markers)
            found.setdefault(int(marker[1:].split("-")[0]), {})[marker] = (thing, row["id"])
    return found, _wrong_totals(projects, entries)


def _thing(kind: Any, version: int, row: dict[str, Any], markers: dict[str, str]) -> Thing:
    if kind != "entry":
        return Thing(kind, version, archived=row["archived"])
    project_id = row["projectId"]
    return Thing(
        kind,
        version,
        seconds=_seconds(row["timeInterval"]["duration"]),
        project=markers.get(project_id, f"dangling {project_id}") if project_id else None,
        tags=frozenset(markers.get(tag, f"dangling {tag}") for tag in row["tagIds"] or ()),
    )


def _seconds(duration: str) -> int:
    match = DURATION.fullmatch(duration)
    if match is None:
        raise RuntimeError(f"no duration: {duration}")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds


def _wrong_totals(projects: list[Any], entries: list[Any]) -> list[str]:
    """A project's duration is kept by deltas: it must be the sum of its entries after any crash."""
    tracked: dict[str, int] = {}
    for entry in entries:
        if entry["projectId"]:
            seconds = _seconds(entry["timeInterval"]["duration"])
            tracked[entry["projectId"]] = tracked.get(entry["projectId"], 0) + seconds
    return [
        f"project {project['name']} says {project['duration']} and its entries make {tracked.get(project['id'], 0)} s"
        for project in projects
        if _seconds(project["duration"]) != tracked.get(project["id"], 0)
    ]
