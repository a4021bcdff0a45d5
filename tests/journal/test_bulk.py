"""Rows about very many things are unpacked once, found in by search, and kept up to a limit."""

import random
import zlib
from typing import Any

import msgspec
import pytest

from hourbook.db import tx as tx_module
from hourbook.journal import bulk
from hourbook.journal.bulk import BETWEEN, LATER, Bulk, BulkRows
from hourbook.resources.webhooks import actions_fanout
from tests.fanouts import hook, sent, tell
from tests.harness import Office


def packed(ids: list[str]) -> bytes:
    return bytes.fromhex("".join(ids))


def values_of(count: int, word: str = "v") -> bytes:
    return zlib.compress(msgspec.json.encode([[f"{word}{number}"] for number in range(count)]))


def test_things_are_found_where_they_stand() -> None:
    chance = random.Random(4)
    ids = [chance.randbytes(12).hex() for _ in range(300)]
    row = Bulk(7, "update_many", packed(ids), values_of(300))
    assert row.count == 300
    assert row.ids(10, 13) == ids[10:13]
    assert row.ids(298, 400) == ids[298:]
    for place, one in enumerate(ids):
        assert row.place_of(one) == place
        assert row.values(place) == [f"v{place}"]
    others = [chance.randbytes(12).hex() for _ in range(300)]
    assert {row.place_of(one) for one in (*others, "0" * 24, "f" * 24)} == {None}
    for few in (5, 300):  # one by one, and all of the row
        wanted = {bytes.fromhex(one) for one in (*ids[:few], *others[:few])}
        assert {one.hex() for one in row.among(wanted)} == set(ids[:few])
    assert Bulk(8, "unlink_many", b"", None).place_of(ids[0]) is None


class Journal:
    """A transaction that knows nothing but bulk rows."""

    workspace_id = "w"

    def __init__(self) -> None:
        self.rows_here: dict[int, bytes] = {}
        self.read_count = 0

    def rows(self, statement: Any, **params: Any) -> list[Any]:
        if statement is LATER:
            after = params["after_revision"]
            return [(number, len(rows)) for number, rows in sorted(self.rows_here.items()) if number > after]
        assert statement is BETWEEN
        between = range(params["first"], params["last"] + 1)
        found = [(number, rows) for number, rows in sorted(self.rows_here.items()) if number in between]
        self.read_count += len(found)
        return [(number, "update_many", b'["name"]', None, packed(["1" * 24]), rows) for number, rows in found]

    def names(self, bulks: BulkRows, after: int = 0) -> list[str]:
        return [row.values(0)[0] for row in bulks.later(self, "TAG", after)]  # type: ignore[arg-type]  # as much of one


def test_what_was_read_is_not_read_again_unless_it_was_changed() -> None:
    journal, bulks = Journal(), BulkRows()
    journal.rows_here = {number: values_of(1, f"row {number} ") for number in (3, 5, 9)}
    assert journal.names(bulks) == ["row 3 0", "row 5 0", "row 9 0"]
    assert journal.names(bulks, 3) == ["row 5 0", "row 9 0"]
    assert journal.read_count == 3
    journal.rows_here[11] = values_of(1, "new ")
    assert journal.names(bulks) == ["row 3 0", "row 5 0", "row 9 0", "new 0"]
    assert journal.read_count == 4
    journal.rows_here[5] = values_of(1, "erased since, whatever it said ")
    assert journal.names(bulks)[1] == "erased since, whatever it said 0"
    assert journal.read_count == 5


def test_no_more_is_kept_than_the_limit_and_nothing_is_lost() -> None:
    journal, bulks = Journal(), BulkRows(limit_bytes=1)
    journal.rows_here = {number: values_of(1, f"row {number} ") for number in (3, 5, 9)}
    for _ in range(2):
        assert journal.names(bulks) == ["row 3 0", "row 5 0", "row 9 0"]
    assert len(bulks._kept) == 1
    assert journal.read_count == 5  # the last one was still there


def test_many_rows_are_weighed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    journal, bulks = Journal(), BulkRows()
    journal.rows_here = {number: values_of(1) for number in range(50)}
    weighed: list[int] = []

    def weigh(one: Bulk) -> int:
        weighed.append(one.revision)
        return 1

    monkeypatch.setattr(Bulk, "size_bytes", property(weigh))
    assert len(journal.names(bulks, -1)) == 50
    assert sorted(weighed) == list(range(50))


def test_a_long_list_unpacks_each_row_once_however_many_portions_it_takes(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(office)  # what other tests left: they share the database, and the fan-out goes through all of it
    monkeypatch.setattr(tx_module, "ROWS_JOURNALED_ONE_BY_ONE", 2)
    monkeypatch.setattr(actions_fanout, "THINGS_LIMIT", 2)
    seen: list[bytes] = []
    unpacked = bulk.unpacked

    def counted(content: bytes) -> bytes:
        seen.append(content)
        return unpacked(content)

    monkeypatch.setattr(bulk, "unpacked", counted)
    body = {"start": "2026-05-20T08:00:00Z", "end": "2026-05-20T09:00:00Z"}
    ids = sorted(str(office.member.post("/time-entries", body).body["id"]) for _ in range(9))
    updated, deleted = hook(office, "TIME_ENTRY_UPDATED"), hook(office, "TIME_ENTRY_DELETED")
    for is_invoiced in (True, False, True):
        change = {"timeEntryIds": ids, "invoiced": is_invoiced}
        assert office.owner.patch("/time-entries/invoiced", change).status == 200
    path = f"/user/{office.member.id}/time-entries"
    assert office.owner.delete(path, time_entry_ids=",".join(ids)).status in (200, 204)
    tell(office)
    assert len(sent(office, updated)) == 27
    assert [one.body["id"] for one in sent(office, deleted)] == ids
    assert len(seen) == 4, "three changes and a deletion"
