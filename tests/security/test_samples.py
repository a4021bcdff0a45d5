"""The samples are good: every operation has one, and the owner succeeds with it."""

import pytest

from hourbook import resources
from hourbook.http.operation import Operation
from tests.contract.world import World
from tests.harness import Office
from tests.security.places import send, values_for
from tests.security.samples import NEVER_DONE, SAMPLES, operations, prepare, sample_of

resources.load()


@pytest.mark.parametrize("record", operations(), ids=lambda record: record.name)
def test_the_owner_succeeds_with_the_sample(office: Office, record: Operation) -> None:
    assert record.contract is None or record.contract in SAMPLES, "this operation has no sample"
    world = World(office)
    values = values_for(world, record)
    prepare(world, sample_of(record))
    answer = send(office.owner, record, values)
    assert answer.status == (400 if record.name in NEVER_DONE else record.status), answer
