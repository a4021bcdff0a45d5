"""No operation reaches into another workspace, whoever asks and wherever the foreign id stands.

Generated from the operation table: every operation from outside, with a foreign id at every place
of its path, query and body, one at a time.
"""

from typing import Any

import pytest

from hourbook import resources
from hourbook.http.operation import Operation
from hourbook.journal.fold import compare, table_state
from tests.contract.world import World
from tests.harness import DENIED, Office
from tests.security.samples import NEVER_DONE, operations, prepare, sample_of, send, values_for

resources.load()

IN_A_WORKSPACE = [record for record in operations() if "workspace_id" in record.path_names]


def state_of(office: Office) -> Any:
    return office.read(table_state)


@pytest.mark.parametrize("record", IN_A_WORKSPACE, ids=lambda record: record.name)
def test_nobody_acts_in_a_workspace_of_others(office: Office, record: Operation) -> None:
    world = World(office)
    values = values_for(world, record)
    prepare(world, sample_of(record))
    before = state_of(office)
    assert send(office.outsider, record, values).refusal == DENIED
    assert compare(before, state_of(office)) == []


@pytest.mark.parametrize("record", IN_A_WORKSPACE, ids=lambda record: record.name)
def test_ids_of_another_workspace_mean_nothing(office: Office, record: Operation) -> None:
    """The owner of one office names things of another; nothing is read, changed or kept there."""
    other = Office(office.server)
    home, abroad = World(office), World(other)
    mine, theirs = values_for(home, record), values_for(abroad, record)
    # A provider is no thing of a workspace.
    theirs.pop("issuer", None)
    prepare(home, sample_of(record))
    prepare(abroad, sample_of(record))
    before = state_of(other)
    for place in sorted(theirs.keys() - {"workspaceId"}):
        answer = send(office.owner, record, {**mine, place: theirs[place]})
        if answer.status < 300:
            assert record.method == "GET" or record.name.startswith(("search_", "list_")), (place, answer)
            assert theirs[place].encode() not in answer.content, place
        else:
            assert answer.status in (400, 404), (place, answer)
            assert record.name in NEVER_DONE or answer.body is None or answer.code in (501, 400), (place, answer)
    assert compare(before, state_of(other)) == []
    stored = repr(state_of(office))
    assert not [place for place, value in theirs.items() if value in stored]
