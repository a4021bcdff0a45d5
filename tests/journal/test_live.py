"""Readers of the feed: none is skipped with many writers, and other servers' changes are heard of."""

import asyncio
import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from hourbook import main
from hourbook.journal.journal import read_light_since, read_since
from hourbook.journal.live import Feed
from hourbook.resources.changes import actions_live
from hourbook.resources.tags import actions as tags
from hourbook.resources.time_entries import actions as time_entries
from hourbook.resources.time_entries.rules import Draft
from hourbook.settings import Settings
from tests.harness import SECRET_KEY, START_S, Office, Person
from tests.streams import streaming

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

    async def work() -> None:
        there = Person(second, office.workspace_id, office.owner.id, office.owner.key)  # type: ignore[arg-type]
        async with streaming(there) as reader:
            asked = office.owner.prepared("POST", f"/api/v1/workspaces/{office.workspace_id}/tags", {"name": "x"})
            await office.server.ask_on_loop(*asked)
            assert (await reader.change())["event"] == "NEW_TAG"

    office.server.loop.run_until_complete(asyncio.wait_for(work(), 60))


@dataclass
class Row:
    revision: int


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


def test_what_many_things_pack_is_not_read_to_say_that_they_changed(office: Office) -> None:
    drafts = [
        Draft(start_s=START_S - 60 * number, end_s=START_S + 60, description=secrets.token_hex(60))
        for number in range(1500)
    ]
    office.write(lambda tx: time_entries.import_entries(tx, office.member.id, drafts))
    whole, light = (office.read(partial(read, revision=0, limit=1000))[-1] for read in (read_since, read_light_since))
    assert len(whole.rows) == 1500
    assert (light.rows, light.ids, light.revision) == (None, whole.ids, whole.revision)
    revision = whole.revision - 1
    heard = office.owner.raw(
        "GET", f"/api/hourbook/v1/workspaces/{office.workspace_id}/changes", None, {"since": revision}
    )
    assert [one["verb"] for one in heard.body["changes"]] == ["insert_many"]
    office.owner.post("/tags", {"name": "small"})
    rows = office.read(partial(read_light_since, revision=revision, limit=10))
    assert rows[-1].after["name"] == "small"
