"""Readers of the feed: none is skipped with many writers, and other servers' changes are heard of."""

import asyncio
import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from hourbook import main
from hourbook.journal import live as module
from hourbook.journal.journal import read_light_since, read_since
from hourbook.journal.live import KEPT_BYTES, KEPT_BYTES_IN_ALL, PORTION_BYTES, Feed, Room
from hourbook.resources.changes import actions_live
from hourbook.resources.tags import actions as tags
from hourbook.resources.time_entries import actions as time_entries
from hourbook.resources.time_entries.rules import Draft
from hourbook.settings import Settings
from tests.harness import SECRET_KEY, START_S, Office, Person
from tests.streams import ask, run, streaming

WRITERS, WRITES = 32, 12


def test_a_reader_that_remembers_the_last_revision_skips_none_with_32_writers(office: Office) -> None:
    since = int(office.read(lambda tx: actions_live.check_since(tx, 0)))
    are_done = threading.Event()
    seen: list[int] = []

    def write(writer: int) -> None:
        for number in range(WRITES):
            office.write(lambda tx, number=number: tags.create_tag(tx, f"tag {writer} {number}"))

    def read() -> None:
        position = since
        while True:
            is_last = are_done.is_set()
            feed = office.read(lambda tx: actions_live.list_since(tx, position, 50))  # noqa: B023 (run at once)
            seen.extend(one.revision for one in feed.changes)
            position = feed.revision
            if is_last and not feed.changes:
                return

    with ThreadPoolExecutor(WRITERS + 1) as threads:
        reader = threads.submit(read)
        for one in [threads.submit(write, writer) for writer in range(WRITERS)]:
            one.result(60)
        are_done.set()
        reader.result(60)
    assert seen == list(range(since + 1, since + 1 + WRITERS * WRITES))


def test_a_stream_skips_none_with_32_writers(office: Office) -> None:
    async def work() -> list[int]:
        found: list[int] = []
        async with streaming(office.owner) as reader:
            loop = asyncio.get_running_loop()

            def write(writer: int) -> None:
                for number in range(WRITES):
                    office.write(lambda tx, number=number: tags.create_tag(tx, f"tag {writer} {number}"))

            with ThreadPoolExecutor(WRITERS) as threads:
                writing = [loop.run_in_executor(threads, write, writer) for writer in range(WRITERS)]
                while len(found) < WRITERS * WRITES:
                    found.append((await reader.change())["revision"])
                await asyncio.gather(*writing)
        return found

    found = office.server.loop.run_until_complete(asyncio.wait_for(work(), 60))
    assert found == list(range(found[0], found[0] + WRITERS * WRITES))


@dataclass
class Second:
    """Another server of the same database."""

    runtime: main.Runtime


@pytest.fixture
def second(database_url: str, office: Office) -> Iterator[Second]:
    runtime = main.build(database_url, settings=Settings(secret_key=SECRET_KEY), clock=office.clock)
    runtime.database.open(writes=not office.server.is_sqlite)
    yield Second(runtime)
    runtime.database.close()


