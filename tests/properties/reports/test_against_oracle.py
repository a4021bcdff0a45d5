"""Reports say what the naive oracle says: of any history, to anybody, with any filters, to the second and cent."""

import pytest

from tests.harness import Office
from tests.properties.reports.asking import ASKS, ASKS_A_STATE, SEED, ask_any, states
from tests.properties.reports.questions import Questioner

PARTS = 10


@pytest.mark.parametrize("part", range(PARTS))
def test_reports_are_what_the_entries_add_up_to(office: Office, part: int) -> None:
    print("seed", SEED)
    asked = filled = 0
    for history, book, chance in states(office, f"part {part}", ASKS // PARTS):
        questioner = Questioner(book, chance)
        filled += sum(ask_any(history, questioner) for _ in range(ASKS_A_STATE))
        asked += ASKS_A_STATE
    # The questions are about something.
    assert filled > asked * 0.25
