"""A stream that is behind by more than is told at once tells everything, without waiting for another change."""

from collections.abc import Iterator

import pytest

from hourbook.http import live
from hourbook.journal import live as kept
from hourbook.journal.journal import current_revision
from tests.harness import Office
from tests.streams import ask, run, streaming

PORTION = 4


@pytest.fixture
def streams(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[live.Streams]:
    for module in (live, kept):
        monkeypatch.setattr(module, "PORTION", PORTION)
    found = office.server.runtime.pipeline.streams
    yield found
    assert found.count == 0


def test_whoever_comes_back_after_a_long_time_gets_everything_at_once(office: Office, streams: live.Streams) -> None:
    since = office.read(current_revision)
    names = [f"tag {number}" for number in range(3 * PORTION)]
    for name in names:
        office.owner.post("/tags", {"name": name})

    async def work() -> None:
        async with streaming(office.owner, query=b"since=%d" % since) as reader:
            found = [(await reader.change())["revision"] for _ in names]
        assert found == list(range(since + 1, since + 1 + len(names)))

    run(office, work)


def test_two_who_are_behind_by_different_lengths_get_everything(office: Office, streams: live.Streams) -> None:
    since = office.read(current_revision)
    for number in range(3 * PORTION):
        office.owner.post("/tags", {"name": f"tag {number}"})
    last = since + 3 * PORTION

    async def work() -> None:
        far, near = b"since=%d" % since, b"since=%d" % (last - PORTION - 1)
        async with streaming(office.owner, query=near) as second, streaming(office.owner, query=far) as first:
            assert [(await second.change())["revision"] for _ in range(PORTION + 1)][-1] == last
            assert [(await first.change())["revision"] for _ in range(3 * PORTION)][-1] == last
            await ask(office.owner, "POST", "/tags", {"name": "one more"})
            assert {(await one.change())["revision"] for one in (first, second)} == {last + 1}

    run(office, work)
