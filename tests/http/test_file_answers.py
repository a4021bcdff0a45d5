"""Answers that are files: whole, private while they are made, gone afterwards, and never in memory as a whole."""

import asyncio
import contextlib
import errno
import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hourbook.http import file_answers
from hourbook.http.file_answers import PORTION_BYTES, AnswerFiles, FileParts
from hourbook.http.operation import Call, Cost, FileContent, operation
from hourbook.worker.answering import AnswerServer
from hourbook.worker.asking import WorkerDoor
from tests.asgi import scope_of
from tests.harness import Answer, Office
from tests.http.trial import CONTENT_TYPE, LENGTH, Trial, content, worker_pipeline


@pytest.fixture(params=["here", "in the worker"])
def served(request: pytest.FixtureRequest, office: Office, trial: Trial, tmp_path: Path) -> Iterator[Trial]:
    """The same questions with and without a worker."""
    if request.param == "here":
        yield trial
        return
    server = office.server
    pipeline = worker_pipeline(server)
    answers = AnswerServer(tmp_path / "w.sock", lambda: pipeline)
    server.loop.run_until_complete(answers.start())
    server.runtime.pipeline.pass_on = WorkerDoor(tmp_path / "w.sock").pass_on
    yield trial
    server.runtime.pipeline.pass_on = None
    server.loop.run_until_complete(answers.close(within_seconds=5))
    server.loop.run_until_complete(asyncio.sleep(0.01))


def ask(office: Office, **body: Any) -> Answer:
    return office.member.report("/trials", body)


def open_files() -> int:
    """Files without a name that this process holds open, forgotten ones aside."""
    if named_nowhere():
        gc.collect()  # of a whole suite it takes long, so not for nothing
    return named_nowhere()


def named_nowhere() -> int:
    found = 0
    for name in os.listdir("/proc/self/fd"):
        try:
            found += os.readlink(f"/proc/self/fd/{name}").endswith(".csv (deleted)")
        except OSError:
            continue
    return found


def check_nothing_is_left(office: Office, trial: Trial) -> None:
    """Neither names of files nor files that are open, once the worker has heard that it is over."""
    for _ in range(2000):
        if not open_files():
            break
        office.server.loop.run_until_complete(asyncio.sleep(0.01))
    assert len(trial.files) == 1
    assert not trial.files[0].exists()
    assert open_files() == 0


@pytest.mark.parametrize("length", [0, 1, PORTION_BYTES, PORTION_BYTES * 2, LENGTH])
def test_a_file_comes_whole_with_its_length_and_its_headers(office: Office, served: Trial, length: int) -> None:
    found = ask(office, length=length)
    assert (found.status, found.content) == (200, content(length))
    assert found.headers["Content-Length"] == str(length)
    assert found.headers["Content-Type"] == CONTENT_TYPE
    assert found.headers["Content-Disposition"] == "filename=trial.csv"
    check_nothing_is_left(office, served)


def test_only_this_account_may_open_it_while_it_is_made(office: Office, served: Trial) -> None:
    before = os.umask(0)
    try:
        ask(office, length=10)
    finally:
        os.umask(before)
    assert served.modes == [0o600, 0o700]


def test_the_same_operation_answers_with_json_or_with_nothing(office: Office, served: Trial) -> None:
    found = ask(office)
    assert (found.status, found.body["asker"]) == (200, office.member.id)
    assert found.headers["Content-Type"] == "application/json"
    empty = ask(office, fails="nothing")
    assert (empty.status, empty.content) == (200, b"")
    assert "Content-Type" not in empty.headers


def test_nothing_is_left_when_the_handler_fails_after_it_was_made(office: Office, served: Trial) -> None:
    assert ask(office, length=100, fails="a bug").status == 500
    check_nothing_is_left(office, served)


def test_a_head_sends_none_of_it_and_leaves_nothing(office: Office, served: Trial) -> None:
    found = office.member.report("/trials/one", method="HEAD")
    assert (found.status, found.content) == (200, b"")
    assert found.headers["Content-Length"] == str(LENGTH)
    check_nothing_is_left(office, served)


def test_a_full_disk_is_507_and_can_be_tried_again(office: Office, served: Trial) -> None:
    def fill(path: Path) -> None:
        # As a library tells it that caught the first error.
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        except OSError:
            raise RuntimeError("the file could not be written") from None

    served.on_file = fill
    found = ask(office, length=100)
    assert (found.refusal, found.headers["Retry-After"]) == ((507, 507), "30")
    check_nothing_is_left(office, served)


