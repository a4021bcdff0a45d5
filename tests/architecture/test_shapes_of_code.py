"""Sizes, names and what stands at the head of a file (design sections 4 and 11)."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.source import Module, modules, report

FUNCTION_LINES = 50
FILE_LINES = 400
PARAMETERS = 6
POSITIONAL = 3
NESTING = 3
DOCSTRING_LINES = range(3, 9)
FORBIDDEN_NAMES = re.compile(r"(^|_)(utils?|helpers?|managers?|misc|common)(_|$)")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
BLOCKS = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.AsyncFor, ast.AsyncWith, ast.Match, ast.TryStar)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions() -> Iterator[tuple[Module, Function]]:
    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, Function):
                yield module, node


def place(module: Module, node: Function) -> str:
    return f"{module.place}:{node.lineno} {node.name}"


def test_a_function_has_at_most_50_lines() -> None:
    report(
        [
            f"{place(module, node)}: {lines} lines"
            for module, node in functions()
            if (lines := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES
        ]
    )


def test_a_file_has_at_most_400_lines() -> None:
    report(
        [
            f"{module.place}: {lines} lines"
            for module in modules()
            if (lines := len(module.text.splitlines())) > FILE_LINES
        ]
    )


def is_command(module: Module, node: Function) -> bool:
    """Whether every parameter is an option of the command line: such a signature is called by nobody."""
    annotations = [ast.unparse(a.annotation) for a in node.args.args if a.annotation is not None]
    options = [text for text in annotations if text.endswith("Option") or "typer." in text]
    return module.layer == "cli" and len(options) == len(node.args.args)


def test_a_signature_has_at_most_6_parameters() -> None:
    bad = []
    for module, node in functions():
        arguments = node.args
        count = len(arguments.posonlyargs) + len(arguments.args) + len(arguments.kwonlyargs)
        count += (arguments.vararg is not None) + (arguments.kwarg is not None)
        first = (arguments.posonlyargs + arguments.args)[:1]
        count -= bool(first) and first[0].arg in {"self", "cls"}
        if count > PARAMETERS and not is_command(module, node):
            bad.append(f"{place(module, node)}: {count} parameters")
    report(bad)


def test_parameters_after_the_second_are_named_by_the_caller() -> None:
    """A public function takes what it works in (a transaction, a connection, an entity) and two more by position.

    Operations are called by name only, and the signature of an ASGI application is given.
    """
    bad = []
    for module, node in functions():
        positional = [argument.arg for argument in node.args.posonlyargs + node.args.args]
        positional = positional[1:] if positional[:1] in (["self"], ["cls"]) else positional
        is_exempt = node.name.startswith("_") or node.decorator_list or is_command(module, node)
        if len(positional) > POSITIONAL and not is_exempt:
            bad.append(f"{place(module, node)}: {', '.join(positional)}")
    report(bad)


def test_blocks_nest_at_most_3_deep() -> None:
    report(
        [
            f"{place(module, node)}: {depth} deep"
            for module, node in functions()
            if (depth := max((_depth(statement) for statement in node.body), default=0)) > NESTING
        ]
    )


def _depth(node: ast.stmt) -> int:
    """How deep blocks stand in each other; an `elif` stands beside its `if`."""
    if isinstance(node, Function | ast.ClassDef) or not isinstance(node, BLOCKS):
        return 0
    inner = 0
    for name in ("body", "orelse", "finalbody"):
        statements = getattr(node, name, [])
        if name == "orelse" and isinstance(node, ast.If) and len(statements) == 1 and isinstance(statements[0], ast.If):
            inner = max(inner, _depth(statements[0]) - 1)
            continue
        inner = max([inner, *map(_depth, statements)])
    for handler in getattr(node, "handlers", []):
        inner = max([inner, *map(_depth, handler.body)])
    for case in getattr(node, "cases", []):
        inner = max([inner, *map(_depth, case.body)])
    return 1 + inner


def test_no_flag_is_passed_by_position() -> None:
    """A boolean parameter is keyword-only (design section 11)."""
    bad = []
    for module, node in functions():
        positional = node.args.posonlyargs + node.args.args
        bad += [
            f"{place(module, node)}: {argument.arg}"
            for argument in positional
            if isinstance(argument.annotation, ast.Name) and argument.annotation.id == "bool"
        ]
    report(bad)


def test_every_module_begins_with_what_it_owns() -> None:
    """In three to eight lines; one is enough for a package that has no code of its own."""
    bad = []
    for module in modules():
        lines = len((ast.get_docstring(module.tree) or "").splitlines())
        is_bare_package = module.path.name == "__init__.py" and lines > 0
        if lines not in DOCSTRING_LINES and not is_bare_package:
            bad.append(f"{module.place}: a docstring of {lines} lines")
    report(bad)


def test_nothing_is_left_for_later_in_the_sources() -> None:
    report(
        [
            f"{module.place}:{number}: {line.strip()}"
            for module in modules()
            for number, line in enumerate(module.text.splitlines(), 1)
            if UNFINISHED.search(line)
        ]
    )


def test_no_module_is_named_for_nothing() -> None:
    report([module.place for module in modules() if any(FORBIDDEN_NAMES.search(part) for part in module.parts)])


def test_lint_and_type_silencers_name_what_they_silence() -> None:
    bare = re.compile(r"#\s*(type:\s*ignore(?!\[)|noqa(?!:))")
    report(
        [
            f"{module.place}:{number}"
            for module in modules()
            for number, line in enumerate(module.text.splitlines(), 1)
            if bare.search(line)
        ]
    )
