"""What size costs in the lists of people and of projects: every sort and filter, at 100 rows and at 10,000.

Both databases are seeded and then made various (rates, roles, groups, states) by plain SQL, before
their servers start. The same page is asked of both in turns, by the owner and by a member. A filter
that finds less than a page among 100 rows is compared with the plain page there: as many rows.
"""

import hashlib
import json
import random
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.load import Figures, Make, measure, request
from bench.servers import Filled, Server, seed, start_hourbook
from bench.table import Row

SMALL, LARGE = 100, 10_000
SORT_LIMIT, FILTER_LIMIT = 1.5, 3.0
GROUPS = 20
TURNS_A_ROUND, REQUESTS_A_TURN = 5, 4
MEMBER_KEY = "bench-key-of-a-member"
PAGE = "page-size=50"
_NEW = "1, 1, 1"


@dataclass(frozen=True)
class Place:
    """One of the two databases, and ids of things in it."""

    filled: Filled
    group: str
    person: str
    project: str
    client: str

    @property
    def base(self) -> str:
        return f"/api/v1/workspaces/{self.filled.workspace_id}"


@dataclass(frozen=True)
class Asked:
    """A request by its name, and how many times as long it may take in the large database."""

    name: str
    make: Callable[[Place], Make]
    limit: float
    plain: "Asked | None" = None


def people_lists_rows(folder: Path, *, rounds: int, large: int = LARGE, only: str = "") -> list[Row]:
    """A row for each request: the large database against the small one."""
    places = [_place(folder / f"people-{rows}", rows) for rows in (SMALL, large)]
    with start_hourbook(places[0].filled) as small, start_hourbook(places[1].filled) as big:
        both = _Both((small, big), places, rounds)
        return [both.row(one) for one in requests() if only in one.name]


class _Both:
    """The two servers, asked in turns."""

    def __init__(self, servers: Sequence[Server], places: Sequence[Place], rounds: int) -> None:
        self._servers, self._places, self._rounds = servers, places, rounds
        self._plain: dict[str, float] = {}

    def row(self, asked: Asked) -> Row:
        small, large = self._turns(asked)
        ours, other = large.as_dict(), small.as_dict()
        against = max(other["p50_ms"], self._plain_ms(asked.plain))
        factor = round(ours["p50_ms"] / against, 3)
        return Row(asked.name, f"{SMALL} rows", factor, asked.limit, False, ours=ours, other=other)

    def _plain_ms(self, plain: Asked | None) -> float:
        """The plain page in the small database."""
        if plain is None:
            return 0.0
        if plain.name not in self._plain:
            self._plain[plain.name] = self._turns(plain)[0].percentile(0.5)
        return self._plain[plain.name]

    def _turns(self, asked: Asked) -> tuple[Figures, Figures]:
        """Many short turns, so that whatever else the machine does meets both alike."""
        makes = [asked.make(place) for place in self._places]
        found = (Figures(0, []), Figures(0, []))
        for number in range(TURNS_A_ROUND * self._rounds + 1):
            for place, server in enumerate(self._servers):
                run = measure(server.port, makes[place], connections=1, count=REQUESTS_A_TURN)
                if run.failures:
                    raise RuntimeError(f"{asked.name}: {run.failures[0]}")
                if number:  # the first turn warms up
                    found[place].seconds += run.seconds
                    found[place].latencies_ms += run.latencies_ms
        return found


# --- what is asked -----------------------------------------------------------------------------

