"""What can be taken back, and what an operation did in all."""

from typing import Any

import pytest

from hourbook import resources
from hourbook.access.actors import Settings
from hourbook.core.errors import InvalidValue
from hourbook.db.entities import REGISTRY
from hourbook.resources.undo import actions_derived, rules
from hourbook.resources.undo.rules import Effect, Row

DAY = 86_400_000_000


def row(verb: str, kind: str = "TAG", **more: Any) -> Row:
    said: dict[str, Any] = {
        "event": None,
        "origin": "api",
        "changed": (),
        "before": None,
        "after": None,
        "ids": (),
        "rows": [],
    }
    said |= {"entity_id": None, "key_names": ("id",), **more}
    return Row(kind=kind, verb=verb, **said)


def only(*rows: Row) -> Effect:
    (effect,) = rules.effects_of(rows).values()
    return effect


def test_what_is_too_old_stays() -> None:
    rules.check_age(0, now_us=90 * DAY, days=90)
    with pytest.raises(InvalidValue):
        rules.check_age(0, now_us=90 * DAY + 1, days=90)


@pytest.mark.parametrize(
    "bad",
    [
        row("insert", "INVITATION", after={}),
        row("insert", "SOMETHING_NEW", after={}),
        row("insert", "MEMBER", after={}),
        row("update", "MEMBER", changed=("status",)),
        row("update", "WORKSPACE", changed=("deletes_at_us",)),
        row("insert", "ROLE", after={"role": "OWNER"}),
        row("delete_many", "ROLE", rows=[{"role": "PROJECT_MANAGER"}, {"role": "WORKSPACE_ADMIN"}]),
    ],
)
def test_what_cannot_be_taken_back_says_so(bad: Row) -> None:
    with pytest.raises(InvalidValue):
        rules.check_kinds([row("insert", after={}), bad])


def test_every_kind_can_be_taken_back_or_says_why_not() -> None:
    resources.load()
    assert set(rules.WORDS) | set(rules.REFUSALS) == set(REGISTRY)
    assert not set(rules.WORDS) & set(rules.REFUSALS)
    assert set(rules.WORDS) == set(actions_derived.ORDER)


def test_what_can_be_taken_back_is_taken_back() -> None:
    rules.check_kinds(
        [
            row("insert", after={}),
            row("update", "MEMBER", changed=("hourly_rate_minor",)),
            row("update", "WORKSPACE", changed=("settings", "name")),
            row("insert", "ROLE", after={"role": "PROJECT_MANAGER"}),
        ]
    )


@pytest.mark.parametrize(
    "then", [{"single_sign_on_required": True}, {"multi_factor_enabled": True}, {"allowed_networks": ("10.0.0.0/8",)}]
)
def test_who_may_enter_is_not_taken_back(then: dict[str, Any]) -> None:
    rules.check_entering(Settings(), Settings(who_can_create_tags="ADMINS"))
    with pytest.raises(InvalidValue):
        rules.check_entering(Settings(), Settings(**then))


def test_a_change_of_rates_is_told_from_its_consequences() -> None:
    change = row("insert", "RATE", event="BILLABLE_RATE_UPDATED", after={})
    entries = row("update_many", "TIME_ENTRY", changed=("hourly_rate_minor",), origin="cascade")
    assert rules.sets_rates([change, entries])
    assert not rules.sets_rates([row("delete_many", "RATE", origin="cascade"), entries])
    assert rules.is_consequence_of_rates(entries)
    assert not rules.is_consequence_of_rates(row("update_many", "TIME_ENTRY", changed=("project_id",)))
    assert not rules.is_consequence_of_rates(change)


def test_one_row_is_one_effect() -> None:
    thing = {"id": "1", "name": "a"}
    assert only(row("insert", after=thing, event="NEW_TAG")) == Effect("TAG", ("1",), None, thing, event=True)
    assert only(row("delete", before=thing)) == Effect("TAG", ("1",), thing, None)
    changed = only(row("update", before={"name": "b"}, after=thing))
    assert (changed.before, changed.after) == ({"id": "1", "name": "b"}, thing)


def test_a_row_about_many_is_an_effect_each() -> None:
    things = [{"id": "1"}, {"id": "2"}]
    for verb, before, after in (("insert_many", None, things[1]), ("delete_many", things[1], None)):
        effect = rules.effects_of([row(verb, rows=things)])["TAG", ("2",)]
        assert (effect.before, effect.after) == (before, after)
    many = row("update_many", ids=("1", "2"), changed=("a",), rows=[[1], [2]], after={"a": 3})
    effect = rules.effects_of([many])["TAG", ("2",)]
    assert (effect.before, effect.after, effect.is_whole) == ({"a": 2}, {"a": 3}, False)
    lost = only(row("unlink_many", ids=("1",), before={"tag_ids": "t"}))
    assert (lost.lost, lost.is_whole) == ([("tag_ids", "t")], False)


