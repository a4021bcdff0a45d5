"""Rows about very many things are unpacked one by one, however many are read at once."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hourbook.journal import journal as module
from hourbook.journal.journal import JournalRow, current_revision, iterate_since, read_light_since
from hourbook.journal.windows import Window, iterate_before, iterate_deeds, iterate_from, iterate_heads, iterate_rows
from hourbook.resources.time_entries import actions as time_entries
from hourbook.resources.time_entries.rules import Draft
from tests.harness import START_S, Office

IMPORTS, EACH = 3, 5
ALL = Window(0, 1 << 62)
READERS: dict[str, Callable[[Any], Iterator[JournalRow]]] = {
    "since": lambda tx: iterate_since(tx, 0),
    "light": lambda tx: read_light_since(tx, 0, limit=1000),
    "from": lambda tx: iterate_from(tx, 1),
    "before": lambda tx: iterate_before(tx, current_revision(tx) + 1),
    "oldest first": lambda tx: iterate_rows(tx, "TIME_ENTRY", ALL),
}


@pytest.fixture
def office_with_imports(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setattr("hourbook.db.tx.ROWS_JOURNALED_ONE_BY_ONE", EACH - 1)
    for number in range(IMPORTS):
        drafts = [Draft(start_s=START_S - 9000 * number - 60 * n, end_s=START_S) for n in range(EACH)]
        office.write(lambda tx, drafts=drafts: time_entries.import_entries(tx, office.member.id, drafts))
        office.clock.move(1)
    return office


@pytest.mark.parametrize("name", READERS)
def test_who_looks_at_one_row_unpacks_one(
    office_with_imports: Office, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked: list[int] = []
    original = module.journal_row

    def counted(*values: Any) -> JournalRow:
        row = original(*values)
        unpacked.append(row.revision)
        return row

    monkeypatch.setattr(module, "journal_row", counted)
    found = office_with_imports.read(lambda tx: next(READERS[name](tx)))
    assert unpacked == [found.revision]


@pytest.mark.parametrize("portion", [1, 2, 1000])
def test_no_row_is_left_out_or_told_twice_between_portions(
    office_with_imports: Office, portion: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("hourbook.journal.journal.PORTION_ROWS", "hourbook.journal.windows.PORTION_ROWS"):
        monkeypatch.setattr(name, portion)
    for name in ("PORTION_HEADS", "FIRST_DEEDS", "MOST_DEEDS"):
        monkeypatch.setattr(f"hourbook.journal.windows.{name}", portion)
    found = {
        name: [row.revision for row in office_with_imports.read(lambda tx, read=read: list(read(tx)))]
        for name, read in READERS.items()
    }
    last = office_with_imports.read(current_revision)
    assert found["since"] == found["light"] == found["from"] == found["before"][::-1] == list(range(1, last + 1))
    deeds = office_with_imports.read(
        lambda tx: list(iterate_deeds(tx, ("TIME_ENTRY", "TAG"), ALL, verbs=("insert_many",), with_fields=False))
    )
    assert [deed[1] for deed in deeds] == found["oldest first"][::-1]
    heads = office_with_imports.read(lambda tx: list(iterate_heads(tx, "TIME_ENTRY", ALL)))
    assert [head[0] for head in heads] == found["oldest first"]
    assert len(heads) == IMPORTS
