"""Answers that ask for patience: in seconds or as a date, as far as they may."""

from email.utils import formatdate

import pytest

from hourbook.core.clock import SystemClock
from tests.worker.posting_rig import Hooks
from tests.worker.receiver import Say, running_receiver

DAY_S = 86_400
MICROSECONDS = 1_000_000


def pause_s(hooks: Hooks, status: int, wish: str) -> float | None:
    """For how long a webhook is left alone after such an answer."""
    with running_receiver(lambda got: Say(status, b"", {"Retry-After": wish})) as receiver:
        webhook = hooks.make(receiver.url)
        hooks.test(webhook)
        hooks.deliver()
    until_us = hooks.health(webhook)["paused_until_us"]
    (delivery,) = hooks.deliveries(webhook)
    if until_us is None:
        return None
    assert delivery["next_try_at_us"] >= until_us
    return float(until_us - hooks.server.clock.now_us()) / MICROSECONDS


@pytest.mark.parametrize(
    ("status", "wish", "wanted_s"),
    [(429, "600", 600), (503, " 600 ", 600), (503, "999999999999", DAY_S), (429, "0", None), (500, "600", None)],
)
def test_patience_is_asked_for_in_seconds(hooks: Hooks, status: int, wish: str, wanted_s: int | None) -> None:
    assert pause_s(hooks, status, wish) == wanted_s


def test_patience_is_asked_for_with_a_date(hooks: Hooks) -> None:
    now_s = SystemClock().now_us() / MICROSECONDS
    found = pause_s(hooks, 503, formatdate(now_s + 600, usegmt=True))
    assert found is not None
    assert 570 <= found <= 601
    assert pause_s(hooks, 503, formatdate(now_s + 30 * DAY_S, usegmt=True)) == DAY_S
    assert pause_s(hooks, 503, formatdate(now_s - 600, usegmt=True)) is None
