"""The chart of a printed report: buckets as wide as the range asks for, and none of them left out."""

import io
from typing import Any

import pypdf
import pytest

from hourbook.documents import pdf_file
from hourbook.documents.tables import Chart, Document
from tests.harness import Office, Person

HOUR = 3600
GROUPS = {"summaryFilter": {"groups": ["USER"]}, "exportType": "PDF"}


@pytest.fixture
def charts(monkeypatch: pytest.MonkeyPatch) -> list[Chart | None]:
    """What is handed to the printer."""
    found: list[Chart | None] = []
    real = pdf_file.write_pdf

    def write(path: Any, document: Document, **more: Any) -> int:
        found.append(document.chart)
        return real(path, document, **more)

    monkeypatch.setattr(pdf_file, "write_pdf", write)
    return found


def track(person: Person, day: str, **more: Any) -> None:
    body = {"start": f"{day}T08:00:00Z", "end": f"{day}T09:00:00Z", **more}
    assert person.post("/time-entries", body).status == 201


def asked(office: Office, first: str, last: str, zone: str = "UTC", **more: Any) -> str:
    span = {"dateRangeStart": f"{first}T00:00:00", "dateRangeEnd": f"{last}T23:59:59", "timeZone": zone}
    answer = office.owner.report("/reports/summary", GROUPS | span | more)
    assert answer.status == 200, answer
    return str(pypdf.PdfReader(io.BytesIO(answer.content)).pages[0].extract_text())


def bars(chart: Chart | None) -> list[tuple[str, int, int]]:
    assert chart is not None
    return [(bar.label, bar.billable, bar.non_billable) for bar in chart.bars]


def test_days_without_time_stand_between_those_with_some(office: Office, charts: list[Chart | None]) -> None:
    track(office.member, "2026-05-04", billable=False)
    track(office.member, "2026-05-07", billable=True)
    text = asked(office, "2026-05-01", "2026-05-31", dateFormat="DD.MM.YYYY")
    assert bars(charts[0]) == [
        ("04.05.2026", 0, HOUR),
        ("05.05.2026", 0, 0),
        ("06.05.2026", 0, 0),
        ("07.05.2026", HOUR, 0),
    ]
    assert "Time by day" in text
    assert "04.05.2026" in text


def test_a_month_is_shown_by_day_though_clocks_change_in_it(office: Office, charts: list[Chart | None]) -> None:
    """October has an hour more than 31 days."""
    track(office.member, "2025-10-27")
    assert "Time by day" in asked(office, "2025-10-01", "2025-10-31", "Europe/Berlin")
    assert "Time by week" in asked(office, "2025-10-01", "2025-11-01", "Europe/Berlin")


def test_weeks_and_months_for_longer_ranges(office: Office, charts: list[Chart | None]) -> None:
    for day in ("2026-03-03", "2026-03-18", "2026-05-20"):
        track(office.member, day)
    assert "Time by week" in asked(office, "2026-01-01", "2026-12-31", dateFormat="YYYY-MM-DD", weekStart="MONDAY")
    assert [label for label, *_ in bars(charts[0])][:3] == ["2026-03-02", "2026-03-09", "2026-03-16"]
    assert len(bars(charts[0])) == 12
    assert "Time by month" in asked(office, "2020-01-01", "2027-12-31")
    assert len(bars(charts[1])) == 2


def test_without_time_nothing_is_drawn(office: Office, charts: list[Chart | None]) -> None:
    assert "Time by" not in asked(office, "2026-05-01", "2026-05-31")
    assert charts == [None]
