"""GET .../events and .../changes of our own surface: what changed, for whom, and for how long."""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from hourbook.core.errors import TryLater
from hourbook.db.entities import REGISTRY
from hourbook.http import live
from hourbook.resources.changes.rules_live import UNTOLD, WATCHED
from hourbook.resources.workspaces import actions as workspaces
from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Office, Person
from tests.streams import Reader, ask, own, run, streaming

START, END = "2026-05-20T08:00:00Z", "2026-05-20T09:00:00Z"


def changes(person: Person, **query: Any) -> Any:
    answer = person.raw("GET", own(person, "/changes"), None, query)
    assert answer.status == 200, answer
    return answer.body


def revision(office: Office) -> int:
    return int(changes(office.owner, since=0, limit=1000)["revision"])


@pytest.fixture
def streams(office: Office) -> Iterator[live.Streams]:
    found = office.server.runtime.pipeline.streams
    limits = found.per_credential, found.in_all
    yield found
    found.per_credential, found.in_all = limits
    assert found.count == 0


# --- who -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/events", "/changes"])
def test_anonymous_and_strangers_get_nothing(office: Office, path: str) -> None:
    assert office.anonymous.raw("GET", own(office.anonymous, path)).refusal == NO_CREDENTIAL
    assert office.outsider.raw("GET", own(office.outsider, path)).refusal == DENIED


def test_every_kind_of_thing_is_told_or_not_told_on_purpose() -> None:
    assert set(REGISTRY) == WATCHED.keys() | UNTOLD
    assert not WATCHED.keys() & UNTOLD


# --- portions ------------------------------------------------------------------------------------


def test_portions_follow_one_another_without_gaps(office: Office) -> None:
    since = revision(office)
    for number in range(7):
        office.owner.post("/tags", {"name": f"tag {number}"})
    first = changes(office.owner, since=since, limit=4)
    assert [one["event"] for one in first["changes"]] == ["NEW_TAG"] * 4
    assert first["hasMore"] is True
    second = changes(office.owner, since=first["revision"], limit=4)
    assert len(second["changes"]) == 3
    assert second["hasMore"] is False
    last = changes(office.owner, since=second["revision"])
    assert last == {"changes": [], "revision": second["revision"], "hasMore": False}


def test_a_change_says_what_who_and_which_fields(office: Office) -> None:
    tag = office.owner.post("/tags", {"name": "x"}).body
    since = revision(office)
    office.admin.put(f"/tags/{tag['id']}", {"name": "y", "archived": True})
    (found,) = changes(office.owner, since=since)["changes"]
    assert found == {
        "id": f"{office.workspace_id}.{since + 1}",
        "revision": since + 1,
        "at": "2026-05-20T14:00:00Z",
        "event": "TAG_UPDATED",
        "kind": "TAG",
        "verb": "update",
        "entityId": tag["id"],
        "entityIds": None,
        "changed": ["name", "archived"],
        "actorId": office.admin.id,
        "subjectUserId": None,
        "origin": "api",
    }


@pytest.mark.parametrize("query", [{"since": -1}, {"limit": 0}, {"limit": 1001}, {"since": 10**9}])
def test_bounds_that_cannot_be_are_refused(office: Office, query: dict[str, int]) -> None:
    assert office.owner.raw("GET", own(office.owner, "/changes"), None, query).refusal == REFUSED


def test_members_hear_of_their_own_time_and_of_what_everybody_sees(office: Office) -> None:
    since = revision(office)
    mine = office.member.post("/time-entries", {"start": START, "end": END}).body["id"]
    office.owner.post("/time-entries", {"start": START, "end": END})
    tag = office.owner.post("/tags", {"name": "x"}).body["id"]
    secret = office.owner.post("/projects", {"name": "Secret", "isPublic": False}).body["id"]
    office.owner.post("/projects", {"name": "Open", "isPublic": True})
    found = changes(office.member, since=since, limit=1000)["changes"]
    of_entries = [one["entityId"] for one in found if one["kind"] == "TIME_ENTRY"]
    assert of_entries == [mine]
    assert tag in [one["entityId"] for one in found]
    assert secret not in [one["entityId"] for one in found]
    assert len([one for one in found if one["kind"] == "PROJECT"]) == 1


