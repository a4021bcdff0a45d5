"""Lists, for any names and any page size: every row exactly once, in one total order."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hourbook.core.text import fold
from hourbook.core.types import Page, SortOrder
from hourbook.db.tx import Tx
from hourbook.http.wire import INT_LIMIT
from hourbook.resources.tags import actions as tags
from hourbook.resources.tags.rules import Tag, TagSort
from tests.harness import Office

names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8)
a_few = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def fresh_tags(office: Office, wanted: list[str]) -> list[Tag]:
    """These tags and no others."""

    def work(tx: Tx) -> list[Tag]:
        for row in tags.list_tags(tx, {}, Page(1, 1000), sort=TagSort.ID, order=SortOrder.ASCENDING):
            tags.delete_tag(tx, row.id)
        return [tags.create_tag(tx, name) for name in wanted]

    made: list[Tag] = office.write(work)
    return made


def walk(office: Office, size: int, **query: Any) -> list[str]:
    """The ids of all pages, one after the other."""
    found: list[str] = []
    for page in range(1, 100):
        answer = office.owner.get("/tags", page=page, page_size=size, **query)
        found += [row["id"] for row in answer.body]
        if answer.headers["Last-Page"] == "true":
            return found
        assert len(answer.body) == size
    raise AssertionError("the pages do not end")


@a_few
@given(st.lists(names.map(str.strip).filter(bool), min_size=1, max_size=12, unique=True), st.integers(1, 14))
def test_every_row_stands_on_exactly_one_page(office: Office, wanted: list[str], size: int) -> None:
    made = fresh_tags(office, wanted)
    by_name = [tag.id for tag in sorted(made, key=lambda tag: (fold(tag.name).encode(), tag.id))]
    by_id = sorted(tag.id for tag in made)
    assert walk(office, size) == by_name
    assert walk(office, size, sort_order="DESCENDING") == by_name[::-1]
    assert walk(office, size, sort_column="ID") == by_id
    assert walk(office, size, sort_column="ID", sort_order="DESCENDING") == by_id[::-1]


@a_few
@given(st.lists(names.map(str.strip).filter(bool), min_size=1, max_size=12, unique=True), names)
def test_a_search_finds_what_contains_the_text(office: Office, wanted: list[str], part: str) -> None:
    made = fresh_tags(office, wanted)
    expected = {tag.id for tag in made if fold(part) in fold(tag.name)}
    assert set(walk(office, 50, name=part)) == expected
    strict = {tag.id for tag in made if tag.name == part}
    assert set(walk(office, 50, name=part, strict_name_search=True)) == strict


@a_few
@given(st.integers(-INT_LIMIT, INT_LIMIT), st.integers(-INT_LIMIT, INT_LIMIT))
def test_any_page_gets_an_answer(office: Office, page: int, size: int) -> None:
    answer = office.owner.get("/tags", page=page, page_size=size)
    assert answer.status in (200, 400)
    assert (answer.status == 400) or (page >= 1 and 1 <= size <= 5000)
