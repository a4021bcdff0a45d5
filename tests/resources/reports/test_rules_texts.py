"""Searching descriptions. Pure."""

import random

from hourbook.resources.reports.rules_texts import PIECES_LIMIT, Texts, blank


def places(texts: Texts, descriptions: list[str], text: str) -> list[int]:
    found = texts.containing(descriptions, text)
    assert len(found) == len(descriptions)
    return [int(place) for place in found.nonzero()[0]]


def test_a_text_is_found_without_regard_to_case_and_within_one_description() -> None:
    texts, descriptions = Texts(), ["", "Straße", "abcabc", "ABC", "ab", "c"]
    assert places(texts, descriptions, "aBc") == [2, 3]
    assert places(texts, descriptions, "STRASSE") == [1]
    assert places(texts, descriptions, "ss") == [1]
    # Never over the end of one and the beginning of the next.
    assert places(texts, descriptions, "bc") == [2, 3]
    assert places(texts, descriptions, "c") == [2, 3, 5]
    assert places(texts, descriptions, "x") == []
    assert places(Texts(), [], "x") == []


def test_what_is_written_later_is_found_too() -> None:
    texts, descriptions = Texts(), ["one"]
    for number in range(3 * PIECES_LIMIT):
        assert places(texts, descriptions, "one") == list(range(len(descriptions)))
        descriptions = [*descriptions, f"One {number}"]
    assert places(texts, descriptions, "ONE 7") == [8]
    # Whoever looks at an earlier moment finds what was there then.
    assert places(texts, descriptions[:5], "one") == [0, 1, 2, 3, 4]
    assert texts.nbytes > sum(map(len, descriptions))


def test_a_search_finds_what_looking_at_each_text_finds() -> None:
    chance = random.Random(7)
    words = ["a", "B", "ab", "ß", "", " ", "aa"]
    descriptions = ["".join(chance.choices(words, k=chance.randrange(6))) for _ in range(500)]
    texts = Texts()
    for needle in ("a", "ab", "ss", "b a", "aab", " ", "zz"):
        expected = [place for place, one in enumerate(descriptions) if needle in one.casefold()]
        assert places(texts, descriptions, needle) == expected


def test_blanks_are_no_description() -> None:
    assert blank(["", " ", "\t\n\u00a0", "x", " x "]).tolist() == [True, True, True, False, False]
    assert blank([]).tolist() == []
