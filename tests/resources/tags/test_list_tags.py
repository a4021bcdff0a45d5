"""GET .../tags."""

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Answer, Office


def make_tags(office: Office, *names: str) -> dict[str, str]:
    return {name: office.owner.post("/tags", {"name": name}).body["id"] for name in names}


def archive(office: Office, name: str, tag_id: str) -> None:
    assert office.owner.put(f"/tags/{tag_id}", {"name": name, "archived": True}).status == 200


def names_in(answer: Answer) -> list[str]:
    assert answer.status == 200, answer
    return [tag["name"] for tag in answer.body]


def test_anonymous_is_asked_for_a_credential(office: Office) -> None:
    assert office.anonymous.get("/tags").refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office) -> None:
    assert office.outsider.get("/tags").refusal == DENIED


def test_every_member_sees_all_tags(office: Office) -> None:
    tag_id = make_tags(office, "Urgent")["Urgent"]
    for role in ("owner", "admin", "manager", "member"):
        assert office.everybody[role].get("/tags").body == [
            {"id": tag_id, "name": "Urgent", "workspaceId": office.workspace_id, "archived": False}
        ]


def test_tags_of_other_workspaces_stay_there(office: Office) -> None:
    office.outsider.at(office.outsider_workspace_id).post("/tags", {"name": "Theirs"})
    assert office.owner.get("/tags").body == []


def test_tags_come_by_name_without_case(office: Office) -> None:
    make_tags(office, "beta", "Alpha", "alpha", "Gamma")
    assert [name.lower() for name in names_in(office.owner.get("/tags"))] == ["alpha", "alpha", "beta", "gamma"]
    backwards = names_in(office.owner.get("/tags", sort_order="DESCENDING"))
    assert backwards == names_in(office.owner.get("/tags"))[::-1]


def test_sorting_by_id_is_the_order_of_creation(office: Office) -> None:
    for name in ("b", "c", "a"):
        make_tags(office, name)
        office.clock.move(seconds=1)
    assert names_in(office.owner.get("/tags", sort_column="ID")) == ["b", "c", "a"]
    assert names_in(office.owner.get("/tags", sort_column="ID", sort_order="DESCENDING")) == ["a", "c", "b"]


def test_pages_are_full_and_the_last_one_says_so(office: Office) -> None:
    make_tags(office, "a", "b", "c")
    first, second, third = (office.owner.get("/tags", page=page, page_size=2) for page in (1, 2, 3))
    assert (names_in(first), first.headers["Last-Page"]) == (["a", "b"], "false")
    assert (names_in(second), second.headers["Last-Page"]) == (["c"], "true")
    assert (names_in(third), third.headers["Last-Page"]) == ([], "true")


def test_a_full_last_page_is_the_last_page(office: Office) -> None:
    make_tags(office, "a", "b")
    assert office.owner.get("/tags", page_size=2).headers["Last-Page"] == "true"


def test_a_page_has_50_rows_unless_asked_otherwise(office: Office) -> None:
    make_tags(office, *(f"tag {number:02}" for number in range(51)))
    assert len(office.owner.get("/tags").body) == 50
    assert len(office.owner.get("/tags", page_size=200).body) == 51
    assert len(office.owner.get("/tags", pageSize=2).body) == 50


@pytest.mark.parametrize("size", [0, -1, 5001])
def test_page_sizes_outside_the_limits_are_refused(office: Office, size: int) -> None:
    assert office.owner.get("/tags", page_size=size).refusal == REFUSED


def test_a_page_of_5000_is_accepted(office: Office) -> None:
    assert office.owner.get("/tags", page_size=5000).status == 200


def test_the_name_filter_looks_inside_the_name_without_case(office: Office) -> None:
    make_tags(office, "Design", "redesign", "Build")
    assert names_in(office.owner.get("/tags", name="DESIGN")) == ["Design", "redesign"]


@pytest.mark.parametrize("wildcard", ["%", "_", "*", "\\"])
def test_no_character_of_the_name_filter_is_a_wildcard(office: Office, wildcard: str) -> None:
    make_tags(office, "plain", f"with {wildcard} in it")
    assert names_in(office.owner.get("/tags", name=wildcard)) == [f"with {wildcard} in it"]


def test_the_strict_filter_wants_the_very_name(office: Office) -> None:
    make_tags(office, "Design", "design", "Designs")
    assert names_in(office.owner.get("/tags", name="Design", strict_name_search=True)) == ["Design"]


def test_archived_tags_are_listed_unless_asked_otherwise(office: Office) -> None:
    made = make_tags(office, "new", "old")
    archive(office, "old", made["old"])
    assert names_in(office.owner.get("/tags")) == ["new", "old"]
    assert names_in(office.owner.get("/tags", archived=True)) == ["old"]
    assert names_in(office.owner.get("/tags", archived=False)) == ["new"]
    assert names_in(office.owner.get("/tags", archived="")) == ["new", "old"]


def test_excluded_ids_may_be_repeated_or_joined_by_commas(office: Office) -> None:
    made = make_tags(office, "a", "b", "c")
    assert names_in(office.owner.get("/tags", excluded_ids=[made["a"], made["b"]])) == ["c"]
    assert names_in(office.owner.get("/tags", excluded_ids=f"{made['a']},{made['b']}")) == ["c"]
    assert names_in(office.owner.get("/tags", excluded_ids="no id at all")) == ["a", "b", "c"]


def test_an_unknown_sort_word_is_answered_with_the_words_there_are(office: Office) -> None:
    answer = office.owner.get("/tags", sort_column="COLOUR")
    assert answer.refusal == REFUSED
    assert "[sort-column]" in answer.message
    assert "ID, NAME" in answer.message
