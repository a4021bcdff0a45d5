"""The rules of custom fields: which values a field takes, which an entry ends up with."""

from typing import Any

import msgspec
import pytest

from hourbook.core.errors import AccessDenied, InvalidValue, LimitReached, NotFound, RequiredFieldMissing
from hourbook.resources.custom_fields import rules, rules_values
from hourbook.resources.custom_fields.rules import CustomField, FieldDetails, FieldStatus, FieldType, Override
from hourbook.resources.custom_fields.rules_values import EntryFields, SourceType, StoredValue, Wish

WORKSPACE, PROJECT = "a" * 24, "b" * 24


def field(kind: str = "TXT", field_id: str = "f1", **more: Any) -> CustomField:
    options = rules.text_of(more.pop("options", []))
    default = rules.text_of(more.pop("default", None))
    base = CustomField(
        WORKSPACE, field_id, "Thing", "TIMEENTRY", kind, "VISIBLE", False, False, options or "[]", None, None, default
    )
    return msgspec.structs.replace(base, **more)


def override(field_id: str = "f1", status: str = "VISIBLE", value: Any = None) -> Override:
    return Override(WORKSPACE, PROJECT, field_id, status, rules.text_of(value))


def known(*fields: CustomField, overrides: tuple[Override, ...] = ()) -> EntryFields:
    return EntryFields(fields, {(one.project_id, one.field_id): one for one in overrides})


def settled(fields: EntryFields, project_id: str | None = None, **wish: Any) -> dict[str, tuple[Any, str]]:
    text = rules_values.settled(fields, project_id, Wish(**wish))
    return {one: (stored.value, stored.source.value) for one, stored in rules_values.stored_values(text).items()}


# --- values --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "good"),
    [
        ("TXT", ["a", "x" * 3000, " "]),
        ("LINK", ["https://example.com", "HTTP://x", "mailto:a@b.c", "example.com", "example.com:8080/x", "/path"]),
        ("NUMBER", [0, -1, 1.5, 10**18]),
        ("CHECKBOX", [True, False]),
        ("DROPDOWN_SINGLE", ["a", "b"]),
        ("DROPDOWN_MULTIPLE", [["a"], ["b", "a"]]),
    ],
)
def test_values_that_fit_are_kept_as_they_are(kind: str, good: list[Any]) -> None:
    one = field(kind, options=["a", "b"])
    for value in good:
        assert rules.check_value(one, value) == value
        assert rules.fits(one, value)
        assert rules.value_of(rules.text_of(value)) == value


@pytest.mark.parametrize(
    ("kind", "bad"),
    [
        ("TXT", [1, True, ["a"], {}, "x" * 3001]),
        ("LINK", [1, "x" * 3001, "javascript:alert(1)", "\tdata:x", "ftp://x"]),
        ("NUMBER", ["1", True, float("inf"), float("nan"), [1]]),
        ("CHECKBOX", [1, 0, "true"]),
        ("DROPDOWN_SINGLE", ["c", ["a"], 1]),
        ("DROPDOWN_MULTIPLE", ["a", ["c"], [1], [["a"]], {}]),
    ],
)
def test_values_that_do_not_fit_are_refused(kind: str, bad: list[Any]) -> None:
    one = field(kind, options=["a", "b"])
    for value in bad:
        assert not rules.fits(one, value)
        with pytest.raises(InvalidValue, match="The value of Thing"):
            rules.check_value(one, value)


@pytest.mark.parametrize("kind", list(FieldType))
def test_nothing_is_no_value_whatever_the_type(kind: str) -> None:
    nothings: list[Any] = [None, "", []]
    for nothing in nothings:
        assert rules.check_value(field(kind), nothing) is None
    assert rules.fits(field(kind), None)
    assert rules.text_of(None) is None
    assert rules.value_of(None) is None


def test_a_word_named_twice_is_there_once() -> None:
    assert rules.check_value(field("DROPDOWN_MULTIPLE", options=["a", "b"]), ["b", "a", "b"]) == ["b", "a"]


# --- definitions ---------------------------------------------------------------------------------


def test_the_limit_is_reached_with_as_many_as_there_may_be() -> None:
    rules.check_count(49, 50)
    with pytest.raises(LimitReached):
        rules.check_count(50, 50)


