"""The sources of the project as trees, for the tests of its architecture."""

import ast
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "hourbook"


@dataclass(frozen=True, eq=False)
class Module:
    """One source file. `name` is dotted and below the package: `db.tx`, `resources.tags.rules`."""

    path: Path
    name: str
    text: str
    tree: ast.Module

    @property
    def place(self) -> str:
        """Where it is, as people write it."""
        return str(self.path.relative_to(ROOT))

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.name.split("."))

    @property
    def layer(self) -> str:
        return self.parts[0]

    @property
    def slice(self) -> str | None:
        """The resource it belongs to."""
        return self.parts[1] if self.layer == "resources" and len(self.parts) > 2 else None

    @property
    def role(self) -> str | None:
        """Which of the files of a slice it is: rules, store, actions, wire, routes."""
        return self.parts[2].split("_")[0] if self.slice else None


@dataclass(frozen=True)
class Import:
    """One imported thing: `target` is the dotted module (or name in it), `line` where."""

    target: str
    line: int

    @property
    def top(self) -> str:
        return self.target.split(".")[0]

    @property
    def is_ours(self) -> bool:
        return self.top == "hourbook"

    @property
    def is_standard(self) -> bool:
        return self.top in sys.stdlib_module_names

    @property
    def parts(self) -> tuple[str, ...]:
        """Below our package."""
        return tuple(self.target.split(".")[1:])


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the package but the migrations, which are frozen history."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        relative = path.relative_to(PACKAGE).with_suffix("")
        if "versions" in relative.parts:
            continue
        name = ".".join(relative.parts).removesuffix(".__init__")
        text = path.read_text(encoding="utf-8")
        found.append(Module(path, name, text, ast.parse(text)))
    return tuple(found)


@cache
def imports_of(module: Module) -> tuple[Import, ...]:
    """What it imports anywhere in it. `from hourbook.x import y` counts as `hourbook.x.y` when y is a module."""
    return tuple(_imported(ast.walk(module.tree)))


@cache
def imports_at_start(module: Module) -> tuple[Import, ...]:
    """What is imported when the module is: neither what functions import, nor what only types need."""
    return tuple(_imported(module.tree.body))


def _imported(nodes: Iterable[ast.AST]) -> list[Import]:
    found = []
    for node in nodes:
        if isinstance(node, ast.Import):
            found += [Import(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                found.append(Import(inner if _is_module(inner) else base, node.lineno))
    return found


def _is_module(dotted: str) -> bool:
    path = PACKAGE.parent.joinpath(*dotted.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def texts_of(module: Module) -> list[tuple[int, str]]:
    """Line and text of every text constant that is no docstring."""
    documentation = _docstring_nodes(module)
    return [
        (node.lineno, node.value)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation
    ]


def _docstring_nodes(module: Module) -> set[int]:
    found = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                found.add(id(first.value))
    return found


def report(broken: list[str]) -> None:
    """Fails with all places at once."""
    assert not broken, f"{len(broken)} places:\n" + "\n".join(broken)
