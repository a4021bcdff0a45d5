"""The two sockets between web process and worker: what passes, what is refused, what a death on either side does."""

import asyncio
import contextlib
import os
import stat
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hourbook.access.actors import Actor
from hourbook.core.errors import TryLater
from hourbook.http.file_answers import AnswerFiles
from hourbook.http.messages import Passed, Response
from hourbook.http.operation import Visitor
from hourbook.resources.mail.rules import QueuedMail
from hourbook.worker import answering, asking, frames, remote, verb_server
from hourbook.worker.answering import AnswerServer
from hourbook.worker.asking import WorkerDoor
from hourbook.worker.frames import Unreachable, connect, listen, read_frame, write_frame
from hourbook.worker.messages import AnswerHead
from hourbook.worker.places import PATH_LIMIT_BYTES, places
from hourbook.worker.remote import RemoteVerbs
from hourbook.worker.running import VerbRunner
from hourbook.worker.verb_server import VerbServer
from hourbook.worker.verbs import VerbAnswer, VerbCall, VerbFailed
from tests.watching import LogTail
from tests.worker.rig import Rig

PASSED = Passed("list_tags", ("a" * 24,), b"", b"", Actor(id="b" * 24), Visitor(), "request", 0)


class Echo:
    """Runs nothing; answers what it was asked, and counts the messages."""

    def __init__(self) -> None:
        self.batches: list[list[VerbCall]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def run_all(self, calls: list[VerbCall]) -> list[VerbAnswer]:
        self.batches.append(calls)
        await self.gate.wait()
        return [VerbAnswer(call.arguments["number"]) for call in calls]


@contextlib.asynccontextmanager
async def verb_server_at(path: Path, runner: Any) -> AsyncIterator[VerbServer]:
    server = VerbServer(runner, path)
    await server.start()
    try:
        yield server
    finally:
        await server.close()
        await asyncio.sleep(0.01)


def test_only_this_account_may_open_the_socket_files(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with listen(tmp_path / "a.sock"), listen(tmp_path / "a.sock"):
            assert stat.S_IMODE((tmp_path / "a.sock").stat().st_mode) == 0o600
        assert os.umask(0) == 0
    finally:
        os.umask(before)


def test_places_are_in_the_data_folder_unless_its_path_is_too_long(tmp_path: Path) -> None:
    with places(tmp_path) as found:
        assert {found.web.parent, found.worker.parent} == {tmp_path}
        assert found.holder == "embedded"
    deep = tmp_path / ("x" * PATH_LIMIT_BYTES)
    for folder in (deep, None):
        with places(folder) as found:
            own = found.web.parent
            assert own.is_dir()
            assert stat.S_IMODE(own.stat().st_mode) == 0o700
            found.web.touch()
        assert not own.exists()


def test_files_that_are_answers_have_a_folder_beside_the_sockets_and_nothing_of_it_is_left(tmp_path: Path) -> None:
    for folder in (tmp_path, None):
        with places(folder) as found:
            assert found.files.parent == found.worker.parent
            path = AnswerFiles(found.files).new(".csv")
            assert path.parent == found.files
            assert stat.S_IMODE(found.files.stat().st_mode) == 0o700
        assert not found.files.exists()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_in_the_temporary_folder_goes_with_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    killed, fresh, others = (tmp_path / name for name in ("hourbook-aaaaaaaa", "hourbook-bbbbbbbb", "hourbook-notes"))
    for folder in (killed, others):
        (folder / "hourbook-files" / ".hourbook-half").mkdir(parents=True)
    fresh.mkdir()
    with places(None) as running:
        running.files.mkdir()
        assert not killed.exists()
        with places(None) as beside:
            assert beside.files.parent != running.files.parent
            assert running.files.is_dir()
    assert sorted(tmp_path.iterdir()) == [fresh, others]


def test_verbs_asked_together_travel_together(tmp_path: Path) -> None:
    async def scenario() -> list[int]:
        echo = Echo()
        async with verb_server_at(tmp_path / "web.sock", echo):
            verbs = RemoteVerbs(tmp_path / "web.sock")
            echo.gate.clear()
            first = asyncio.create_task(verbs.call("x", int, {"number": 0}))
            while not echo.batches:
                await asyncio.sleep(0.001)
            more = [asyncio.create_task(verbs.call("x", int, {"number": n})) for n in range(1, 300)]
            await asyncio.sleep(0)
            echo.gate.set()
            assert await asyncio.gather(first, *more) == list(range(300))
            await verbs.close()
        return [len(batch) for batch in echo.batches]

    assert asyncio.run(scenario()) == [1, remote.BATCH_LIMIT, 99]


def test_a_server_that_is_away_is_unreachable_and_found_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        path = tmp_path / "web.sock"
        verbs = RemoteVerbs(path)
        with pytest.raises(Unreachable):
            await verbs.call("x", int, {"number": 1})
        for _ in range(2):
            async with verb_server_at(path, Echo()) as server:
                assert await verbs.call("x", int, {"number": 1}) == 1
                server._connected.copy().pop().cancel()
            with pytest.raises(Unreachable):
                await verbs.call("x", int, {"number": 1})
        await verbs.close()

    asyncio.run(scenario())


def test_only_verbs_of_the_table_are_run(rig: Rig, tmp_path: Path, app_log: LogTail) -> None:
    async def scenario() -> None:
        async with verb_server_at(tmp_path / "web.sock", rig.runner):
            verbs = RemoteVerbs(tmp_path / "web.sock")
            for name, arguments in (
                ("users.create_user", {"email": "x@example.org", "name": None}),
                ("mail.list_recent", {"limit": 1}),
                ("mail.lease_due", {"limit": 1, "tx": 1}),
                ("os.system", {}),
                ("mail", {}),
            ):
                with pytest.raises(VerbFailed):
                    await verbs.call(name, type(None), arguments)
            assert await verbs.call("mail.lease_due", list[QueuedMail], {"limit": 3}) == []
            with pytest.raises(VerbFailed):
                await verbs.call("mail.lease_due", list[QueuedMail], {"limit": "three"})
            await verbs.close()

    rig.run(scenario())
    assert len(app_log.lines) == 6


def test_a_verb_that_fails_takes_no_other_with_it(rig: Rig, tmp_path: Path) -> None:
    async def scenario() -> list[Any]:
        async with verb_server_at(tmp_path / "web.sock", rig.runner):
            verbs = RemoteVerbs(tmp_path / "web.sock")
            settle = {"workspace_id": "a" * 24, "mail_id": "b" * 24, "attempts": 1}
            found = await asyncio.gather(
                verbs.call("mail.is_due", bool),
                verbs.call("mail.settle_sent", bool, {"mail_id": 5}),
                verbs.call("mail.settle_sent", bool, settle),
                return_exceptions=True,
            )
            await verbs.close()
            return list(found)

    first, second, third = rig.run(scenario())
    assert (first, third) == (False, False)
    assert isinstance(second, VerbFailed)


def test_a_database_that_is_away_is_worth_another_try(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any, **__: Any) -> None:
        raise TryLater("The disk is full.")

    monkeypatch.setattr(rig.database, "read", away)
    with pytest.raises(Unreachable, match="The disk is full"):
        rig.run(rig.verbs.call("mail.is_due", bool))


@pytest.mark.parametrize("sent", [b"\xff\xff\xff\xff", b"\x00\x00\x00\x05ab", b"\x00", b"\x00\x00\x00\x02{}"])
def test_what_is_no_message_ends_its_own_connection_only(tmp_path: Path, sent: bytes) -> None:
    async def scenario() -> None:
        path = tmp_path / "web.sock"
        async with verb_server_at(path, Echo()):
            reader, writer = await connect(path)
            writer.write(sent)
            writer.write_eof()
            assert await reader.read() == b""
            writer.close()
            verbs = RemoteVerbs(path)
            assert await verbs.call("x", int, {"number": 4}) == 4
            await verbs.close()

    asyncio.run(scenario())


def test_a_message_over_the_limit_is_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "LIMIT_BYTES", 10)

    async def scenario() -> None:
        async with verb_server_at(tmp_path / "web.sock", Echo()):
            _, writer = await connect(tmp_path / "web.sock")
            with pytest.raises(ValueError, match="over the limit"):
                await write_frame(writer, b"x" * 11)
            await write_frame(writer, b"x" * 10)
            writer.close()
            await asyncio.sleep(0.05)  # until the other end has met it

    asyncio.run(scenario())


def test_a_stopping_web_process_waits_for_its_worker_but_not_forever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verb_server, "LEAVING_SECONDS", 60.0)

    async def scenario() -> None:
        echo = Echo()
        server = VerbServer(echo, tmp_path / "web.sock")  # type: ignore[arg-type]
        await server.start()
        verbs = RemoteVerbs(tmp_path / "web.sock")
        await verbs.call("x", int, {"number": 1})
        closing = asyncio.create_task(server.close())
        await asyncio.sleep(0.05)
        assert not closing.done()
        assert await verbs.call("x", int, {"number": 2}) == 2
        await verbs.close()
        await asyncio.wait_for(closing, 30)
        monkeypatch.setattr(verb_server, "LEAVING_SECONDS", 0.1)
        idle = VerbServer(echo, tmp_path / "web.sock")  # type: ignore[arg-type]
        await idle.start()
        staying = RemoteVerbs(tmp_path / "web.sock")
        await staying.call("x", int, {"number": 1})
        await asyncio.wait_for(idle.close(), 30)
        await staying.close()

    asyncio.run(scenario())


