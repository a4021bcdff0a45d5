"""The rules of scheduled reports: what may stand in one, and what its file is called."""

from datetime import date
from typing import Any

import msgspec
import pytest

from hourbook.core.errors import InvalidValue, LimitReached
from hourbook.resources.scheduled_reports import rules
from hourbook.resources.scheduled_reports.rules import FileType, ReportType, ScheduledReport, Wanted
from hourbook.resources.scheduled_reports.rules_times import Every, When


def wanted(type_: ReportType = ReportType.DETAILED, filter_: str = '{"dateRangeType": "LAST_WEEK"}') -> Wanted:
    return Wanted(type=type_, kind=FileType.CSV, filter=filter_, request="{}")


def when(every: Every, **more: Any) -> When:
    return msgspec.structs.replace(When(every, 420, "Europe/Berlin"), **more)


def test_a_name_is_trimmed_and_must_be_there() -> None:
    assert rules.check_name("  Last \n week ") == "Last week"
    assert rules.check_name("x" * rules.NAME_LIMIT)
    for name in (None, "", " \t"):
        with pytest.raises(InvalidValue, match="must not be empty"):
            rules.check_name(name)
    with pytest.raises(InvalidValue, match="100 characters"):
        rules.check_name("x" * (rules.NAME_LIMIT + 1))


@pytest.mark.parametrize("word", rules.RANGES)
def test_a_range_rolls(word: str) -> None:
    asked = wanted(filter_=f'{{"dateRangeType": "{word}"}}')
    assert rules.check_report(asked) is asked


@pytest.mark.parametrize("filter_", ["{}", '{"dateRangeType": "ABSOLUTE"}', '{"dateRangeType": "NEXT_WEEK"}'])
def test_a_range_of_fixed_days_would_be_the_same_each_time(filter_: str) -> None:
    with pytest.raises(InvalidValue, match="must be one of TODAY, YESTERDAY"):
        rules.check_report(wanted(filter_=filter_))


def test_a_filter_may_name_a_zone_of_its_own_that_must_be_one() -> None:
    asked = wanted(filter_='{"dateRangeType": "TODAY", "timeZone": "Asia/Tokyo"}')
    assert rules.check_report(asked) is asked
    with pytest.raises(InvalidValue, match="timeZone Europe is unknown"):
        rules.check_report(wanted(filter_='{"dateRangeType": "TODAY", "timeZone": "Europe"}'))


def test_a_weekly_report_is_about_one_week() -> None:
    assert rules.check_report(wanted(ReportType.WEEKLY)).type == "WEEKLY"
    with pytest.raises(InvalidValue, match="must be one of THIS_WEEK, LAST_WEEK"):
        rules.check_report(wanted(ReportType.WEEKLY, '{"dateRangeType": "LAST_MONTH"}'))


def test_a_filter_has_an_end() -> None:
    with pytest.raises(InvalidValue, match="300000 bytes"):
        rules.check_report(wanted(filter_='{"description": "' + "ü" * 150_000 + '"}'))


@pytest.mark.parametrize("zone", ["Europe", "localtime", "Mars/Olympus", "../etc/passwd", ""])
def test_a_zone_must_be_one(zone: str) -> None:
    with pytest.raises(InvalidValue, match="timeZone"):
        rules.check_when(when(Every.DAILY, zone=zone))


def test_a_schedule_keeps_what_its_kind_has_a_use_for() -> None:
    full = {"weekday": 0, "month_day": 31}
    assert rules.check_when(when(Every.DAILY, **full)) == when(Every.DAILY)
    assert rules.check_when(when(Every.WEEKLY, **full)) == when(Every.WEEKLY, weekday=0)
    assert rules.check_when(when(Every.MONTHLY, **full)) == when(Every.MONTHLY, month_day=31)


def test_a_schedule_needs_its_day() -> None:
    with pytest.raises(InvalidValue, match="needs its weekday"):
        rules.check_when(when(Every.WEEKLY))
    for day in (None, 0, 32, -1):
        with pytest.raises(InvalidValue, match="dayOfMonth, from 1 to 31"):
            rules.check_when(when(Every.MONTHLY, month_day=day))


def test_a_row_says_when_it_is_due() -> None:
    days: dict[str, Any] = {"every": "MONTHLY", "weekday": None, "month_day": 5, "minute": 61, "zone": "UTC"}
    texts: dict[str, Any] = dict.fromkeys(
        ("workspace_id", "id", "user_id", "name", "type", "kind", "filter", "request"), ""
    )
    assert ScheduledReport(**texts, **days, is_paused=False).when == When(Every.MONTHLY, 61, "UTC", None, 5)


def test_a_time_is_hours_and_minutes() -> None:
    assert [rules.minute_of(text) for text in ("00:00", " 07:30 ", "23:59")] == [0, 450, 1439]
    for text in ("", "7:30", "24:00", "12:60", "12:30:00", "١٢:٣٠", "noon"):
        with pytest.raises(InvalidValue, match="like 07:30"):
            rules.minute_of(text)


def test_recipients_are_some_and_each_once() -> None:
    assert rules.check_recipients(["b", "a", "b"]) == ("a", "b")
    assert len(rules.check_recipients(map(str, range(rules.RECIPIENTS_LIMIT)))) == rules.RECIPIENTS_LIMIT
    with pytest.raises(InvalidValue, match="needs a recipient"):
        rules.check_recipients([])
    with pytest.raises(InvalidValue, match="at most 50"):
        rules.check_recipients(map(str, range(rules.RECIPIENTS_LIMIT + 1)))


def test_everybody_must_be_within_reach() -> None:
    rules.check_active([True, True])
    with pytest.raises(InvalidValue, match="active members"):
        rules.check_active([True, False])


def test_without_mail_nothing_is_scheduled() -> None:
    rules.check_mail(is_on=True)
    with pytest.raises(InvalidValue, match="sends no mail"):
        rules.check_mail(is_on=False)


def test_one_person_has_so_many_and_no_more() -> None:
    rules.check_room(rules.REPORTS_LIMIT - 1)
    with pytest.raises(LimitReached) as refused:
        rules.check_room(rules.REPORTS_LIMIT)
    assert refused.value.limit == rules.REPORTS_LIMIT


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("Week", "Week 2026-05-01 - 2026-05-31.pdf"),
        ('a/b\\c: "d"\r\n<e>|?*', "a b c d e 2026-05-01 - 2026-05-31.pdf"),
        ("../../.profile", "profile 2026-05-01 - 2026-05-31.pdf"),
        ("...", "report 2026-05-01 - 2026-05-31.pdf"),
        ("Größe 時間", "Größe 時間 2026-05-01 - 2026-05-31.pdf"),
    ],
)
def test_a_file_is_called_like_its_schedule(name: str, called: str) -> None:
    assert rules.file_name(name, (date(2026, 5, 1), date(2026, 5, 31)), ".pdf") == called


def test_a_file_of_one_day_says_it_once() -> None:
    assert rules.file_name("Day", (date(2026, 5, 1), date(2026, 5, 1)), ".csv") == "Day 2026-05-01.csv"
