"""The janitor: everything in its table goes when its time is over, nothing else, and no sooner."""

import importlib
import inspect

import pytest

from hourbook.core.clock import SystemClock
from hourbook.resources.workspaces import actions_ownership, store_deletion
from hourbook.settings import SETTINGS, load_settings
from hourbook.worker import janitor, retention
from hourbook.worker.handlers import HANDLERS, RECURRING
from hourbook.worker.retention import PERIODS
from hourbook.worker.runner import Runner
from hourbook.worker.verbs import BULK, READS, WRITES, module_of
from tests import people
from tests.worker.rig import Rig

DAY_S = 86_400


@pytest.fixture
def now(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Rig:
    """The janitor asks the machine's clock; here that is the test's."""
    monkeypatch.setattr(SystemClock, "now_us", lambda self: rig.clock.now_us())
    return rig


def clear_up(rig: Rig, **settings: str) -> str | None:
    rig.queue_job(janitor.KIND)
    found = load_settings({}, settings)
    assert rig.run(Runner(found, rig.verbs, HANDLERS).work())
    return rig.jobs()[0].result


def test_the_table_names_verbs_and_settings_that_exist() -> None:
    for period in PERIODS:
        assert period.verb in BULK
        assert period.setting in {row.name for row in SETTINGS}
    assert RECURRING.keys() <= HANDLERS.keys()


def test_every_verb_is_an_action_that_says_its_types() -> None:
    for name in READS | WRITES | BULK:
        module, action_name = importlib.import_module(module_of(name)), name.rpartition(".")[2]
        hints = inspect.get_annotations(getattr(module, action_name), eval_str=True)
        parameters = inspect.signature(getattr(module, action_name)).parameters
        assert hints.keys() == parameters.keys() | {"return"}, name
    for period in PERIODS:
        module, action_name = importlib.import_module(module_of(period.verb)), period.verb.rpartition(".")[2]
        assert list(inspect.signature(getattr(module, action_name)).parameters) == ["tx", "before_us", "limit"]


def test_finished_jobs_and_mails_go_after_their_days_and_not_before(now: Rig) -> None:
    clear_up(now)
    now.clock.move(13 * DAY_S)
    clear_up(now)
    assert len(now.jobs()) == 2
    now.clock.move(2 * DAY_S)
    assert clear_up(now) == '{"finished jobs":1}'
    assert len(now.jobs()) == 2


def test_a_period_of_nothing_keeps_forever(now: Rig) -> None:
    clear_up(now)
    now.clock.move(10_000 * DAY_S)
    assert clear_up(now, HOURBOOK_KEEP_JOBS_DAYS="0") == "{}"


def test_it_goes_on_until_nothing_is_left(now: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PORTION", 2)
    monkeypatch.setattr(janitor, "PORTION", 2)
    for _ in range(7):
        now.queue_job("once")
        now.run(Runner(load_settings({}, {}), now.verbs, {"once": lambda run: None}).work())
        now.clock.move(1)
    now.clock.move(20 * DAY_S)
    assert clear_up(now) == '{"finished jobs":7}'


def test_a_workspace_goes_when_its_waiting_time_is_over(now: Rig) -> None:
    server = type("Server", (), {"database": now.database, "facts": now.facts})()
    made = people.create_owner(server, "Olivia", email="o@example.org", workspace="Old")
    now.write(lambda tx: actions_ownership.schedule_deletion(tx, "Old"), made.workspace_id)
    clear_up(now)
    assert now.read(lambda tx: store_deletion.due_workspaces(tx)) == []
    now.clock.move(15 * DAY_S)
    assert now.read(lambda tx: store_deletion.due_workspaces(tx)) == [made.workspace_id]
    assert "rows of deleted workspaces" in (clear_up(now) or "")
    assert now.read(lambda tx: store_deletion.due_workspaces(tx)) == []


def test_unused_pictures_are_looked_for_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    class Run:
        settings = load_settings({}, {})

        def call(self, verb: str, result: object, arguments: dict[str, object] | None = None, **_: object) -> object:
            if verb != "files.sweep_unused":
                return [] if verb.endswith("due_workspaces") else 0
            asked.append((arguments or {})["after_id"])
            return (2, "a" * 24) if len(asked) == 1 else (1, None)

    assert janitor.clear_up(Run()) == {"pictures that nobody uses": 3}  # type: ignore[arg-type]
    assert asked == ["", "a" * 24]