_PEOPLE_SORTS = ("ID", "EMAIL", "NAME", "NAME_LOWERCASE", "ACCESS", "HOURLYRATE", "COSTRATE")
_PROJECT_SORTS = ("ID", "NAME", "CLIENT_NAME", "DURATION", "BUDGET", "PROGRESS")
_PEOPLE_FILTERS = {
    "email": "email=person7",
    "email of nobody": "email=zzqq",
    "name": "name=an",
    "name of nobody": "name=zzqq",
    "status INACTIVE": "status=INACTIVE",
    "status ACTIVE": "status=ACTIVE",
    "limited": "account-statuses=LIMITED",
    "on a project": "project-id={project}",
    "memberships": "memberships=ALL",
    "roles shown": "include-roles=true",
}
_PEOPLE_SEARCHES: dict[str, dict[str, object]] = {
    "role PROJECT_MANAGER": {"roles": ["PROJECT_MANAGER"]},
    "role WORKSPACE_ADMIN": {"roles": ["WORKSPACE_ADMIN"]},
    "role TEAM_MANAGER": {"roles": ["TEAM_MANAGER"]},
    "in a group": {"userGroups": ["{group}"]},
    "in a group, by rate": {"userGroups": ["{group}"], "sortColumn": "HOURLYRATE"},
    "inactive, by access": {"status": "INACTIVE", "sortColumn": "ACCESS"},
}
_PROJECT_FILTERS = {
    "name": "name=site",
    "name of none": "name=zzqq",
    "exact name": "name=zzqq&strict-name-search=true",
    "archived": "archived=true",
    "not archived": "archived=false",
    "billable": "billable=true",
    "not billable": "billable=false",
    "templates": "is-template=true",
    "public": "access=PUBLIC",
    "private": "access=PRIVATE",
    "of a client": "clients={client}",
    "not of a client": "clients={client}&contains-client=false",
    "of archived clients": "client-status=ARCHIVED",
    "with a person": "users={person}",
    "without a person": "users={person}&contains-user=false",
    "with inactive people": "user-status=INACTIVE",
    "with a group": "userGroups={group}",
    "archived, by duration": "archived=true&sort-column=DURATION",
    "of a client, by progress": "clients={client}&sort-column=PROGRESS",
    "hydrated": "hydrated=true",
}


def requests() -> list[Asked]:
    """Everything that the lists can be asked, by somebody who may see all and by somebody who may not."""
    return [one for key, who in ((None, "owner"), (MEMBER_KEY, "member")) for one in _requests_of(key, who)]


def _requests_of(key: str | None, who: str) -> Iterator[Asked]:
    people = Asked(f"people ({who})", _get("/users", "", key), SORT_LIMIT)
    projects = Asked(f"projects ({who})", _get("/projects", "", key), SORT_LIMIT)
    for words, path, columns in (("people", "/users", _PEOPLE_SORTS), ("projects", "/projects", _PROJECT_SORTS)):
        for column in columns:
            for order in ("ASCENDING", "DESCENDING"):
                query = f"sort-column={column}&sort-order={order}"
                yield Asked(f"{words} by {column} {order} ({who})", _get(path, query, key), SORT_LIMIT)
    for name, query in _PEOPLE_FILTERS.items():
        yield Asked(f"people: {name} ({who})", _get("/users", query, key), FILTER_LIMIT, people)
    for name, body in _PEOPLE_SEARCHES.items():
        yield Asked(f"people: {name} ({who})", _search(body, key), FILTER_LIMIT, people)
    for name, query in _PROJECT_FILTERS.items():
        yield Asked(f"projects: {name} ({who})", _get("/projects", query, key), FILTER_LIMIT, projects)


def _filled(text: str, place: Place) -> str:
    for name in ("group", "person", "project", "client"):
        text = text.replace("{" + name + "}", getattr(place, name))
    return text


def _get(path: str, query: str, key: str | None) -> Callable[[Place], Make]:
    def make(place: Place) -> Make:
        full = f"{place.base}{path}?{PAGE}&{_filled(query, place)}"
        made = request("GET", full, key or place.filled.api_key)
        return lambda number: made

    return make


def _search(body: dict[str, object], key: str | None) -> Callable[[Place], Make]:
    def make(place: Place) -> Make:
        content = _filled(json.dumps(body), place).encode()
        made = request("POST", f"{place.base}/users/info", key or place.filled.api_key, content)
        return lambda number: made

    return make


# --- what is there -----------------------------------------------------------------------------


def _place(folder: Path, rows: int) -> Place:
    filled = seed(folder, entries=2 * rows, users=rows, projects=rows)
    raw = sqlite3.connect(folder / "hourbook.db")
    try:
        return _various(raw, filled, random.Random(1))
    finally:
        raw.commit()
        raw.close()


