"""Live updates go on whatever goes wrong for a moment, and past a row of the journal that nobody can read."""

from collections.abc import Iterator
from typing import Any

import pytest

from hourbook.db.database import Database
from hourbook.http import live
from hourbook.journal.journal import current_revision
from hourbook.resources.time_entries import actions as time_entries
from hourbook.resources.time_entries.rules import Draft
from tests.harness import START_S, Office
from tests.resources.audit.tampering import blob
from tests.resources.audit.tampering import run as run_sql
from tests.streams import ask, own, run, streaming
from tests.watching import AppLog

MANY = 1100
UNREADABLE = "a row of the journal cannot be read; it is told without its contents"


@pytest.fixture
def streams(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[live.Streams]:
    """They live a hundred times as fast, and look for other servers' changes on either database."""
    monkeypatch.setattr(live, "TICK_SECONDS", 0.01)
    monkeypatch.setattr(live, "LOOK_SECONDS", 1)
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0)
    found = office.server.runtime.pipeline.streams
    monkeypatch.setattr(found, "_database", _Others(office.server.runtime.database))
    yield found
    assert found.count == 0


class _Others:
    """A database that other servers write as well."""

    class engine:
        one_writer = False

    def __init__(self, database: Database) -> None:
        self.read = database.read


def test_a_turn_that_fails_is_followed_by_the_next(
    office: Office, streams: live.Streams, monkeypatch: pytest.MonkeyPatch, whole_log: AppLog
) -> None:
    turns, tail = [], whole_log.tail()

    async def broken() -> None:
        turns.append(streams.turn)
        raise RuntimeError("something nobody thought of")

    async def work() -> None:
        monkeypatch.setattr(streams, "_look", broken)
        async with streaming(office.owner) as reader:
            await reader.event()
            for _ in range(3):
                assert (await reader.event()).is_comment
            await ask(office.owner, "POST", "/tags", {"name": "x"})
            assert (await reader.change())["event"] == "NEW_TAG"
        assert len(turns) > 1

    run(office, work)
    assert [line["log_level"] for line in tail.lines if line["event"] == "a turn of the streams failed"]


def test_a_stream_that_cannot_be_read_ends_aloud_and_goes_on_where_it_was(
    office: Office, streams: live.Streams, monkeypatch: pytest.MonkeyPatch, whole_log: AppLog
) -> None:
    tail, since = whole_log.tail(), office.read(current_revision)

    async def broken(*_: Any) -> Any:
        raise RuntimeError("something nobody thought of")

    async def work() -> None:
        async with streaming(office.owner, query=b"since=%d" % since) as reader:
            await reader.event()
            with monkeypatch.context() as patch:
                patch.setattr(streams, "read", broken)
                await ask(office.owner, "POST", "/tags", {"name": "x"})
                await reader.until_over()
            # It does not say `closed`: whoever hears that need not come back.
            assert b"closed" not in reader.content
        async with streaming(office.owner, query=b"since=%d" % since) as again:
            assert (await again.change())["event"] == "NEW_TAG"

    run(office, work)
    assert [line["revision"] for line in tail.lines if line["event"] == "a stream was ended"] == [since]


@pytest.mark.parametrize("column", ["after", "packed_rows"])
def test_a_row_that_cannot_be_read_is_told_without_its_contents_and_those_behind_it_arrive(
    office: Office, streams: live.Streams, whole_log: AppLog, column: str
) -> None:
    since, tail = office.read(current_revision), whole_log.tail()
    office.owner.post("/projects", {"name": "before"})
    _spoil(office, column)
    office.owner.post("/tags", {"name": "behind"})
    bad = office.read(current_revision) - 1

    async def work() -> list[dict[str, Any]]:
        async with streaming(office.owner, query=b"since=%d" % since) as reader:
            return [await reader.change() for _ in range(office.read(current_revision) - since)]

    found = run(office, work)
    assert [one["revision"] for one in found][-2:] == [bad, bad + 1]
    assert (found[-1]["event"], found[-2]["changed"]) == ("NEW_TAG", None)
    assert {line["revision"] for line in tail.lines if line["event"] == UNREADABLE} == {bad}
    # So it is where portions are asked for; who may not hear of everything is not told what it was about.
    answer = office.member.raw("GET", own(office.member, "/changes"), None, {"since": bad - 1})
    told = answer.body["changes"][0]
    assert (told["revision"], told["entityId"], told["entityIds"]) == (bad, None, None)


def _spoil(office: Office, column: str) -> None:
    """Makes a row that nobody can read: one about a single thing or one about many."""
    if column == "after":
        office.owner.post("/time-entries", {"start": "2026-05-20T08:00:00Z", "end": "2026-05-20T09:00:00Z"})
    else:
        drafts = [Draft(start_s=START_S - number, end_s=START_S) for number in range(MANY)]
        office.write(lambda tx: time_entries.import_entries(tx, office.member.id, drafts))
    value = "'{\"na'" if column == "after" else blob(office, "00ff00")
    here = f"workspace_id = {{ws}} AND revision = {office.read(current_revision)}"
    run_sql(office, f"UPDATE journal SET {column} = {value} WHERE {here}".replace('{"na', '{{"na'))
