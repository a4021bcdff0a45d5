"""One running timer a person and workspace, whatever races: held by the database, on both.

Every caller gets an answer that is no server trouble, and the timers that were started follow
one another without overlap.
"""

from concurrent.futures import ThreadPoolExecutor

from hourbook.access.actors import SYSTEM
from hourbook.core.types import Role
from hourbook.resources.time_entries import actions
from hourbook.resources.time_entries.rules import Draft
from tests.harness import Office

STARTS = 32


def _start(office: Office, number: int) -> str:
    facts = office.server.facts(SYSTEM)

    def work(tx: object) -> str:
        draft = Draft(start_s=office.clock.now_s, description=str(number))
        return actions.create_entry(tx, office.member.id, draft).id  # type: ignore[arg-type]

    return office.database.write_now(facts, office.workspace_id, work)


def test_32_threads_start_timers_and_one_runs(office: Office) -> None:
    assert Role.OWNER in SYSTEM.roles
    with ThreadPoolExecutor(STARTS) as threads:
        made = list(threads.map(lambda number: _start(office, number), range(STARTS)))
    assert len(set(made)) == STARTS
    path = f"/user/{office.member.id}/time-entries"
    running = office.member.get(path, in_progress=True).body
    assert len(running) == 1
    assert len(office.member.get(path).body) == STARTS


def test_32_requests_at_once_are_all_answered(office: Office) -> None:
    member = office.member
    path = f"/api/v1/workspaces/{office.workspace_id}/time-entries"
    asked = [member.prepared("POST", path, {"description": str(number)}) for number in range(STARTS)]
    answers = office.server.ask_all(asked)
    assert {answer.status for answer in answers} == {201}
    stop = [member.prepared("PATCH", f"/api/v1/workspaces/{office.workspace_id}/user/{member.id}/time-entries", {})] * 8
    statuses = sorted(answer.status for answer in office.server.ask_all(stop))
    assert statuses == [200] + [404] * 7
