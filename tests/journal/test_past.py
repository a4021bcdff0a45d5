"""Things as they were are what the journal, folded up to then, says they were."""

from typing import Any

import pytest

from hourbook.db import tx as tx_module
from hourbook.db.entities import REGISTRY, STAMP_NAMES
from hourbook.journal.fold import entities_of_a_workspace, fold
from hourbook.journal.journal import iterate_since
from hourbook.journal.past import Past, as_struct
from tests.harness import Office
from tests.journal.workload import Workload

# What stands in one column of the key, as things that bodies name do.
KINDS = [entity.kind for entity in entities_of_a_workspace() if len(entity.key) == 1]


def plain(kind: str, fields: dict[str, Any] | None) -> dict[str, Any] | None:
    """Without stamps; lists of ids in order."""
    if fields is None:
        return None
    links = {link.field for link in REGISTRY[kind].links}
    kept = {name: value for name, value in fields.items() if name not in STAMP_NAMES}
    return {name: sorted(value) if name in links else value for name, value in kept.items()}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("limit", [1000, 1])
def test_the_past_is_the_journal_folded_up_to_then(
    office: Office, seed: int, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tx_module, "ROWS_JOURNALED_ONE_BY_ONE", limit)
    Workload(office, seed).run(120)

    def check(tx: Any) -> int:
        rows = list(iterate_since(tx, 0))
        since = rows[len(rows) // 3].revision
        ids = {
            kind: {key[-1] for number in (len(rows), len(rows) // 2) for key in fold(rows[:number])[kind]}
            for kind in KINDS
        }
        past = Past(tx, since)
        for kind in KINDS:
            past.know(kind, ids[kind])
        for revision in range(since, rows[-1].revision + 1, 7):
            then = fold([row for row in rows if row.revision <= revision])
            for kind in KINDS:
                expected = {key[-1]: plain(kind, fields) for key, fields in then[kind].items()}
                for thing_id in ids[kind]:
                    found = plain(kind, past.at(kind, thing_id, revision))
                    assert found == expected.get(thing_id), (kind, thing_id, revision)
                    if found is not None:
                        assert as_struct(kind, found) is not None
        return len(rows)

    assert office.read(check) > 60


def test_a_past_says_what_a_field_ever_held(office: Office) -> None:
    tag = office.owner.post("/tags", {"name": "one"}).body["id"]
    since = int(office.read(lambda tx: list(iterate_since(tx, 0)))[-1].revision)
    for name in ("two", "three"):
        office.owner.put(f"/tags/{tag}", {"name": name})
    office.owner.put(f"/tags/{tag}", {"name": "three", "archived": True})
    office.owner.delete(f"/tags/{tag}")

    def look(tx: Any) -> Any:
        past = Past(tx, since)
        past.know("TAG", [tag, None])
        return past.ever("TAG", tag, "name"), past.ever("TAG", None, "name"), past.at("TAG", None, since)

    assert office.read(look) == ({"one", "two", "three"}, set(), None)
