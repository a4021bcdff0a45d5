"""Reports say what the naive oracle says: of any history, to anybody, with any filters, to the second and cent."""

import pytest

from tests.harness import Office
from tests.properties.reports.asking import ASKS, ASKS_A_STATE, SEED, compare, states
from tests.properties.reports.oracle_attendance import attendance
from tests.properties.reports.oracle_detailed import detailed
from tests.properties.reports.oracle_summary import summary
from tests.properties.reports.oracle_weekly import weekly
from tests.properties.reports.questions import Questioner

ORACLES = {"summary": summary, "detailed": detailed, "weekly": weekly, "attendance": attendance}
# How often each is asked, of a hundred.
OFTEN = {"summary": 50, "detailed": 25, "weekly": 15, "attendance": 10}
PARTS = 10


@pytest.mark.parametrize("part", range(PARTS))
def test_reports_are_what_the_entries_add_up_to(office: Office, part: int) -> None:
    print("seed", SEED)
    asked = filled = 0
    for history, book, chance in states(office, f"part {part}", ASKS // PARTS):
        questioner = Questioner(book, chance)
        for _ in range(ASKS_A_STATE):
            report = chance.choices([*OFTEN], [*OFTEN.values()])[0]
            reader, body = chance.choice(history.readers), getattr(questioner, report)()
            filled += compare(history, book, reader, report, body, ORACLES[report])
            asked += 1
    # The questions are about something.
    assert filled > asked * 0.25
