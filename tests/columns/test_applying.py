"""Single changes done to columns: what they make of rows, and what is refused rather than guessed."""

from typing import Any

import msgspec
import numpy as np
import pytest

from hourbook.columns import kept
from hourbook.columns.applying import apply
from hourbook.columns.changes import CannotApply, EntryRow, Step
from hourbook.columns.kept import Columns
from hourbook.columns.table import BREAK, DEAD, HOLIDAY, INVOICED, RUNNING, TIME_OFF, View, packed_ids
from tests.columns.comparing import check_parts, facts_of_view

WORKSPACE, USER, PROJECT, TASK, TAG, OTHER_TAG = (f"{number:024x}" for number in range(1, 7))


def entry_id(number: int) -> str:
    return f"aa{number:022x}"


def row(number: int, **more: Any) -> dict[str, Any]:
    """An entry as the journal has it."""
    plain: dict[str, Any] = {
        "id": entry_id(number),
        "user_id": USER,
        "description": "",
        "project_id": None,
        "task_id": None,
        "billable": False,
        "type": "REGULAR",
        "start_s": 1000 * number,
        "end_s": 1000 * number + 60,
        "hourly_rate_minor": 0,
        "cost_rate_minor": 0,
        "currency": "EUR",
        "is_invoiced": False,
        "custom_attributes": None,
        "tag_ids": [],
    }
    return plain | more


class Changes:
    """Columns and the next change to them."""

    def __init__(self) -> None:
        self.columns = Columns(WORKSPACE, 0)

    def do(self, verb: str, *, kind: str = "TIME_ENTRY", **more: Any) -> None:
        fields = dict(more)
        if "number" in fields:
            fields["entry_id"] = bytes.fromhex(entry_id(fields.pop("number")))
        if "numbers" in fields:
            fields["ids"] = packed_ids(map(entry_id, fields.pop("numbers")))
        if "row" in fields:
            fields["row"] = msgspec.convert(fields["row"], EntryRow)
        if "rows" in fields:
            fields["rows"] = msgspec.convert(fields["rows"], list[EntryRow])
        apply(self.columns, [Step(revision=self.columns.revision + 1, kind=kind, verb=verb, **fields)])

    def view(self) -> View:
        with self.columns.shown() as view:
            check_parts(view)
            return view

    def facts(self, number: int) -> dict[str, Any]:
        return facts_of_view(self.view())[entry_id(number)]


@pytest.fixture
def changes() -> Changes:
    """Columns with entries 1 to 5."""
    made = Changes()
    made.do("insert_many", rows=[row(number) for number in (3, 1, 2, 5, 4)])
    return made


def test_rows_stay_in_the_order_of_their_start_while_they_come_in_it(changes: Changes) -> None:
    assert changes.view().sorted_count == 5
    changes.do("insert", row=row(5) | {"id": entry_id(50)})
    changes.do("insert_many", rows=[row(9), row(7)])
    assert (changes.view().sorted_count, changes.view().count) == (8, 8)
    changes.do("insert", row=row(8))
    changes.do("insert", row=row(10))
    assert (changes.view().sorted_count, changes.view().count) == (8, 10)


def test_a_row_from_before_entries_had_tags_has_none(changes: Changes) -> None:
    old = row(6)
    del old["tag_ids"]
    changes.do("insert", row=old)
    assert changes.facts(6)["tag_ids"] == []


def test_every_field_of_an_entry_can_be_edited(changes: Changes) -> None:
    edits: list[dict[str, Any]] = [
        {"user_id": OTHER_TAG},
        {"description": "other"},
        {"project_id": PROJECT, "task_id": TASK},
        {"billable": True, "is_invoiced": True},
        {"type": "TIME_OFF"},
        {"end_s": None},
        {"end_s": 2000},
        {"start_s": 500},
        {"hourly_rate_minor": 3, "cost_rate_minor": 2, "currency": "USD"},
        {"tag_ids": [OTHER_TAG, TAG]},
    ]
    for edit in edits:
        changes.do("update", row=row(2, **edit))
        expected = Changes()
        expected.do("insert", row=row(2, **edit))
        assert changes.facts(2) == expected.facts(2), edit


def test_a_bulk_change_sets_what_it_names_and_nothing_else(changes: Changes) -> None:
    changes.do("update", row=row(2, hourly_rate_minor=7, cost_rate_minor=8, currency="USD", billable=True))
    before = [changes.facts(number) for number in range(1, 6)]
    values = {"hourly_rate_minor": 90, "is_invoiced": True, "project_id": PROJECT, "task_id": None}
    changes.do("update_many", numbers=[1, 2, 4], values={**values, "custom_fields": None})
    for number in (1, 2, 4):
        old = before[number - 1]
        rates = (90, *old["rates"][1:])
        assert changes.facts(number) == old | {"is_invoiced": True, "project_id": PROJECT, "rates": rates}
    assert [changes.facts(number) for number in (3, 5)] == [before[2], before[4]]
    changes.do("update_many", numbers=[1, 3], values={"project_id": None, "is_invoiced": False, "billable": True})
    assert changes.facts(1)["project_id"] is None
    assert not changes.facts(1)["is_invoiced"]
    assert changes.facts(3)["billable"]
    assert changes.facts(2)["is_invoiced"]