def test_entries_of_public_projects_are_told_where_the_setting_shows_them(office: Office) -> None:
    public = office.owner.post("/projects", {"name": "Open", "isPublic": True}).body["id"]
    since = revision(office)
    office.owner.post("/time-entries", {"start": START, "end": END, "projectId": public})
    kinds = {one["kind"] for one in changes(office.member, since=since)["changes"]}
    assert "TIME_ENTRY" not in kinds
    office.set(only_admins_see_public_projects_entries=False)
    kinds = {one["kind"] for one in changes(office.member, since=since)["changes"]}
    assert "TIME_ENTRY" in kinds


def test_an_entry_that_leaves_ones_sight_is_told_once_more(office: Office) -> None:
    office.set(only_admins_see_public_projects_entries=False)
    public = office.owner.post("/projects", {"name": "Open", "isPublic": True}).body["id"]
    entry = office.owner.post("/time-entries", {"start": START, "end": END, "projectId": public}).body["id"]
    since = revision(office)
    for words in ("moved", "moved on"):
        office.owner.put(f"/time-entries/{entry}", {"start": START, "end": END, "description": words})
    found = [one for one in changes(office.member, since=since)["changes"] if one["kind"] == "TIME_ENTRY"]
    assert [one["revision"] for one in found] == [since + 1]


def test_rates_are_told_to_those_who_see_them(office: Office) -> None:
    office.set(only_admins_see_billable_rates=True)
    since = revision(office)
    assert office.owner.put(f"/users/{office.member.id}/hourly-rate", {"amount": 5000}).status == 200
    of_owner = changes(office.owner, since=since)["changes"]
    assert {one["kind"] for one in of_owner} == {"RATE", "MEMBER"}
    assert ["hourlyRate"] in [one["changed"] for one in of_owner]
    assert changes(office.member, since=since)["changes"] == []


def test_of_a_bulk_change_things_are_named_to_those_who_see_all_of_them(office: Office) -> None:
    project = office.owner.post("/projects", {"name": "Apollo", "isPublic": True}).body["id"]
    ids = {
        person.post("/time-entries", {"start": START, "end": END, "projectId": project}).body["id"]
        for person in (office.owner, office.member)
    }
    body = {"name": "Apollo", "archived": True, "color": "#000000"}
    assert office.owner.put(f"/projects/{project}", body).status == 200
    since = revision(office)
    assert office.owner.delete(f"/projects/{project}").status == 200

    def of(person: Person) -> Any:
        found = changes(person, since=since)["changes"]
        return next(one for one in found if (one["kind"], one["verb"]) == ("TIME_ENTRY", "update_many"))

    assert set(of(office.owner)["entityIds"]) == ids
    assert of(office.member)["entityIds"] is None


def test_matters_of_signing_in_are_nobodys(office: Office) -> None:
    since = revision(office)
    made = office.owner.raw("POST", "/api/hourbook/v1/api-keys", {"name": "new"})
    assert made.status in (200, 201), made
    assert "API_KEY" not in {one["kind"] for one in changes(office.owner, since=since)["changes"]}


# --- streams -------------------------------------------------------------------------------------


def test_a_stream_begins_now_and_tells_what_comes(office: Office, streams: live.Streams) -> None:
    office.owner.post("/tags", {"name": "before"})

    async def work() -> None:
        async with streaming(office.owner) as reader:
            assert reader.status == 200
            assert reader.headers[b"content-type"] == b"text/event-stream"
            assert b"content-length" not in reader.headers
            first = await reader.event()
            assert first.id.startswith(office.workspace_id + ".")
            tag = await ask(office.owner, "POST", "/tags", {"name": "after"})
            found = await reader.event()
            assert (found.name, found.data["event"], found.data["entityId"]) == ("change", "NEW_TAG", tag["id"])
            assert found.id == found.data["id"]

    run(office, work)