def test_several_rows_about_one_thing_are_one_effect() -> None:
    made = row("insert", after={"id": "1", "name": "a"})
    named = row("update", before={"name": "a"}, after={"id": "1", "name": "b"}, event="TAG_UPDATED")
    gone = row("delete", before={"id": "1", "name": "b"})
    effect = only(made, named)
    assert (effect.before, effect.after, effect.event) == (None, {"id": "1", "name": "b"}, True)
    assert rules.effects_of([made, named, gone]) == {}
    effect = only(named, gone)
    assert (effect.before, effect.after) == ({"id": "1", "name": "a"}, None)


def test_parts_and_wholes_are_put_together() -> None:
    whole = row("update", before={"name": "a"}, after={"id": "1", "name": "b", "color": 1, "tags": ["t", "u"]})
    part = row("update_many", ids=("1",), changed=("color",), rows=[[1]], after={"color": 2})
    lost = row("unlink_many", ids=("1",), before={"tags": "t"})
    effect = only(whole, part, lost)
    assert effect.is_whole
    assert effect.before == {"id": "1", "name": "a", "color": 1, "tags": ["t", "u"]}
    assert effect.after == {"id": "1", "name": "b", "color": 2, "tags": ["u"]}
    effect = only(part, row("unlink_many", ids=("1",), before={"tags": "t"}))
    assert (effect.before, effect.after, effect.lost, effect.is_whole) == (
        {"color": 1},
        {"color": 2},
        [("tags", "t")],
        False,
    )
    gone = row("delete", before={"id": "1", "color": 2, "tags": ["u"]})
    effect = only(part, lost, gone)
    assert (effect.before, effect.after) == ({"id": "1", "color": 1, "tags": ["u", "t"]}, None)


def test_a_thing_is_unchanged_while_it_is_as_it_was_left() -> None:
    left = Effect("TAG", ("1",), None, {"id": "1", "ids": ["a", "b"]})
    assert rules.is_unchanged(left, {"id": "1", "ids": ["b", "a"], "more": 1})
    assert not rules.is_unchanged(left, {"id": "1", "ids": ["a"]})
    assert not rules.is_unchanged(left, None)
    gone = Effect("TAG", ("1",), {"id": "1"}, None)
    assert rules.is_unchanged(gone, None)
    assert not rules.is_unchanged(gone, {"id": "1"})
    lost = Effect("TAG", ("1",), {}, {}, is_whole=False, lost=[("ids", "a")])
    assert rules.is_unchanged(lost, {"ids": ["b"]})
    assert not rules.is_unchanged(lost, {"ids": ["a", "b"]})


def test_a_thing_is_restored_from_what_it_is_and_what_it_was() -> None:
    assert rules.restored(Effect("TAG", ("1",), None, {"id": "1"}), {"id": "1"}) is None
    assert rules.restored(Effect("TAG", ("1",), {"id": "1"}, None), None) == {"id": "1"}
    part = Effect("TAG", ("1",), {"a": 1}, {"a": 2}, is_whole=False, lost=[("ids", "x")])
    assert rules.restored(part, {"a": 2, "b": 3, "ids": ["y"]}) == {"a": 1, "b": 3, "ids": ["x", "y"]}


def test_an_entry_has_the_rates_of_where_it_is() -> None:
    entry = dict.fromkeys(("user_id", "project_id", "task_id", "start_s", "billable", "is_invoiced"), 1)
    assert rules.has_same_rates(entry | {"description": "a"}, entry | {"description": "b", "hourly_rate_minor": 5})
    for name in entry:
        assert not rules.has_same_rates(entry, entry | {name: 2})
    assert not rules.has_same_rates(None, entry)
    assert not rules.has_same_rates(entry, None)


def test_rates_are_told_from_the_rest_of_an_entry() -> None:
    assert rules.rates_in({"hourly_rate_minor": 5, "cost_rate_minor": 0, "name": "x"}) == {
        "hourly_rate_minor": 5,
        "cost_rate_minor": 0,
    }
    assert rules.rates_in(None) == {}


def test_sentences_call_things_by_their_names() -> None:
    assert rules.name_of("TAG", {"name": "one"}) == "the tag 'one'"
    assert rules.name_of("TIME_ENTRY", {"description": "", "id": "1"}) == "the time entry '1'"
    assert rules.name_of("RATE", None) == "a rate"


def test_a_thing_names_others() -> None:
    entry = {"user_id": "u", "project_id": None, "task_id": "t", "tag_ids": ["a", "b"]}
    assert rules.references_of("TIME_ENTRY", entry) == [("MEMBER", "u"), ("TASK", "t"), ("TAG", "a"), ("TAG", "b")]
    assert rules.references_of("PROJECT", {"client_id": rules.NOBODY}) == []
    assert rules.references_of("TAG", {"name": "one"}) == []
