"""The published document is valid, complete and true to the operation table and to the contract."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from hourbook import resources
from hourbook.http import openapi
from hourbook.http.openapi_schemas import Schemas
from hourbook.http.operation import OPERATIONS
from hourbook.http.wire import BillableRateField, Out
from hourbook.resources.webhooks.rules import EVENTS

resources.load()
CONTRACT = Path(__file__).parents[1] / "contract" / "operations.json"
SERVICES = {"core": "/api/v1", "audit": "/auditlog/v1", "reports": "/report/v1"}
PUBLISHED = {name: record for name, record in OPERATIONS.items() if not record.hidden}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi.document(version="1.2.3", public_url="https://time.example.com/", root_path="")


class Price(Out):
    amount: int


class Bill(Out, kw_only=True):
    shown: int = 3
    rate: Annotated[Price, BillableRateField]


def operations(document: dict[str, Any]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Method, path and description by operation id."""
    return {
        operation["operationId"]: (verb.upper(), path, operation)
        for path, item in document["paths"].items()
        for verb, operation in item.items()
        if verb != "parameters"
    }


def test_it_is_a_valid_openapi_document(document):
    errors = [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()]
    assert errors == []


def test_it_has_every_operation_that_is_not_hidden(document):
    assert operations(document).keys() == PUBLISHED.keys()


def test_it_is_the_same_every_time_it_is_made(document):
    openapi.document.cache_clear()
    again = openapi.document(version="1.2.3", public_url="https://time.example.com/", root_path="")
    assert again is not document
    assert msgspec.json.encode(again) == msgspec.json.encode(document)


def test_it_is_made_once(document):
    asked = {"version": "1.2.3", "public_url": "https://time.example.com/", "root_path": ""}
    assert openapi.document(**asked) is openapi.document(**asked)


def test_the_schema_generator_is_not_loaded_when_the_server_starts():
    program = "import sys; from hourbook import main, resources; resources.load(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "hourbook.http.app" in loaded
    assert "hourbook.http.openapi" not in loaded


def test_operations_of_the_contract_are_where_the_contract_has_them(document):
    contract = {
        fact["id"]: (fact["method"], SERVICES[fact["service"]] + fact["path"])
        for fact in json.loads(CONTRACT.read_text(encoding="utf-8"))
    }
    found = {
        operation["x-contract-id"]: (method, path)
        for method, path, operation in operations(document).values()
        if "x-contract-id" in operation
    }
    assert found
    assert found == {key: contract.get(key) for key in found}


def test_operations_of_our_own_are_below_our_own_prefix(document):
    for _, path, operation in operations(document).values():
        own = "x-contract-id" not in operation
        ours, theirs = ("/api/hourbook/v1/", "/api/addon/"), ("/api/v1/", "/report/v1/", "/auditlog/v1/")
        assert path.startswith(ours if own else theirs), path


def test_parameters_are_named_in_the_spelling_of_the_contract(document):
    for _, path, operation in operations(document).values():
        named = [parameter["name"] for parameter in document["paths"][path].get("parameters", [])]
        assert re.findall(r"\{(.+?)\}", path) == named
        assert not any("_" in parameter["name"] for parameter in operation.get("parameters", []))


def test_every_operation_has_a_summary_a_tag_and_says_who_may(document):
    tags = {tag["name"] for tag in document["tags"]}
    for _, _, operation in operations(document).values():
        assert operation["summary"]
        assert set(operation["tags"]) <= tags
        assert "Who may: " in operation["description"]


def test_answers_without_a_body_have_no_content(document):
    for name, (_, _, operation) in operations(document).items():
        record = PUBLISHED[name]
        assert ("content" in operation["responses"][str(record.status)]) == (record.response is not type(None)), name


def test_an_operation_that_answers_in_one_of_two_shapes_says_both(document):
    _, _, operation = operations(document)["get_time_entry"]
    kinds = operation["responses"]["200"]["content"]["application/json"]["schema"]["anyOf"]
    assert len({kind["$ref"] for kind in kinds}) == 2


def test_lists_say_that_they_have_pages_and_their_limits(document):
    _, _, operation = operations(document)["list_tags"]
    parameters = {parameter["name"]: parameter["schema"] for parameter in operation["parameters"]}
    assert "Last-Page" in operation["responses"]["200"]["headers"]
    assert parameters["page"]["minimum"] == 1
    assert (parameters["page-size"]["default"], parameters["page-size"]["maximum"]) == (50, 5000)


def test_a_list_in_portions_says_whether_there_is_more_where_it_declares_it(document):
    _, _, operation = operations(document)["list_journal"]
    assert "Last-Page" in operation["responses"]["200"]["headers"]
    _, _, operation = operations(document)["list_created_entities"]
    assert "Last-Page" not in operation["responses"]["200"]["headers"]


def test_what_an_answer_leaves_out_where_there_is_none_is_not_promised(document):
    schemas = document["components"]["schemas"]
    (settings,) = (found for name, found in schemas.items() if "copyable" in found.get("properties", {}))
    assert settings["required"] == ["id", "name", "type", "value"]


def test_a_limit_of_its_own_is_published(document):
    _, _, operation = operations(document)["list_running_time_entries"]
    size = next(found["schema"] for found in operation["parameters"] if found["name"] == "page-size")
    assert (size["default"], size["maximum"]) == (10, 1000)


def test_a_refusal_without_a_body_is_published_without_content(document):
    _, _, operation = operations(document)["create_time_entry_for_user"]
    assert "content" not in operation["responses"]["404"]


def test_fields_that_not_everybody_may_see_may_be_null():
    schema = Schemas([list[Bill]]).components["Bill"]
    assert schema["required"] == ["shown", "rate"]
    assert {"type": "null"} in schema["properties"]["rate"]["anyOf"]
    assert "default" not in schema["properties"]["shown"]


def test_the_document_lists_the_address_it_came_from_first():
    found = openapi.document(version="1", public_url="https://example.com/time", root_path="/time")
    assert [server["url"] for server in found["servers"]] == ["/time", "https://example.com/time"]
    assert openapi.document(version="1", public_url="", root_path="")["servers"][0]["url"] == "/"


def test_a_post_that_writes_takes_a_key_and_says_what_becomes_of_its_repetition(document):
    found = operations(document)
    for name, takes in (("create_tag", True), ("update_tag", False), ("list_tags", False), ("sign_in", False)):
        _, _, operation = found[name]
        assert ("Idempotency-Key" in [one["name"] for one in operation.get("parameters", [])]) is takes
        assert ("422" in operation["responses"]) is takes


def test_who_asks_with_a_credential_may_be_told_to_wait(document):
    for _, _, operation in operations(document).values():
        if operation.get("security") != []:
            assert "429" in operation["responses"]


def test_the_events_of_webhooks_are_listed_where_they_are_sent_and_where_they_are_answered(document):
    schemas = document["components"]["schemas"]
    named = {"$ref": "#/components/schemas/Event"}
    assert schemas["Event"]["enum"] == sorted(EVENTS)
    assert named in schemas["WebhookIn"]["properties"]["webhookEvent"]["anyOf"]
    assert schemas["WebhookOut"]["properties"]["webhookEvent"] == named
