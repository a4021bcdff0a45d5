"""Whether an answer keeps what our own document promises.

The oracle of the fuzzer: no 5xx; the status is documented; content type, headers and body are as
documented for it. It knows nothing but the document.
"""

import re
from typing import Any

import jsonschema_rs
import msgspec

from tests.harness import Answer
from tests.security.fuzz_cases import Case

# "Please select" is a recorded wording; a statement is written in capitals.
_INTERNALS = re.compile(
    r"Traceback|sqlite|psycopg|sqlalchemy|hourbook\.|/src/|\.py\b|(?-i:SELECT |INSERT )|constraint", re.I
)
_HEADERS = ("Last-Page", "Retry-After")


class Checker:
    """Checks answers against a document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._responses: dict[str, dict[str, Any]] = {
            operation["operationId"]: {status: self._whole(found) for status, found in operation["responses"].items()}
            for item in document["paths"].values()
            for verb, operation in item.items()
            if verb != "parameters"
        }
        self._refusal = self._validator({"$ref": "#/components/schemas/ProblemBody"})
        self._validators = {
            (name, status): self._validator(found["content"]["application/json"]["schema"])
            for name, responses in self._responses.items()
            for status, found in responses.items()
            if "application/json" in found.get("content", {})
        }

    def problems(self, case: Case, answer: Answer) -> list[str]:
        """What is wrong with an answer, in words; empty when nothing is."""
        if answer.status >= 500:
            return [f"status {answer.status}"]
        documented = self._responses[case.operation].get(str(answer.status))
        found = self._about_any(answer, is_json=documented is None or "*/*" not in documented.get("content", {}))
        if not case.keeps_its_route:
            return found
        if documented is None:
            return [*found, f"status {answer.status} is not documented"]
        for name in _HEADERS:
            if (name in documented["headers"]) != (name in answer.headers):
                found.append(f"the header {name} is {'not ' * (name not in answer.headers)}there")
        if ("content" in documented) != bool(answer.content):
            found.append(
                f"{len(answer.content)} bytes, and content is {'not ' * ('content' not in documented)}documented"
            )
        validator = self._validators.get((case.operation, str(answer.status)))
        # An operation may answer with a file instead, when it is asked to.
        is_json = answer.headers.get("content-type") == "application/json"
        return found + (_errors(validator, answer.body) if validator and is_json and answer.content else [])

    def _about_any(self, answer: Answer, *, is_json: bool) -> list[str]:
        found = []
        if "x-request-id" not in answer.headers:
            found.append("no request id")
        if is_json and answer.content and answer.headers.get("content-type") != "application/json":
            found.append(f"content type {answer.headers.get('content-type')}")
        if answer.status >= 400 and answer.content:
            found += _errors(self._refusal, answer.body)
        return found

    def _whole(self, response: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in response:
            return response
        found: dict[str, Any] = self._document["components"]["responses"][response["$ref"].rpartition("/")[2]]
        return found

    def _validator(self, schema: dict[str, Any]) -> Any:
        return jsonschema_rs.Draft202012Validator({**schema, "components": self._document["components"]})


def _errors(validator: Any, body: Any) -> list[str]:
    return [f"at /{'/'.join(map(str, e.instance_path))}: {e.message[:300]}" for e in validator.iter_errors(body)][:5]


def leaks(case: Case, answer: Answer) -> list[str]:
    """Words of the inside of the server in a message that the request itself did not bring."""
    if answer.status < 400 or not isinstance(answer.body, dict):
        return []
    sent = msgspec.json.encode(repr((case.full_path, case.query, case.body, case.headers))).decode().lower()
    words = _INTERNALS.findall(str(answer.body.get("message")))
    return [f"the message says {word}" for word in words if word.lower() not in sent]
