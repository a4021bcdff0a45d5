"""docs/errors.md names every refusal there is."""

import re

from hourbook import resources
from hourbook.http import app, problems, protocol, surroundings
from tests.docs import error_codes
from tests.docs.markdown import ROOT, read

resources.load()
PAGE = ROOT / "docs" / "errors.md"


def test_every_fact_that_is_answered_is_in_the_page() -> None:
    text = read(PAGE)
    for kind in error_codes.all_facts():
        for fact in error_codes.made_of(kind):
            assert problems.problem_of(fact).message.replace("1970-01-01T00:00:00Z", "{instant}") in text, kind


def test_every_refusal_that_no_fact_says_is_in_the_page() -> None:
    """Made in the files of the frame, each under a name that the page's table has."""
    made = set()
    for path in (ROOT / "src" / "hourbook").rglob("*.py"):
        if path.name != "problems.py" or path.parent.name != "http":
            lines = [line for line in read(path).splitlines() if re.search(r"(?<!\w)Problem\((?=\S)", line)]
            made |= {(path.stem, line) for line in lines}
    assert sorted((name, line.partition(" = ")[0]) for name, line in made) == [
        ("app", "BODY_TOO_LONG"),
        ("protocol", "HEAD_TOO_LARGE"),
        ("protocol", "HEAD_TOO_SLOW"),
        ("protocol", "NOT_HTTP"),
        ("surroundings", "NO_DATABASE"),
        ("surroundings", "STOPPING"),
    ]
    text = read(PAGE)
    assert [problem.message for problem, _ in error_codes.OTHERS if problem.message not in text] == []
    listed = {problem.message for problem, _ in error_codes.OTHERS}
    frame = (app, protocol, surroundings)
    named = [value for module in frame for value in vars(module).values() if isinstance(value, problems.Problem)]
    assert len(named) == 6
    assert {problem.message for problem in named} <= listed


def test_every_fact_in_the_table_is_a_fact() -> None:
    assert set(problems._TABLE) <= set(error_codes.all_facts())


def test_no_number_of_ours_has_two_statuses() -> None:
    """A client that reads 1014 knows what it has before it looks at the status."""
    statuses: dict[str, set[int]] = {}
    for status, number, _, _ in error_codes.rows():
        if re.fullmatch(r"1(00[5-9]|0[1-9]\d)", number):
            statuses.setdefault(number, set()).add(status)
    assert [number for number, found in statuses.items() if len(found) > 1] == []


def test_meanings_are_sentences_without_our_notes() -> None:
    for _, _, message, meaning in error_codes.rows():
        assert meaning.endswith("."), message
        assert "wire-" not in meaning