def test_a_stream_goes_on_from_a_revision_or_from_where_it_broke_off(office: Office, streams: live.Streams) -> None:
    since = revision(office)
    for name in ("one", "two", "three"):
        office.owner.post("/tags", {"name": name})

    async def work() -> None:
        async with streaming(office.owner, query=b"since=%d" % since) as reader:
            found = [await reader.change() for _ in range(3)]
        assert [one["revision"] for one in found] == [since + 1, since + 2, since + 3]
        # What was received counts more than what the address says.
        async with streaming(office.owner, query=b"since=%d" % since, last_event_id=found[1]["id"]) as reader:
            assert (await reader.change())["revision"] == since + 3

    run(office, work)


def test_a_page_elsewhere_may_send_what_it_received_last(office: Office) -> None:
    """As browsers ask first: a program that reads the stream by itself sets the header that EventSource sets."""
    headers = {"Origin": "https://example.com", "Access-Control-Request-Method": "GET"}
    answer = office.anonymous.raw("OPTIONS", own(office.owner, "/events"), headers=headers)
    assert "Last-Event-ID" in answer.headers["Access-Control-Allow-Headers"].split(", ")


@pytest.mark.parametrize("query", [b"since=-1", b"since=999999999", b"since=x"])
def test_a_stream_from_nowhere_is_refused(office: Office, query: bytes) -> None:
    answer = office.owner.raw("GET", own(office.owner, "/events"), None, query)
    assert answer.status == 400
    assert answer.refusal


def test_a_stream_tells_only_what_one_may_hear(office: Office, streams: live.Streams) -> None:
    async def work() -> None:
        async with streaming(office.member) as reader:
            await ask(office.owner, "POST", "/time-entries", {"start": START, "end": END})
            tag = await ask(office.owner, "POST", "/tags", {"name": "x"})
            assert (await reader.change())["entityId"] == tag["id"]

    run(office, work)


def test_rights_are_those_of_the_moment(office: Office, streams: live.Streams) -> None:
    async def work() -> None:
        async with streaming(office.admin) as reader:
            body = {"entityId": office.workspace_id, "role": "WORKSPACE_ADMIN"}
            await ask(office.owner, "DELETE", f"/users/{office.admin.id}/roles", body)
            await ask(office.owner, "POST", "/time-entries", {"start": START, "end": END})
            tag = await ask(office.owner, "POST", "/tags", {"name": "x"})
            kinds = []
            while (found := await reader.change())["entityId"] != tag["id"]:
                kinds.append(found["kind"])
            assert "TIME_ENTRY" not in kinds

    run(office, work)


def test_a_revoked_key_ends_its_streams_at_once_and_nobody_elses(office: Office, streams: live.Streams) -> None:
    key = office.member.raw("POST", "/api/hourbook/v1/api-keys", {"name": "second"}).body
    second = Person(office.server, office.workspace_id, office.member.id, key["apiKey"])

    async def work() -> None:
        async with streaming(second) as revoked, streaming(office.member) as other:
            await ask(office.member, "DELETE", f"/api/hourbook/v1/api-keys/{key['id']}")
            await revoked.until_over()
            assert b"event: closed" in revoked.content
            await ask(office.owner, "POST", "/tags", {"name": "x"})
            assert (await other.change())["event"] == "NEW_TAG"

    run(office, work)


def test_a_revoked_key_ends_streams_of_other_workspaces_too(office: Office, streams: live.Streams) -> None:
    """The change of the key is told in the workspace its owner is active in, and nowhere else."""
    other = Office(office.server)
    assert other.owner.post("/users", {"email": office.member.email}, send_email=False).status in (200, 201)
    other.write(lambda tx: workspaces.answer_invitation(tx, office.member.id, accepts=True))
    key = office.member.raw("POST", "/api/hourbook/v1/api-keys", {"name": "second"}).body
    there = Person(office.server, other.workspace_id, office.member.id, key["apiKey"])

    async def work() -> None:
        async with streaming(there) as reader:
            await reader.event()
            await ask(office.member, "DELETE", f"/api/hourbook/v1/api-keys/{key['id']}")
            # Sooner than with the next heartbeat.
            await asyncio.wait_for(reader.until_over(), 10)

    run(office, work)


