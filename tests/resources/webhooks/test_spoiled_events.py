"""An event that something is wrong with is passed over, once and aloud; all others are told, and nothing stops."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from hourbook.core.errors import TryLater
from hourbook.db.statement import Statement
from hourbook.journal import past
from hourbook.journal.journal import current_revision
from hourbook.resources.projects import actions as projects
from hourbook.resources.webhooks import actions_fanout_states as states
from hourbook.resources.webhooks import wire_payloads
from hourbook.resources.webhooks.rules import Family, Source
from tests.fanouts import cursor, fanout_of, hook, sent, tell
from tests.harness import Office
from tests.watching import AppLog, LogTail

START = "2026-05-20T08:00:00Z"
PASSED_OVER = "an event cannot be told and was passed over"
NO_SUCH_TABLE = Statement(sa.select(sa.column("id")).select_from(sa.table("no_such_table")))
# Where something goes wrong with the middle one of three.
Spoil = Callable[[pytest.MonkeyPatch, str], None]


def _body(patch: pytest.MonkeyPatch, bad: str) -> None:
    """Its body cannot be made."""
    render = wire_payloads.BODIES[Family.PROJECT]
    patch.setitem(wire_payloads.BODIES, Family.PROJECT, lambda shown: render(_good(shown, shown.project.name, bad)))


def _state(patch: pytest.MonkeyPatch, bad: str) -> None:
    """Its row says what no project is."""
    as_struct = past.as_struct
    patch.setattr(states, "as_struct", lambda kind, fields: as_struct(kind, _good(fields, fields["name"], bad)))


def _lookup(patch: pytest.MonkeyPatch, bad: str) -> None:
    """What it needs cannot be looked up."""
    find = projects.find_projects

    def look_up(tx: Any, ids: list[str]) -> Any:
        found = find(tx, ids)
        return _good(found, bad, *(one.project.name for one in found.values()))

    patch.setattr(projects, "find_projects", look_up)


def _sources(patch: pytest.MonkeyPatch, bad: str) -> None:
    """Nobody knows what it is about."""
    mentioned = states._mentioned
    patch.setattr(states, "_mentioned", lambda one: mentioned(_good(one, one.fields["name"], bad)))


def _good(found: Any, bad: str, *names: str) -> Any:
    if bad in names:
        raise KeyError(bad)
    return found


def make_projects(office: Office) -> None:
    for name in ("first", "bad", "last"):
        assert office.owner.post("/projects", {"name": name}).status == 201


def complaints(tail: LogTail) -> list[tuple[Any, ...]]:
    return [
        (line["log_level"], line["workspace"], line["event_name"])
        for line in tail.lines
        if line.get("event") == PASSED_OVER
    ]


@pytest.mark.parametrize("spoil", [_body, _state, _lookup, _sources])
def test_one_that_cannot_be_told_is_passed_over_and_all_others_are_told(
    office: Office, whole_log: AppLog, monkeypatch: pytest.MonkeyPatch, spoil: Spoil
) -> None:
    everywhere, narrow = hook(office, "NEW_PROJECT"), hook(office, "NEW_TAG")
    fanout, tail = fanout_of(office.server), whole_log.tail()
    make_projects(office)
    spoil(monkeypatch, "bad")
    tell(office, fanout)
    assert [one.body["name"] for one in sent(office, everywhere)] == ["first", "last"]
    assert cursor(office) == office.read(current_revision)
    assert complaints(tail) == [("error", office.workspace_id, "NEW_PROJECT")]
    # What comes behind it is told as ever, and nothing is said again.
    assert office.owner.post("/tags", {"name": "later"}).status == 201
    tell(office, fanout)
    tell(office)
    assert [one.body["name"] for one in sent(office, narrow)] == ["later"]
    assert len(complaints(tail)) == 1


def test_one_alone_moves_the_cursor_at_once(office: Office, whole_log: AppLog, monkeypatch: pytest.MonkeyPatch) -> None:
    webhook_id, tail = hook(office, "NEW_PROJECT"), whole_log.tail()
    assert office.owner.post("/projects", {"name": "bad"}).status == 201
    _body(monkeypatch, "bad")
    tell(office)
    tell(office)
    assert sent(office, webhook_id) == []
    assert cursor(office) == office.read(current_revision)
    assert len(complaints(tail)) == 1


def test_who_hears_of_one_thing_alone_is_asked_about_one_that_nobody_can_place(
    office: Office, whole_log: AppLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = str(office.owner.post("/projects", {"name": "other"}).body["id"])
    webhook_id, tail = hook(office, "NEW_PROJECT", Source.PROJECT_ID, other), whole_log.tail()
    make_projects(office)
    _sources(monkeypatch, "bad")
    tell(office)
    assert sent(office, webhook_id) == []
    assert len(complaints(tail)) == 1


def test_a_database_that_is_away_is_no_bad_event(
    office: Office, whole_log: AppLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook_id, before, tail = hook(office, "NEW_PROJECT"), cursor(office), whole_log.tail()
    make_projects(office)

    def away(*args: Any, **more: Any) -> Any:
        raise TryLater("The database cannot be reached at the moment.")

    with monkeypatch.context() as patch:
        patch.setattr(projects, "find_projects", away)
        with pytest.raises(TryLater):
            tell(office)
    assert cursor(office) == before
    tell(office)
    assert [one.body["name"] for one in sent(office, webhook_id)] == ["first", "bad", "last"]
    assert complaints(tail) == []


def test_a_connection_that_breaks_in_the_middle_is_no_bad_event(
    office: Office, whole_log: AppLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the driver says it, before anybody has understood it."""
    webhook_id, tail = hook(office, "NEW_PROJECT"), whole_log.tail()
    make_projects(office)
    with monkeypatch.context() as patch:
        patch.setattr(projects, "find_projects", lambda tx, ids: tx.rows(NO_SUCH_TABLE))
        with pytest.raises(Exception, match="no_such_table"):
            tell(office)
    tell(office)
    assert len(sent(office, webhook_id)) == 3
    assert complaints(tail) == []