def test_what_the_database_needs_of_the_disk_is_left_to_it(
    office: Office, served: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_answers, "SPARE_BYTES", 1 << 62)
    assert ask(office, length=100).refusal == (507, 507)
    assert ask(office).status == 200


@pytest.mark.parametrize("is_told", [False, True], ids=["silence", "error"])
def test_it_is_sent_in_portions_and_a_client_that_leaves_in_the_middle_leaves_nothing(
    office: Office, served: Trial, is_told: bool
) -> None:
    """One server tells of a connection that is gone by an error, another takes what is sent and says nothing."""
    sent: list[int] = []
    asked = iter([True])
    left = asyncio.Event()
    method, path, parts, query, headers = office.member.prepared(
        "POST", f"/report/v1/workspaces/{office.workspace_id}/trials", {"length": LENGTH}
    )

    async def receive() -> dict[str, Any]:
        if next(asked, False):
            return {"type": "http.request", "body": parts[0], "more_body": False}
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(len(message.get("body", b"")))
        if len(sent) == 3:
            left.set()
            if is_told:
                raise ConnectionError("gone")
            for _ in range(20):  # turns of the loop, of which it needs a few to hear that the client is gone
                await asyncio.sleep(0.001)

    async def leave() -> None:
        with pytest.raises(ConnectionError) if is_told else contextlib.nullcontext():
            await office.server.runtime.app(scope_of(method, path, query, headers), receive, send)

    office.server.loop.run_until_complete(asyncio.wait_for(leave(), 60))
    assert len(sent) == 3
    assert sent[0] == 0
    assert max(sent) <= PORTION_BYTES
    check_nothing_is_left(office, served)


def test_a_file_that_was_there_before_stays(tmp_path: Path, office: Office, trial: Trial) -> None:
    kept = tmp_path / "kept.csv"
    kept.write_bytes(b"kept")

    def answer_with_it(call: Call, body: Any) -> FileContent:
        return FileContent(kept, CONTENT_TYPE)

    trial.make_report = answer_with_it  # type: ignore[method-assign]
    assert ask(office).content == b"kept"
    assert kept.exists()


def test_only_a_long_read_can_answer_with_a_file() -> None:
    def short_file(call: Call, workspace_id: str) -> FileContent:
        return FileContent(Path(), "")

    with pytest.raises(LookupError, match="long read"):
        operation("GET", "/workspaces/{workspace_id}/x", contract=None, action="tag.list")(short_file)
    with pytest.raises(LookupError, match="long read"):
        operation(
            "POST",
            "/workspaces/{workspace_id}/x",
            contract=None,
            action="tag.list",
            journals=("TAG_CREATED",),
            cost=Cost.LONG,
        )(short_file)


# --- the parts, by themselves ------------------------------------------------------------------


def open_parts(folder: Path, length: int = LENGTH) -> FileParts:
    path = folder / "a.csv"
    path.write_bytes(content(length))
    parts = FileParts(path)
    path.unlink()
    return parts


def test_parts_that_nobody_begins_are_closed_when_they_are_forgotten(tmp_path: Path) -> None:
    parts: FileParts | None = open_parts(tmp_path)
    assert open_files() == 1
    del parts
    assert open_files() == 0


def test_closing_while_a_thread_reads_waits_for_nobody_and_closes_once(tmp_path: Path) -> None:
    async def scenario() -> bytes:
        parts = open_parts(tmp_path)
        reading = asyncio.ensure_future(anext(parts))
        await asyncio.sleep(0)
        await parts.aclose()
        await parts.aclose()
        found = await asyncio.gather(reading, return_exceptions=True)
        with pytest.raises(StopAsyncIteration):
            await anext(parts)
        return found[0] if isinstance(found[0], bytes) else b""

    assert asyncio.run(scenario()) in (b"", content(LENGTH)[:PORTION_BYTES])
    assert open_files() == 0


def test_a_folder_of_its_own_goes_with_its_owner(tmp_path: Path) -> None:
    files: AnswerFiles | None = AnswerFiles()
    assert files is not None
    folder = files.new(".csv").parent
    assert folder.is_dir()
    del files
    gc.collect()
    assert not folder.exists()
    given = AnswerFiles(tmp_path / "files")
    assert given.new(".csv").parent == tmp_path / "files"
    del given
    assert (tmp_path / "files").is_dir()
