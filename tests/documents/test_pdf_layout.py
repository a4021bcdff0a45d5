import json
from typing import Any

import pytest

from hourbook.documents.pdf_layout import layout
from hourbook.documents.sums import ColumnSums
from hourbook.documents.tables import Bar, Chart, Column, Document, Kind, Table
from tests.documents import made

TIME = Column(heading="Time (h)", kind=Kind.DURATION, has_total=True)


def laid_out(columns: tuple[Column, ...], rows: list[tuple[Any, ...]], chart: Chart | None = None) -> dict[str, Any]:
    sums = ColumnSums(columns)
    sums.add(list(zip(*rows, strict=True)) or [()] * len(columns))
    table = Table(title="Summary", columns=columns, rows=rows)
    found = layout(Document(facts=made.FACTS, table=table, chart=chart), rows, sums)
    json.dumps(found, allow_nan=False)
    return found


def test_a_group_that_goes_on_is_marked() -> None:
    columns = (Column(heading="Project", is_group=True), Column(heading="User", is_group=True), Column(heading="Note"))
    rows = [("A", "x", "n"), ("A", "x", "n"), ("A", "y", "n"), ("B", "y", "n"), ("B", "y", "m")]
    assert laid_out(columns, rows)["repeated"] == [[], [0, 1], [0], [], [0, 1]]


@pytest.mark.parametrize(
    ("currency", "minor", "shown"),
    [
        ("EUR", 123, "1.23"),
        ("EUR", 99_999, "999.99"),
        ("EUR", 100_000, "1,000.00"),
        ("EUR", -123_456_789, "-1,234,567.89"),
        ("JPY", 1_234_567, "1,234,567"),
        ("KWD", 1_234_567, "1,234.567"),
    ],
)
def test_thousands_of_money_are_told_apart(currency: str, minor: int, shown: str) -> None:
    found = laid_out((Column(heading="Amount", kind=Kind.MONEY, currency=currency, has_total=True),), [(minor,)])
    assert found["rows"] == [[shown]]
    assert found["totals"] == [shown]


def test_large_letters_show_hours_once_and_four_totals_at_most() -> None:
    columns = (Column(heading="Hours", kind=Kind.DECIMAL_HOURS, has_total=True), TIME)
    assert laid_out(columns, [(3600, 3600)])["tiles"] == [["Time (h)", "01:00:00"]]
    assert laid_out(columns[:1], [(3600,)])["tiles"] == [["Hours", "1.00"]]
    numbers = tuple(Column(heading=str(index), kind=Kind.NUMBER, has_total=True) for index in range(6))
    assert [name for name, _ in laid_out(numbers, [(1,) * 6])["tiles"]] == ["0", "1", "2", "3"]


def test_large_letters_become_smaller_for_long_figures() -> None:
    short = laid_out((TIME,), [(3600,)])["tile_size"]
    long = laid_out((Column(heading="Amount", kind=Kind.MONEY, currency="KWD", has_total=True),), [(10**18,)])[
        "tile_size"
    ]
    assert (short, long < 10) == (15.0, True)


def test_words_break_where_their_column_ends() -> None:
    columns = tuple(Column(heading=f"Field {index}") for index in range(14))
    found = laid_out(columns, [("somebody@example.test", "x" * 90, "short", *[""] * 11)])
    address, word, short = found["rows"][0][:3]
    assert address.replace("\u200b", "") == "somebody@example.test"
    assert "@\u200bexample." in address
    assert word.replace("\u200b", "") == "x" * 90
    assert max(map(len, word.split("\u200b"))) <= found["widths"][1] / found["size"] / 0.5
    assert short == "short"


@pytest.mark.parametrize("count", [1, 2, 5, 9, 12, 20, 30])
def test_a_table_fills_the_page_and_not_more(count: int) -> None:
    columns = (*(Column(heading=f"Field {index}") for index in range(count)), TIME)
    found = laid_out(columns, [(*["some words"] * count, 3600)])
    assert sum(found["widths"]) == pytest.approx(756 if found["is_landscape"] else 510, abs=1)
    assert found["is_landscape"] == (count >= 12)
    assert min(found["widths"]) > 9


def test_only_rows_of_long_texts_may_be_broken_between_pages() -> None:
    found = laid_out((Column(heading="Description"),), [("short",), ("long " * 200,)])
    assert found["is_tall"] == [False, True]


def test_the_scale_of_the_chart_has_at_most_five_steps_and_holds_every_bar() -> None:
    for highest in (1, 59, 3600, 3601, 86_400, 10**6, 10**9, 10**13):
        chart = laid_out((TIME,), [(1,)], Chart(title="c", bars=(Bar("a", highest, 0), Bar("b", 0, highest // 3))))[
            "chart"
        ]
        assert 2 <= len(chart["lines"]) <= 6
        assert chart["lines"][0] == [0.0, "0 h"]
        assert chart["lines"][-1][0] == 1.0
        assert chart["bars"][0][1] <= 1
        assert chart["bars"][0][1] > 1 / 3 or highest < 900
        assert (chart["has_billable"], chart["has_non_billable"]) == (True, highest >= 3)


def test_labels_of_many_bars_are_thinned() -> None:
    bars = tuple(Bar(f"01/{index:02}", 1, 1) for index in range(1, 32))
    assert laid_out((TIME,), [(1,)], Chart(title="c", bars=bars[:7]))["chart"]["every"] == 1
    assert laid_out((TIME,), [(1,)], Chart(title="c", bars=bars))["chart"]["every"] == 2
    assert laid_out((TIME,), [(1,)], Chart(title="c", bars=bars * 12))["chart"]["every"] == 18


def test_a_chart_of_nothing_is_left_out() -> None:
    assert laid_out((TIME,), [(1,)], Chart(title="c", bars=(Bar("a", 0, 0),)))["chart"] is None
    assert laid_out((TIME,), [(1,)])["chart"] is None


@pytest.mark.parametrize("word", ["Documentation", "Development", "Onboarding"])
def test_common_words_stay_whole_in_a_crowded_table(word: str) -> None:
    """Many columns, one of them mostly empty: its few words are not broken for that."""
    names = [Column(heading=heading) for heading in ("User", "Project", "Client", "Task", "Description")]
    money = [Column(heading=f"Amount {index}", kind=Kind.MONEY, currency="EUR") for index in range(3)]
    times = [Column(heading=heading, kind=Kind.TIME) for heading in ("Start", "End")]
    row = ("Jonas Lindqvist", "Accessibility audit", "Blue Lantern Books", "", "Prepare the form", *[123_456] * 3, 1, 2)
    rows = [row] * 20 + [(*row[:3], word, *row[4:])]
    found = laid_out((*names, *money, *times), rows)
    assert found["rows"][-1][3] == word
    assert found["size"] >= 8
