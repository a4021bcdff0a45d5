"""What the program is installed with is what it imports: nothing that only tests use, nothing that is not declared."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Used without being imported by name, each with the reason.
NOT_IMPORTED = {
    "httptools": "uvicorn reads requests with it where it is",
    "tzdata": "the time zones of machines that have none",
}


def _name(line: str) -> str:
    return re.split(r"[\[<>=;\s]", line, maxsplit=1)[0].lower().replace("_", "-")


def _declared() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return [line.replace("'", '"').replace(" ", "") for line in project["project"]["dependencies"]]


def _imported() -> set[str]:
    """The distributions that src imports."""
    modules: set[str] = set()
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                modules |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules.add(node.module.partition(".")[0])
    known = packages_distributions()
    foreign = modules - set(sys.stdlib_module_names) - {"hourbook"}
    return {_name(known[module][0]) for module in foreign}


def test_the_package_and_the_locked_list_name_the_same() -> None:
    lines = (ROOT / "requirements" / "runtime.in").read_text().splitlines()
    named = [line.replace("'", '"').replace(" ", "") for line in lines if line and not line.startswith("#")]
    assert sorted(named) == sorted(_declared())


def test_what_is_declared_is_imported_and_what_is_imported_is_declared() -> None:
    declared = {_name(line) for line in _declared()}
    imported = _imported()
    assert imported - declared == set()
    assert declared - imported == NOT_IMPORTED.keys()


def test_no_list_names_where_packages_come_from() -> None:
    for path in sorted((ROOT / "requirements").glob("*")):
        assert not re.search(r"://|--index|--extra-index|--find-links", path.read_text()), path.name