def test_a_bulk_change_of_nothing_changes_nothing(changes: Changes) -> None:
    before = facts_of_view(changes.view())
    changes.do("update_many", numbers=[], values={"hourly_rate_minor": 90})
    changes.do("insert_many", rows=[])
    changes.do("delete_many", numbers=[])
    assert facts_of_view(changes.view()) == before


def test_a_tag_leaves_the_lists_it_is_in(changes: Changes) -> None:
    changes.do("update", row=row(1, tag_ids=[TAG]))
    changes.do("update", row=row(2, tag_ids=[OTHER_TAG, TAG]))
    changes.do("unlink_many", numbers=[1, 2, 3], left={"tag_ids": TAG})
    assert [changes.facts(number)["tag_ids"] for number in (1, 2, 3)] == [[], [OTHER_TAG], []]
    changes.do("unlink_many", numbers=[2], left={"tag_ids": "e" * 24})
    assert changes.facts(2)["tag_ids"] == [OTHER_TAG]


def test_flags_say_what_kind_of_entry_it_is(changes: Changes) -> None:
    for number, (kind, flag) in enumerate([("BREAK", BREAK), ("HOLIDAY", HOLIDAY), ("TIME_OFF", TIME_OFF)], 1):
        changes.do("update", row=row(number, type=kind, end_s=None, is_invoiced=True))
        view = changes.view()
        assert view.flags[view.rows_of_ids([entry_id(number)])[0]] == flag | RUNNING | INVOICED
    assert len(changes.view().running_rows) == 3
    changes.do("delete", number=2)
    assert len(changes.view().running_rows) == 2


@pytest.mark.parametrize(
    ("verb", "more"),
    [
        ("update", {"row": row(77)}),
        ("update", {}),
        ("delete", {"number": 77}),
        ("delete", {}),
        ("delete_many", {"numbers": [1, 77]}),
        ("update_many", {"numbers": [77], "values": {"billable": True}}),
        ("update_many", {"numbers": [1], "values": {"start_s": 5}}),
        ("update_many", {"numbers": [1], "values": {"type": "BREAK"}}),
        ("unlink_many", {"numbers": [1], "left": {"something_ids": TAG}}),
        ("merge", {}),
    ],
)
def test_what_cannot_be_applied_in_full_is_refused(changes: Changes, verb: str, more: dict[str, Any]) -> None:
    with pytest.raises(CannotApply):
        changes.do(verb, **more)


def test_a_deleted_entry_is_changed_no_more(changes: Changes) -> None:
    changes.do("delete", number=2)
    with pytest.raises(CannotApply):
        changes.do("update", row=row(2))
    with pytest.raises(CannotApply):
        changes.do("delete", number=2)


def test_an_entry_is_not_inserted_twice(changes: Changes) -> None:
    with pytest.raises(LookupError):
        changes.do("insert", row=row(3))


def test_things_of_other_kinds_leave_the_arrays_alone(changes: Changes) -> None:
    before = facts_of_view(changes.view())
    changes.do("merge", kind="SOMETHING_NEW")
    assert facts_of_view(changes.view()) == before
    assert changes.view().revision == 2


def test_columns_grow_and_are_put_in_order_when_a_tenth_is_out_of_it(
    changes: Changes, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(100, 400):
        changes.do("insert", row=row(number, description=f"{number}"))
    monkeypatch.setattr(kept, "COMPACT_AT_LEAST", 10)
    for number in range(100, 130):
        changes.do("delete", number=number)
    assert changes.view().dead_count == 30
    changes.do("delete", number=131)
    assert (changes.view().dead_count, changes.view().count) == (0, 274)
    for number in range(500, 527):
        changes.do("insert", row=row(number, start_s=number))
    assert (changes.view().sorted_count, changes.view().count) == (274, 301)
    for number in range(600, 604):
        changes.do("insert", row=row(number, start_s=number))
    assert changes.view().sorted_count >= 300
    starts = changes.view().start_s
    assert (np.diff(starts[: changes.view().sorted_count]) >= 0).all()
    assert not (changes.view().flags & DEAD).any()


def test_texts_that_no_entry_has_any_more_leave_with_the_next_order(
    changes: Changes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "COMPACT_AT_LEAST", 10)
    monkeypatch.setattr(kept, "UNUSED_AT_LEAST", 20)
    for number in range(100):
        changes.do("update", row=row(1, description=f"text {number}"))
    with changes.columns.shown() as old:
        assert len(old.descriptions) == 101
        texts = old.memo("by code", (), lambda: list(old.descriptions))
        for number in range(20):
            changes.do("insert", row=row(number + 10, start_s=number, description="kept"))
        assert sorted(changes.view().descriptions) == ["", "kept", "text 99"]
        assert changes.columns.text_bytes < 300
        new = changes.view()
        assert new.memo("by code", (), lambda: list(new.descriptions)) == new.descriptions
        assert old.memo("by code", (), list) is texts
        changes.do("insert", row=row(70, description="kept"))
        assert changes.facts(70)["description"] == "kept"
        assert facts_of_view(old)[entry_id(1)]["description"] == "text 99"