def _various(raw: sqlite3.Connection, filled: Filled, rng: random.Random) -> Place:
    workspace = bytes.fromhex(filled.workspace_id)
    owner = bytes.fromhex(filled.user_id)

    def ids(text: str) -> list[bytes]:
        return [row[0] for row in raw.execute(text, (workspace,))]

    people = [one for one in ids("SELECT user_id FROM workspace_members WHERE workspace_id = ?") if one != owner]
    projects = ids("SELECT id FROM projects WHERE workspace_id = ?")
    groups = [rng.randbytes(12) for _ in range(GROUPS)]
    for number, group in enumerate(groups):
        values = (workspace, group, f"Group {number}", f"group {number}")
        raw.execute(f"INSERT INTO user_groups VALUES (?, ?, ?, ?, {_NEW})", values)
    member = people[0]
    _vary_people(raw, workspace, people, groups, rng)
    _vary_projects(raw, workspace, projects, people, groups, rng)
    key = (rng.randbytes(12), member, "bench", hashlib.sha256(MEMBER_KEY.encode()).digest())
    raw.execute(
        "INSERT INTO api_keys (id, user_id, name, key_hash, is_read_only, created_at_us, updated_at_us, row_revision)"
        f" VALUES (?, ?, ?, ?, 0, {_NEW})",
        key,
    )
    project = raw.execute("SELECT id FROM projects WHERE is_public = 0 ORDER BY id").fetchone()[0]
    raw.execute(
        "INSERT OR IGNORE INTO project_members (workspace_id, project_id, user_id, status, by_group, created_at_us,"
        f" updated_at_us, row_revision) VALUES (?, ?, ?, 'ACTIVE', 0, {_NEW})",
        (workspace, project, member),
    )
    client = raw.execute("SELECT client_id FROM projects WHERE client_id != ?", (bytes(12),)).fetchone()[0]
    return Place(filled, groups[0].hex(), people[1].hex(), project.hex(), client.hex())


def _vary_people(
    raw: sqlite3.Connection, workspace: bytes, people: list[bytes], groups: list[bytes], rng: random.Random
) -> None:
    """Rates for two of three; some are inactive, limited, admins or managers; everybody is in a group."""
    projects = [row[0] for row in raw.execute("SELECT id FROM projects WHERE workspace_id = ?", (workspace,))]
    for number, person in enumerate(people[1:], 1):
        hourly, cost = (rng.randrange(20, 200) * 100 if rng.random() < 0.66 else None for _ in range(2))
        status = "INACTIVE" if number % 20 == 3 else "PENDING" if number % 50 == 4 else "ACTIVE"
        rank = 1 if number % 100 == 5 else 2 if number % 10 == 6 else 3
        raw.execute(
            "UPDATE workspace_members SET status = ?, hourly_rate_minor = ?, cost_rate_minor = ?, hourly_rate_key = ?,"
            " cost_rate_key = ?, access_rank = ? WHERE workspace_id = ? AND user_id = ?",
            (status, hourly, cost, hourly or -1, cost or -1, rank, workspace, person),
        )
        if rank < 3:
            role, entity = ("WORKSPACE_ADMIN", workspace) if rank == 1 else ("PROJECT_MANAGER", rng.choice(projects))
            values = (workspace, rng.randbytes(12), person, role, entity, "")
            raw.execute(
                "INSERT INTO role_grants (workspace_id, id, user_id, role, entity_id, source_type, created_at_us,"
                f" updated_at_us, row_revision) VALUES (?, ?, ?, ?, ?, ?, {_NEW})",
                values,
            )
        if number % 50 == 7:
            raw.execute("UPDATE users SET status = 'LIMITED' WHERE id = ?", (person,))
            raw.execute("UPDATE workspace_members SET account_status = 'LIMITED' WHERE user_id = ?", (person,))
    rows = [(workspace, groups[number % GROUPS], person) for number, person in enumerate(people)]
    raw.executemany("INSERT INTO user_group_members (workspace_id, group_id, user_id) VALUES (?, ?, ?)", rows)


def _vary_projects(
    raw: sqlite3.Connection,
    workspace: bytes,
    projects: list[bytes],
    people: list[bytes],
    groups: list[bytes],
    rng: random.Random,
) -> None:
    """Three people on each; some are archived, templates, estimated, or have a group; a few clients are archived."""
    columns = "workspace_id, project_id, user_id, status, by_group, created_at_us, updated_at_us, row_revision"
    for number, project in enumerate(projects):
        raw.execute(
            "UPDATE projects SET archived = ?, is_template = ?, estimate_seconds = ?, budget_minor = ? WHERE id = ?",
            (number % 10 == 3, number % 100 == 4, number % 3 * 360_000, number % 7 * 100_000, project),
        )
        for person in rng.sample(people, 3):
            status = "INACTIVE" if rng.random() < 0.02 else "ACTIVE"
            raw.execute(
                f"INSERT OR IGNORE INTO project_members ({columns}) VALUES (?, ?, ?, ?, 0, {_NEW})",
                (workspace, project, person, status),
            )
        if number % 20 == 5:
            raw.execute(
                "INSERT INTO project_groups (workspace_id, project_id, group_id) VALUES (?, ?, ?)",
                (workspace, project, groups[number % GROUPS]),
            )
    raw.execute(
        "UPDATE clients SET archived = 1 WHERE id IN (SELECT id FROM clients WHERE workspace_id = ? LIMIT 2)",
        (workspace,),
    )
