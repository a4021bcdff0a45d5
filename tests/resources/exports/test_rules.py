"""The rules of exports: room, readiness, and what becomes of one."""

import pytest

from hourbook.core.errors import ExportExpired, ExportNotReady, InvalidValue, LimitReached
from hourbook.resources.exports import rules
from hourbook.resources.exports.rules import Export, ExportState, MadeFile

WAITING = Export("w" * 24, "6a0dbe60" + "0" * 16, "u" * 24, "j" * 24, "DETAILED", "CSV", "{}")
MADE = MadeFile("report.csv", 3, 100, 1, 1_000)


def test_an_export_was_started_in_the_second_its_id_says() -> None:
    assert rules.created_s(WAITING) == 0x6A0DBE60


def test_something_must_be_made() -> None:
    rules.check_file("CSV")
    with pytest.raises(InvalidValue, match="CSV, XLSX or PDF"):
        rules.check_file(None)


@pytest.mark.parametrize(
    ("states", "limit"),
    [
        ([], None),
        (["WAITING"] * 2 + ["DONE"] * 17, None),
        (["WAITING"] * 3, rules.WAITING_LIMIT),
        (["DONE"] * 19, None),
        (["DONE", "FAILED"] * 10, rules.EXPORTS_LIMIT),
    ],
)
def test_room_is_for_a_few_that_wait_and_more_altogether(states: list[str], limit: int | None) -> None:
    if limit is None:
        rules.check_room(states)
        return
    with pytest.raises(LimitReached) as refused:
        rules.check_room(states)
    assert refused.value.limit == limit


def test_what_waits_or_failed_is_not_ready_and_says_why() -> None:
    for export, reason in ((WAITING, ""), (rules.failed(WAITING, "too long"), "too long")):
        with pytest.raises(ExportNotReady) as refused:
            rules.check_ready(export, 0)
        assert refused.value.reason == reason


def test_a_file_is_ready_until_the_instant_it_expires() -> None:
    made = rules.done(WAITING, MADE, 2)
    assert (made.state, made.attempt, made.file_name, made.rows_count) == (ExportState.DONE, 2, "report.csv", 3)
    rules.check_ready(made, 999)
    with pytest.raises(ExportExpired):
        rules.check_ready(made, 1_000)
    made.expires_at_us = None
    rules.check_ready(made, 1_000)


def test_a_reason_has_an_end() -> None:
    assert len(rules.failed(WAITING, "x" * 5_000).reason) == rules.REASON_LIMIT
