"""No input gives a 5xx, and no refusal says anything of the inside of the server.

The list of the issue (wire contract 0.3): broken text, depth, size, numbers, ids, verbs, media types
and bodies that arrive in pieces, against every operation.
"""

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from hourbook import resources
from hourbook.http.body import BODY_LIMIT_BYTES, LIST_LIMIT
from hourbook.http.operation import OPERATIONS, Operation
from tests.contract.world import World
from tests.harness import Answer, Asked, Office
from tests.security.places import path_of, path_places, values_for
from tests.security.samples import operations, prepare, sample_of

resources.load()

INSIDE = re.compile(r"Traceback|hourbook\.|msgspec|sqlite|psycopg|sqlalchemy|/src/|File \"", re.IGNORECASE)
WITH_BODY = [record for record in operations() if record.body is not None]

BODIES = {
    "not utf-8": b'{"name": "\xff\xfe"}',
    "a lone surrogate": b'{"name": "\\ud800"}',
    "a NUL as it is": b'{"name": "a\x00b"}',
    "a NUL as an escape": b'{"name": "a\\u0000b"}',
    "200 deep": b'{"name": ' + b"[" * 200 + b"]" * 200 + b"}",
    "2,000 deep": b"[" * 2_000 + b"]" * 2_000,
    "2,000 deep and unfinished": b'{"a":' * 2_000,
    "an integer of 30 digits": b'{"amount": ' + b"9" * 30 + b', "hourlyRate": {"amount": ' + b"9" * 30 + b"}}",
    "an integer of 100,000 digits": b'{"budgetEstimate": ' + b"9" * 100_000 + b"}",
    "a number beyond all": b'{"amount": 1e400}',
    "not a number": b'{"amount": NaN}',
    "a list that is too long": b'{"tagIds": [' + b"1," * LIST_LIMIT + b"1]}",
    "too many ids": b'{"timeEntryIds": [' + b'"",' * LIST_LIMIT + b'""], "userIds": [' + b'"",' * 99 + b'""]}',
    "nothing but a word": b"true",
    "nothing but a number": b"-0",
    "an empty text": b'""',
    "an empty list": b"[]",
    "a list of null": b"[null]",
    "an empty object": b"{}",
    "cut off": b'{"name": "x"',
    "two objects": b"{}{}",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "utf-16": '{"name": "x"}'.encode("utf-16"),
    "no value of the right type": b'{"name": 1, "start": true, "tagIds": "x", "billable": "?", "email": []}',
    "a name of 100,000 letters": b'{"name": "' + b"x" * 100_000 + b'", "email": "' + b"y" * 100_000 + b'"}',
}
# One operation takes an object, one a list, one is answered by the worker, and one takes no JSON.
HUGE_BODIES_SENT_TO = ("create_tag", "update_time_entries", "get_detailed_report", "upload_image")
HUGE_BODIES = {
    "100,000 deep": b"[" * 100_000 + b"]" * 100_000,
    "100,000 deep and unfinished": b'{"a":' * 100_000,
    "a list of a million": b'{"tagIds": [' + b"1," * 999_999 + b"1]}",
    "a list of a million at the top": b"[" + b"{}," * 999_999 + b"{}]",
    "a list of a million ids": b'{"timeEntryIds": [' + b'"",' * 999_999 + b'""], "userIds": [' + b'"",' * 99 + b'""]}',
    "a name of a million letters": b'{"name": "' + b"x" * 1_000_000 + b'", "email": "' + b"y" * 1_000_000 + b'"}',
}
TEXTS = ["", " ", "\n", "a\x00b", "x" * 5000, "'; DROP TABLE tags; --", "%", "\\", "😀" * 300, "\u202e", "\x1b[31m"]
INSTANTS = ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-02-30T00:00:00Z", "2026-05-20T08:00:00", "now", "-1"]
NUMBERS = [-1, 0, 2**31, 2**53, 2**63 - 1, -(2**63)]
ODD_IDS = [
    "0123456789abcdef01234567\n",
    "\x00",
    "..",
    "%00",
    "ж" * 24,
    "x" * 10_000,
    "0123456789ABCDEF01234567",
    "null",
]


def check(answer: Answer, told: object) -> None:
    """An answer, no server error, nothing of the inside, and the one shape when it refuses."""
    assert answer.status < 500, (told, answer)
    if answer.status >= 400 and answer.content:
        assert answer.refusal, told
        assert not INSIDE.search(answer.message), (told, answer.message)
        assert len(answer.message) < 20_000, told
    assert answer.headers["X-Request-Id"]


