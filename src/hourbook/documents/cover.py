"""The facts of a report as lines of words, the same in every kind of file.

Owns their order and their labels. A fact that is not there has no line.
"""

from datetime import datetime

from hourbook.core.calendar import get_zone
from hourbook.documents.cells import date_formatter, time_formatter
from hourbook.documents.tables import Document


def fact_lines(document: Document) -> list[tuple[str, str]]:
    """Label and text of each fact, in the order in which they are read."""
    facts = document.facts
    lines = [
        ("Workspace", facts.workspace),
        ("Report", facts.report),
        ("Range", facts.range),
        ("Time zone", facts.zone),
        ("Week starts on", facts.week_start),
        ("Rounding", facts.rounding),
        *facts.filters,
        ("Made at", made_at(document)),
    ]
    return [(label, text) for label, text in lines if text]


def made_at(document: Document) -> str:
    """When the report was made, on the reader's clock: `05/20/2026 02:00 PM`."""
    moment = datetime.fromtimestamp(document.facts.made_at_s, get_zone(document.facts.zone))
    second = moment.hour * 3600 + moment.minute * 60 + moment.second
    return f"{date_formatter(document.formats)(moment.date())} {time_formatter(document.formats)(second)}"
