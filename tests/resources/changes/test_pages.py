"""A page of entity changes is the same whether the first things are looked at or everything is."""

import json
import random
from collections import Counter
from typing import Any

import pytest

from hourbook.core.calendar import format_instant
from hourbook.journal import windows
from hourbook.journal.journal import APPEND
from hourbook.journal.windows import Window
from hourbook.resources.changes import actions, actions_pages, rules
from hourbook.resources.changes.rules import ChangeKind, DocumentType
from tests.harness import Office

ROWS, THINGS = 120, 14
FIRST_REVISION = 1_000_000
SPANS = [(0, 200), (30, 90), (0, 45), (70, 71)]


def journal_rows(workspace_id: str, chance: random.Random) -> list[dict[str, Any]]:
    """Tags that come, change and go, alone and many in one row; two instants may be the same, one may go back."""
    there: set[str] = set()
    rows = []
    for number in range(ROWS):
        verb = chance.choice(["insert", "update", "delete", "insert_many", "update_many", "delete_many", "unlink_many"])
        every = {f"{one:024x}" for one in range(THINGS)}
        may = sorted(every - there if verb.startswith("insert") else there)
        if not may:
            continue
        ids = chance.sample(may, chance.randint(1, len(may))) if verb.endswith("_many") else [chance.choice(may)]
        if verb.startswith("insert"):
            there.update(ids)
        elif verb.startswith("delete"):
            there.difference_update(ids)
        is_many = verb.endswith("_many")
        rows.append(
            dict.fromkeys(("actor_id", "subject_user_id", "event", "before", "after", "packed_rows"))
            | {
                "workspace_id": workspace_id,
                "revision": FIRST_REVISION + number,
                "at_us": number - chance.choice([0, 1]),
            }
            | {"actor_kind": "system", "auth": "none", "origin": "api", "request_id": "r", "kind": "TIME_ENTRY"}
            | {"verb": verb, "entity_id": None if is_many else ids[0], "format": 1}
            | {"changed": json.dumps([chance.choice(["currency", "description"])]) if "update" in verb else None}
            | {"packed_ids": bytes.fromhex("".join(ids)) if is_many else None}
        )
    return rows


@pytest.mark.parametrize("portion", [1, 3, 1000])
def test_the_first_things_are_those_of_all(office: Office, portion: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions_pages, "PORTION_THINGS", portion)
    monkeypatch.setattr("hourbook.journal.windows.PORTION_HEADS", 1 + portion)
    chance = random.Random("entity changes")
    rows = journal_rows(office.workspace_id, chance)
    office.write(lambda tx: tx.connection.run_many(APPEND, rows))
    told: Counter[ChangeKind] = Counter()
    for type_ in (DocumentType.TIME_ENTRY, DocumentType.TIME_ENTRY_RATE):
        for span in SPANS:
            window = Window(*span)
            fates = actions._fates(
                type_, office.read(lambda tx, window=window: list(windows.iterate_heads(tx, "TIME_ENTRY", window)))
            )
            for kind in ChangeKind:
                every = [rules.mark_of(one, fate) for one, fate in fates.items() if fate.kind is kind]
                told[kind] += len(every)
                for count in (1, 3, THINGS):
                    asked = {"window": window, "kind": kind, "count": count}
                    found = office.read(lambda tx, t=type_, a=asked: actions_pages.first_marks(tx, t, **a))
                    assert found == every[:count], asked
    assert min(told[kind] for kind in ChangeKind) > 1


def test_where_very_many_would_have_to_be_looked_up_everything_is_read(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "FEW_ROWS", 3)
    made = [office.owner.post("/tags", {"name": str(number)}).body["id"] for number in range(5)]
    for most in (2, 4, 50):
        monkeypatch.setattr(actions_pages, "PORTION_THINGS", 2)
        monkeypatch.setattr(actions_pages, "MOST_THINGS", most)
        for limit in (1, 3, 5):
            answer = office.owner.get("/entities/created", type="TAGS", limit=limit)
            assert [row["id"] for row in answer.body] == made[:limit]


def test_an_early_page_looks_at_few_things(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    before = [office.owner.post("/tags", {"name": str(number)}).body["id"] for number in range(9)]
    office.clock.move(60)
    start = format_instant(office.clock.now_s)
    for one in before:
        assert office.owner.put(f"/tags/{one}", {"name": f"again {one}"}).status == 200
    asked: list[str] = []
    original = windows.heads_of

    def counted(tx: Any, kind: str, window: Window, *, ids: Any) -> Any:
        asked.extend(ids or ())
        return original(tx, kind, window, ids=ids)

    monkeypatch.setattr("hourbook.resources.changes.actions_pages.heads_of", counted)
    monkeypatch.setattr(actions_pages, "PORTION_THINGS", 2)
    monkeypatch.setattr(actions, "FEW_ROWS", 3)
    answer = office.owner.get("/entities/updated", type="TAGS", start=start, limit=3)
    assert [row["id"] for row in answer.body] == before[:3]
    assert asked == before[:4]
