"""What changed in the published document since the last release, in words: for docs/api-changelog.md.

`outline` is a document without its prose, small enough to be kept for a release (tests/docs/api). `changes`
compares two of them, field by field through every reference, and says which changes a client may break on.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "api"
VERBS = ("get", "post", "put", "patch", "delete")
DEEPEST = 8
# A change that more operations share is told once, with their number.
NAMED_LIMIT = 6
ADDED = "added: "
# What says how large, long or many something may be, and what it is when it is left out.
BOUNDS = (
    "minimum",
    "exclusiveMinimum",
    "maximum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
)
LIMITS = ("default", "pattern", *BOUNDS)
KEPT = ("type", "$ref", "items", "properties", "required", "enum", "anyOf", "allOf", "format", "additionalProperties")
Fields = dict[str, str]


@dataclass(frozen=True, order=True)
class Change:
    """`breaks`: a client that was right before may be wrong now."""

    breaks: bool
    words: str
    operation: str


def outline(document: dict[str, Any]) -> dict[str, Any]:
    """The operations and schemas of a document, without descriptions."""
    return {
        "operations": {
            f"{verb.upper()} {path}": _operation(item, item[verb])
            for path, item in sorted(document["paths"].items())
            for verb in VERBS
            if verb in item
        },
        "schemas": {name: _bare(schema) for name, schema in sorted(document["components"]["schemas"].items())},
    }


def _operation(item: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"id": operation["operationId"], "summary": operation["summary"]}
    found["parameters"] = {
        f"{one['in']} {one['name']}": {"schema": _bare(one["schema"]), "required": bool(one.get("required"))}
        for one in [*item.get("parameters", []), *operation.get("parameters", [])]
        if one["in"] != "path"
    }
    for media in operation.get("requestBody", {}).get("content", {}).values():
        found["body"] = _bare(media["schema"])
    for status, answer in operation["responses"].items():
        for media in answer.get("content", {}).values():
            if status.startswith("2"):
                found["answer"] = _bare(media["schema"])
    good = (answer for status, answer in operation["responses"].items() if status.startswith("2"))
    found["headers"] = sorted({name for answer in good for name in answer.get("headers", {})})
    found["statuses"] = sorted(operation["responses"])
    return found


def _bare(schema: Any) -> Any:
    """A schema without its words: what a client's types are made of, and their limits."""
    if isinstance(schema, list):
        return [_bare(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: schema[name] for name in (*KEPT, *LIMITS) if name in schema}
    if "properties" in found:
        found["properties"] = {name: _bare(part) for name, part in found["properties"].items()}
    return {name: _bare(part) if name in ("items", "anyOf", "allOf") else part for name, part in found.items()}


def fields(made: dict[str, Any], schema: Any, at: str = "", seen: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """(where, type) of everything in a schema; a field that must be there ends with an exclamation mark."""
    if not isinstance(schema, dict) or len(seen) > DEEPEST:
        return
    limits = _limits(schema)
    if limits and not {"enum", "type"} & schema.keys():
        yield at, limits
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name not in seen:
            yield from fields(made, made["schemas"].get(name), at, (*seen, name))
        return
    for part in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from fields(made, part, at, seen)
    if "items" in schema:
        yield from fields(made, schema["items"], at + "[]", seen)
    if "enum" in schema:
        yield at, " ".join(["one of " + ", ".join(f"{value}" for value in schema["enum"]), limits]).strip()
    elif "type" in schema and schema["type"] != "null":
        kind = schema["type"]
        yield at, " ".join([kind if isinstance(kind, str) else " or ".join(kind), limits]).strip()
    for name, part in schema.get("properties", {}).items():
        mark = "!" if name in schema.get("required", ()) else ""
        yield from fields(made, part, f"{at}.{name}{mark}" if at else name + mark, seen)


def _limits(schema: dict[str, Any]) -> str:
    found = [f"{name} {json.dumps(schema[name])}" for name in LIMITS if schema.get(name) is not None]
    return f"({', '.join(found)})" if found else ""


def _kind(made: dict[str, Any], schema: Any) -> str:
    """What a parameter may be."""
    return " or ".join(sorted({kind for _, kind in fields(made, schema)})) or "anything"


def _flat(made: dict[str, Any], schema: Any) -> Fields:
    found: dict[str, list[str]] = defaultdict(list)
    for where, kind in fields(made, schema):
        if where and kind not in found[where]:
            found[where].append(kind)
    return {where: " or ".join(sorted(kinds)) for where, kinds in found.items()}


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """Everything that differs, those that break a client first."""
    found: list[Change] = []
    olds, news = before["operations"], after["operations"]
    found += [Change(True, "removed", name) for name in olds.keys() - news.keys()]
    found += [Change(False, ADDED + news[name]["summary"], name) for name in news.keys() - olds.keys()]
    for name in olds.keys() & news.keys():
        found += [Change(breaks, words, name) for breaks, words in _changed(before, after, olds[name], news[name])]
    return sorted(set(found), key=lambda change: (not change.breaks, change.words, change.operation))


def _changed(
    before: dict[str, Any], after: dict[str, Any], old: dict[str, Any], new: dict[str, Any]
) -> Iterator[tuple[bool, str]]:
    if old["id"] != new["id"]:
        yield True, f"its operation id is `{new['id']}` and no longer `{old['id']}`"
    for name in old["parameters"].keys() | new["parameters"].keys():
        yield from _parameter(name, old["parameters"].get(name), new["parameters"].get(name))
        if name in old["parameters"] and name in new["parameters"]:
            kinds = [_kind(made, of["parameters"][name]["schema"]) for made, of in ((before, old), (after, new))]
            yield from _other_kind(name, *kinds)
    yield from _of_body(_flat(before, old.get("body")), _flat(after, new.get("body")))
    yield from _of_answer(_flat(before, old.get("answer")), _flat(after, new.get("answer")))
    for name in sorted(set(new["headers"]) ^ set(old["headers"])):
        is_gone = name in old["headers"]
        yield is_gone, f"answers with the header `{name}`" + (" no longer" if is_gone else "")
    for status in sorted(set(new["statuses"]) - set(old["statuses"])):
        yield False, f"may answer {status}"
    for status in sorted(set(old["statuses"]) - set(new["statuses"])):
        yield status.startswith("2"), f"answers {status} no longer"


def _parameter(name: str, old: dict[str, Any] | None, new: dict[str, Any] | None) -> Iterator[tuple[bool, str]]:
    words = name.replace(" ", " `", 1) + "`"
    if old is None and new is not None:
        yield new["required"], f"takes the {words}" + (", which must be there" if new["required"] else "")
    elif new is None:
        yield True, f"takes the {words} no longer"
    elif old is not None and new["required"] and not old["required"]:
        yield True, f"asks for the {words}"


def _other_kind(name: str, old: str, new: str) -> Iterator[tuple[bool, str]]:
    if old != new:
        yield True, f"takes the {name.replace(' ', ' `', 1)}` as {new}, before as {old}"


def _of_body(old: Fields, new: Fields) -> Iterator[tuple[bool, str]]:
    """Of a request: one may leave out what one may leave out, and send what one may send."""
    olds, news = {name.replace("!", ""): name for name in old}, {name.replace("!", ""): name for name in new}
    for name in olds.keys() - news.keys():
        yield True, f"takes `{name}` in its body no longer"
    for name in news.keys() - olds.keys():
        must = news[name].endswith("!") and name.rpartition(".")[0] in {"", *olds}
        yield must, f"takes `{name}` in its body" + (", which must be there" if must else "")
    for name in olds.keys() & news.keys():
        if news[name].count("!") > olds[name].count("!"):
            yield True, f"asks for `{name}` in its body"
        if old[olds[name]] != new[news[name]]:
            yield True, f"takes `{name}` in its body as {new[news[name]]}, before as {old[olds[name]]}"


def _of_answer(old: Fields, new: Fields) -> Iterator[tuple[bool, str]]:
    olds, news = {name.replace("!", ""): name for name in old}, {name.replace("!", ""): name for name in new}
    for name in olds.keys() - news.keys():
        yield True, f"answers `{name}` no longer"
    for name in news.keys() - olds.keys():
        yield False, f"answers `{name}`"
    for name in olds.keys() & news.keys():
        if news[name].count("!") < olds[name].count("!"):
            yield True, f"may leave out `{name}`"
        if old[olds[name]] != new[news[name]]:
            yield True, f"answers `{name}` as {new[news[name]]}, before as {old[olds[name]]}"


def as_markdown(found: list[Change]) -> str:
    """The changes as lists; those that operations share are told once."""
    breaking = [change for change in found if change.breaks]
    new = [change for change in found if change.words.startswith(ADDED)]
    more = [change for change in found if change not in breaking and change not in new]
    parts = [
        _part("### A client may break on", breaking),
        _part("### New operations", new),
        _part("### New in operations that were there", more),
    ]
    return "\n".join(filter(None, parts)) or "Nothing.\n"


def _part(heading: str, found: list[Change]) -> str:
    by_words: dict[str, list[str]] = defaultdict(list)
    for change in found:
        by_words[change.words.removeprefix(ADDED)].append(change.operation)
    lines = sorted(_line(words, names) for words, names in by_words.items())
    return "\n".join([heading, "", *lines]) + "\n" if lines else ""


def _line(words: str, names: list[str]) -> str:
    if len(names) > NAMED_LIMIT:
        return f"* {len(names)} operations: {words}"
    return f"* {', '.join(f'`{name}`' for name in names)}: {words}"


def kept(version: str) -> dict[str, Any]:
    """The outline of a release."""
    found: dict[str, Any] = json.loads((FOLDER / f"{version}.json").read_text(encoding="utf-8"))
    return found


def newest() -> str:
    """The last release whose outline is kept."""
    return max((path.stem for path in FOLDER.glob("*.json")), key=lambda text: [int(part) for part in text.split(".")])


def as_text(made: dict[str, Any]) -> str:
    """An outline as it is kept: a line for each operation and schema."""
    parts = []
    for kind, things in made.items():
        lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(thing)}" for name, thing in things.items())
        parts.append(f"{json.dumps(kind)}: {{\n{lines}\n}}")
    return "{\n" + ",\n".join(parts) + "\n}\n"
