"""What the process that answers requests loads: nothing of what reports and files are computed with."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HEAVY = {"numpy", "xlsxwriter", "typst", "PIL", "jwt", "hourbook.http.openapi"}
# The steps of a server's life, and after each which heavy modules are there.
PROGRAM = """
import json, sys
from hourbook import main, resources
told = {}
def tell(step):
    told[step] = sorted(set(sys.modules) & set(json.loads(sys.argv[2])))
tell("import")
resources.load()
tell("load")
main.build(sys.argv[1])
tell("build")
told["dialects"] = [name for name in ("postgresql", "sqlite") if "sqlalchemy.dialects." + name in sys.modules]
from tests.harness import Office, Server
from tests.watching import AppLog
server = Server(sys.argv[1], AppLog())
server.open()
office = Office(server)
def ask(answer):
    assert answer.status in (200, 201), answer
    return answer
week = {"dateRangeStart": "2026-05-18T00:00:00", "dateRangeEnd": "2026-05-24T23:59:59"}
summary = {**week, "summaryFilter": {"groups": ["PROJECT"]}}
started = {"start": "2026-05-19T08:00:00Z", "end": "2026-05-19T09:00:00Z"}
ask(office.owner.post("/time-entries", started))
ask(office.owner.get(f"/user/{office.owner.id}/time-entries"))
tell("core")
own = f"/api/hourbook/v1/workspaces/{office.workspace_id}"
reports = f"/report/v1/workspaces/{office.workspace_id}"
ask(office.owner.raw("POST", own + "/exports", {"type": "SUMMARY", "filter": {**summary, "exportType": "CSV"}}))
ask(office.owner.raw("GET", own + "/exports"))
shared = {"name": "Week", "type": "SUMMARY", "filter": {**summary, "exportType": "JSON"}}
ask(office.owner.raw("POST", reports + "/shared-reports", shared))
ask(office.owner.raw("GET", reports + "/shared-reports"))
tell("beside reports")
ask(office.owner.raw("POST", reports + "/reports/summary", summary))
tell("report")
print(json.dumps(told))
"""

# A process that a supervisor started, from when it collects nothing to its first answer.
SERVING = """
import gc, os, signal, sys
from hourbook import logs
rich = "rich" in sys.modules
from hourbook.cli import serving
from hourbook.settings import load_settings
gc.disable()
settings = load_settings({"data": sys.argv[1], "port": 0})
def tell():
    print([rich, gc.isenabled(), gc.get_freeze_count() > 50_000], flush=True)
    os.kill(os.getpid(), signal.SIGTERM)
with serving.listening(settings) as sock:
    serving.run_server(settings, sock, on_start=tell)
from rich.console import Console
"""


def ran(program: str, *arguments: str) -> str:
    """What a program printed last, run with the modules of this tree and of the tests."""
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", program, *arguments]
    environment = os.environ | {"HOURBOOK_DRAIN_SECONDS": "0"}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Any:
    url = f"sqlite:///{tmp_path_factory.mktemp('start')}/h.db"
    return json.loads(ran(PROGRAM, url, json.dumps(sorted(HEAVY))))


@pytest.mark.parametrize("step", ["import", "load", "build"])
def test_nothing_heavy_is_loaded_when_a_server_starts(told: Any, step: str) -> None:
    assert told[step] == []


def test_of_the_dialects_only_that_of_the_database_is_loaded(told: Any) -> None:
    assert told["dialects"] == ["sqlite"]


def test_nor_with_the_first_requests_about_entries(told: Any) -> None:
    assert told["core"] == []


def test_nor_by_starting_an_export_or_sharing_a_report(told: Any) -> None:
    assert told["beside reports"] == []


def test_the_first_report_loads_what_it_is_computed_with_and_no_writer_of_files(told: Any) -> None:
    assert told["report"] == ["numpy"]


def test_logging_loads_no_rich_and_what_a_start_made_is_never_looked_at_for_garbage(tmp_path: Path) -> None:
    assert ran(SERVING, str(tmp_path)) == "[False, True, True]"