@pytest.mark.parametrize("record", WITH_BODY, ids=lambda record: record.name)
def test_bodies_that_are_none(office: Office, record: Operation) -> None:
    world = World(office)
    path = path_of(record, values_for(world, record))
    for told, body in BODIES.items():
        check(office.owner.raw(record.method, path, body), told)


@pytest.mark.parametrize("record", [OPERATIONS[name] for name in HUGE_BODIES_SENT_TO], ids=lambda record: record.name)
def test_huge_bodies_that_are_none(office: Office, record: Operation) -> None:
    """What is read of a body before its own decoder sees it is the same for every operation."""
    world = World(office)
    path = path_of(record, values_for(world, record))
    for told, body in HUGE_BODIES.items():
        answer = office.owner.raw(record.method, path, body)
        check(answer, told)
        assert answer.status >= 400, told


def broken_variants(body: Any) -> Iterator[Any]:
    """The good body with one value after the other replaced by something odd."""
    if isinstance(body, dict):
        for key, value in body.items():
            for inner in broken_variants(value):
                yield {**body, key: inner}
    elif isinstance(body, list):
        yield []
        yield [None]
        # A list that is empty in the sample is one of texts.
        for inner in broken_variants(body[0] if body else "x"):
            yield [inner]
        yield body * 200
    elif isinstance(body, str):
        yield from TEXTS
        yield from INSTANTS
        yield from (7, None, ["x"], {"x": "y"})
    elif isinstance(body, bool):
        yield from (None, "maybe", 2)
    else:
        yield from NUMBERS
        yield from (1.5, "x", None)


@pytest.mark.parametrize("record", WITH_BODY, ids=lambda record: record.name)
def test_good_bodies_with_one_odd_value(office: Office, record: Operation) -> None:
    world = World(office)
    values = values_for(world, record)
    prepare(world, sample_of(record))
    path = path_of(record, values)
    for variant in broken_variants(world_filled(world, record)):
        check(office.owner.raw(record.method, path, msgspec.json.encode(variant)), variant)


def world_filled(world: World, record: Operation) -> Any:
    return world.fill(sample_of(record).body)


# What is not there has none of these, and the live service says so (wire-events section 1).
LIST_NOTHING = {("list_addon_webhooks", "addonId")}


@pytest.mark.parametrize("record", operations(), ids=lambda record: record.name)
def test_odd_ids_at_every_place_of_the_path(office: Office, record: Operation) -> None:
    world = World(office)
    values = values_for(world, record)
    for place in [*path_places(record), *(["workspaceId"] if "workspace_id" in record.path_names else [])]:
        for odd in ODD_IDS:
            body = world_filled(world, record)
            answer = office.owner.raw(record.method, path_of(record, {**values, place: odd}), body)
            check(answer, (place, odd))
            assert answer.status >= 400 or (record.name, place) in LIST_NOTHING, (place, odd, answer)


QUERY_VALUES = ["", "x", "-1", "0", "9" * 30, "true", "NaN", "\x00", "ж", "1,2,,3", "0" * 24, "%", "2026-13-01", "null"]


@pytest.mark.parametrize("record", [r for r in operations() if r.query is not None], ids=lambda record: record.name)
def test_odd_values_in_every_query_parameter(office: Office, record: Operation) -> None:
    world = World(office)
    path = path_of(record, values_for(world, record))
    for name in record.query.__struct_encode_fields__:
        for odd in [*QUERY_VALUES, *INSTANTS]:
            check(office.owner.raw(record.method, path, world_filled(world, record), query={name: odd}), (name, odd))


@pytest.mark.parametrize("record", operations(), ids=lambda record: record.name)
def test_verbs_and_media_types_that_are_none(office: Office, record: Operation) -> None:
    world = World(office)
    path = path_of(record, values_for(world, record))
    for verb in ("BREW", "TRACE", "CONNECT", "get", "OPTIONS"):
        answer = office.owner.raw(verb, path)
        check(answer, verb)
        assert answer.status == 405, verb
    assert office.owner.raw("HEAD", path).content == b""
    for media in ("text/plain", "multipart/form-data", "\xff", ""):
        check(office.owner.raw(record.method, path, b"x=1", headers={"Content-Type": media}), media)


