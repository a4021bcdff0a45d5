"""A request that is repeated with its Idempotency-Key: one effect, one answer, and what becomes of everything else."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from hourbook.http import idempotency
from hourbook.http.messages import Request
from hourbook.http.operation import OPERATIONS
from hourbook.worker.verbs import VerbCall, work_of
from tests.harness import API, Answer, Office, Person, Server
from tests.watching import StatementLog

OWN = "/api/hourbook/v1"
REUSED, RUNNING, BAD_KEY = (422, 1014), (409, 1015), (400, 1016)


def post(person: Person, path: str, body: Any = None, key: str | None = "one", **query: Any) -> Answer:
    """A request below the workspace (or to a whole path) that carries a key."""
    full = path if path.startswith("/api") else f"{API}/workspaces/{person.workspace_id}{path}"
    return person.raw("POST", full, body, query, {} if key is None else {"Idempotency-Key": key})


def tags(office: Office) -> list[str]:
    return [tag["name"] for tag in office.owner.get("/tags").body]


def test_a_request_that_is_repeated_has_one_effect_and_the_same_answer(office: Office) -> None:
    first, second = (post(office.owner, "/time-entries", {"start": "2026-05-20T10:00:00Z"}) for _ in range(2))
    assert (first.status, second.status) == (201, 201)
    assert first.content == second.content
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert second.headers["Content-Type"] == first.headers["Content-Type"]
    assert "X-Hourbook-Secrets-Removed" not in second.headers
    entries = office.owner.get(f"/user/{office.owner.id}/time-entries").body
    assert [entry["id"] for entry in entries] == [first.body["id"]]


def test_a_repeated_request_leaves_no_second_journal_row(office: Office) -> None:
    from hourbook.journal.journal import current_revision

    post(office.owner, "/tags", {"name": "Urgent"})
    before = office.read(current_revision)
    post(office.owner, "/tags", {"name": "Urgent"})
    assert office.read(current_revision) == before


def test_without_a_key_a_request_runs_the_same_statements_as_ever(office: Office, statements: StatementLog) -> None:
    post(office.owner, "/tags", {"name": "warm"}, key=None)
    with statements.listening() as executed:
        assert post(office.owner, "/tags", {"name": "Urgent"}, key=None).status == 201
    assert executed
    assert not [one for one in executed if "idempotency" in one.compiled.text]


def test_the_same_key_with_another_body_is_refused_and_changes_nothing(office: Office) -> None:
    assert post(office.owner, "/tags", {"name": "a"}).status == 201
    assert post(office.owner, "/tags", {"name": "b"}).refusal == REUSED
    assert tags(office) == ["a"]


def test_the_same_key_with_another_path_or_query_is_refused(office: Office) -> None:
    one, other = (post(office.owner, "/projects", {"name": name}, key=name).body["id"] for name in ("One", "Other"))
    assert post(office.owner, f"/projects/{one}/tasks", {"name": "Task"}).status == 201
    assert post(office.owner, f"/projects/{other}/tasks", {"name": "Task"}).refusal == REUSED
    assert post(office.owner, f"/projects/{one}/tasks", {"name": "Task"}, something="else").refusal == REUSED
    assert post(office.owner, f"/projects/{one}/tasks", {"name": "Task"}).status == 201


def test_a_key_counts_for_one_operation_one_person_and_one_workspace(office: Office) -> None:
    body = {"name": "Same"}
    assert post(office.owner, "/tags", body).status == 201
    assert post(office.owner, "/clients", body).status == 201
    assert post(office.admin, "/tags", body).message == "Tag with name Same already exists"
    assert post(office.owner, "/tags", body).headers["Idempotency-Replayed"] == "true"
    elsewhere = post(office.outsider.at(office.outsider_workspace_id), "/tags", body)
    assert elsewhere.status == 201
    assert "Idempotency-Replayed" not in elsewhere.headers


def test_a_refusal_is_not_kept_so_that_the_request_can_be_mended(office: Office) -> None:
    assert post(office.owner, "/tags", {"name": ""}).status == 400
    assert post(office.owner, "/tags", {"name": "Right"}).status == 201
    assert post(office.owner, "/clients", {"name": "Taken"}, key=None).status == 201
    assert post(office.owner, "/clients", {"name": "Taken"}).status == 400
    assert post(office.owner, "/clients", {"name": "Free"}).status == 201


def test_who_may_not_any_more_gets_no_kept_answer(office: Office) -> None:
    office.set(who_can_create_tags="EVERYONE")
    assert post(office.member, "/tags", {"name": "Mine"}).status == 201
    office.set(who_can_create_tags="ADMINS")
    assert post(office.member, "/tags", {"name": "Mine"}).status == 403
    assert post(office.anonymous, "/tags", {"name": "Mine"}).status == 401


@pytest.mark.parametrize("key", ["", " ", "k" * 256, "ä", "a\tb"])
def test_a_key_that_cannot_be_one_is_refused(office: Office, key: str) -> None:
    assert post(office.owner, "/tags", {"name": "a"}, key=key).refusal == BAD_KEY
    assert tags(office) == []


def test_the_longest_key_is_taken(office: Office) -> None:
    assert [post(office.owner, "/tags", {"name": "a"}, key="k" * 255).status for _ in range(2)] == [201, 201]


def test_only_a_post_that_writes_heeds_a_key(office: Office) -> None:
    made = post(office.owner, "/tags", {"name": "a"}).body
    path = f"{API}/workspaces/{office.workspace_id}/tags/{made['id']}"
    for name in ("b", "c"):
        answer = office.owner.raw("PUT", path, {"name": name}, headers={"Idempotency-Key": "one"})
        assert answer.body["name"] == name
    assert office.owner.raw("GET", path, headers={"Idempotency-Key": ""}).status == 200


def test_what_is_kept_of_a_request_says_nothing_without_its_key(office: Office) -> None:
    record = next(one for one in OPERATIONS.values() if idempotency.takes_key(one))
    request = Request(record, ("w",), b"", {}, b'{"password": "secret"}', "r")
    found = {idempotency._fingerprint(request, key) for key in ("one", "two")}
    assert len(found) == 2


def test_an_answer_is_kept_for_a_day(office: Office) -> None:
    body = {"start": "2026-05-20T10:00:00Z", "end": "2026-05-20T11:00:00Z"}
    first = post(office.owner, "/time-entries", body)
    office.clock.move(23.9 * 3600)
    assert post(office.owner, "/time-entries", body).body["id"] == first.body["id"]
    office.clock.move(0.2 * 3600)
    again = post(office.owner, "/time-entries", body)
    assert again.body["id"] != first.body["id"]
    assert post(office.owner, "/time-entries", body).body["id"] == again.body["id"]


def test_what_is_over_is_cleared_up(office: Office) -> None:
    post(office.owner, "/tags", {"name": "a"})
    now_us = office.clock.now_us()

    def forget(before_us: int) -> int:
        call = VerbCall("idempotency.forget_over", {"before_us": before_us, "limit": 1000})
        return int(office.write(work_of(call)))

    assert post(office.owner, "/tags", {"name": "a"}).headers["Idempotency-Replayed"] == "true"
    while forget(now_us + 1):
        pass
    assert post(office.owner, "/tags", {"name": "a"}).message == "Tag with name a already exists"


def test_a_kept_answer_lacks_what_is_shown_once_and_says_so(office: Office, server: Server) -> None:
    first, second = (post(office.owner, f"{OWN}/api-keys", {"name": "robot"}) for _ in range(2))
    assert (first.status, second.status) == (201, 201)
    assert first.body["apiKey"]
    server.secrets.append(first.body["apiKey"])
    assert second.body == {**first.body, "apiKey": ""}
    assert second.headers["X-Hourbook-Secrets-Removed"] == "true"
    kept = office.read(lambda tx: tx.rows(KEPT))
    assert not [body for (body,) in kept if body and first.body["apiKey"].encode() in bytes(body)]


def test_a_kept_answer_about_a_webhook_lacks_its_secrets(office: Office) -> None:
    body: dict[str, Any] = {"name": "Receiver", "url": "https://93.184.216.34/hook", "webhookEvent": "NEW_TAG"}
    body |= {"triggerSourceType": "WORKSPACE_ID", "triggerSource": []}
    first, second = (post(office.owner, "/webhooks", body) for _ in range(2))
    assert first.status == second.status == 201, first
    assert first.body["signingSecret"]
    assert second.body == {**first.body, "authToken": "", "signingSecret": ""}
    assert second.headers["X-Hourbook-Secrets-Removed"] == "true"
    assert len(office.owner.get("/webhooks").body["webhooks"]) == 1


def test_an_upload_is_known_again_whatever_stands_between_its_parts(office: Office) -> None:
    def upload(boundary: str, content: bytes) -> Answer:
        body = (
            (
                f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n'
                f"Content-Type: image/png\r\n\r\n"
            ).encode()
            + content
            + f"\r\n--{boundary}--\r\n".encode()
        )
        headers = {"Idempotency-Key": "one", "Content-Type": f"multipart/form-data; boundary={boundary}"}
        return office.owner.raw("POST", f"{API}/file/image", body, headers=headers)

    first, second = upload("xxxx", PICTURE), upload("yyyy", PICTURE)
    assert (first.status, second.status) == (200, 200), first
    assert first.body == second.body
    assert second.headers["Idempotency-Replayed"] == "true"
    assert upload("zzzz", PICTURE + b" ").refusal == REUSED


def test_many_twins_at_the_same_time_have_one_effect(office: Office) -> None:
    asked = office.owner.prepared(
        "POST", f"{API}/workspaces/{office.workspace_id}/tags", {"name": "a"}, headers={"Idempotency-Key": "one"}
    )
    answers = office.server.ask_all([asked] * 50)
    made = [answer for answer in answers if answer.status == 201]
    assert made
    assert {answer.content for answer in made} == {made[0].content}
    waiting = [answer for answer in answers if answer.status != 201]
    assert {answer.refusal for answer in waiting} <= {RUNNING}
    assert {answer.headers["Retry-After"] for answer in waiting} <= {"1"}
    assert tags(office) == ["a"]
    assert post(office.owner, "/tags", {"name": "a"}).content == made[0].content


def test_a_twin_of_a_request_that_still_runs_is_told_to_wait(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first waits in its handler, on the thread that writes; the second does not wait behind it."""
    begun, gate = threading.Event(), threading.Event()
    record = OPERATIONS["create_tag"]

    def slow(call: Any, **arguments: Any) -> Any:
        begun.set()
        assert gate.wait(20)
        return handler(call, **arguments)

    handler: Callable[..., Any] = record.handler
    object.__setattr__(record, "handler", slow)
    try:
        path = f"{API}/workspaces/{office.workspace_id}/tags"
        asked = office.owner.prepared("POST", path, {"name": "a"}, headers={"Idempotency-Key": "one"})

        async def both() -> tuple[Answer, Answer]:
            ask = office.server.ask_on_loop
            first = asyncio.create_task(ask(*asked))
            await asyncio.to_thread(begun.wait, 20)
            second = await ask(*asked)
            gate.set()
            return await first, second

        first, second = office.server.loop.run_until_complete(both())
    finally:
        gate.set()
        object.__setattr__(record, "handler", handler)
    assert second.refusal == RUNNING
    assert second.headers["Retry-After"] == "1"
    assert first.status == 201
    assert post(office.owner, "/tags", {"name": "a"}).content == first.content


