"""Streams of people whose rights change while they listen."""

import asyncio
from collections.abc import Iterator

import pytest

from hourbook.http import live
from tests.harness import Office, Person
from tests.streams import ask, run, streaming

START, END = "2026-05-20T08:00:00Z", "2026-05-20T09:00:00Z"


@pytest.fixture
def streams(office: Office) -> Iterator[live.Streams]:
    found = office.server.runtime.pipeline.streams
    yield found
    assert found.count == 0


async def make_admin(office: Office, person: Person) -> None:
    body = {"entityId": office.workspace_id, "role": "WORKSPACE_ADMIN"}
    await ask(office.owner, "POST", f"/users/{person.id}/roles", body)


def test_who_may_see_more_is_told_so_and_hears_more_from_then_on(office: Office, streams: live.Streams) -> None:
    async def work() -> None:
        async with streaming(office.member) as member, streaming(office.lead) as other:
            await member.event()
            await other.event()
            await make_admin(office, office.member)
            while (found := await member.event()).name != "rights":
                pass
            assert (found.id, found.data) == ("", {})
            entry = await ask(office.owner, "POST", "/time-entries", {"start": START, "end": END})
            while (await member.change())["entityId"] != entry["id"]:
                pass
            tag = await ask(office.owner, "POST", "/tags", {"name": "x"})
            names = []
            while (event := await other.event()).data is None or event.data.get("entityId") != tag["id"]:
                names.append(event.name)
            assert "rights" not in names

    run(office, work)


def test_a_change_of_a_role_is_heeded_though_nothing_tells_of_the_workspace(
    office: Office, streams: live.Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what the change itself says: whose role it was."""

    async def work() -> None:
        async with streaming(office.member) as member:
            await member.event()
            monkeypatch.setattr(streams.hub, "_heard", lambda ids: None)
            await make_admin(office, office.member)
            async with asyncio.timeout(10):
                while (await member.event()).name != "rights":
                    pass

    run(office, work)