def test_a_field_that_is_replaced_keeps_its_status_unless_another_is_said() -> None:
    before = field(status="INVISIBLE")
    said = FieldDetails(name="New name", type=FieldType.TXT)
    assert rules.changed_field(before, said).status == "INVISIBLE"
    said.status = FieldStatus.INACTIVE
    assert rules.changed_field(before, said).status == "INACTIVE"


@pytest.mark.parametrize("kind", [None, FieldType.LINK])
def test_a_type_neither_goes_nor_changes(kind: FieldType | None) -> None:
    with pytest.raises(InvalidValue, match="type"):
        rules.changed_field(field("TXT"), FieldDetails(name="New name", type=kind))


def test_a_new_field_needs_a_type() -> None:
    with pytest.raises(InvalidValue, match="type must not be null"):
        rules.new_field(WORKSPACE, "f1", FieldDetails(name="Thing"))


@pytest.mark.parametrize(
    ("status", "in_project", "found"),
    [
        ("VISIBLE", None, "VISIBLE"),
        ("VISIBLE", "INVISIBLE", "INVISIBLE"),
        ("VISIBLE", "INACTIVE", "INACTIVE"),
        ("INVISIBLE", None, "INVISIBLE"),
        ("INVISIBLE", "VISIBLE", "VISIBLE"),
        ("INACTIVE", None, "INACTIVE"),
        ("INACTIVE", "VISIBLE", "INACTIVE"),
    ],
)
def test_a_project_decides_about_every_field_that_is_not_switched_off(
    status: str, in_project: str | None, found: str
) -> None:
    assert rules.status_in(field(status=status), in_project and override(status=in_project)) == found  # type: ignore[arg-type]


# --- values of entries ---------------------------------------------------------------------------


def test_the_default_of_the_project_beats_that_of_the_workspace() -> None:
    fields = known(field(default="w"), overrides=(override(value="p"),))
    assert settled(fields) == {"f1": ("w", "WORKSPACE")}
    assert settled(fields, PROJECT) == {"f1": ("p", "PROJECT")}
    assert settled(fields, "c" * 24) == {"f1": ("w", "WORKSPACE")}


def test_a_project_without_a_default_of_its_own_has_that_of_the_workspace() -> None:
    assert settled(known(field(default="w"), overrides=(override(),)), PROJECT) == {"f1": ("w", "WORKSPACE")}


def test_a_default_that_no_longer_fits_is_none() -> None:
    dropdown = field("DROPDOWN_SINGLE", options=["a"], default="gone")
    assert settled(known(dropdown, overrides=(override(value="went"),)), PROJECT) == {}


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("mine", ("mine", "TIMEENTRY")),
        # What a client read and sends back is still the workspace's word.
        ("w", ("w", "WORKSPACE")),
        (None, None),
        ("", None),
    ],
)
def test_a_given_value_beats_every_default(given: Any, found: tuple[Any, str] | None) -> None:
    assert settled(known(field(default="w")), given={"f1": given}).get("f1") == found


def test_true_is_not_one() -> None:
    assert settled(known(field("NUMBER", default=1)), given={"f1": 1.0}) == {"f1": (1, "WORKSPACE")}
    with pytest.raises(InvalidValue):
        settled(known(field("CHECKBOX", default=True)), given={"f1": 1})


def test_what_is_left_out_goes_back_to_its_default() -> None:
    before = rules_values.stored_text({"f1": StoredValue("old", SourceType.TIMEENTRY)})
    assert settled(known(field(default="w")), before=before, is_new=False) == {"f1": ("w", "WORKSPACE")}
    assert settled(known(field()), before=before, is_new=False) == {}


def test_a_field_that_is_gone_goes_from_an_entry_that_is_written() -> None:
    before = rules_values.stored_text({"gone": StoredValue("old", SourceType.TIMEENTRY)})
    assert settled(known(field()), before=before, is_new=False) == {}


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(NotFound):
        settled(known(field()), given={"other": "x"})
    with pytest.raises(NotFound):
        rules_values.imported(known(field()), {"other": "x"})


