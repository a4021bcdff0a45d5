"""What is made from tables is what the tables say today."""

import re

import pytest

from hourbook import resources
from hourbook.http.operation import OPERATIONS
from hourbook.settings import SETTINGS
from tests.contract import pending
from tests.docs import generate
from tests.docs.markdown import NAMES, README, ROOT, read

resources.load()


def test_pages_made_from_tables_are_current():
    assert generate.out_of_date() == [], f"run {generate.COMMAND}"


def test_making_them_twice_makes_the_same():
    assert list(generate.made()) == list(generate.made())


def test_every_part_between_markers_is_one_that_is_made():
    found = {name: generate.MARKER.findall(read(ROOT / name)) for name in NAMES}
    assert {name for name, parts in found.items() if parts} == set(generate.PAGES_WITH_PARTS)
    assert sorted(part[1] for parts in found.values() for part in parts) == sorted(generate.PARTS)


def test_the_readme_counts_the_operations_that_answer():
    counted = re.search(r"answers (\d+) of the (\d+) operations", read(README))
    assert counted
    ours = [record for record in OPERATIONS.values() if record.contract is not None]
    assert counted.groups() == (str(len(ours)), str(len(ours) + len(pending.operations())))


def test_the_areas_of_the_readme_add_up():
    rows = re.findall(r"^\| ([A-Z][\w ,-]+) \| (\d+) \| (\d+) \|$", generate.coverage_part(), re.MULTILINE)
    assert len(rows) == len(generate.AREAS)
    assert sum(int(works) for _, works, _ in rows) == len(generate.there())
    assert sum(int(of) for _, _, of in rows) == len(generate.contract())


def test_every_operation_has_its_line():
    lines = read(ROOT / "docs" / "operations.md").splitlines()
    rows = [line for line in lines if re.match(r"\| `(GET|POST|PUT|PATCH|DELETE) /", line)]
    assert len(rows) == len(set(rows)) == len(OPERATIONS)


def test_every_setting_has_its_line():
    text = read(ROOT / "docs" / "settings.md")
    assert re.findall(r"^\| `(HOURBOOK_\w+)`", text, re.MULTILINE) == [row.variable for row in SETTINGS]


def test_every_missing_operation_is_named():
    text = read(ROOT / "docs" / "compatibility.md")
    by_id = {row["id"]: row for row in generate.contract()}
    lines = {f"`{by_id[name]['method']} {generate.short(by_id[name]['path'])}`" for name in pending.operations()}
    assert [line for line in sorted(lines) if line not in text] == []


@pytest.mark.parametrize("path", ["/workspaces/{w}/time-entries/{id}", "/workspaces/{w}/user/{u}/time-entries"])
def test_an_area_is_found_by_the_path(path):
    assert generate.area_of(path) == "Time entries"
