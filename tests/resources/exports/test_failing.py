"""Exports that cannot be made, and what is left of exports: nothing."""

import errno
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hourbook.core.errors import TryLater
from hourbook.db.statement import Statement
from hourbook.db.tables.exports import export_parts, exports
from hourbook.documents import csv_file
from hourbook.http import file_answers
from hourbook.journal import journal
from hourbook.resources.exports import actions, actions_making
from hourbook.resources.jobs.rules import LONGEST_PAUSE_SECONDS, TRIES
from hourbook.resources.workspaces import actions_ownership
from hourbook.worker import exports as making
from hourbook.worker.runner import JobRun
from tests.harness import Office
from tests.resources.exports.making import MAY, Worker, file_of, get, path_of, started, stop_clock

FULL = "The disk is full. Start the export again when there is room"
ROWS = Statement(sa.select(exports.c.workspace_id))
PARTS = Statement(sa.select(export_parts.c.workspace_id))


@pytest.fixture(autouse=True)
def clock(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_clock(office, monkeypatch)


def count(office: Office, statement: Statement) -> int:
    found = office.read(lambda tx: tx.rows(statement))
    return sum(row[0] == office.workspace_id for row in found)


def files_of(office: Office) -> list[Path]:
    folder = office.server.runtime.pipeline.kept.files._folder
    return [] if folder is None else list(folder.iterdir())


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("kind", ["CSV", "XLSX", "PDF"])
def test_a_disk_that_fills_up_is_said_at_once_and_nothing_is_left(
    office: Office, monkeypatch: pytest.MonkeyPatch, kind: str, number: int
) -> None:
    def full(*_: Any) -> None:
        raise OSError(number, "No space left on device")

    monkeypatch.setattr("hourbook.documents.writing.os.replace", full)
    export_id = started(office.member, kind)
    Worker(office).work()
    shown = get(office.member, export_id)
    assert (shown["state"], shown["reason"]) == ("FAILED", FULL)
    answer = file_of(office.member, export_id)
    assert (answer.status, answer.message) == (409, f"This export has failed: {FULL}")
    direct = office.member.report("/reports/detailed", MAY | {"exportType": kind})
    assert (direct.refusal, direct.headers["Retry-After"]) == ((507, 507), "30")
    assert direct.message == "The disk is full."
    assert files_of(office) == []


def test_a_disk_that_is_nearly_full_is_left_to_the_database(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_answers, "SPARE_BYTES", 1 << 62)
    export_id = started(office.member)
    Worker(office).work()
    assert get(office.member, export_id)["reason"] == FULL
    monkeypatch.undo()
    stop_clock(office, monkeypatch)
    again = started(office.member)
    Worker(office).work()
    assert get(office.member, again)["state"] == "DONE"


def test_trouble_that_passes_is_waited_for(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: Any, **__: Any) -> None:
        raise TryLater("The database is away.")

    with monkeypatch.context() as away:
        away.setattr(actions_making, "make_file", busy)
        export_id = started(office.member)
        Worker(office).work()
        assert get(office.member, export_id)["state"] == "WAITING"
    office.clock.move(61)
    Worker(office).work()
    assert get(office.member, export_id)["state"] == "DONE"


def test_what_fails_again_and_again_is_given_up_and_no_more_is_told_than_that(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr(csv_file, "write_portions", broken)
    export_id = started(office.member)
    for attempt in range(TRIES):
        assert get(office.member, export_id)["state"] == "WAITING", attempt
        Worker(office).work()
        office.clock.move(LONGEST_PAUSE_SECONDS)
    shown = get(office.member, export_id)
    assert shown["state"] == "FAILED"
    assert shown["reason"] == "Making this file failed again and again. The log of the server says why"
    assert files_of(office) == []


def test_ids_in_the_filter_that_are_nothing_here_match_nothing(office: Office) -> None:
    body = {"start": "2026-05-18T08:00:00Z", "end": "2026-05-18T09:00:00Z"}
    assert office.member.post("/time-entries", body).status == 201
    export_id = started(office.member, projects={"ids": ["f" * 24]})
    Worker(office).work()
    assert get(office.member, export_id)["rowsCount"] == 0


def test_nothing_is_left_of_the_exports_of_a_workspace_that_is_deleted(office: Office) -> None:
    started(office.member)
    Worker(office).work()
    assert (count(office, ROWS), count(office, PARTS)) == (1, 1)
    path = f"/api/hourbook/v1/workspaces/{office.workspace_id}"
    name = office.owner.raw("GET", path).body["name"]
    assert office.owner.raw("POST", path + "/deletion", {"name": name}).status == 200
    office.clock.move(15 * 86_400)
    while office.write(lambda tx: actions_ownership.erase_portion(tx, 1000)):
        pass
    assert (count(office, ROWS), count(office, PARTS)) == (0, 0)


def test_nothing_is_left_of_the_exports_of_a_person_who_is_erased(office: Office) -> None:
    export_id = started(office.member, description="Quackenbush")
    Worker(office).work()
    started(office.member, description="Quackenbush too")
    path = f"/api/hourbook/v1/workspaces/{office.workspace_id}/users/{office.member.id}/erase"
    answer = office.owner.raw("POST", path, {"confirmation": office.member.email})
    assert answer.status < 300, answer
    assert (count(office, ROWS), count(office, PARTS)) == (0, 0)
    assert office.owner.raw("GET", path_of(office.owner, export_id)).status == 400
    assert "Quackenbush" not in repr(office.read(lambda tx: list(journal.iterate_since(tx, 0))))


def test_making_stops_in_the_middle_when_nobody_waits_any_more(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    body = {"start": "2026-05-18T08:00:00Z", "end": "2026-05-18T09:00:00Z"}
    assert office.member.post("/time-entries", body).status == 201
    monkeypatch.setattr(making, "ASK_SECONDS", 0.0)
    export_id = started(office.member)
    steps: list[str] = []
    real = making._made

    def made(run: JobRun, export: Any, path: Path) -> Any:
        asked = {"export_id": export_id, "reason": "Nobody waits"}
        assert run.call("exports.give_up", bool, asked, workspace_id=office.workspace_id)
        steps.append("begun")
        found = real(run, export, path)
        steps.append("made")
        return found

    monkeypatch.setattr(making, "_made", made)
    Worker(office).work()
    assert steps == ["begun"]
    assert get(office.member, export_id)["reason"] == "Nobody waits"
    assert (count(office, PARTS), files_of(office)) == (0, [])


@pytest.mark.parametrize("is_deleted", [False, True])
def test_who_deletes_an_export_does_not_want_it_any_more(office: Office, is_deleted: bool) -> None:
    export_id = started(office.member)
    if is_deleted:
        assert office.member.raw("DELETE", path_of(office.member, export_id)).status == 204
    assert office.read(lambda tx: actions.is_wanted(tx, export_id)) is not is_deleted
