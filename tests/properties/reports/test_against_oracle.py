"""Reports say what the naive oracle says: of any history, to anybody, with any filters, to the second and cent."""

import pytest

from tests.harness import Office
from tests.properties.reports.asking import ASKS, ASKS_A_STATE, SEED, ask_any, states
from tests.properties.reports.book import Book
from tests.properties.reports.histories import DAY
from tests.properties.reports.questions import Questioner

PARTS = 10
TEN_YEARS = 3652 * DAY


@pytest.mark.parametrize("part", range(PARTS))
def test_reports_are_what_the_entries_add_up_to(office: Office, part: int) -> None:
    print("seed", SEED)
    asked = filled = 0
    seen: set[str] = set()
    for history, book, chance in states(office, f"part {part}", ASKS // PARTS):
        seen |= oddities(book)
        questioner = Questioner(book, chance)
        filled += sum(ask_any(history, questioner) for _ in range(ASKS_A_STATE))
        asked += ASKS_A_STATE
    # The questions are about something.
    assert filled > asked * 0.25
    assert seen == {"running", "of no time", "of ten years"}


def oddities(book: Book) -> set[str]:
    """What kinds of odd entries there are."""
    seconds = {None if entry.end is None else entry.end - entry.start for entry in book.entries}
    kinds = {None: "running", 0: "of no time", TEN_YEARS: "of ten years"}
    return {kinds[one] for one in kinds.keys() & seconds}