# --- long reads --------------------------------------------------------------------------------


class Pipeline:
    """Answers with what it was made with, after its gate opens."""

    def __init__(self, response: Response | Exception) -> None:
        self.response = response
        self.gate = asyncio.Event()
        self.gate.set()
        self.running_count = 0

    async def run_passed(self, passed: Passed) -> Response:
        self.running_count += 1
        await self.gate.wait()
        if isinstance(self.response, Exception):
            raise self.response
        return self.response


async def content_of(response: Response) -> bytes:
    assert response.parts is not None
    return b"".join([part async for part in response.parts])


@contextlib.asynccontextmanager
async def worker_at(path: Path, pipeline: Pipeline) -> AsyncIterator[AnswerServer]:
    server = AnswerServer(path, lambda: pipeline)  # type: ignore[return-value, arg-type]
    await server.start()
    try:
        yield server
    finally:
        await server.close(within_seconds=1)
        await asyncio.sleep(0.01)  # closed connections end at the next turn of their loop


def test_an_answer_comes_whole_however_large(tmp_path: Path) -> None:
    content = os.urandom(answering.PORTION_BYTES * 5 + 17)
    sent = Response(200, content, {"Content-Type": "text/csv"}, ("a=b",))

    async def scenario() -> None:
        async with worker_at(tmp_path / "w.sock", Pipeline(sent)):
            response = await WorkerDoor(tmp_path / "w.sock").pass_on(PASSED)
            assert (response.status, response.headers, response.cookies) == (200, sent.headers, ("a=b",))
            assert response.length == len(content)
            assert await content_of(response) == content

    asyncio.run(scenario())


