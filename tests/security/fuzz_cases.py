"""Requests for the fuzzer: made by schemathesis from our own document, then varied.

schemathesis makes a few hundred requests a second, which is too slow for a million, so each of
its cases is sent many times: with ids of real things, with a word left out or made nasty, or with
a body of our own that is likely to be accepted. Everything comes from a `random.Random`, so that a
seed makes the same requests again (up to the ids of what is in the workspace).
"""

import json
import random
import warnings
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from hypothesis import HealthCheck, Phase, given, seed, settings

from hourbook.http.operation import OPERATIONS
from tests import uploads
from tests.security.fuzz_world import NASTY_TEXTS, World, kind_of
from tests.security.places import fill
from tests.security.samples import sample_of

CASES_OF_AN_OPERATION = 24
UPLOAD = "multipart/form-data"
SAMPLE_BODY, OWN_BODY, OWN_QUERY = 0.12, 0.5, 0.35
# Keys without which a body is refused, though the document cannot say so: absence has an answer of its own.
_NEEDED = {"id", "name", "email", "start", "status", "invoiced", "userId", "userIds", "timeEntryIds"} | {
    "memberships",
    "isTemplate",
    "templateProjectId",
    "entityId",
    "role",
    "users",
    "dateRangeStart",
    "dateRangeEnd",
    "summaryFilter",
    "groups",
}
# There are no custom fields yet, so a body that sets one is refused.
_REFUSED = {"customFields", "customAttributes"}
REAL_ID, NASTY = 0.85, 0.06
NASTY_VALUES: tuple[Any, ...] = (
    *NASTY_TEXTS,
    None,
    True,
    0,
    -1,
    2**31,
    2**63 - 1,
    2**63,
    10**30,
    1.5,
    -0.0,
    1e308,
    [],
    {},
    [None],
    [[]],
    {"": ""},
    [{}] * 20,
)
NASTY_BODIES = (
    b"",
    b" ",
    b"null",
    b"[]",
    b"{}",
    b"0",
    b'""',
    b"{",
    b"[" * 200,
    b'{"name":"\xff"}',
    b'{"name":"\\ud800"}',
    b'{"name":"\\u0000"}',
    b'{"name":1,"name":"twice"}',
    b"[" * 70 + b"]" * 70,
    b'{"a":' * 100_000,
    b"[" + b"1," * 100_001 + b"1]",
    b"\xef\xbb\xbf{}",
    b'{"amount":123456789012345678901234567890}',
    b'{"amount":1e999}',
    b"{} {}",
    b"{'name':'x'}",
    b"NaN",
)
NASTY_QUERIES = (
    b"page=0",
    b"page=-1",
    b"page=999999999999999999",
    b"page-size=0",
    b"page-size=5001",
    b"page-size=abc",
    b"page=1&page=2",
    b"%ff=%fe",
    b"name=%00",
    b"=",
    b"&&&",
    b"name",
    b"name=%e2%82",
    b"start=2026-05-20",
    b"tags=a,b,,c&tags=",
    b"\xff",
    b"hydrated=maybe",
    b"sort-column=NOPE",
)


