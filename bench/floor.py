"""The floor: the same work written by hand, as a bare ASGI callable.

Same uvicorn, raw driver, the statements of the real operations (look-ups, totals, revision and
journal row included), the same grouped commit, msgspec encoding. No authentication, no permission
condition, no validation. It shows what the frame costs, and is used by nothing else.
"""

import asyncio
import os
import sqlite3
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

from bench.floor_sql import Sql

Send = Callable[[dict[str, Any]], Awaitable[None]]
encode = msgspec.json.encode
decode = msgspec.json.decode
JSON = [(b"content-type", b"application/json")]


def _instant(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _out(row: Any, tags: list[str]) -> dict[str, Any]:
    start, end = row[8], row[9]
    interval = {"start": _instant(start), "end": _instant(end) if end else None, "duration": None}
    if end:
        hours, rest = divmod(end - start, 3600)
        interval["duration"] = f"PT{hours}H{rest // 60}M{rest % 60}S"
    rate = {"amount": row[10], "currency": row[12]}
    return {
        "id": row[1].hex(),
        "description": row[3],
        "userId": row[2].hex(),
        "billable": bool(row[6]),
        "taskId": row[5].hex() if row[5] else None,
        "projectId": row[4].hex() if row[4] else None,
        "workspaceId": row[0].hex(),
        "timeInterval": interval,
        "tagIds": tags or None,
        "type": row[7],
        "isLocked": False,
        "kioskId": None,
        "customFieldValues": [],
        "hourlyRate": rate,
        "costRate": {"amount": row[11], "currency": row[12]},
    }


def read_entry(cursor: Any, sql: Sql, workspace: bytes, entry: bytes) -> bytes:
    row = cursor.execute(sql.read, (workspace, entry)).fetchall()[0]
    tags = cursor.execute(sql.tags, (workspace, sql.array([entry]))).fetchall()
    return encode(_out(row, [tag.hex() for _, tag in tags]))


def list_entries(cursor: Any, sql: Sql, workspace: bytes, user: bytes) -> bytes:
    rows = cursor.execute(sql.list, (workspace, user, 51, 0)).fetchall()[:50]
    by_entry: dict[bytes, list[str]] = {}
    for entry, tag in cursor.execute(sql.tags, (workspace, sql.array([row[1] for row in rows]))).fetchall():
        by_entry.setdefault(entry, []).append(tag.hex())
    return encode([_out(row, by_entry.get(row[1], [])) for row in rows])


def list_hydrated(cursor: Any, sql: Sql, workspace: bytes, user: bytes) -> bytes:
    """The list with what entries point to: a statement per kind and list, as the real one has."""
    rows = cursor.execute(sql.list, (workspace, user, 51, 0)).fetchall()[:50]
    by_entry: dict[bytes, list[bytes]] = {}
    for entry, tag in cursor.execute(sql.tags, (workspace, sql.array([row[1] for row in rows]))).fetchall():
        by_entry.setdefault(entry, []).append(tag)
    projects = _projects(cursor, sql, workspace, {row[4] for row in rows if row[4]})
    tasks = _tasks(cursor, sql, workspace, {row[5] for row in rows if row[5]})
    tag_ids = {tag for tags in by_entry.values() for tag in tags}
    tags = {row[1]: _tag_out(row) for row in cursor.execute(sql.tag, (workspace, sql.array(list(tag_ids)))).fetchall()}
    person = cursor.execute(sql.user, (sql.array([user]),)).fetchall()[0]
    shown = _user_out(person, workspace)
    out = []
    for row in rows:
        entry_tags = by_entry.get(row[1], [])
        item = _out(row, [tag.hex() for tag in entry_tags])
        item |= {"project": projects.get(row[4]), "task": tasks.get(row[5]), "tags": [tags[t] for t in entry_tags]}
        item |= {"user": shown, "kiosk": None}
        out.append(item)
    return encode(out)


def _projects(cursor: Any, sql: Sql, workspace: bytes, ids: set[bytes]) -> dict[bytes, dict[str, Any]]:
    wanted = sql.array(list(ids))
    members: dict[bytes, list[dict[str, Any]]] = {}
    for _, project, user, status, hourly, cost in cursor.execute(sql.project_members, (workspace, wanted)).fetchall():
        members.setdefault(project, []).append(
            {
                "userId": user.hex(),
                "hourlyRate": hourly,
                "costRate": cost,
                "targetId": project.hex(),
                "membershipType": "PROJECT",
                "membershipStatus": status,
            }
        )
    found = {}
    for row in cursor.execute(sql.project_rows, (workspace, wanted)).fetchall():
        found[row[1]] = {
            "id": row[1].hex(),
            "name": row[2],
            "hourlyRate": {"amount": row[10] or 0, "currency": row[18]},
            "clientId": row[3].hex(),
            "clientName": row[16],
            "workspaceId": row[0].hex(),
            "billable": bool(row[6]),
            "memberships": members.get(row[1], []),
            "color": row[4],
            "estimate": decode(row[12]),
            "archived": bool(row[9]),
            "note": row[5],
            "duration": "PT0S",
            "costRate": row[11],
            "timeEstimate": decode(row[13]),
            "budgetEstimate": decode(row[14]) if row[14] else None,
            "estimateReset": decode(row[15]) if row[15] else None,
            "template": bool(row[8]),
            "public": bool(row[7]),
        }
    return found


def _tasks(cursor: Any, sql: Sql, workspace: bytes, ids: set[bytes]) -> dict[bytes, dict[str, Any]]:
    wanted = sql.array(list(ids))
    cursor.execute(sql.task_assignees, (workspace, wanted)).fetchall()
    cursor.execute(sql.task_groups, (workspace, wanted)).fetchall()
    found = {}
    for row in cursor.execute(sql.task_rows, (workspace, wanted)).fetchall():
        found[row[1]] = {
            "id": row[1].hex(),
            "name": row[3],
            "projectId": row[2].hex(),
            "assigneeIds": [],
            "assigneeId": None,
            "userGroupIds": [],
            "estimate": "PT0S",
            "status": row[4],
            "budgetEstimate": row[6],
            "duration": f"PT{row[10] // 3600}H",
            "billable": bool(row[7]),
            "hourlyRate": row[8],
            "costRate": row[9],
        }
    return found


def _tag_out(row: Any) -> dict[str, Any]:
    return {"id": row[1].hex(), "name": row[2], "workspaceId": row[0].hex(), "archived": bool(row[3])}


def _user_out(row: Any, workspace: bytes) -> dict[str, Any]:
    return {
        "id": row[0].hex(),
        "email": row[1],
        "name": row[2],
        "memberships": [],
        "profilePicture": row[5],
        "activeWorkspace": workspace.hex(),
        "defaultWorkspace": workspace.hex(),
        "settings": decode(row[6]) if row[6] else None,
        "status": row[3],
        "customFields": [],
    }


def create_entry(cursor: Any, sql: Sql, workspace: bytes, user: bytes, body: dict[str, Any]) -> bytes:
    project, task = bytes.fromhex(body["projectId"]), bytes.fromhex(body["taskId"])
    tags = [bytes.fromhex(tag) for tag in body["tagIds"]]
    person = cursor.execute(sql.person, (workspace, user)).fetchall()[0]
    cursor.execute(sql.task, (workspace, sql.array([task]))).fetchall()
    cursor.execute(sql.project, (user, workspace, sql.array([project]))).fetchall()
    cursor.execute(sql.tag_held, (workspace, sql.array(tags))).fetchall()
    now_us = time.time_ns() // 1000
    start = int(body["startSeconds"])
    row: tuple[Any, ...] = (
        workspace,
        os.urandom(12),
        user,
        body["description"],
        project,
        task,
        1,
        "REGULAR",
        start,
        start + 3600,
    )
    row = (*row, person[3], 0, person[2], 0, None)
    cursor.execute(sql.insert, (*row, body["description"], now_us, now_us, 1))
    for tag in tags:
        cursor.execute(sql.insert_tag, (workspace, row[1], tag, user, start))
    cursor.execute(sql.add_project, (3600, 3600, 1, workspace, project))
    cursor.execute(sql.add_task, (3600, 3600, 1, workspace, task))
    revision = cursor.execute(sql.revise, (1, workspace)).fetchall()[0][0]
    answer = _out(row, [tag.hex() for tag in tags])
    after = encode(answer).decode()
    del answer["hourlyRate"], answer["costRate"]
    journal = (workspace, revision, now_us, "user", user, "api_key", user, "api", "floor", "TIME_ENTRY", row[1])
    cursor.execute(sql.journal, (*journal, "insert", "NEW_TIME_ENTRY", None, None, after, None, None, 1))
    return encode(answer)


class SqliteFloor:
    """Reads inline on the loop; writes in a thread that groups commits as the real writer does."""

    def __init__(self, path: str) -> None:
        from hourbook.db.engine import SqliteEngine
        from hourbook.db.writer import Ticket, Writer

        any_of = "IN (SELECT id_bytes(value) FROM json_each(?))"
        self.sql = Sql("?", any_of, lambda ids: encode([one.hex() for one in ids]).decode())
        engine = SqliteEngine(__import__("pathlib").Path(path))
        self._reader: sqlite3.Cursor = engine.connect(read_only=True).raw.cursor()
        self._writer = Writer(engine)
        self._writer.start()

        class FloorTicket(Ticket):
            __slots__ = ("future",)

        self._ticket = FloorTicket
        self._loop: asyncio.AbstractEventLoop | None = None

    async def read(self, work: Callable[..., bytes], *args: Any) -> bytes:
        self._reader.execute("BEGIN")
        try:
            return work(self._reader, self.sql, *args)
        finally:
            self._reader.execute("COMMIT")

    async def write(self, work: Callable[..., bytes], *args: Any) -> bytes:
        loop = self._loop = self._loop or asyncio.get_running_loop()
        future: asyncio.Future[bytes] = loop.create_future()
        ticket = self._ticket(lambda c: work(c.raw.cursor(), self.sql, *args), self._deliver)
        ticket.future = future  # type: ignore[attr-defined]
        self._writer.submit(ticket)
        return await future

    def _deliver(self, tickets: list[Any]) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(_resolve, tickets)


def _resolve(tickets: list[Any]) -> None:
    for ticket in tickets:
        if ticket.error is not None:
            ticket.future.set_exception(ticket.error)
        else:
            ticket.future.set_result(ticket.result)


class PostgresFloor:
    """Eight threads that hold a connection each."""

    def __init__(self, url: str) -> None:
        import threading

        self.sql = Sql("%s", "= ANY(%s::BYTEA[])", list, holds=True)
        self._url = url
        self._local = threading.local()
        self._threads = ThreadPoolExecutor(8)

    def _cursor(self) -> Any:
        import psycopg

        if not hasattr(self._local, "cursor"):
            self._local.cursor = psycopg.connect(self._url, autocommit=True).cursor()
        return self._local.cursor

    async def read(self, work: Callable[..., bytes], *args: Any) -> bytes:
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: work(self._cursor(), self.sql, *args)
        )

    async def write(self, work: Callable[..., bytes], *args: Any) -> bytes:
        def run() -> bytes:
            cursor = self._cursor()
            cursor.execute("BEGIN")
            done = work(cursor, self.sql, *args)
            cursor.execute("COMMIT")
            return done

        return await asyncio.get_running_loop().run_in_executor(self._threads, run)


