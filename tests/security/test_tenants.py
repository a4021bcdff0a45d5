"""No operation reaches into another workspace, whoever asks and wherever the foreign id stands.

Generated from the operation table: every operation from outside, and with foreign ids at every place
of its path, query and body, alone and among one's own. A foreign id is refused in the very words of an id that
nothing has; the victim's tables and journal stay as they were; none of its texts is in any byte.
"""

from collections.abc import Iterator
from typing import Any, get_origin

import msgspec
import pytest

from hourbook import resources
from hourbook.db.tables import METADATA
from hourbook.http.operation import Operation
from hourbook.journal.fold import compare, table_state
from hourbook.resources.users import actions_keys
from tests.harness import DENIED, Answer, Office, Person, Server
from tests.security.matrix import ONE_ASKER, UNKNOWN_KEY
from tests.security.places import PLACE, fill, path_of, send
from tests.security.samples import NEVER_DONE, operations, operations_in_passing, sample_of
from tests.security.stage import Stage, Stages, is_personal, rehearsing
from tests.security.victim import CANARY, Victims, id_places, revision_of

resources.load()

ALL = [*operations(), *operations_in_passing()]
IN_A_WORKSPACE = [record for record in ALL if "workspace_id" in record.path_names]
NOTHING_HAS_IT = "0123456789abcdef01234567"


@pytest.fixture(scope="module")
def homes(server: Server) -> Stages:
    """Workspaces of those who try."""
    return Stages(server)


@pytest.fixture(scope="module")
def victims(server: Server) -> Victims:
    """Workspaces of those it is tried on."""
    return Victims(server)


class Untouched:
    """Inside, nothing of a workspace may change: no row of its tables, no revision of its journal."""

    def __init__(self, office: Office) -> None:
        self.office = office

    def state(self) -> Any:
        return self.office.read(table_state)

    def __enter__(self) -> None:
        self.before, self.was_at = self.state(), revision_of(self.office)

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            assert compare(self.before, self.state()) == []
            assert revision_of(self.office) == self.was_at


def mine(homes: Stages, record: Operation) -> tuple[Stage, dict[str, str]]:
    stage = homes.of(record)
    return stage, stage.values(record, whose="owner" if is_personal(record) else None, kind="private")


def check_silent(answer: Answer, office: Office) -> None:
    """No text and no thing of the victim is in the answer."""
    content = answer.content + repr(answer.headers).encode()
    assert CANARY.encode() not in content, answer
    assert office.workspace_id.encode() not in content, answer


@pytest.mark.parametrize("record", IN_A_WORKSPACE, ids=lambda record: record.name)
def test_nobody_acts_in_a_workspace_of_others(server: Server, victims: Victims, record: Operation) -> None:
    server.clock.reset()
    values, office = victims.values_for(record), victims.of(record).office
    with Untouched(office):
        answer = send(office.outsider, record, values)
        assert answer.refusal == DENIED
        check_silent(answer, office)


# An account's own operations are among them: the keys and sessions of somebody else.
@pytest.mark.parametrize("record", [record for record in ALL if not record.is_public], ids=lambda record: record.name)
def test_ids_of_another_workspace_mean_nothing(
    server: Server, homes: Stages, victims: Victims, record: Operation
) -> None:
    """The owner of one workspace names things of another, one place at a time."""
    server.clock.reset()
    home, values = mine(homes, record)
    theirs, office = victims.values_for(record), victims.of(record).office
    with Untouched(office), Untouched(home.office):
        for place in id_places(record, values):
            if values[place] == theirs[place]:
                continue
            foreign = send(home.office.owner, record, {**values, place: theirs[place]})
            unknown = send(home.office.owner, record, {**values, place: NOTHING_HAS_IT})
            check_like_unknown(record, foreign, unknown, (place, theirs[place]))
            check_silent(foreign, office)


def check_like_unknown(record: Operation, foreign: Answer, unknown: Answer, named: tuple[str, str]) -> None:
    """Byte by byte the answer to an id that nothing has (but for the id, where it is said), and never a change."""
    place, foreign_id = named
    assert foreign.status == unknown.status, (place, foreign, unknown)
    assert foreign.content.replace(foreign_id.encode(), NOTHING_HAS_IT.encode()) == unknown.content, place
    if foreign.status < 300:
        assert not record.is_write, (place, foreign)
        assert foreign_id.encode() not in foreign.content, (place, foreign)
    else:
        assert foreign.status in (400, 404), (place, foreign)
        assert record.name in NEVER_DONE or foreign.body is None or foreign.code in (501, 400), (place, foreign)


# --- one's own and foreign ids in one list ---------------------------------------------------------


def mixtures(value: Any, values: dict[str, str], theirs: dict[str, str]) -> Iterator[Any]:
    """The filled body or query with, in one of its lists at a time, a foreign thing behind and before one's own."""
    for path in _lists_in(value):
        for first, second in ((values, theirs), (theirs, values)):
            yield _with_list(value, path, values, (first, second))