def test_a_body_over_the_limit_is_refused_by_what_it_announces(office: Office) -> None:
    path = f"/api/v1/workspaces/{office.workspace_id}/tags"
    answer = office.owner.raw("POST", path, b"{}", headers={"Content-Length": str(BODY_LIMIT_BYTES + 1)})
    assert answer.status == 413
    assert answer.refusal


def test_a_body_over_the_limit_is_refused_while_it_arrives(office: Office) -> None:
    """Nothing announced, and the sender would never stop: what comes behind the limit is thrown away for a while."""
    path = f"/api/v1/workspaces/{office.workspace_id}/tags"
    taken = 0

    def parts() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b" " * 65_536

    headers = ((b"x-api-key", str(office.owner.key).encode()), (b"content-type", b"application/json"))
    answer = office.server.ask_endless("POST", path, parts(), headers)
    assert answer.status == 413
    assert answer.refusal
    assert taken * 65_536 <= 5 * BODY_LIMIT_BYTES + 2 * 65_536


@pytest.mark.parametrize(
    ("more", "taken_bytes"),
    [([], BODY_LIMIT_BYTES + 65_536), ([(b"expect", b"100-continue")], 0)],
    ids=["sent at once", "asked beforehand"],
)
def test_who_has_sent_too_much_can_read_the_refusal(
    office: Office, more: list[tuple[bytes, bytes]], taken_bytes: int
) -> None:
    """A proxy that is still sending when the connection is closed tells its client of a broken server."""
    whole, taken = BODY_LIMIT_BYTES + 65_536, 0

    def parts() -> Iterator[bytes]:
        nonlocal taken
        while taken < whole:
            taken += 65_536
            yield b" " * 65_536

    headers = ((b"x-api-key", str(office.owner.key).encode()), (b"content-length", str(whole).encode()), *more)
    path = f"/api/v1/workspaces/{office.workspace_id}/tags"
    answer = office.server.ask_endless("POST", path, parts(), headers)
    assert (answer.status, taken) == (413, taken_bytes)


def test_a_body_at_the_limit_is_read(office: Office) -> None:
    path = f"/api/v1/workspaces/{office.workspace_id}/tags"
    body = b'{"name": "x"}' + b" " * (BODY_LIMIT_BYTES - 13)
    assert office.owner.raw("POST", path, body).status == 201


def test_a_body_in_pieces_is_one_body(office: Office) -> None:
    headers = [(b"x-api-key", str(office.owner.key).encode()), (b"content-type", b"application/json")]
    path = f"/api/v1/workspaces/{office.workspace_id}/tags"
    answer = office.server.ask("POST", path, parts=[b'{"na', b"", b'me": "x', b'"}'], headers=headers)
    assert answer.body["name"] == "x"


def test_a_client_that_leaves_within_its_body_changes_nothing(office: Office) -> None:
    headers = [(b"x-api-key", str(office.owner.key).encode()), (b"content-length", b"100")]
    path = f"/api/v1/workspaces/{office.workspace_id}/tags"
    assert office.server.ask("POST", path, parts=[], headers=headers).status == 0
    assert office.owner.get("/tags").body == []


def test_a_client_that_leaves_after_its_body_does_not_cancel_its_write(office: Office) -> None:
    headers = ((b"x-api-key", str(office.owner.key).encode()),)
    path = f"/api/v1/workspaces/{office.workspace_id}/tags"

    async def leave() -> None:
        request = asyncio.ensure_future(office.server.ask_on_loop("POST", path, (b'{"name": "x"}',), b"", headers))
        for _ in range(3):
            await asyncio.sleep(0)
        request.cancel()
        await asyncio.gather(request, return_exceptions=True)

    office.server.loop.run_until_complete(leave())
    names = [tag["name"] for tag in office.owner.get("/tags").body]
    assert names in ([], ["x"])
    assert office.owner.post("/tags", {"name": "y"}).status == 201


def test_many_at_once_are_answered_each(office: Office) -> None:
    path = f"/api/v1/workspaces/{office.workspace_id}/tags"
    headers = ((b"x-api-key", str(office.owner.key).encode()),)
    asked: list[Asked] = [("POST", path, (b'{"name": "same"}',), b"", headers) for _ in range(50)]
    answers = office.server.ask_all(asked)
    assert sorted(answer.status for answer in answers) == [201] + [400] * 49