def make_app() -> Callable[..., Awaitable[None]]:
    """The ASGI callable for the database in the environment."""
    url = os.environ["FLOOR_DATABASE"]
    floor: SqliteFloor | PostgresFloor
    floor = SqliteFloor(url.removeprefix("sqlite:///")) if url.startswith("sqlite") else PostgresFloor(url)

    async def app(scope: dict[str, Any], receive: Callable[[], Awaitable[dict[str, Any]]], send: Send) -> None:
        if scope["type"] != "http":
            return
        parts = scope["path"].split("/")
        workspace = bytes.fromhex(parts[4])
        status = 200
        if scope["method"] == "POST":
            body = decode((await receive())["body"])
            content = await floor.write(create_entry, workspace, bytes.fromhex(parts[6]), body)
            status = 201
        elif parts[5] == "user":
            work = list_hydrated if b"hydrated" in scope["query_string"] else list_entries
            content = await floor.read(work, workspace, bytes.fromhex(parts[6]))
        else:
            content = await floor.read(read_entry, workspace, bytes.fromhex(parts[6]))
        headers = [*JSON, (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    return app


def main() -> None:
    """`python -m bench.floor PORT` with FLOOR_DATABASE set."""
    import sys

    import uvicorn

    port = int(sys.argv[1])
    uvicorn.run(make_app(), host="127.0.0.1", port=port, log_level="warning", access_log=False, lifespan="off")


if __name__ == "__main__":
    main()
