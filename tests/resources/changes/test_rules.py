"""Which documents changed within a time."""

import pytest

from hourbook.core.errors import InvalidValue
from hourbook.resources.changes import rules
from hourbook.resources.changes.rules import ChangeKind, DocumentType, Mark

MADE, CHANGED, GONE = ChangeKind.CREATED, ChangeKind.UPDATED, ChangeKind.DELETED
NOW_US = 1_779_285_600_000_000


@pytest.mark.parametrize(
    ("kinds", "fate"),
    [
        ([MADE], MADE),
        ([MADE, CHANGED], MADE),
        ([MADE, CHANGED, GONE], None),
        ([CHANGED], CHANGED),
        ([CHANGED, GONE], GONE),
        ([GONE], GONE),
        ([GONE, MADE], CHANGED),
        ([MADE, GONE, MADE], MADE),
    ],
)
def test_what_was_there_before_and_after_decides(kinds: list[ChangeKind], fate: ChangeKind | None) -> None:
    marks = [Mark("a", kind, number, number) for number, kind in enumerate(kinds)]
    assert rules.fates_of(marks)["a"].kind is fate


def test_things_stand_in_the_order_in_which_they_were_first_touched() -> None:
    marks = [Mark("b", MADE, 1, 1), Mark("a", MADE, 2, 2), Mark("b", CHANGED, 3, 3)]
    fates = rules.fates_of(marks)
    assert list(fates) == ["b", "a"]
    assert rules.mark_of("b", fates["b"]) == Mark("b", CHANGED, 3, 3)


@pytest.mark.parametrize(
    ("verb", "kind"),
    [
        ("insert", MADE),
        ("insert_many", MADE),
        ("delete", GONE),
        ("delete_many", GONE),
        ("update", CHANGED),
        ("update_many", CHANGED),
        ("unlink_many", CHANGED),
    ],
)
def test_every_verb_of_the_journal_is_one_of_three(verb: str, kind: ChangeKind) -> None:
    assert rules.kind_of_verb(verb) is kind


def test_of_rates_only_changes_of_rates_count() -> None:
    rate = DocumentType.TIME_ENTRY_RATE
    assert rules.counts(rate, CHANGED, '["hourly_rate_minor"]')
    assert not rules.counts(rate, CHANGED, '["description"]')
    assert rules.counts(rate, MADE, None)
    assert rules.counts(DocumentType.TAGS, CHANGED, '["name"]')


def test_a_window_is_thirty_days_that_touch_the_bound_that_is_given() -> None:
    month_us = 30 * 86_400_000_000
    assert rules.span_of(None, None, now_us=NOW_US) == rules.Span(NOW_US - month_us, NOW_US + 1)
    assert rules.span_of(100, None, now_us=NOW_US) == rules.Span(100_000_000, 100_000_000 + month_us)
    assert rules.span_of(None, 100, now_us=NOW_US) == rules.Span(100_000_000 - month_us, 100_000_000)
    assert rules.span_of(100, 200, now_us=NOW_US) == rules.Span(100_000_000, 200_000_000)
    with pytest.raises(InvalidValue):
        rules.span_of(200, 100, now_us=NOW_US)


def test_pages_nought_and_one_are_the_first() -> None:
    span = rules.Span(0, 1)
    twice = (DocumentType.TAGS, DocumentType.CLIENTS, DocumentType.TAGS)
    for page, offset in ((0, 0), (1, 0), (2, 10), (3, 20)):
        found = rules.wanted(twice, span, page=page, limit=10)
        assert (found.offset, found.types) == (offset, (DocumentType.TAGS, DocumentType.CLIENTS))
    for page, limit in ((-1, 10), (1, 0), (1, 5001), (1 << 40, 1)):
        with pytest.raises(InvalidValue):
            rules.wanted(twice, span, page=page, limit=limit)


def test_every_type_says_which_kinds_it_is_made_of() -> None:
    assert set(rules.KINDS) == set(DocumentType)
    assert len(DocumentType) == 17


def test_values_are_told_apart_field_by_field() -> None:
    before = {"1": ["a", "WORKSPACE"], "2": ["b", "WORKSPACE"], "3": ["c", "WORKSPACE"]}
    after = {"2": ["b", "WORKSPACE"], "3": ["d", "TIMEENTRY"], "4": ["e", "TIMEENTRY"]}
    marks = {mark.document[1]: mark for mark in rules.value_marks("entry", before, after, at_us=5, revision=6)}
    assert {field: mark.kind for field, mark in marks.items()} == {"1": GONE, "3": CHANGED, "4": MADE}
    assert marks["3"].document == ("entry", "3", ["d", "TIMEENTRY"])
    assert marks["1"].thing_id == rules.derived_id("entry", "1") != rules.derived_id("entry", "3")
    assert rules.values_in(None) == rules.values_in("") == {}
    assert rules.values_in('{"1":["a","WORKSPACE"]}') == {"1": ["a", "WORKSPACE"]}
