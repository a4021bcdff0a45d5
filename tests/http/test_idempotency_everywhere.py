"""Every operation that heeds an Idempotency-Key: sent again it answers the same, and keeps no secret."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from hourbook import resources
from hourbook.db.statement import Statement
from hourbook.db.tables.idempotency import idempotency_keys
from hourbook.db.tables.journal import journal
from hourbook.http.idempotency import takes_key
from hourbook.http.operation import Operation
from tests.contract.world import World
from tests.harness import Answer, Office
from tests.security.places import fill, path_of, values_for
from tests.security.ready import ready_for
from tests.security.samples import NEVER_DONE, operations, prepare, sample_of

resources.load()

TAKING = [record for record in operations() if takes_key(record) and record.name not in NEVER_DONE]
KEPT = Statement(sa.select(idempotency_keys.c.body, idempotency_keys.c.headers))
ROWS = Statement(sa.select(sa.func.count()).select_from(journal))
# What somebody could use: keys, tokens, secrets. Ids have 24 characters.
SECRET = re.compile(r"^(whsec_\S+|otpauth://\S+|(?=\S*\d)[A-Za-z0-9_.-]{32,}|https?://\S+[A-Za-z0-9_-]{32,})$")


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("record", TAKING, ids=lambda record: record.name)
def test_a_repeated_request_is_answered_the_same_and_does_nothing(office: Office, record: Operation) -> None:
    world = World(office)
    values = values_for(world, record)
    sample = sample_of(record)
    prepare(world, sample)
    body, query = fill(sample.body, values), fill(sample.query, values)
    headers = {**(sample.headers or {}), "Idempotency-Key": "one"}

    def ask() -> Answer:
        with ready_for(office.server, record):
            return office.owner.raw("POST", path_of(record, values), body, query, headers)

    def rows() -> int:
        return int(office.read(lambda tx: tx.rows(ROWS))[0][0])

    first = ask()
    assert first.status == record.status, first
    before = rows()
    second = ask()
    assert rows() == before
    assert (second.status, second.headers["Idempotency-Replayed"]) == (first.status, "true")
    assert second.headers.get("Content-Type") == first.headers.get("Content-Type")
    shown = set(_strings(first.body))
    # What was left out of the second answer counts as a secret too.
    secrets = {one for one in shown if SECRET.match(one)} | (shown - set(_strings(second.body)))
    kept = [bytes(body or b"") + headers.encode() for body, headers in office.read(lambda tx: tx.rows(KEPT))]
    assert not [one for one in secrets if any(one.encode() in content for content in kept)]
    if "X-Hourbook-Secrets-Removed" not in second.headers:
        assert second.content == first.content
