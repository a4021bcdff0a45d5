"""The limits of a server that nobody set up, and of one whose settings say something else."""

from typing import Any

import pytest

from hourbook import resources
from hourbook.access.actors import Actor
from hourbook.core.errors import TooManyRequests
from hourbook.http.messages import Request
from hourbook.http.operation import OPERATIONS
from hourbook.main import limits_of
from hourbook.settings import load_settings

resources.load()

PERSON = Actor(id="1" * 24, kind="user", auth="api_key", credential_id="2" * 24, workspace_id="3" * 24)
ADDON = Actor(id="1" * 24, kind="addon", auth="addon_token", credential_id="4" * 24, workspace_id="3" * 24)


def taken(actor: Actor, **environment: str) -> tuple[int, dict[bytes, bytes]]:
    """How many of a thousand requests at once are taken, and what the last answer says."""
    limits = limits_of(load_settings(environment={f"HOURBOOK_{name}": value for name, value in environment.items()}))
    told: Any = {}
    for number in range(1000):
        request = Request(OPERATIONS["list_tags"], (), b"", {}, b"", "request", "127.0.0.1")
        try:
            assert limits.check(request, actor) is None
        except TooManyRequests:
            return number, dict(request.told)
        told = dict(request.told)
    return 1000, told


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time passes."""
    monkeypatch.setattr("hourbook.http.limits.time.monotonic_ns", lambda: 10**12)


def test_a_key_has_100_a_second_and_200_at_once() -> None:
    count, told = taken(PERSON)
    assert (count, told[b"x-ratelimit-limit"], told[b"ratelimit-policy"]) == (200, b"200", b'"key";q=200;w=2')


def test_an_add_on_has_50_a_second_in_a_workspace() -> None:
    count, told = taken(ADDON)
    assert (count, told[b"x-ratelimit-limit"], told[b"ratelimit-policy"]) == (50, b"50", b'"addon";q=50;w=1')


def test_settings_say_otherwise_and_zero_is_off() -> None:
    assert taken(PERSON, RATE_LIMIT_PER_SECOND="7")[0] == 14
    assert taken(PERSON, RATE_LIMIT_PER_SECOND="0") == (1000, {})
    assert taken(ADDON, RATE_LIMIT_PER_SECOND="0")[0] == 50
    assert taken(ADDON, ADDON_RATE_LIMIT_PER_SECOND="0") == (1000, {})
