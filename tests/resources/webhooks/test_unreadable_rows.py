"""A row of the journal that cannot be read stops no webhook: it is passed over aloud, and those behind it are told."""

import msgspec
import pytest

from hourbook.db import tx as tx_module
from hourbook.db.tx import Tx
from hourbook.journal.journal import current_revision
from hourbook.resources.webhooks import actions, store
from tests.fanouts import cursor, hook, sent, tell
from tests.harness import Office
from tests.resources.audit.tampering import blob, run
from tests.resources.webhooks.test_spoiled_events import complaints
from tests.watching import AppLog

BODY = {"start": "2026-05-20T08:00:00Z", "end": "2026-05-20T09:00:00Z"}
BROKEN = "'{{'"


@pytest.fixture
def ids(office: Office, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Entries of the member; three of a kind share a row of the journal."""
    tell(office)
    monkeypatch.setattr(tx_module, "ROWS_JOURNALED_ONE_BY_ONE", 2)
    return sorted(str(office.member.post("/time-entries", BODY).body["id"]) for _ in range(4))


def spoil(office: Office, column: str, value: str) -> None:
    """The newest row."""
    here = f"workspace_id = {{ws}} AND revision = {office.read(current_revision)}"
    run(office, f"UPDATE journal SET {column} = {value} WHERE {here}")


def delete(office: Office, *ids: str) -> None:
    path = f"/user/{office.member.id}/time-entries"
    assert office.owner.delete(path, time_entry_ids=",".join(ids)).status in (200, 204)


def invoice(office: Office, *ids: str, invoiced: bool = True) -> None:
    body = {"timeEntryIds": list(ids), "invoiced": invoiced}
    assert office.owner.patch("/time-entries/invoiced", body).status == 200


def test_a_deletion_of_many(office: Office, ids: list[str], whole_log: AppLog) -> None:
    deleted, tags, tail = hook(office, "TIME_ENTRY_DELETED"), hook(office, "NEW_TAG"), whole_log.tail()
    delete(office, *ids[:3])
    spoil(office, "packed_rows", blob(office, "00ff00"))
    delete(office, ids[3])
    office.owner.post("/tags", {"name": "later"})
    tell(office)
    tell(office)
    assert [one.body["id"] for one in sent(office, deleted)] == [ids[3]]
    assert [one.body["name"] for one in sent(office, tags)] == ["later"]
    assert cursor(office) == office.read(current_revision)
    assert complaints(tail) == [("error", office.workspace_id, "TIME_ENTRY_DELETED")]


def test_a_change_of_many_and_what_was_told_of_its_things_before(
    office: Office, ids: list[str], whole_log: AppLog
) -> None:
    """How a thing was before a change that nobody can read is not known: nothing wrong is told of it."""
    updated, tail = hook(office, "TIME_ENTRY_UPDATED"), whole_log.tail()
    for one in (ids[0], ids[3]):
        assert office.owner.put(f"/time-entries/{one}", {**BODY, "description": "before"}).status == 200
    invoice(office, *ids[:3])
    spoil(office, "packed_rows", blob(office, "00ff00"))
    invoice(office, *ids, invoiced=False)
    tell(office)
    tell(office)
    told = [(one.body["id"], one.body["description"]) for one in sent(office, updated)]
    assert told[:2] == [(ids[0], "before"), (ids[3], "before")]
    assert [one for one, _ in told[2:]] == ids[:3]
    assert complaints(tail) == [("error", office.workspace_id, "TIME_ENTRY_UPDATED")]


@pytest.mark.parametrize("column", ["before", "after", "changed"])
def test_a_change_of_one(office: Office, ids: list[str], whole_log: AppLog, column: str) -> None:
    updated, tail = hook(office, "TIME_ENTRY_UPDATED"), whole_log.tail()
    assert office.owner.put(f"/time-entries/{ids[0]}", {**BODY, "description": "bad"}).status == 200
    spoil(office, column, BROKEN)
    assert office.owner.put(f"/time-entries/{ids[1]}", {**BODY, "description": "good"}).status == 200
    tell(office)
    tell(office)
    assert [one.body["description"] for one in sent(office, updated)] == ["good"]
    assert complaints(tail) == [("error", office.workspace_id, "TIME_ENTRY_UPDATED")]


def test_a_change_of_the_webhook_itself(office: Office, ids: list[str]) -> None:
    """Whether it was on before that nobody can say: it is on now, and told rather too much than nothing."""
    webhook_id = hook(office, "NEW_TAG")
    office.owner.post("/tags", {"name": "before"})

    def rename(tx: Tx) -> None:
        before = actions.get_webhook(tx, webhook_id)
        tx.update(store.WEBHOOK, before, msgspec.structs.replace(before, name="Other"), event="WEBHOOK_UPDATED")

    office.write(rename)
    spoil(office, "before", BROKEN)
    office.owner.post("/tags", {"name": "behind"})
    tell(office)
    assert [one.body["name"] for one in sent(office, webhook_id)] == ["before", "behind"]
