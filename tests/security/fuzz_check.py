"""Whether an answer keeps what our own document promises.

The oracle of the fuzzer: no 5xx; the status is documented; content type, headers and body are as
documented for it. It knows nothing but the document.
"""

import json
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
JSON, ANY = "application/json", "*/*"
_PROBLEM = {"$ref": "#/components/schemas/ProblemBody"}
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
        # Made when they are first needed: each holds the whole document, some megabytes.
        self._validators: dict[str, Any] = {}

    def problems(self, case: Case, answer: Answer) -> list[str]:
        """What is wrong with an answer, in words; empty when nothing is."""
        if answer.status >= 500:
            return [f"status {answer.status}"]
        documented = self._responses[case.operation].get(str(answer.status))
        content = {} if documented is None else documented.get("content", {})
        found = self._about_any(answer, media=content or {JSON: {}})
        if not case.keeps_its_route:
            return found
        if documented is None:
            return [*found, f"status {answer.status} is not documented"]
        for name in _HEADERS:
            if (name in documented["headers"]) != (name in answer.headers):
                found.append(f"the header {name} is {'not ' * (name not in answer.headers)}there")
        # A file may be empty; what is JSON never is.
        is_missing = not answer.content and bool(content) and ANY not in content
        if is_missing or (answer.content and not content):
            found.append(f"{len(answer.content)} bytes, and documented is {', '.join(content) or 'nothing'}")
        # An operation may answer with a file instead, when it is asked to.
        if JSON in content and answer.headers.get("content-type") == JSON and answer.content:
            found += self._errors(content[JSON]["schema"], answer.body)
        return found

    def _about_any(self, answer: Answer, *, media: dict[str, Any]) -> list[str]:
        found = []
        if "x-request-id" not in answer.headers:
            found.append("no request id")
        said = answer.headers.get("content-type", "")
        if answer.content and ANY not in media and said not in media:
            found.append(f"content type {said}")
        if answer.status >= 400 and answer.content:
            found += self._errors(_PROBLEM, answer.body)
        return found

    def _whole(self, response: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in response:
            return response
        found: dict[str, Any] = self._document["components"]["responses"][response["$ref"].rpartition("/")[2]]
        return found

    def _errors(self, schema: dict[str, Any], body: Any) -> list[str]:
        key = json.dumps(schema, sort_keys=True)
        validator = self._validators.get(key)
        if validator is None:
            whole = {**schema, "components": self._document["components"]}
            validator = self._validators[key] = jsonschema_rs.Draft202012Validator(whole)
        found = validator.iter_errors(body)
        return [f"at /{'/'.join(map(str, e.instance_path))}: {e.message[:300]}" for e in found][:5]


def leaks(case: Case, answer: Answer) -> list[str]:
    """Words of the inside of the server in a message that the request itself did not bring."""
    if answer.status < 400 or not isinstance(answer.body, dict):
        return []
    sent = msgspec.json.encode(repr((case.full_path, case.query, case.body, case.headers))).decode().lower()
    words = _INTERNALS.findall(str(answer.body.get("message")))
    return [f"the message says {word}" for word in words if word.lower() not in sent]
