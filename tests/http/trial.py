"""Operations that exist in tests alone: one of each kind that the frame can carry, and a server that has them.

What they answer says what the frame gave them, so that a test of the frame needs no slice.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hourbook.http.app import App
from hourbook.http.operation import (
    OPERATIONS,
    Call,
    Cost,
    CredentialUse,
    FileContent,
    Surface,
    operation,
)
from hourbook.http.pipeline import Pipeline
from hourbook.http.wire import In, Out
from tests.harness import Server

CONTENT_TYPE = "text/csv"
# Longer than a portion and no multiple of it.
LENGTH = 700_001


class TrialBody(In):
    """`length`: of the file that is asked for. `fails`: after it was made. `is_heavy`: waits in the other line."""

    length: int | None = None
    fails: str = ""
    is_heavy: bool = False
    waits: bool = False


class TrialAnswer(Out):
    asker: str | None
    workspace: str
    path: str = ""


@dataclass
class Trial:
    """What the operations were seen to do. `gate`: those that wait go on when it is set."""

    gate: threading.Event = field(default_factory=threading.Event)
    files: list[Path] = field(default_factory=list)
    modes: list[int] = field(default_factory=list)
    running: list[str] = field(default_factory=list)
    # Runs instead of what the handler would do with its file.
    on_file: Callable[[Path], None] | None = None

    def make_report(self, call: Call, body: TrialBody) -> TrialAnswer | FileContent | None:
        self.running.append("heavy" if body.is_heavy else "quick")
        if body.waits:
            assert self.gate.wait(20)
        if body.fails == "nothing":
            return None
        if body.length is None:
            return answer(call)
        path = call.new_file(".csv")
        self.files.append(path)
        self.modes += [path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777]
        if self.on_file is not None:
            self.on_file(path)
        path.write_bytes(content(body.length))
        if body.fails:
            raise RuntimeError(body.fails)
        call.headers["Content-Disposition"] = "filename=trial.csv"
        return FileContent(path, CONTENT_TYPE)


def content(length: int) -> bytes:
    """Bytes in which a portion that is lost or in the wrong place is seen."""
    return b"".join(b"%09d\n" % number for number in range(length // 10 + 1))[:length]


def answer(call: Call) -> TrialAnswer:
    return TrialAnswer(asker=call.actor.id, workspace=call.actor.workspace_id)


def declare(trial: Trial) -> None:
    """Puts the operations into the table."""

    @operation(
        "POST",
        "/workspaces/{workspace_id}/trials",
        contract=None,
        surface=Surface.REPORTS,
        action="tag.list",
        reads_only=True,
        cost=Cost.LONG,
        in_worker=True,
        body_required=False,
    )
    def make_trial(call: Call, workspace_id: str, body: TrialBody) -> TrialAnswer | FileContent | None:
        """Answers with JSON, a file or nothing."""
        return trial.make_report(call, body)

    @operation(
        "GET",
        "/workspaces/{workspace_id}/trials/{trial_id}",
        contract=None,
        surface=Surface.REPORTS,
        action="tag.list",
        cost=Cost.LONG,
        in_worker=True,
    )
    def get_trial(call: Call, workspace_id: str, trial_id: str) -> FileContent:
        """A file."""
        found = trial.make_report(call, TrialBody(length=LENGTH))
        assert isinstance(found, FileContent)
        return found

    @operation(
        "GET",
        "/trials/{trial_id}",
        contract=None,
        surface=Surface.REPORTS,
        action="file.read",
        credential=CredentialUse.OPTIONAL,
    )
    def get_shared_trial(call: Call, trial_id: str) -> TrialAnswer:
        """Says who asked."""
        return answer(call)


@contextlib.contextmanager
def trying(server: Server) -> Iterator[Trial]:
    """The server answers the operations of a trial besides its own."""
    before, app = dict(OPERATIONS), server.runtime.app
    trial = Trial()
    declare(trial)
    server.runtime.app = App(server.runtime.pipeline, root_path="/time")
    try:
        yield trial
    finally:
        trial.gate.set()
        server.runtime.app = app
        OPERATIONS.clear()
        OPERATIONS.update(before)


def worker_pipeline(server: Server) -> Pipeline:
    """A pipeline as the worker has it, on the server's database."""
    runtime = server.runtime
    made = Pipeline(runtime.database, runtime.clock, runtime.ids, secrets=runtime.secrets)
    made.kept.columns = runtime.pipeline.kept.columns
    return made


Body = dict[str, Any]