def test_a_twin_in_another_process_finds_the_answer_and_not_a_refusal(office: Office) -> None:
    """Each process knows its own requests; between them the row decides. The second begins before the first ends."""
    pipeline = office.server.runtime.pipeline
    asked = office.owner.prepared(
        "POST", f"{API}/workspaces/{office.workspace_id}/tags", {"name": "a"}, headers={"Idempotency-Key": "one"}
    )
    known, pipeline._running = pipeline._running, _KnowsNobody()
    try:
        answers = office.server.ask_all([asked] * 8)
    finally:
        pipeline._running = known
    assert {answer.status for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert tags(office) == ["a"]


def test_a_twin_in_another_process_that_ends_just_after_we_looked_is_found(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where only one writes at a time the second waits behind the first, and finds what that has done."""
    pipeline = office.server.runtime.pipeline
    monkeypatch.setattr(pipeline, "_running", _KnowsNobody())
    body = {"start": "2026-05-20T10:00:00Z"}
    path = f"{API}/workspaces/{office.workspace_id}/time-entries"
    asked = office.owner.prepared("POST", path, body, headers={"Idempotency-Key": "one"})
    looked, gate = threading.Event(), threading.Event()
    look = idempotency.found_or_room

    def slowly(*arguments: Any) -> Any:
        found = look(*arguments)
        if not looked.is_set():
            looked.set()
            assert gate.wait(20)
        return found

    monkeypatch.setattr(idempotency, "found_or_room", slowly)

    async def both() -> list[Answer]:
        first = asyncio.create_task(office.server.ask_on_loop(*asked))
        await asyncio.to_thread(looked.wait, 20)
        second = asyncio.create_task(office.server.ask_on_loop(*asked))
        await asyncio.wait({second}, timeout=1.0 if office.server.is_sqlite else 20.0)
        gate.set()
        return [await first, await second]

    answers = office.server.loop.run_until_complete(both())
    assert [answer.status for answer in answers] == [201, 201]
    assert len({answer.content for answer in answers}) == 1
    assert len(office.owner.get(f"/user/{office.owner.id}/time-entries").body) == 1


def test_every_write_that_asks_for_a_credential_and_is_posted_takes_a_key() -> None:
    taking = {name for name, record in OPERATIONS.items() if idempotency.takes_key(record)}
    assert {"create_tag", "create_time_entry", "create_project", "create_api_key"} <= taking
    assert not {"sign_in", "get_summary_report"} & taking


class _KnowsNobody(idempotency.Running):
    """What a process knows of the requests of another: nothing."""

    def entered(self, claim: idempotency.Claim) -> Any:
        import contextlib

        return contextlib.nullcontext()


def _kept() -> Any:
    import sqlalchemy as sa

    from hourbook.db.statement import Statement
    from hourbook.db.tables.idempotency import idempotency_keys

    return Statement(sa.select(idempotency_keys.c.body))


def _picture() -> bytes:
    import io

    from PIL import Image

    made = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(made, "PNG")
    return made.getvalue()


KEPT = _kept()
PICTURE = _picture()
