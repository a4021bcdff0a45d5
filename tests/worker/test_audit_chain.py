"""The worker makes audit chains reach the ends of their journals."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from hourbook.journal import chain_store
from hourbook.journal.chain import Portion
from hourbook.main import Runtime
from hourbook.resources.audit import actions_chain
from hourbook.resources.tags import actions as tags
from hourbook.settings import load_settings
from hourbook.worker import audit_chain
from hourbook.worker.handlers import HANDLERS, RECURRING
from hourbook.worker.runner import Runner
from hourbook.worker.verbs import VerbCall, work_of
from tests import people
from tests.worker.rig import Rig


def make_tags(rig: Rig, here: str, count: int) -> None:
    for _ in range(count):
        rig.write(lambda tx: tags.create_tag(tx, tx.new_id()), here)


@pytest.fixture
def here(rig: Rig) -> str:
    """A workspace."""
    return people.create_owner(rig, "Olivia", email="o@example.org", workspace="Office").workspace_id


def extend(rig: Rig, runtime: Callable[[], Runtime] | None = None) -> str | None:
    rig.queue_job(audit_chain.KIND)
    runner = Runner(load_settings({}, {}), rig.verbs, HANDLERS, runtime=runtime or (lambda: rig.runtime))
    assert rig.run(runner.work())
    return rig.jobs()[0].result


def head(rig: Rig, here: str) -> Any:
    return rig.read(chain_store.find_head, here)


def test_it_recurs() -> None:
    assert RECURRING[audit_chain.KIND] == audit_chain.EVERY_SECONDS


@pytest.mark.parametrize(
    "limits",
    [{"STEP_ROWS": 3}, {"PORTION_ROWS": 3, "BEHIND_LIMIT": 0}, {"PORTION_ROWS": 3, "STEP_ROWS": 3, "BEHIND_LIMIT": 6}],
    ids=["little", "much", "much at first"],
)
def test_it_takes_portion_after_portion_to_the_end(
    rig: Rig, here: str, limits: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, count in limits.items():
        monkeypatch.setattr(actions_chain, name, count)
    make_tags(rig, here, 8)
    extend(rig)
    end = rig.read(chain_store.counted_revision, here)
    assert head(rig, here).revision == end
    assert rig.read(actions_chain.verify, here).bad_revision is None
    assert extend(rig) == "0"


def test_a_workspace_from_before_there_were_chains_gets_one(rig: Rig, here: str) -> None:
    make_tags(rig, here, 2)
    rig.write(lambda tx: tx.connection.text("DELETE FROM audit_heads"), here)
    extend(rig)
    assert head(rig, here).revision == rig.read(chain_store.counted_revision, here)


@pytest.mark.parametrize("behind", [1000, 0], ids=["little", "much"])
def test_it_stops_where_a_row_is_missing_and_says_so(
    rig: Rig, here: str, behind: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions_chain, "BEHIND_LIMIT", behind)
    extend(rig)
    end = head(rig, here).revision
    make_tags(rig, here, 2)
    rig.write(lambda tx: tx.connection.text(f"DELETE FROM journal WHERE revision = {end + 1}"), here)
    extend(rig)
    assert head(rig, here).revision == end


def test_what_a_quiet_server_leaves_does_not_make_the_worker_load_the_database(rig: Rig, here: str) -> None:
    def runtime() -> Runtime:
        raise AssertionError("not for so little")

    make_tags(rig, here, 20)
    assert int(extend(rig, runtime) or 0) > 20
    assert head(rig, here).revision == rig.read(chain_store.counted_revision, here)


def test_a_portion_passes_through_the_socket_as_it_is(rig: Rig, here: str) -> None:
    make_tags(rig, here, 2)
    portion: Portion = rig.read(actions_chain.read_portion, here)
    sent = VerbCall("audit.chain.extend", {"portion": portion}, here)
    arrived = msgspec.json.decode(msgspec.json.encode(sent), type=VerbCall)
    assert rig.write(work_of(arrived), here) is True
    assert head(rig, here).digest == portion.digest
