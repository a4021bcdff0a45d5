"""The changelog of the API: every kind of change is seen, and told as what it is to a client."""

import copy
from typing import Any

import pytest

from hourbook.http.operation import OPERATIONS
from tests.docs import api_changes, generate
from tests.docs.api_changes import Change, as_markdown, changes

PATH = "POST /tags"
DOCUMENT: dict[str, Any] = {
    "paths": {
        "/tags": {
            "post": {
                "operationId": "create_tag",
                "summary": "Adds a tag",
                "parameters": [{"in": "query", "name": "page", "schema": {"type": "integer"}}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/TagIn"}}}},
                "responses": {
                    "201": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/TagOut"}}}},
                    "400": {},
                },
            }
        }
    },
    "components": {
        "schemas": {
            "TagIn": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "note": {"type": "string"}},
                "required": ["name"],
            },
            "TagOut": {
                "type": "object",
                "properties": {
                    "id": {"type": "string"},
                    "parent": {"anyOf": [{"$ref": "#/components/schemas/TagOut"}, {"type": "null"}]},
                    "rates": {"type": "array", "items": {"$ref": "#/components/schemas/Rate"}},
                },
                "required": ["id"],
            },
            "Rate": {"type": "object", "properties": {"amount": {"type": "integer"}, "kind": {"enum": ["A", "B"]}}},
        }
    },
}


def found(change: Any) -> list[Change]:
    after = copy.deepcopy(DOCUMENT)
    change(after["paths"]["/tags"]["post"], after["components"]["schemas"])
    return changes(api_changes.outline(DOCUMENT), api_changes.outline(after))


def test_nothing_changed_is_nothing() -> None:
    assert found(lambda operation, schemas: None) == []
    assert as_markdown([]) == "Nothing.\n"


CASES: list[tuple[Any, bool, str]] = [
    (lambda o, s: s["TagOut"]["properties"].pop("id"), True, "answers `id` no longer"),
    (lambda o, s: s["Rate"]["properties"].pop("amount"), True, "answers `rates[].amount` no longer"),
    (lambda o, s: s["TagOut"]["required"].clear(), True, "may leave out `id`"),
    (lambda o, s: s["TagOut"]["required"].append("rates"), False, ""),
    (lambda o, s: s["Rate"]["properties"].update(currency={"type": "string"}), False, "answers `rates[].currency`"),
    (
        lambda o, s: s["Rate"]["properties"].update(amount={"type": "string"}),
        True,
        "answers `rates[].amount` as string, before as integer",
    ),
    (
        lambda o, s: s["Rate"]["properties"]["kind"]["enum"].append("C"),
        True,
        "answers `rates[].kind` as one of A, B, C, before as one of A, B",
    ),
    (lambda o, s: s["TagIn"]["properties"].pop("note"), True, "takes `note` in its body no longer"),
    (lambda o, s: s["TagIn"]["required"].append("note"), True, "asks for `note` in its body"),
    (lambda o, s: s["TagIn"]["required"].clear(), False, ""),
    (lambda o, s: s["TagIn"]["properties"].update(color={"type": "string"}), False, "takes `color` in its body"),
    (lambda o, s: o["parameters"].clear(), True, "takes the query `page` no longer"),
    (lambda o, s: o["parameters"][0].update(required=True), True, "asks for the query `page`"),
    (
        lambda o, s: o["parameters"].append({"in": "query", "name": "sort", "schema": {"type": "string"}}),
        False,
        "takes the query `sort`",
    ),
    (
        lambda o, s: o["parameters"][0]["schema"].update(default=1, maximum=500),
        True,
        "takes the query `page` as integer (default 1, maximum 500), before as integer",
    ),
    (
        lambda o, s: o["parameters"][0].update(schema={"type": "string"}),
        True,
        "takes the query `page` as string, before as integer",
    ),
    (
        lambda o, s: s["TagIn"]["properties"]["name"].update(maxLength=100),
        True,
        "takes `name` in its body as string (maxLength 100), before as string",
    ),
    (
        lambda o, s: o["responses"]["201"].update(headers={"Location": {}}),
        False,
        "answers with the header `Location`",
    ),
    (lambda o, s: o["responses"].update({"429": {}}), False, "may answer 429"),
    (lambda o, s: o["responses"].pop("400"), False, "answers 400 no longer"),
    (lambda o, s: o.update(operationId="make_tag"), True, "its operation id is `make_tag` and no longer `create_tag`"),
]


@pytest.mark.parametrize(("change", "breaks", "words"), CASES, ids=[case[2] or "no change" for case in CASES])
def test_a_change_is_seen_for_what_it_is(change: Any, breaks: bool, words: str) -> None:
    assert found(change) == ([Change(breaks, words, PATH)] if words else [])


def test_operations_that_come_and_go() -> None:
    before, after = api_changes.outline(DOCUMENT), api_changes.outline(DOCUMENT)
    after["operations"]["GET /tags"] = after["operations"].pop(PATH)
    assert changes(before, after) == [
        Change(True, "removed", PATH),
        Change(False, "added: Adds a tag", "GET /tags"),
    ]


def test_names_of_schemas_are_nothing_to_a_client() -> None:
    def rename(operation: Any, schemas: Any) -> None:
        schemas["Price"] = schemas.pop("Rate")
        schemas["TagOut"]["properties"]["rates"]["items"]["$ref"] = "#/components/schemas/Price"

    assert found(rename) == []


def test_what_many_operations_share_is_told_once() -> None:
    many = [Change(False, "may answer 429", f"GET /{number}") for number in range(20)]
    assert as_markdown(many).count("429") == 1
    assert "20 operations" in as_markdown(many)


def test_a_change_that_breaks_stands_under_its_heading() -> None:
    text = as_markdown([Change(True, "removed", PATH), Change(False, "may answer 429", PATH)])
    assert text.index("### A client may break on") < text.index("removed") < text.index("may answer 429")


def test_what_is_kept_of_a_release_is_what_is_read_again() -> None:
    import json

    made = api_changes.outline(generate.document_now())
    assert json.loads(api_changes.as_text(made)) == made
    assert len(made["operations"]) == sum(not record.hidden for record in OPERATIONS.values())