def test_another_server_hears_of_changes_by_signals(
    office: Office, second: Second, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On an embedded database there is no other server, and nobody to say anything to."""
    monkeypatch.setattr("hourbook.http.live.LOOK_SECONDS", 10**9)
    hubs = [office.server.runtime.pipeline.streams.hub, second.runtime.pipeline.streams.hub]

    async def work() -> Any:
        for hub in hubs:
            hub.start()
        try:
            assert [bool(hub._signals._threads) for hub in hubs] == [not office.server.is_sqlite] * 2
            if office.server.is_sqlite:
                return
            there = Person(second, office.workspace_id, office.owner.id, office.owner.key)  # type: ignore[arg-type]
            async with streaming(there) as reader:
                await reader.event()
                hearing = asyncio.create_task(reader.change())
                path = f"/api/v1/workspaces/{office.workspace_id}/tags"
                for number in range(100):  # the first ones may be before the lines are open
                    await office.server.ask_on_loop(*office.owner.prepared("POST", path, {"name": f"tag {number}"}))
                    if (await asyncio.wait([hearing], timeout=0.1))[0]:
                        break
                assert (await hearing)["event"] == "NEW_TAG"
        finally:
            for hub in hubs:
                await asyncio.to_thread(hub._signals.close)

    office.server.loop.run_until_complete(asyncio.wait_for(work(), 60))


def test_what_no_signal_told_of_is_found_by_looking(
    office: Office, second: Second, monkeypatch: pytest.MonkeyPatch
) -> None:
    if office.server.is_sqlite:
        assert second.runtime.engine.one_writer
        return
    monkeypatch.setattr("hourbook.http.live.LOOK_SECONDS", 1)
    woken_on: set[str] = set()
    wake = Feed.wake

    def noted(feed: Feed) -> None:
        woken_on.add(threading.current_thread().name)
        wake(feed)

    monkeypatch.setattr(Feed, "wake", noted)

    async def work() -> None:
        there = Person(second, office.workspace_id, office.owner.id, office.owner.key)  # type: ignore[arg-type]
        async with streaming(there) as reader:
            asked = office.owner.prepared("POST", f"/api/v1/workspaces/{office.workspace_id}/tags", {"name": "x"})
            await office.server.ask_on_loop(*asked)
            assert (await reader.change())["event"] == "NEW_TAG"

    office.server.loop.run_until_complete(asyncio.wait_for(work(), 60))
    assert woken_on == {threading.current_thread().name}  # listeners belong to the loop


@pytest.mark.parametrize("is_demoted", [True, False])
def test_what_is_done_after_somebody_lost_a_role_is_not_told_by_another_server(
    office: Office, second: Second, *, is_demoted: bool
) -> None:
    """It knows for a second who somebody is, and has looked just before. The other case: it would be told else."""
    streams = second.runtime.pipeline.streams

    async def work() -> list[str]:
        there = Person(second, office.workspace_id, office.admin.id, office.admin.key)  # type: ignore[arg-type]
        async with streaming(there) as reader:
            await reader.event()
            assert second.runtime.pipeline.askers._actors._found
            if is_demoted:
                body = {"entityId": office.workspace_id, "role": "WORKSPACE_ADMIN"}
                await ask(office.owner, "DELETE", f"/users/{office.admin.id}/roles", body)
            await ask(office.owner, "POST", "/time-entries", {"start": "2026-05-20T08:00:00Z"})
            tag = await ask(office.owner, "POST", "/tags", {"name": "x"})
            streams.hub._heard({office.workspace_id})
            kinds = []
            while (found := await reader.change())["entityId"] != tag["id"]:
                kinds.append(found["kind"])
            return kinds

    assert ("TIME_ENTRY" in run(office, work)) is not is_demoted


@dataclass
class Row:
    revision: int
    weight: int = 100


def test_what_is_kept_has_no_gaps() -> None:
    """Somebody who begins far ahead of what is kept, and then somebody who is in between."""
    reads: list[int] = []

    async def read(after: int, limit: int) -> list[Row]:
        reads.append(after)
        return [Row(number) for number in range(after + 1, min(after + limit, 1000) + 1)]

    async def work() -> None:
        feed = Feed()
        assert [row.revision for row in await feed.after(10, read)] == list(range(11, 211))
        assert [row.revision for row in await feed.after(900, read)] == list(range(901, 1001))
        for after in (10, 210, 500, 899, 900, 950):
            found = [row.revision for row in await feed.after(after, read)]
            assert found == list(range(after + 1, min(after + 200, 1000) + 1)), after
        # What is kept was read once.
        assert reads.count(900) == 1
        assert 950 not in reads

    asyncio.run(work())


class SlowlyNoted(set[str]):
    """A set that is taken to wake somebody at the moment in which more is put into it."""

    def __init__(self, take: Callable[[], None]) -> None:
        super().__init__()
        self._take = take

    def update(self, *ids: Any) -> None:
        taking = threading.Thread(target=self._take)
        taking.start()
        taking.join(0.2)
        super().update(*ids)


def test_what_is_heard_while_others_are_woken_is_not_lost(office: Office) -> None:
    hub = office.server.runtime.pipeline.streams.hub

    async def work() -> None:
        woken = asyncio.Event()
        with hub.listening(office.workspace_id, woken):
            hub._changed = SlowlyNoted(hub._wake)
            await asyncio.to_thread(hub._heard, {office.workspace_id})
            async with asyncio.timeout(5):
                await woken.wait()

    run(office, work)


def heavy(revision: int) -> Row:
    return Row(revision, KEPT_BYTES // 10)


async def everything(feed: Feed, read: Any, since: int, until: int) -> list[int]:
    """As a listener asks, portion by portion."""
    seen: list[int] = []
    position = since
    while position < until:
        portion = await feed.after(position, read)
        assert sum(row.weight for row in portion) <= PORTION_BYTES
        seen += [row.revision for row in portion]
        position = seen[-1]
        assert feed.known >= position
    return seen


def test_what_is_kept_is_bounded_by_what_it_weighs_and_nobody_misses_anything() -> None:
    async def read(after: int, limit: int) -> list[Row]:
        return [heavy(number) for number in range(after + 1, min(after + limit, 300) + 1)]

    async def work() -> None:
        room = Room()
        feeds = [Feed(room) for _ in range(40)]
        for feed in feeds:
            assert await everything(feed, read, 5, 300) == list(range(6, 301))
            assert sum(row.weight for row in feed._kept) == feed._weight <= KEPT_BYTES
            assert room.weight == sum(one._weight for one in feeds) <= KEPT_BYTES_IN_ALL
        # Who made way for others reads anew; who leaves takes nothing with him.
        assert await everything(feeds[0], read, 5, 300) == list(range(6, 301))
        for feed in feeds:
            feed.clear()
        assert room.weight == 0

    asyncio.run(work())


def test_a_change_that_is_heavier_than_all_bounds_is_told_and_read_once() -> None:
    reads: list[int] = []

    async def read(after: int, limit: int) -> list[Row]:
        reads.append(after)
        return [Row(7, KEPT_BYTES_IN_ALL * 2)]

    async def work() -> None:
        feed = Feed()
        found = [await feed.after(6, read) for _ in range(30)]
        assert [[row.revision for row in one] for one in found] == [[7]] * 30

    asyncio.run(work())
    assert reads == [6]


def test_a_listener_of_heavy_changes_gets_all_of_them(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each names hundreds of entries, so a portion ends before there is nothing more."""
    monkeypatch.setattr(module, "PORTION_BYTES", 100_000)
    monkeypatch.setattr(module, "KEPT_BYTES", 150_000)
    projects = [office.owner.post("/projects", {"name": f"Project {number}"}).body["id"] for number in range(8)]
    for project in projects:
        drafts = [Draft(start_s=START_S, end_s=START_S + 60, project_id=project) for _ in range(400)]
        office.write(lambda tx, drafts=drafts: time_entries.import_entries(tx, office.member.id, drafts))
        assert office.owner.put(f"/projects/{project}", {"name": project, "archived": True}).status == 200
    since = int(office.read(lambda tx: actions_live.check_since(tx, 0)))
    for project in projects:
        assert office.owner.delete(f"/projects/{project}").status == 200
    newest = int(office.read(lambda tx: actions_live.check_since(tx, 0)))

    async def work() -> list[int]:
        async with streaming(office.owner, query=b"since=%d" % since) as reader:
            found = [await reader.change()]
            (feed,) = office.server.runtime.pipeline.streams.hub._feeds.values()
            while found[-1]["revision"] < newest:
                found.append(await reader.change())
                assert 0 < feed._weight <= 150_000
        assert [len(one["entityIds"]) for one in found if one["verb"] == "update_many"].count(400) == 8
        return [one["revision"] for one in found]

    assert run(office, work) == list(range(since + 1, newest + 1))
    assert office.server.runtime.pipeline.streams.hub._room.weight == 0


def test_what_many_things_pack_is_not_read_to_say_that_they_changed(office: Office) -> None:
    drafts = [
        Draft(start_s=START_S - 60 * number, end_s=START_S + 60, description=secrets.token_hex(60))
        for number in range(1500)
    ]
    office.write(lambda tx: time_entries.import_entries(tx, office.member.id, drafts))
    whole = office.read(partial(read_since, revision=0, limit=1000))[-1]
    *_, light = office.read(partial(read_light_since, revision=0, limit=1000))
    assert len(whole.rows) == 1500
    assert (light.rows, light.ids, light.revision) == (None, whole.ids, whole.revision)
    revision = whole.revision - 1
    heard = office.owner.raw(
        "GET", f"/api/hourbook/v1/workspaces/{office.workspace_id}/changes", None, {"since": revision}
    )
    assert [one["verb"] for one in heard.body["changes"]] == ["insert_many"]
    office.owner.post("/tags", {"name": "small"})
    *_, newest = office.read(partial(read_light_since, revision=revision, limit=10))
    assert newest.after["name"] == "small"
