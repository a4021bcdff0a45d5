"""The lines in which long reads wait: files do not hold up reports, and a slow reader holds up nobody."""

import asyncio
import contextlib
import os
import resource
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hourbook.core.errors import TryLater
from hourbook.http.messages import Response
from hourbook.worker import answering, asking
from hourbook.worker.answering import AnswerServer
from hourbook.worker.asking import WorkerDoor
from hourbook.worker.frames import Unreachable, connect, read_frame, write_frame
from hourbook.worker.messages import Question
from tests.harness import Answer, Office
from tests.http.trial import LENGTH, Trial, content, trying, worker_pipeline

MEGABYTE = 1024 * 1024


class Workshop:
    """A server with a worker on its own loop, both in this process. `ask` does not wait for the answer."""

    def __init__(self, office: Office, trial: Trial, socket: Path) -> None:
        self.office, self.trial, self.socket = office, trial, socket
        pipeline = worker_pipeline(office.server)
        self.answers = AnswerServer(socket, lambda: pipeline)
        self.pass_on = WorkerDoor(socket).pass_on
        office.server.runtime.pipeline.pass_on = self.pass_on

    def ask(self, **body: Any) -> "asyncio.Task[Answer]":
        path = f"/report/v1/workspaces/{self.office.workspace_id}/trials"
        return asyncio.ensure_future(self.office.server.ask_on_loop(*self.office.member.prepared("POST", path, body)))

    async def waiting(self, count: int, *, is_heavy: bool) -> None:
        """Until so many are in a line, those who are being answered among them."""
        lane = self.answers._heavy if is_heavy else self.answers._quick
        await until(lambda: lane._count == count, lambda: lane._count)

    async def running(self, *kinds: str) -> None:
        """Until handlers of these kinds have begun, in any order."""
        await until(lambda: sorted(self.trial.running) == sorted(kinds), lambda: self.trial.running)

    async def response(self, **body: Any) -> Response:
        """The answer as the web process has it, its content not read yet."""
        found: list[Response] = []

        async def pass_on(passed: Any) -> Response:
            found.append(await self.pass_on(passed))
            return Response(204, None, {})

        pipeline = self.office.server.runtime.pipeline
        pipeline.pass_on = pass_on
        try:
            assert (await self.ask(**body)).status == 204
        finally:
            pipeline.pass_on = self.pass_on
        return found[0]

    def come_as_nobody(self, is_nobody: bool) -> None:
        """Whether those who ask from now on come by a link alone."""

        async def pass_on(passed: Any) -> Response:
            actor = msgspec.structs.replace(passed.actor, id=None)
            return await self.pass_on(msgspec.structs.replace(passed, actor=actor))

        self.office.server.runtime.pipeline.pass_on = pass_on if is_nobody else self.pass_on


async def until(is_so: Callable[[], bool], shown: Callable[[], Any] = lambda: "") -> None:
    for _ in range(3000):
        if is_so():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(shown())


@contextlib.asynccontextmanager
async def open_workshop(office: Office, trial: Trial, folder: Path) -> AsyncIterator[Workshop]:
    shop = Workshop(office, trial, folder / "w.sock")
    await shop.answers.start()
    try:
        yield shop
    finally:
        trial.gate.set()
        office.server.runtime.pipeline.pass_on = None
        await shop.answers.close(within_seconds=5)
        await asyncio.sleep(0.01)


Scenario = Callable[[Workshop], Coroutine[Any, Any, None]]
Run = Callable[[Scenario], None]


@pytest.fixture
def run(office: Office, tmp_path: Path) -> Run:
    def play(scenario: Scenario) -> None:
        async def whole(trial: Trial) -> None:
            async with open_workshop(office, trial, tmp_path) as shop:
                await scenario(shop)

        with trying(office.server) as trial:
            office.server.loop.run_until_complete(asyncio.wait_for(whole(trial), 60))

    return play


async def all_of(*waiting: Awaitable[Answer]) -> list[int]:
    return [answer.status for answer in await asyncio.gather(*waiting)]


