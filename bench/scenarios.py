"""What is asked of a server, as request makers over a seeded database."""

import json
import random
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.load import Make, request
from bench.servers import Filled, Server

_DAY_S = 86_400


@dataclass
class Sample:
    """Ids of real things in a seeded workspace, read over the API."""

    filled: Filled
    users: list[str]
    projects: list[str]
    tasks: dict[str, str]
    tags: list[str]
    entries: list[str]
    description: str

    @property
    def base(self) -> str:
        return f"/api/v1/workspaces/{self.filled.workspace_id}"


def ask(server: Server, filled: Filled, method: str, path: str, body: Any = None) -> Any:
    """One plain call; the decoded answer."""
    address = f"http://127.0.0.1:{server.port}/api/v1/workspaces/{filled.workspace_id}{path}"
    data = None if body is None else json.dumps(body).encode()
    headers = {"X-Api-Key": filled.api_key, "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(address, data, headers, method=method), timeout=300) as answer:
        content = answer.read()
    return json.loads(content) if content else None


def ask_page(server: Server, filled: Filled, path: str) -> tuple[bytes, bool]:
    """The bytes of one page, and whether it is the last."""
    address = f"http://127.0.0.1:{server.port}/api/v1/workspaces/{filled.workspace_id}{path}"
    headers = {"X-Api-Key": filled.api_key}
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=300) as answer:
        return answer.read(), answer.headers["Last-Page"] == "true"


def sample(server: Server, filled: Filled) -> Sample:
    """Collects ids for the scenarios."""
    users = [user["id"] for user in ask(server, filled, "GET", "/users?page-size=500")]
    projects = [project["id"] for project in ask(server, filled, "GET", "/projects?page-size=50")]
    tasks = {}
    for project in projects:
        found = ask(server, filled, "GET", f"/projects/{project}/tasks?page-size=1")
        if found:
            tasks[project] = found[0]["id"]
    tags = [tag["id"] for tag in ask(server, filled, "GET", "/tags?page-size=50")]
    user = next(user for user in users if ask(server, filled, "GET", f"/user/{user}/time-entries?page-size=1"))
    entries = ask(server, filled, "GET", f"/user/{user}/time-entries?page-size=500")
    users = [user] + [other for other in users if other != user]
    description = entries[len(entries) // 2]["description"]
    return Sample(filled, users, projects, tasks, tags, [e["id"] for e in entries], description)


def read_one(found: Sample) -> Make:
    requests = [request("GET", f"{found.base}/time-entries/{e}", found.filled.api_key) for e in found.entries]
    return lambda number: requests[number % len(requests)]


def list_fifty(found: Sample, query: str = "") -> Make:
    path = f"{found.base}/user/{found.users[0]}/time-entries?page-size=50{query}"
    made = request("GET", path, found.filled.api_key)
    return lambda number: made


def path_of(found: Sample, path: str) -> Make:
    made = request("GET", found.base + path, found.filled.api_key)
    return lambda number: made


def create(found: Sample, *, user: str | None = None) -> Make:
    """A finished entry with project, task and tag; the extra keys are read by the floor."""
    rng = random.Random(1)
    projects = [project for project in found.projects if project in found.tasks]
    first_s = int(time.time()) - 400 * _DAY_S
    owner = user or found.filled.user_id
    path = f"{found.base}/user/{owner}/time-entries"

    def make(number: int) -> bytes:
        project = rng.choice(projects)
        start = first_s + number * 60 % (300 * _DAY_S)
        body = {
            "start": _instant(start),
            "end": _instant(start + 3600),
            "startSeconds": start,
            "description": f"measured {number}",
            "projectId": project,
            "taskId": found.tasks[project],
            "tagIds": [rng.choice(found.tags)],
            "billable": True,
        }
        return request("POST", path, found.filled.api_key, json.dumps(body).encode())

    return make


def _instant(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def reads_at_scale(found: Sample) -> dict[str, tuple[Callable[[], Make], float]]:
    """What must cost the same with many entries as with few: makers and the allowed factor."""
    user = found.users[0]
    search = f"/user/{user}/time-entries?page-size=50&description=zzqq-not-there"
    return {
        "read one entry": (lambda: read_one(found), 1.3),
        "list 50": (lambda: list_fifty(found), 1.3),
        "create": (lambda: create(found), 1.3),
        "in progress": (lambda: path_of(found, "/time-entries/status/in-progress"), 1.3),
        "tag filter": (lambda: list_fifty(found, f"&tags={found.tags[0]}"), 1.3),
        "projects by DURATION": (lambda: path_of(found, "/projects?sort-column=DURATION&page-size=50"), 1.3),
        "description search in one user": (lambda: path_of(found, search), 2.0),
    }