def _lists_in(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, list):
        if value and PLACE.search(repr(value)):
            yield path
        for index, inner in enumerate(value):
            yield from _lists_in(inner, (*path, index))
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _lists_in(inner, (*path, name))


def _with_list(value: Any, path: tuple[Any, ...], values: dict[str, str], both: Any) -> Any:
    if not path:
        return [fill(item, found) for found in both for item in value]
    if isinstance(value, dict):
        return {
            name: _with_list(inner, path[1:], values, both) if name == path[0] else fill(inner, values)
            for name, inner in value.items()
        }
    return [
        _with_list(inner, path[1:], values, both) if index == path[0] else fill(inner, values)
        for index, inner in enumerate(value)
    ]


def list_parameters(record: Operation) -> set[str]:
    """The query parameters of an operation that are lists of ids in its sample."""
    sample = sample_of(record).query or {}
    fields = msgspec.structs.fields(record.query) if record.query else ()
    lists = {field.encode_name for field in fields if get_origin(field.type) is tuple}
    return {name for name, text in sample.items() if name in lists and PLACE.fullmatch(str(text))}


def joined(record: Operation, values: dict[str, str], theirs: dict[str, str]) -> Iterator[dict[str, Any]]:
    """The query with both ids, joined by a comma, in one of its lists at a time."""
    query = sample_of(record).query or {}
    for name in sorted(list_parameters(record)):
        for first, second in ((values, theirs), (theirs, values)):
            yield {**fill(query, values), name: f"{fill(query[name], first)},{fill(query[name], second)}"}


WITH_LISTS = [record for record in IN_A_WORKSPACE if any(_lists_in(sample_of(record).body)) or list_parameters(record)]


def foreign_values(values: dict[str, str], theirs: dict[str, str], record: Operation) -> dict[str, str]:
    return {**values, **{place: theirs[place] for place in id_places(record, values)}}


@pytest.mark.parametrize("record", WITH_LISTS, ids=lambda record: record.name)
def test_a_foreign_thing_among_ones_own_spoils_the_whole_request(
    server: Server, homes: Stages, victims: Victims, record: Operation
) -> None:
    server.clock.reset()
    home, values = mine(homes, record)
    theirs, office = victims.values_for(record), victims.of(record).office
    foreign = foreign_values(values, theirs, record)
    sample, path, owner = sample_of(record), path_of(record, values), home.office.owner
    asked = [(body, fill(sample.query, values)) for body in mixtures(sample.body, values, foreign)]
    asked += [(fill(sample.body, values), query) for query in joined(record, values, foreign)]
    with Untouched(office), Untouched(home.office):
        for body, query in asked:
            answer = owner.raw(record.method, path, body, query)
            check_silent(answer, office)
            if answer.status < 300:
                assert not record.is_write, (body, query, answer)
            else:
                assert answer.refusal in ((400, 501), (400, 400), (404, 404)), (body, query, answer)


# --- credentials that ended ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ended(server: Server, homes: Stages) -> dict[str, Person]:
    """The owner with a key that was revoked, and with one that expired."""
    server.clock.reset()
    office = homes.shared.office
    now_us = server.clock.now_us()

    def work(tx: Any) -> tuple[str, str]:
        revoked, text = actions_keys.create_api_key(tx, office.owner.id, "revoked")
        actions_keys.revoke_api_key(tx, revoked.id)
        short = actions_keys.create_api_key(tx, office.owner.id, "short", expires_at_us=now_us + 1_000_000)[1]
        return text, short

    texts = office.write(work)
    server.secrets.extend(texts)
    owner = office.owner
    return {
        name: Person(server, owner.workspace_id, owner.id, text, owner.name, owner.email)
        for name, text in zip(("revoked", "expired"), texts, strict=True)
    }


@pytest.mark.parametrize("record", [record for record in ALL if not record.is_public], ids=lambda record: record.name)
def test_a_key_that_ended_opens_nothing(
    server: Server, homes: Stages, ended: dict[str, Person], record: Operation
) -> None:
    server.clock.reset()
    _, values = mine(homes, record)
    server.clock.move(3600)
    with Untouched(homes.of(record).office):
        for name, person in ended.items():
            assert send(person, record, values).refusal == UNKNOWN_KEY, name
    server.clock.reset()


# --- the tests themselves --------------------------------------------------------------------------


def test_the_victims_own_people_see_the_canaries(server: Server, victims: Victims) -> None:
    """Or no leak would ever show."""
    server.clock.reset()
    seen = set()
    for record in operations():
        if record.is_write or record.is_public or record.name in ONE_ASKER:
            continue
        values = victims.values_for(record)
        with rehearsing(server):
            answer = send(victims.of(record).office.owner, record, values)
        assert answer.status < 500, answer
        if CANARY.encode() in answer.content:
            seen.add(record.name)
    assert victims.planted > 50
    assert {"list_people", "list_projects", "get_time_entry", "get_client", "get_tag", "get_workspace"} <= seen


def test_what_may_hold_a_canary_is_there() -> None:
    """The tables whose names the victim's texts are looked up by."""
    assert {"users", "workspaces", "workspace_members", "workspace_revisions"} <= METADATA.tables.keys()
