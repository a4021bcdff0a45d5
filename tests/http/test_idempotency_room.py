"""What is kept for requests with an Idempotency-Key is bounded for each person, and what is kept does not make way."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from hourbook.db.statement import Statement
from hourbook.db.tables.idempotency import idempotency_keys, idempotency_use
from hourbook.http.idempotency import ROW_BYTES
from hourbook.worker.verbs import VerbCall, work_of
from tests.harness import API, Answer, Office, Person

FULL = (429, 1017)
LIMIT = 5_000
HOUR_SECONDS = 3600
_k, _u = idempotency_keys.c, idempotency_use.c
KEPT = Statement(sa.select(_k.body, _k.headers).where(_k.workspace_id == sa.bindparam("workspace_id")))
USED = Statement(sa.select(_u.byte_count).where(_u.workspace_id == sa.bindparam("workspace_id")).order_by(_u.hour))


@pytest.fixture
def full_at(office: Office) -> Iterator[int]:
    pipeline = office.server.runtime.pipeline
    before = pipeline.deployment
    pipeline.deployment = msgspec.structs.replace(before, idempotency_bytes_limit=LIMIT)
    yield LIMIT
    pipeline.deployment = before


def post(person: Person, number: int, *, key: str = "key", path: str = "/tags", **body: Any) -> Answer:
    full = f"{API}/workspaces/{person.workspace_id}{path}"
    return person.raw("POST", full, {"name": f"{key} {number}"} | body, headers={"Idempotency-Key": f"{key} {number}"})


def fill(person: Person, *, key: str = "key") -> int:
    """Requests until one is refused; returns how many were taken."""
    for number in range(100):
        if (answer := post(person, number, key=key)).status != 201:
            assert answer.refusal == FULL, answer
            return number
    raise AssertionError("nobody was refused")


def kept_bytes(office: Office) -> int:
    rows = office.read(lambda tx: tx.rows(KEPT))
    return sum(len(bytes(body or b"")) for body, _ in rows)


def test_a_key_too_many_is_refused_and_nothing_is_done(office: Office, full_at: int) -> None:
    count = fill(office.owner)
    assert 2 < count < LIMIT / ROW_BYTES
    names = [tag["name"] for tag in office.owner.get("/tags", **{"page-size": 200}).body]
    assert len(names) == count
    refused = post(office.owner, count)
    assert 23 * HOUR_SECONDS < int(refused.headers["Retry-After"]) <= 25 * HOUR_SECONDS
    assert "without the key" in refused.message
    # What is written down of the use is what is kept.
    used = sum(row[0] for row in office.read(lambda tx: tx.rows(USED)))
    assert used == kept_bytes(office) + count * ROW_BYTES
    assert LIMIT <= used < LIMIT + 2 * used / count


def test_what_is_kept_is_answered_again_and_without_a_key_nothing_is_refused(office: Office, full_at: int) -> None:
    fill(office.owner)
    again = post(office.owner, 0)
    assert (again.status, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert office.owner.post("/tags", {"name": "without"}).status == 201


def test_others_are_not_refused_for_it(office: Office, full_at: int) -> None:
    count = fill(office.owner)
    assert fill(office.admin, key="other") >= count - 1


def test_use_is_counted_right_when_many_keys_come_at_once(office: Office) -> None:
    path = f"{API}/workspaces/{office.workspace_id}/tags"
    asked = [
        office.owner.prepared("POST", path, {"name": f"tag {number}"}, headers={"Idempotency-Key": f"key {number}"})
        for number in range(60)
    ]
    assert {answer.status for answer in office.server.ask_all(asked)} == {201}
    used = sum(row[0] for row in office.read(lambda tx: tx.rows(USED)))
    assert used == kept_bytes(office) + 60 * ROW_BYTES


def test_refusals_take_nothing_up(office: Office, full_at: int) -> None:
    for number in range(50):
        assert post(office.owner, number, name="").status == 400
    assert post(office.owner, 50).status == 201


def test_slow_work_is_not_done_for_a_key_too_many(office: Office, full_at: int, monkeypatch: Any) -> None:
    from hourbook.http.preparing import Preparing

    async def never(*_: Any, **__: Any) -> Any:
        raise AssertionError("this was not to be done")

    fill(office.owner)
    monkeypatch.setattr(Preparing, "run", never)
    body: dict[str, Any] = {"name": "Receiver", "url": "https://93.184.216.34/hook", "webhookEvent": "NEW_TAG"}
    body |= {"triggerSourceType": "WORKSPACE_ID", "triggerSource": []}
    assert post(office.owner, 1000, path="/webhooks", **body).refusal == FULL


def test_there_is_room_again_when_the_oldest_are_over(office: Office, full_at: int) -> None:
    count = fill(office.owner)
    wait = int(post(office.owner, count).headers["Retry-After"])
    office.clock.move(wait - 2)
    assert post(office.owner, count).refusal == FULL
    office.clock.move(3)
    assert post(office.owner, count).status == 201


def test_what_is_written_down_of_the_use_goes_with_the_answers(office: Office, full_at: int) -> None:
    fill(office.owner)
    office.clock.move(26 * HOUR_SECONDS)
    assert post(office.owner, 500).status == 201
    assert len(office.read(lambda tx: tx.rows(USED))) == 2
    before_us = office.clock.now_us() - 24 * HOUR_SECONDS * 1_000_000
    while office.write(work_of(VerbCall("idempotency.forget_over", {"before_us": before_us, "limit": 1000}))):
        pass
    ((used,),) = office.read(lambda tx: tx.rows(USED))
    assert used == kept_bytes(office) + ROW_BYTES


def test_zero_is_any_number(office: Office) -> None:
    pipeline = office.server.runtime.pipeline
    before = pipeline.deployment
    pipeline.deployment = msgspec.structs.replace(before, idempotency_bytes_limit=0)
    try:
        assert {post(office.owner, number).status for number in range(30)} == {201}
    finally:
        pipeline.deployment = before