def test_ten_files_do_not_hold_up_a_report(run: Run) -> None:
    async def scenario(shop: Workshop) -> None:
        files = [shop.ask(isHeavy=True, waits=True, length=10) for _ in range(9)]
        await shop.running("heavy")
        assert await all_of(*(shop.ask() for _ in range(5))) == [200] * 5
        assert not any(file.done() for file in files)
        shop.trial.gate.set()
        assert await all_of(*files) == [200] * 9

    run(scenario)


def test_where_too_many_files_wait_the_next_is_told_to_come_back_and_reports_still_work(run: Run) -> None:
    async def scenario(shop: Workshop) -> None:
        limit = answering.HEAVY_AT_ONCE + answering.HEAVY_WAITING_LIMIT
        files = [shop.ask(isHeavy=True, waits=True) for _ in range(limit)]
        await shop.running("heavy")
        await shop.waiting(limit, is_heavy=True)
        refused = await shop.ask(isHeavy=True)
        assert (refused.refusal, refused.headers["Retry-After"]) == ((503, 503), "5")
        assert await all_of(shop.ask()) == [200]
        shop.trial.gate.set()
        assert await all_of(*files) == [200] * limit
        assert await all_of(shop.ask(isHeavy=True)) == [200]

    run(scenario)


@pytest.mark.parametrize("is_heavy", [True, False])
def test_those_who_come_by_a_link_alone_leave_room_for_members(run: Run, is_heavy: bool) -> None:
    async def scenario(shop: Workshop) -> None:
        whole = answering.HEAVY_AT_ONCE + answering.HEAVY_WAITING_LIMIT
        if not is_heavy:
            whole = answering.AT_ONCE + answering.WAITING_LIMIT
        share = whole // answering.SHARE_OF_NOBODY
        shop.come_as_nobody(True)
        strangers = [shop.ask(isHeavy=is_heavy, waits=True) for _ in range(share)]
        await until(lambda: bool(shop.trial.running))
        await shop.waiting(share, is_heavy=is_heavy)
        assert (await shop.ask(isHeavy=is_heavy)).refusal == (503, 503)
        shop.come_as_nobody(False)
        members = [shop.ask(isHeavy=is_heavy) for _ in range(whole - share)]
        await shop.waiting(whole, is_heavy=is_heavy)
        shop.trial.gate.set()
        assert await all_of(*strangers, *members) == [200] * whole
        shop.come_as_nobody(True)
        assert await all_of(shop.ask(isHeavy=is_heavy)) == [200]

    run(scenario)


def test_where_too_many_reports_wait_files_still_work(run: Run) -> None:
    async def scenario(shop: Workshop) -> None:
        limit = answering.AT_ONCE + answering.WAITING_LIMIT
        reports = [shop.ask(waits=True) for _ in range(limit)]
        await shop.running("quick", "quick")
        await shop.waiting(limit, is_heavy=False)
        refused = await shop.ask()
        assert (refused.refusal, refused.headers["Retry-After"]) == ((503, 503), "5")
        assert await all_of(shop.ask(isHeavy=True, length=10)) == [200]
        shop.trial.gate.set()
        assert await all_of(*reports) == [200] * limit

    run(scenario)


def test_a_slow_reader_of_a_file_is_in_no_line_looks_at_no_snapshot_and_holds_no_memory(run: Run) -> None:
    size = 96 * MEGABYTE

    async def scenario(shop: Workshop) -> None:
        shop.trial.make_report = making_large(shop.trial, size)  # type: ignore[method-assign]
        before = resident_bytes()
        slow = [await shop.response(isHeavy=True, length=0) for _ in range(3)]
        assert not any(path.exists() for path in shop.trial.files)
        # Nobody has read a byte; the next are answered all the same, and no connection is in a transaction.
        assert await all_of(shop.ask(isHeavy=True, length=10), shop.ask()) == [200, 200]
        connections = list(shop.office.database._opened)
        assert connections
        assert not any(connection.in_transaction for connection in connections)
        most = resident_bytes()
        for response in slow:
            assert response.parts is not None
            length = 0
            async for part in response.parts:
                length += len(part)
                most = max(most, resident_bytes())
            assert response.length == length == size
        # Whoever had it whole in memory would have 96.
        assert most - before < size / 2

    run(scenario)


