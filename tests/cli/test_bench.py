"""`hourbook bench`: it measures in a database of its own and leaves nothing behind."""

from pathlib import Path

from tests.cli.conftest import Run


def test_it_measures_reads_lists_and_creates(run: Run, tmp_path: Path) -> None:
    found = run("bench", "--seconds", 0.1, "--json").json
    assert [row["name"] for row in found] == ["read one entry", "list 50 entries", "create an entry, 32 at a time"]
    assert all(row["rate"] > 0 and 0 < row["p50_ms"] <= row["p99_ms"] for row in found)
    assert list(tmp_path.iterdir()) == []
