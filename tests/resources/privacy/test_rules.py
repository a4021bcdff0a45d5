"""The rules of personal data, without a server."""

import msgspec
import pytest

from hourbook.core.errors import InvalidValue
from hourbook.core.money import RateKind
from hourbook.resources.privacy import rules
from hourbook.resources.privacy.rules import Standing


def test_an_erased_address_is_of_nobody_and_of_its_own() -> None:
    assert rules.erased_email("a" * 24) != rules.erased_email("b" * 24)
    assert rules.erased_email("a" * 24).endswith(".invalid")


def test_the_address_confirms_in_any_case() -> None:
    rules.check_confirmation(" ANN@example.com ", "ann@Example.com")
    for confirmation in (None, "", "ann", "bob@example.com"):
        with pytest.raises(InvalidValue):
            rules.check_confirmation(confirmation, "ann@example.com")


def test_owners_and_people_of_several_workspaces_are_not_erased() -> None:
    rules.check_erasable(Standing(()))
    with pytest.raises(InvalidValue, match=r"Hand them over.*: One, Two"):
        rules.check_erasable(Standing(("One", "Two")))
    with pytest.raises(InvalidValue, match="other workspaces"):
        rules.check_erasable(Standing((), is_elsewhere=True))


def test_words_are_replaced_in_every_corner_of_a_stored_text() -> None:
    text = '{"a": "by Ann B", "b": ["Ann B", 5, null], "c": {"d": "x"}}'
    assert msgspec.json.decode(rules.without_person(text, {"Ann B": "Nobody"})) == {
        "a": "by Nobody",
        "b": ["Nobody", 5, None],
        "c": {"d": "x"},
    }


def test_a_document_speaks_as_people_do() -> None:
    account = {"id": "a", "created_at_us": 1_779_285_600_000_000, "settings": '{"x": 1}', "left_at_us": None}
    sections = {"timeEntries": [{"start_s": 1_779_285_600, "end_s": None, "is_invoiced": False, "value": None}]}
    told = msgspec.json.decode(rules.document(account, sections, []))
    assert told["account"] == {
        "id": "a",
        "createdAt": "2026-05-20T14:00:00Z",
        "settings": {"x": 1},
        "leftAt": None,
    }
    assert told["timeEntries"] == [{"start": "2026-05-20T14:00:00Z", "end": None, "isInvoiced": False, "value": None}]
    assert told["journal"] == []


def test_rates_are_left_out_by_kind() -> None:
    row = {"id": "1", "hourly_rate_minor": 5, "cost_rate_minor": 7}
    assert rules.without_rates(row, frozenset()) == row
    assert rules.without_rates(row, frozenset({RateKind.COST})) == row | {"cost_rate_minor": None}
    assert rules.without_rates(row, frozenset(RateKind)) == {
        "id": "1",
        "hourly_rate_minor": None,
        "cost_rate_minor": None,
    }


def test_an_amount_is_left_out_with_its_kind_or_without_one() -> None:
    cost = frozenset({RateKind.COST})
    assert rules.without_rates({"kind": "hourly", "amount_minor": 5}, cost)["amount_minor"] == 5
    assert rules.without_rates({"kind": "cost", "amount_minor": 5}, cost)["amount_minor"] is None
    assert rules.without_rates({"amount_minor": 5}, cost)["amount_minor"] is None
    assert rules.without_rates({"amount_minor": 5}, frozenset())["amount_minor"] == 5