@dataclass(frozen=True)
class Case:
    """One request. `query` is a list of pairs or the bytes themselves; `body` a JSON value, bytes, or NO_BODY."""

    operation: str
    method: str
    path: str
    path_values: dict[str, str]
    query: Any = ()
    body: Any = None
    has_body: bool = False
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def full_path(self) -> str:
        full = self.path
        for name, value in self.path_values.items():
            full = full.replace("{" + name + "}", value)
        return full

    @property
    def keeps_its_route(self) -> bool:
        """Whether the values cannot turn the path into another one."""
        return all(value and "/" not in value for value in self.path_values.values())

    @property
    def query_bytes(self) -> bytes:
        if isinstance(self.query, bytes):
            return self.query
        return urlencode(list(self.query), errors="surrogatepass").encode()

    @property
    def body_bytes(self) -> bytes | None:
        if not self.has_body:
            return None
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Generator:
    """Makes cases for the operations of a document."""

    def __init__(self, document: dict[str, Any], seed: int, *, cases: int = CASES_OF_AN_OPERATION) -> None:
        self._document = document
        self.operations = _operations(document)
        self._corpus = _corpus(document, seed, cases)

    def make(self, name: str, world: World, rng: random.Random) -> Case:
        """One request for this operation, about this world."""
        method, path, operation = self.operations[name]
        case = Case(name, method, path, self._path_values(path, world, rng))
        case = self._with_query(case, operation, world, rng)
        case = self._with_body(case, operation, world, rng)
        mentioned = [*case.path_values.values(), *_texts(case.query), *_texts(case.body)]
        case = replace(case, path_values=world.align_user(case.path_values, mentioned, rng))
        is_upload = UPLOAD in operation.get("requestBody", {}).get("content", {})
        return replace(case, headers=(uploads.HEADERS if is_upload else {}) | _headers(case, rng))

    def _path_values(self, path: str, world: World, rng: random.Random) -> dict[str, str]:
        values = {}
        for parameter in self._document["paths"][path].get("parameters", ()):
            name = parameter["name"]
            share = 0.97 if name == "workspaceId" else 0.9
            real = rng.random() < share
            text = world.id_in_path(name, rng) if real else rng.choice(NASTY_TEXTS)
            # As the HTTP server decodes a path: what is not UTF-8 is replaced before anybody sees it.
            values[name] = text.encode("utf-8", "replace").decode()
        return world.align(values, rng)

    def _with_query(self, case: Case, operation: dict[str, Any], world: World, rng: random.Random) -> Case:
        # Those of a header are left to the generator of headers.
        parameters = [one for one in operation.get("parameters", []) if one["in"] == "query"]
        if rng.random() < NASTY:
            return replace(case, query=rng.choice(NASTY_QUERIES))
        if not parameters:
            return case
        if rng.random() < OWN_QUERY:
            chosen = [p for p in parameters if p.get("required", False) or rng.random() < 0.25]
            values = [(p["name"], self._value(p["name"], p["schema"], world, rng)) for p in chosen]
        else:
            values = [pair for pair in rng.choice(self._corpus[case.operation]).query if rng.random() > NASTY]
            values = [(name, _relate(name, value, world, rng)) for name, value in values]
        return replace(case, query=[pair for name, value in values for pair in _pairs(name, value)])

    def _with_body(self, case: Case, operation: dict[str, Any], world: World, rng: random.Random) -> Case:
        if UPLOAD in operation.get("requestBody", {}).get("content", {}):
            return replace(case, body=_upload(rng), has_body=True)
        if "requestBody" not in operation:
            return replace(case, body=b"{}", has_body=True) if rng.random() < NASTY / 3 else case
        if rng.random() < NASTY:
            return replace(case, body=rng.choice(NASTY_BODIES), has_body=True)
        if rng.random() < SAMPLE_BODY:
            return replace(case, body=_spoil(_sample(case.operation, world, rng), rng), has_body=True)
        if rng.random() < OWN_BODY:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            return replace(case, body=_spoil(self._value("", schema, world, rng), rng), has_body=True)
        given = rng.choice(self._corpus[case.operation])
        return replace(case, body=_spoil(_relate("", given.body, world, rng), rng), has_body=given.has_body)

    def _value(self, name: str, schema: dict[str, Any], world: World, rng: random.Random) -> Any:
        """A value that fits the schema and is likely to be accepted."""
        if "$ref" in schema:
            schema = self._document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        if "anyOf" in schema:
            options = [option for option in schema["anyOf"] if option.get("type") != "null"]
            return self._value(name, rng.choice(options), world, rng) if options else None
        if "enum" in schema:
            return rng.choice(schema["enum"])
        kind = schema.get("type")
        if kind == "object":
            density = rng.choice((0.1, 0.3, 0.8))
            shares = dict.fromkeys(_NEEDED, 0.95) | dict.fromkeys(_REFUSED, 0.05)
            keys = [key for key in schema.get("properties", {}) if rng.random() < shares.get(key, density)]
            made = {key: self._value(key, schema["properties"][key], world, rng) for key in keys}
            return world.align(made, rng)
        if kind == "array":
            return [
                self._value(name, schema.get("items", {}), world, rng) for _ in range(rng.choice((0, 1, 1, 1, 2, 3)))
            ]
        if kind == "integer":
            return rng.choice((0, 1, 2, 5, 50, 60, 3600, 2**40))
        if kind == "boolean":
            return rng.random() < 0.5
        return None if kind == "null" else world.plausible(name, rng)