@pytest.mark.parametrize("status", ["INVISIBLE", "INACTIVE"])
def test_what_an_entry_does_not_show_stays_as_it_was(status: str) -> None:
    fields = known(field(status=status, default="w"))
    before = rules_values.stored_text({"f1": StoredValue("old", SourceType.TIMEENTRY)})
    assert settled(fields) == {}
    assert settled(fields, before=before, is_new=False) == {"f1": ("old", "TIMEENTRY")}
    assert settled(fields, before=before, is_new=False, given={"f1": "old"}) == {"f1": ("old", "TIMEENTRY")}
    assert settled(fields, before=before, is_new=False, given={"f1": None}) == {"f1": ("old", "TIMEENTRY")}
    for wish in ({"given": {"f1": "new"}}, {"given": {"f1": "new"}, "before": before, "is_new": False}):
        with pytest.raises(InvalidValue, match="not in use"):
            settled(fields, **wish)
    assert rules_values.shown_values(fields.visible(None), before) == []


def test_a_field_of_admins_is_changed_by_them_alone() -> None:
    fields = known(field(only_admin_can_edit=True, default="w"))
    before = rules_values.stored_text({"f1": StoredValue("old", SourceType.TIMEENTRY)})
    assert settled(fields) == {"f1": ("w", "WORKSPACE")}
    assert settled(fields, given={"f1": "w"}) == {"f1": ("w", "WORKSPACE")}
    assert settled(fields, before=before, is_new=False) == {"f1": ("old", "TIMEENTRY")}
    assert settled(fields, before=before, is_new=False, given={"f1": "old"}) == {"f1": ("old", "TIMEENTRY")}
    assert settled(fields, is_admin=True, given={"f1": "new"}) == {"f1": ("new", "TIMEENTRY")}
    for wish in ({"given": {"f1": "new"}}, {"given": {"f1": None}}, {"before": before, "given": {"f1": "w"}}):
        with pytest.raises(AccessDenied):
            settled(fields, is_new="before" not in wish, **wish)


def test_a_copied_value_stands_where_nothing_is_given_and_where_it_still_fits() -> None:
    one, other = field("DROPDOWN_SINGLE", options=["a"], default="a"), field(field_id="f2")
    copied = rules_values.stored_text(
        {"f1": StoredValue("gone", SourceType.TIMEENTRY), "f2": StoredValue("text", SourceType.TIMEENTRY)}
    )
    assert settled(known(one, other), copied=copied) == {"f1": ("a", "WORKSPACE"), "f2": ("text", "TIMEENTRY")}
    assert settled(known(other), copied=copied, given={"f2": "mine"}) == {"f2": ("mine", "TIMEENTRY")}


def test_an_import_brings_what_it_says_and_no_default() -> None:
    fields = known(field(default="w"), field(field_id="f2", default="w"), field(field_id="f3"))
    text = rules_values.imported(fields, {"f2": "brought", "f3": None})
    assert text == '{"f2":["brought","TIMEENTRY"]}'


@pytest.mark.parametrize("value", [False, 0, "x", ["a"]])
def test_a_required_value_is_there_whatever_it_is(value: Any) -> None:
    text = rules_values.stored_text({"f1": StoredValue(value, SourceType.TIMEENTRY)})
    rules_values.check_required(known(field(required=True)), None, text, is_admin=False)


def test_a_required_value_that_is_missing_is_told_by_name() -> None:
    with pytest.raises(RequiredFieldMissing, match="Thing"):
        rules_values.check_required(known(field(required=True)), None, None, is_admin=False)


def test_nobody_is_asked_for_what_they_do_not_see_or_may_not_give() -> None:
    hidden = known(field(required=True, status="INVISIBLE"))
    rules_values.check_required(hidden, PROJECT, None, is_admin=True)
    shown = known(field(required=True, status="INVISIBLE"), overrides=(override(),))
    with pytest.raises(RequiredFieldMissing):
        rules_values.check_required(shown, PROJECT, None, is_admin=False)
    of_admins = known(field(required=True, only_admin_can_edit=True))
    rules_values.check_required(of_admins, None, None, is_admin=False)
    with pytest.raises(RequiredFieldMissing):
        rules_values.check_required(of_admins, None, None, is_admin=True)