def test_an_answer_without_content_has_none(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with worker_at(tmp_path / "w.sock", Pipeline(Response(204, None, {}))):
            assert await WorkerDoor(tmp_path / "w.sock").pass_on(PASSED) == Response(204, None, {})

    asyncio.run(scenario())


def test_where_no_worker_is_the_client_is_told_to_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "ARRIVAL_SECONDS", 0.2)
    with pytest.raises(TryLater) as caught:
        asyncio.run(WorkerDoor(tmp_path / "w.sock").pass_on(PASSED))
    assert (caught.value.status, caught.value.retry_after_seconds) == (503, 2)


def test_a_worker_that_is_just_starting_is_waited_for(tmp_path: Path) -> None:
    async def scenario() -> None:
        asked = asyncio.create_task(WorkerDoor(tmp_path / "w.sock").pass_on(PASSED))
        await asyncio.sleep(0.2)
        assert not asked.done()
        async with worker_at(tmp_path / "w.sock", Pipeline(Response(204, None, {}))):
            assert await asked == Response(204, None, {})

    asyncio.run(scenario())


def test_where_too_many_wait_the_client_is_told_to_come_back(tmp_path: Path) -> None:
    async def scenario() -> None:
        pipeline = Pipeline(Response(200, b"{}", {}))
        pipeline.gate.clear()
        async with worker_at(tmp_path / "w.sock", pipeline) as worker:
            door = WorkerDoor(tmp_path / "w.sock")
            limit = answering.AT_ONCE + answering.WAITING_LIMIT
            waiting = [asyncio.create_task(door.pass_on(PASSED)) for _ in range(limit)]
            while worker._quick._count < limit or pipeline.running_count < answering.AT_ONCE:
                await asyncio.sleep(0.001)
            await asyncio.sleep(0.05)
            assert pipeline.running_count == answering.AT_ONCE
            with pytest.raises(TryLater) as caught:
                await door.pass_on(PASSED)
            assert caught.value.retry_after_seconds == 5
            pipeline.gate.set()
            for response in await asyncio.gather(*waiting):
                assert await content_of(response) == b"{}"

    asyncio.run(scenario())


def test_a_bug_in_a_long_read_is_an_honest_500(tmp_path: Path, app_log: LogTail) -> None:
    async def scenario() -> Response:
        async with worker_at(tmp_path / "w.sock", Pipeline(RuntimeError("a bug"))):
            response = await WorkerDoor(tmp_path / "w.sock").pass_on(PASSED)
            assert msgspec.json.decode(await content_of(response))["code"] == 500
            return response

    assert asyncio.run(scenario()).status == 500
    assert any("a bug" in str(line) for line in app_log.lines)


def test_a_worker_that_dies_in_the_middle_cuts_the_answer_off(tmp_path: Path) -> None:
    async def scenario() -> None:
        path = tmp_path / "w.sock"

        async def die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_frame(reader)
            await write_frame(writer, msgspec.msgpack.encode(AnswerHead(200, {}, (), 100)))
            await write_frame(writer, b"x" * 50)
            writer.close()

        server = await asyncio.start_unix_server(die, sock=listen(path))
        response = await WorkerDoor(path).pass_on(PASSED)
        with pytest.raises(Unreachable):
            await content_of(response)
        server.close()
        await asyncio.sleep(0.01)

    asyncio.run(scenario())


def test_a_runner_keeps_the_workspace_of_a_verb(rig: Rig) -> None:
    assert isinstance(rig.runner, VerbRunner)
    assert rig.run(rig.verbs.call("workspaces.ownership.erase_portion", int, {"rows": 5}, workspace_id="b" * 24)) == 0