def resident_bytes() -> int:
    """What this process holds of memory now."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()


def making_large(trial: Trial, size: int) -> Callable[..., Any]:
    """Files of that size without anything in them; small ones as ever."""
    usual = Trial.make_report

    def make(call: Any, body: Any) -> Any:
        found = usual(trial, call, body)
        if body.length == 0:
            os.truncate(trial.files[-1], size)
        return found

    return make


async def length_of(response: Response) -> int:
    assert response.parts is not None
    return sum([len(part) async for part in response.parts])


def test_whoever_takes_nothing_for_too_long_is_cut_off(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "STALL_SECONDS", 0.2)

    async def scenario(shop: Workshop) -> None:
        response = await shop.response(isHeavy=True, length=LENGTH * 4)
        await until(lambda: not shop.answers._under_way)
        assert shop.answers._sending_count == 0
        with pytest.raises(Unreachable):
            await length_of(response)

    run(scenario)


def test_answers_that_nobody_reads_are_bounded(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "SENDING_LIMIT", 2)

    async def scenario(shop: Workshop) -> None:
        slow = [await shop.response(isHeavy=True, length=LENGTH * 4) for _ in range(2)]
        assert (await shop.ask()).refusal == (503, 503)
        for response in slow:
            assert await length_of(response) == LENGTH * 4
        await until(lambda: not shop.answers._under_way)
        assert (await shop.ask()).status == 200

    run(scenario)


def test_slow_readers_who_come_by_a_link_alone_leave_room_for_members(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "SENDING_LIMIT", 3)

    async def scenario(shop: Workshop) -> None:
        usual = shop.pass_on

        async def as_nobody(passed: Any) -> Response:
            return await usual(msgspec.structs.replace(passed, actor=msgspec.structs.replace(passed.actor, id=None)))

        shop.pass_on = as_nobody
        slow = await shop.response(isHeavy=True, length=LENGTH * 4)
        assert (await shop.ask()).refusal == (503, 503)
        shop.pass_on = usual
        shop.come_as_nobody(False)
        assert (await shop.ask()).status == 200
        assert await length_of(slow) == LENGTH * 4
        await until(lambda: not shop.answers._under_way)
        shop.come_as_nobody(True)
        assert (await shop.ask()).status == 200

    run(scenario)


def test_a_worker_that_stops_finishes_what_it_can_and_leaves_no_file_open(run: Run) -> None:
    async def scenario(shop: Workshop) -> None:
        response = await shop.response(isHeavy=True, length=LENGTH * 4)
        await shop.answers.close(within_seconds=0.1)
        assert not shop.answers._under_way
        with pytest.raises(Unreachable):
            await length_of(response)

    run(scenario)


def test_a_worker_that_is_gone_is_503_and_the_web_process_lives(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "ARRIVAL_SECONDS", 0.2)

    async def scenario(shop: Workshop) -> None:
        waiting = shop.ask(waits=True)
        await shop.running("quick")
        await shop.answers.close(within_seconds=0)
        gone = await waiting
        assert (gone.refusal, gone.headers["Retry-After"]) == ((503, 503), "2")
        office = shop.office
        tags = office.member.prepared("GET", f"/api/v1/workspaces/{office.workspace_id}/tags")
        assert (await office.server.ask_on_loop(*tags)).status == 200
        again = await shop.ask()
        assert again.refusal == (503, 503)

    run(scenario)


def test_what_is_no_question_ends_the_connection_alone(run: Run) -> None:
    async def scenario(shop: Workshop) -> None:
        for nonsense in (b"", b"\xc1", msgspec.msgpack.encode({"is_heavy": True})):
            reader, writer = await connect(shop.socket)
            await write_frame(writer, nonsense)
            assert await read_frame(reader) is None
            writer.close()
        reader, writer = await connect(shop.socket)
        await write_frame(writer, msgspec.msgpack.encode(Question(False, msgspec.Raw(b"\xc0"))))
        assert await read_frame(reader) is None
        writer.close()
        assert (await shop.ask(length=LENGTH)).content == content(LENGTH)

    run(scenario)


def test_where_nobody_listens_is_told_to_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "ARRIVAL_SECONDS", 0.2)
    with pytest.raises(TryLater):
        asyncio.run(WorkerDoor(tmp_path / "none.sock").pass_on(None))  # type: ignore[arg-type]
