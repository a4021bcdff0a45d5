"""Filters of reports on custom fields, of entries and of people."""

from typing import Any

import pytest

from tests.harness import REFUSED, Office
from tests.resources.reports.reporting import ask, found, make, track
from tests.resources.reports.test_summary_filters import NOBODY


class Fields:
    """A field of each type, and entries that say something in them, named by what they say."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.owner = office.owner
        self.text = make(office, "/custom-fields", name="Text", type="TXT")
        self.link = make(office, "/custom-fields", name="Link", type="LINK")
        self.number = make(office, "/custom-fields", name="Number", type="NUMBER")
        self.flag = make(office, "/custom-fields", name="Flag", type="CHECKBOX")
        words = ["a", "b", "c"]
        self.one = make(office, "/custom-fields", name="One", type="DROPDOWN_SINGLE", allowedValues=words)
        self.many = make(office, "/custom-fields", name="Many", type="DROPDOWN_MULTIPLE", allowedValues=words)
        self.say("text", self.text, "Hello World")
        self.say("link", self.link, "https://example.com/a")
        self.say("five", self.number, 5)
        self.say("seven and a half", self.number, 7.5)
        self.say("ticked", self.flag, True)
        self.say("not ticked", self.flag, False)
        self.say("a", self.one, "a")
        self.say("a and b", self.many, ["a", "b"])
        track(self.owner, description="silent")

    def say(self, description: str, field_id: str, value: Any, **more: Any) -> str:
        values = [{"customFieldId": field_id, "value": value}]
        return track(self.owner, description=description, customFields=values, **more)

    def found(self, field_id: str, **asked: Any) -> set[str]:
        return found(self.owner, customFields=[{"id": field_id, **asked}])


@pytest.fixture
def fields(office: Office) -> Fields:
    return Fields(office)


SAYING = {"text", "link", "five", "seven and a half", "ticked", "not ticked", "a", "a and b", "silent"}


def test_text_of_a_field_is_searched_without_regard_to_case(fields: Fields) -> None:
    assert fields.found(fields.text, type="TXT", value="hello") == {"text"}
    assert fields.found(fields.text, value="HELLO WORLD") == {"text"}
    assert fields.found(fields.text, value="World Hello") == set()
    assert fields.found(fields.link, value="EXAMPLE.com") == {"link"}


def test_numbers_are_compared(fields: Fields) -> None:
    assert fields.found(fields.number, value=5) == {"five"}
    assert fields.found(fields.number, value="5", numberCondition="EQUAL") == {"five"}
    assert fields.found(fields.number, value=5, numberCondition="GREATER_THAN") == {"seven and a half"}
    assert fields.found(fields.number, value=7.5, numberCondition="LESS_THAN") == {"five"}
    assert fields.found(fields.number, value=1e300, numberCondition="LESS_THAN") == {"five", "seven and a half"}


def test_words_of_dropdowns_any_of_them(fields: Fields) -> None:
    assert fields.found(fields.one, value="a") == {"a"}
    assert fields.found(fields.one, value=["a", "b"]) == {"a"}
    assert fields.found(fields.one, value="b") == set()
    assert fields.found(fields.many, value=["b", "c"]) == {"a and b"}
    assert fields.found(fields.many, value="c") == set()


def test_boxes_are_ticked_or_not(fields: Fields) -> None:
    assert fields.found(fields.flag, value=True) == {"ticked"}
    assert fields.found(fields.flag, value="true") == {"ticked"}
    assert fields.found(fields.flag, value=False) == SAYING - {"ticked"}
    assert fields.found(fields.flag, value=False, isEmpty=False) == {"not ticked"}


def test_fields_say_something_or_nothing(fields: Fields) -> None:
    assert fields.found(fields.text, isEmpty=True) == SAYING - {"text"}
    assert fields.found(fields.text, isEmpty=False) == {"text"}
    assert fields.found(fields.number, isEmpty=False) == {"five", "seven and a half"}
    assert fields.found(fields.text, isEmpty=False, value="nowhere") == set()
    # What asks for nothing is no filter.
    nothings: list[dict[str, Any]] = [{}, {"value": None}, {"value": ""}, {"value": []}, {"type": "TXT"}]
    for nothing in nothings:
        assert fields.found(fields.text, **nothing) == SAYING


def test_several_filters_on_fields_must_all_hold(fields: Fields) -> None:
    values = [{"customFieldId": fields.text, "value": "Hello"}, {"customFieldId": fields.number, "value": 5}]
    track(fields.owner, description="both", customFields=values)
    text, number = {"id": fields.text, "value": "hello"}, {"id": fields.number, "value": 5}
    assert found(fields.owner, customFields=[text]) == {"text", "both"}
    assert found(fields.owner, customFields=[text, number]) == {"both"}
    assert found(fields.owner, customFields=[{**text, "value": None, "isEmpty": True}, number]) == {"five"}
    both_empty = [{"id": fields.text, "isEmpty": True}, {"id": fields.number, "isEmpty": True}]
    assert found(fields.owner, customFields=both_empty) == SAYING - {"text", "five", "seven and a half"}
    assert found(fields.owner, customFields=both_empty, description="tick") == {"ticked", "not ticked"}


def test_a_field_that_is_gone_or_unknown_or_of_people_matches_nothing(fields: Fields) -> None:
    of_people = make(fields.office, "/custom-fields", name="Size", type="TXT", entityType="USER")
    for field_id in (NOBODY, "not an id", of_people):
        for asked in ({"value": "hello"}, {"isEmpty": True}, {"isEmpty": False}, {"value": 5}):
            assert fields.found(field_id, **asked) == set()
    assert fields.owner.delete(f"/custom-fields/{fields.text}").status in (200, 204)
    assert fields.found(fields.text, value="hello") == set()


def test_a_value_counts_where_its_field_is_in_use(office: Office, fields: Fields) -> None:
    quiet = make(office, "/projects", name="Quiet", isPublic=True)
    fields.say("quietly", fields.text, "hello", projectId=quiet)
    assert fields.found(fields.text, value="hello") == {"text", "quietly"}
    override = f"/projects/{quiet}/custom-fields/{fields.text}"
    assert office.owner.patch(override, {"status": "INVISIBLE"}).status == 200
    assert fields.found(fields.text, value="hello") == {"text"}
    assert "quietly" in fields.found(fields.text, isEmpty=True)
    body = {"name": "Text", "type": "TXT", "status": "INACTIVE"}
    assert office.owner.put(f"/custom-fields/{fields.text}", body).status == 200
    assert fields.found(fields.text, value="hello") == set()


def test_fields_are_looked_at_within_the_range_alone(fields: Fields) -> None:
    fields.say("later", fields.text, "hello", day=20)
    range_ = {"dateRangeStart": "2026-05-10", "dateRangeEnd": "2026-05-30"}
    asked = [{"id": fields.text, "value": "hello"}]
    assert found(fields.owner, customFields=asked, **range_) == {"later"}
    assert found(fields.owner, customFields=[{"id": fields.text, "isEmpty": True}], **range_) == set()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("text", 5, "The value of a filter on a custom field of text has to be text"),
        ("link", True, "The value of a filter on a custom field of text has to be text"),
        ("number", "five", "The value of a filter on a custom field of numbers has to be a number"),
        ("number", "nan", "The value of a filter on a custom field of numbers has to be a number"),
        ("number", True, "The value of a filter on a custom field of numbers has to be a number"),
        ("number", {}, "The value of a filter on a custom field of numbers has to be a number"),
        ("flag", "yes", "The value of a filter on a checkbox has to be true or false"),
        ("flag", 1, "The value of a filter on a checkbox has to be true or false"),
        ("one", 5, "The value of a filter on a dropdown has to be one of its words, or a list of them"),
        ("many", [5], "The value of a filter on a dropdown has to be one of its words, or a list of them"),
    ],
)
def test_a_value_that_the_field_cannot_have_is_refused(fields: Fields, name: str, value: Any, sentence: str) -> None:
    answer = ask(fields.owner, customFields=[{"id": getattr(fields, name), "value": value}])
    assert answer.refusal == REFUSED
    assert answer.message == sentence


def test_a_filter_of_no_field_and_too_many_are_refused(office: Office) -> None:
    for name in ("customFields", "userCustomFields"):
        answer = ask(office.owner, **{name: [{"value": "x"}]})
        assert answer.refusal == REFUSED
        assert answer.message == f"{name}[].id must name a custom field"
        answer = ask(office.owner, **{name: [{"id": NOBODY, "isEmpty": True}] * 51})
        assert answer.refusal == REFUSED
        assert answer.message == f"{name} must have at most 50 filters"


def test_entries_are_chosen_by_what_fields_say_of_their_person(office: Office) -> None:
    size = make(office, "/custom-fields", name="Size", type="NUMBER", entityType="USER")
    level = make(office, "/custom-fields", name="Level", type="TXT", entityType="USER", workspaceDefaultValue="junior")
    assert office.owner.put(f"/users/{office.member.id}/custom-field/{size}/value", {"value": 44}).status in (200, 201)
    answer = office.owner.put(f"/users/{office.owner.id}/custom-field/{level}/value", {"value": "senior"})
    assert answer.status in (200, 201)
    track(office.member, description="member")
    track(office.owner, description="owner")

    def of(*asked: dict[str, Any], **more: Any) -> set[str]:
        return found(office.owner, userCustomFields=list(asked), **more)

    assert of({"id": size, "value": 40, "numberCondition": "GREATER_THAN"}) == {"member"}
    assert of({"id": size, "isEmpty": True}) == {"owner"}
    # Without a value of one's own the default counts.
    assert of({"id": level, "value": "JUNIOR"}) == {"member"}
    assert of({"id": level, "value": "senior"}, {"id": size, "isEmpty": True}) == {"owner"}
    assert of({"id": level, "value": "senior"}, {"id": size, "isEmpty": False}) == set()
    assert of({"id": NOBODY, "isEmpty": True}) == set()
    assert of({"id": level, "value": "junior"}, users={"ids": [office.owner.id]}) == set()


def test_what_fields_say_of_others_is_for_those_who_may_list_people(office: Office) -> None:
    size = make(office, "/custom-fields", name="Size", type="NUMBER", entityType="USER")
    for person in (office.member, office.owner):
        answer = office.owner.put(f"/users/{person.id}/custom-field/{size}/value", {"value": 44})
        assert answer.status in (200, 201)
        track(person, description=person.name)
    office.set(only_admins_see_all_time_entries=False)
    asked = {"userCustomFields": [{"id": size, "value": 44}]}
    assert found(office.member, **asked) == {"Max Member", "Olivia Owner"}
    office.set(admin_only_pages=("TEAM",))
    assert found(office.member, **asked) == {"Max Member"}
    assert found(office.member, userCustomFields=[{"id": size, "isEmpty": True}]) == set()
    assert found(office.member) == {"Max Member", "Olivia Owner"}
