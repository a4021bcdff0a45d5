"""What servers of one database say to one another: each workspace once, however often it was changed."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from hourbook.db import signals as module
from hourbook.db.engine import Engine
from hourbook.db.signals import IDS_AT_ONCE, WAITING_LIMIT, Signals

PATIENCE_SECONDS = 60.0


class Line:
    """A line to a database that is away, and then takes what is said."""

    def __init__(self) -> None:
        self.is_away = True
        self.said: list[str] = []

    def connect(self) -> "Line":
        if self.is_away:
            raise OSError("the database is away")
        return self

    def close(self) -> None:
        """Nothing to close."""

    def fetch_text(self, text: str) -> list[Any]:
        if self.is_away:
            raise OSError("the database went away")
        self.said.append(text.partition("', '")[2].removesuffix("')"))
        return []


class TalkingEngine:
    one_writer = False

    def __init__(self, line: Line) -> None:
        self.connect = line.connect


def ident(number: int) -> str:
    return f"{number:024x}"


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    monkeypatch.setattr(module, "AWAY_SECONDS", 0.01)
    monkeypatch.setattr(module, "LISTEN_SECONDS", 0.05)
    # Only what is said is tried here.
    monkeypatch.setattr(Signals, "_listen", lambda signals, connection: signals._over.wait())
    return Line()


def test_a_workspace_that_changes_often_waits_once_while_the_database_is_away(line: Line) -> None:
    signals = Signals(TalkingEngine(line), lambda ids: None)  # type: ignore[arg-type]
    signals.start()
    try:
        for _ in range(100_000):
            signals.say({ident(1), ident(2)})
        assert len(signals._waiting) == 2
        line.is_away = False
        until(lambda: bool(line.said))
        time.sleep(0.1)
        assert sorted(",".join(line.said).split(",")) == [ident(1), ident(2)]
    finally:
        signals.close()


def test_what_waits_is_bounded_and_said_in_portions(line: Line) -> None:
    signals = Signals(TalkingEngine(line), lambda ids: None)  # type: ignore[arg-type]
    signals.start()
    try:
        signals.say(ident(number) for number in range(WAITING_LIMIT + 500))
        assert len(signals._waiting) == WAITING_LIMIT
        line.is_away = False
        until(lambda: not signals._waiting and len(line.said) >= WAITING_LIMIT / IDS_AT_ONCE)
        said = ",".join(line.said).split(",")
        assert len(said) == len(set(said)) == WAITING_LIMIT
        assert max(text.count(",") for text in line.said) < IDS_AT_ONCE
    finally:
        signals.close()


def test_what_could_not_be_said_is_said_by_the_next_line(line: Line) -> None:
    line.is_away = False
    signals = Signals(TalkingEngine(line), lambda ids: None)  # type: ignore[arg-type]
    signals.start()
    try:
        signals.say({ident(1)})
        until(lambda: bool(line.said))
        line.is_away = True
        signals.say({ident(2)})
        time.sleep(0.1)
        line.is_away = False
        until(lambda: len(line.said) == 2)
        assert line.said == [ident(1), ident(2)]
    finally:
        signals.close()


def test_two_servers_hear_one_another_through_a_real_database(engine: Engine) -> None:
    """An embedded database has one server: nothing is said and nothing waits."""
    heard: set[str] = set()
    came = threading.Event()

    def hear(ids: set[str]) -> None:
        heard.update(ids)
        came.set()

    one, other = Signals(engine, lambda ids: None), Signals(engine, hear)
    one.start()
    other.start()
    try:
        if engine.one_writer:
            one.say({ident(7)})
            assert not one._waiting
            return
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not came.wait(0.1):  # the first ones may be before the lines are open
            one.say({ident(7)})
            assert time.monotonic() < deadline
        assert heard == {ident(7)}
    finally:
        one.close()
        other.close()