def _operations(document: dict[str, Any]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    return {
        operation["operationId"]: (verb.upper(), path, operation)
        for path, item in document["paths"].items()
        for verb, operation in item.items()
        if verb != "parameters"
    }


def _corpus(document: dict[str, Any], first_seed: int, count: int) -> dict[str, list[Case]]:
    """Cases of schemathesis by operation: half of them fit the document, half do not."""
    with warnings.catch_warnings():
        # Warnings of the generator about its own parts are not ours to mend.
        warnings.simplefilter("ignore")
        import schemathesis

        schema: Any = schemathesis.openapi.from_dict(document)
        found: dict[str, list[Case]] = {}
        for result in schema.get_all_operations():
            operation: Any = result.ok()
            cases: list[Case] = found.setdefault(operation.definition.raw["operationId"], [])
            body = operation.definition.raw.get("requestBody", {"content": ()})
            if UPLOAD in body["content"]:
                continue
            if "requestBody" in operation.definition.raw or operation.definition.raw.get("parameters"):
                for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):
                    _collect(operation, mode, cases, seed=first_seed, count=count // 2)
        return found


def _collect(operation: Any, mode: Any, cases: list[Case], *, seed: int, count: int) -> None:
    from schemathesis.core import NOT_SET

    fixed = dict.fromkeys(_names(operation.path), "0" * 24)

    @_seeded(seed)
    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode, path_parameters=fixed, headers={"X-Api-Key": "key"}))
    def collect(made: Any) -> None:
        has_body = made.body is not NOT_SET
        query = list(made.query.items()) if isinstance(made.query, dict) else []
        body = made.body if has_body else None
        name = operation.definition.raw["operationId"]
        cases.append(Case(name, operation.method.upper(), operation.path, fixed, query, body, has_body))

    collect()


_seeded = seed


class _Places(dict[str, str]):
    """What stands at the places of a sample, found when asked for."""

    def __init__(self, world: World, rng: random.Random) -> None:
        super().__init__()
        self._world, self._rng = world, rng

    def __missing__(self, name: str) -> str:
        return self._world.instant(0) if name == "now" else self._world.plausible(name, self._rng)


def _sample(name: str, world: World, rng: random.Random) -> Any:
    """The good body of the operation, about things of this world."""
    return fill(sample_of(OPERATIONS[name]).body, _Places(world, rng))


def _upload(rng: random.Random) -> bytes:
    """A multipart body with a picture, whole or spoiled."""
    whole = uploads.body(uploads.part(uploads.picture(rng.choice(("PNG", "JPEG", "GIF", "WEBP")))))
    if rng.random() < 0.5:
        return whole
    place = rng.randrange(len(whole))
    return rng.choice((whole[:place], whole[:place] + rng.randbytes(5) + whole[place:], whole[place:], b""))


def _names(path: str) -> list[str]:
    return [segment[1:-1] for segment in path.split("/") if segment.startswith("{")]


def _texts(value: Any) -> list[str]:
    """All texts in a value."""
    if isinstance(value, str):
        return [value]
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list | tuple) else []
    return [text for item in inner for text in _texts(item)]


def _pairs(name: str, value: Any) -> list[tuple[str, str]]:
    values = value if isinstance(value, list) else [value]
    return [(name, ("false", "true")[item] if isinstance(item, bool) else str(item)) for item in values]


def _relate(name: str, value: Any, world: World, rng: random.Random) -> Any:
    """The value with texts replaced by what they may mean in this world."""
    if isinstance(value, dict):
        return {key: _relate(key, item, world, rng) for key, item in value.items()}
    if isinstance(value, list):
        return [_relate(name, item, world, rng) for item in value]
    if isinstance(value, str) and kind_of(name) and rng.random() < REAL_ID:
        return world.plausible(name, rng)
    return world.plausible(name, rng) if isinstance(value, str) and rng.random() < 0.3 else value


def _spoil(value: Any, rng: random.Random) -> Any:
    """Now and then one thing of a body is gone or nasty."""
    if not isinstance(value, dict | list) or not value or rng.random() < 0.75:
        return value
    place = rng.choice(list(value)) if isinstance(value, dict) else rng.randrange(len(value))
    copy = value.copy()
    if isinstance(copy[place], dict | list) and rng.random() < 0.5:
        copy[place] = _spoil(copy[place], rng)
    elif rng.random() < 0.5:
        copy[place] = rng.choice(NASTY_VALUES)
    else:
        del copy[place]
    return copy


def _headers(case: Case, rng: random.Random) -> dict[str, str]:
    headers: dict[str, str] = {}
    if case.has_body and rng.random() < 0.02:
        headers["content-type"] = rng.choice(("text/plain", "application/xml", "", "application/json; charset=latin-1"))
    if rng.random() < 0.01:
        headers["x-api-key"] = rng.choice(("", "no such key", "\xff", "x" * 5000))
    if rng.random() < 0.01:
        headers["x-addon-token"] = "token"
    if rng.random() < 0.02:
        headers["x-request-id"] = rng.choice(("fine-1", "not fine", "x" * 100, "\xe4"))
    if rng.random() < 0.02:
        headers["origin"] = rng.choice(("https://example.com", "null", "\xff"))
    return headers