def test_whoever_leaves_the_workspace_hears_nothing_more(office: Office, streams: live.Streams) -> None:
    async def work() -> None:
        async with streaming(office.member) as reader:
            await ask(office.owner, "PUT", f"/users/{office.member.id}", {"status": "INACTIVE"})
            await reader.until_over()

    run(office, work)


def test_a_quiet_stream_is_kept_open_and_says_how_far_it_is(
    office: Office, streams: live.Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0)

    async def work() -> None:
        async with streaming(office.member) as reader:
            await reader.event()
            assert (await reader.event()).is_comment
            await ask(office.owner, "POST", "/time-entries", {"start": START, "end": END})
            while (found := await reader.event()).is_comment:
                pass
            # Nothing they may hear of, but the revision has moved on.
            assert (found.name, found.data) == ("", None)
            assert found.id.startswith(office.workspace_id + ".")

    run(office, work)


def test_streams_are_limited_for_a_credential_and_in_all(office: Office, streams: live.Streams) -> None:
    async def work() -> None:
        streams.per_credential = 2
        async with streaming(office.owner), streaming(office.owner):
            async with streaming(office.owner) as third:
                assert third.status == 429
                assert b"retry-after" in third.headers
            async with streaming(office.admin) as other:
                assert other.status == 200
            streams.in_all = 2
            async with streaming(office.admin) as other:
                assert other.status == 429
        async with streaming(office.owner) as again:
            assert again.status == 200

    run(office, work)


def test_whoever_takes_nothing_is_cut_off(
    office: Office, streams: live.Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "STALL_SECONDS", 0.05)

    async def work() -> None:
        async with streaming(office.owner) as reader, streaming(office.admin) as quick:
            reader.stalled.set()
            for number in range(5):
                await ask(office.owner, "POST", "/tags", {"name": f"tag {number}"})
                assert (await quick.change())["event"] == "NEW_TAG"
            async with asyncio.timeout(30):
                while not reader.aborted:
                    await asyncio.sleep(0.01)
            assert streams.count == 1

    run(office, work)


def test_streams_end_when_the_server_begins_to_stop(office: Office, streams: live.Streams) -> None:
    surroundings = office.server.runtime.surroundings

    async def work() -> None:
        async with streaming(office.owner) as reader:
            surroundings.draining = True
            try:
                await reader.until_over()
            finally:
                surroundings.draining = False

    run(office, work)


def test_a_stream_ends_when_the_database_is_away(
    office: Office, streams: live.Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> Any:
        raise TryLater("The database cannot be reached at the moment.")

    async def work() -> None:
        async with streaming(office.owner) as reader:
            await reader.event()
            monkeypatch.setattr(streams, "read", away)
            await ask(office.owner, "POST", "/tags", {"name": "x"})
            await reader.until_over()
            assert b"closed" not in reader.content

    run(office, work)


def test_many_readers_of_a_workspace_cost_one_read_for_a_change(
    office: Office, streams: live.Streams, statements: Any
) -> None:
    async def work() -> None:
        streams.per_credential = 100
        readers: list[Reader] = []
        async with contextlib.AsyncExitStack() as opened:
            for _ in range(30):
                readers.append(await opened.enter_async_context(streaming(office.owner)))
                await readers[-1].event()
            with statements.listening() as ran:
                await ask(office.owner, "POST", "/tags", {"name": "x"})
                for reader in readers:
                    assert (await reader.change())["event"] == "NEW_TAG"
            assert len([one for one in ran if "FROM journal" in one.compiled.text]) <= 2

    run(office, work)
