"""The published OpenAPI 3.1 document, made from the operation table.

Owns the document as a whole: paths, answers by status, headers, security, tags. It invents
nothing: operations come from `operation.py`, schemas from the wire structs, who may from the
permission table, statuses from `problems.py`. It is made when first asked for, because starting
fast matters, and never changes afterwards.
"""

import inspect
import sys
from functools import lru_cache
from http import HTTPStatus
from typing import Any, get_origin

from hourbook.access.policy import POLICY, anyone
from hourbook.http.idempotency import KEY_LIMIT, takes_key
from hourbook.http.openapi_schemas import Schema, Schemas, published_text, query_kinds, query_parameters
from hourbook.http.operation import (
    OF_CONTENT,
    OPERATIONS,
    Content,
    CredentialUse,
    FileContent,
    LiveStream,
    Operation,
    Surface,
    Upload,
    answers_of,
)
from hourbook.http.problems import ProblemBody, shape_of

ID_PATTERN = "^[0-9a-f]{24}$"
_VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")
UPLOADED = "multipart/form-data"
_BINARY: Schema = {"type": "string", "format": "binary"}
_UPLOAD: Schema = {"type": "object", "properties": {"file": _BINARY}, "required": ["file"]}
_DESCRIPTION = """\
Hourbook is a self-hosted time-tracking server that speaks the Clockify REST API.

* Every request carries one credential: a key in `X-Api-Key`, a token of an add-on in `X-Addon-Token`, or a session
  cookie and, unless it only reads, `X-CSRF-Token`. None of them is read from an address.
* Every refusal has one shape, `{"message", "code"}`. The code is a number of its own, not the status.
* A thing that does not exist, is in another workspace or may not be seen is refused with 400.
* Lists are paged with `page` and `page-size`; `Last-Page` says whether there is more.
* Booleans in queries are `true` or `false`; `1`, `0`, `yes`, `no`, `on` and `off` are understood.
* Unknown query parameters and unknown keys of bodies are ignored; in a body `null` is the same as absent.
* A `POST` that changes something may carry an `Idempotency-Key`: repeated with it, it has its effect once.
* Answers say how many requests are left (`RateLimit`, `X-RateLimit-Remaining`); one too many is answered with 429.
* `HEAD` works wherever `GET` does. Another verb on a path is answered with 405 and `Allow`.
"""
# Names of our own: those of the standard library differ between versions of Python.
_REFUSALS = {
    400: ("BadRequest", "The request cannot be read, breaks a rule, or names something not in the workspace."),
    401: ("Unauthorized", "There is no credential, more than one, or an unknown one."),
    403: ("Forbidden", "The person is no member of the workspace or may not do this."),
    404: ("NotFound", "There is nothing to work on."),
    409: ("NotReady", "What is asked for is not there yet or never will be, or the same request is being answered."),
    410: ("Expired", "What is asked for was there and is no longer."),
    413: ("ContentTooLarge", "The body, or a list in it, is too large."),
    415: ("UnsupportedMediaType", "The body is not JSON."),
    422: ("KeyReused", "The Idempotency-Key was used for another request."),
    429: ("TooManyRequests", "Too many requests or attempts; wait for as long as Retry-After says."),
    503: ("ServiceUnavailable", "The server or its database is busy or stopping; the request may be sent again."),
    507: ("InsufficientStorage", "The disk of the server is full."),
}
_HEADERS: dict[str, Schema] = {
    "Last-Page": {
        "description": "Whether this is the last page of the list.",
        "required": True,
        "schema": {"type": "string", "enum": ["true", "false"]},
    },
    "X-Request-Id": {
        "description": "The request in the server's log; the request's own header of this name when it is usable.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
    },
    "Retry-After": {
        "description": "Seconds to wait before trying again.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
}
_IDEMPOTENCY_KEY: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "A text of your own for this one request. Sent again with it, the request has no second effect and "
    "gets the same answer; with another body it is refused.",
    "schema": {"type": "string", "minLength": 1, "maxLength": KEY_LIMIT},
}
_SECURITY_SCHEMES: dict[str, Schema] = {
    "X-Api-Key": {"type": "apiKey", "in": "header", "name": "X-Api-Key", "description": "The key of a person."},
    "X-Addon-Token": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Addon-Token",
        "description": "What Hourbook signed for an add-on: an installation token, or one of a user.",
    },
}


@lru_cache(maxsize=4)
def document(*, version: str, public_url: str, root_path: str = "") -> dict[str, Any]:
    """The whole document. It is shared by all who ask: nobody may change it.

    `public_url` is the server's own idea of its address, with `root_path` added if it lacks it.
    """
    published = _published()
    schemas = Schemas([ProblemBody, *(kind for record in published for kind in _annotations(record))])
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Hourbook",
            "version": version,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": _servers(public_url.rstrip("/"), root_path.strip("/")),
        "security": [{"X-Api-Key": []}],
        "tags": _tags(published),
        "paths": _paths(published, schemas),
        "components": {
            "schemas": schemas.components,
            "responses": {name: _refusal(status, schemas) for status, (name, _) in _REFUSALS.items()},
            "headers": _HEADERS,
            "securitySchemes": _SECURITY_SCHEMES,
        },
    }


def path_of(record: Operation) -> str:
    """The full path of an operation with the parameter names of the contract."""
    path = record.full_path
    for name in record.path_names:
        path = path.replace("{" + name + "}", "{" + _camel(name) + "}")
    return path


def _published() -> list[Operation]:
    found = (record for record in OPERATIONS.values() if not record.hidden)
    return sorted(found, key=lambda record: (path_of(record), _VERBS.index(record.method)))


def _annotations(record: Operation) -> list[Any]:
    """Everything of an operation that has a schema."""
    without_schema = (None, type(None), Content, FileContent, LiveStream, Upload)
    kinds = [kind for kind in (record.body, *answers_of(record)) if kind not in without_schema]
    return [*kinds, *query_kinds(record.query)]


def _servers(public_url: str, root_path: str) -> list[Schema]:
    """The address the document came from first, so that trying an operation works wherever it is read."""
    root = f"/{root_path}" if root_path else ""
    servers = [{"url": root or "/", "description": "This server"}]
    if public_url:
        url = public_url if public_url.endswith(root) else public_url + root
        servers.append({"url": url, "description": "Its public address"})
    return servers


def _tags(published: list[Operation]) -> list[Schema]:
    packages = {record.resource: record.handler.__module__.rpartition(".")[0] for record in published}
    tags = []
    for resource, package in sorted(packages.items()):
        text = published_text(inspect.getdoc(sys.modules[package]))
        tags.append({"name": _tag(resource), **({"description": text} if text else {})})
    return tags


def _paths(published: list[Operation], schemas: Schemas) -> dict[str, Schema]:
    paths: dict[str, Schema] = {}
    for record in published:
        item = paths.setdefault(path_of(record), {})
        if record.path_names and "parameters" not in item:
            item["parameters"] = [_path_parameter(name) for name in record.path_names]
        item[record.method.lower()] = _operation(record, schemas)
    return paths


def _operation(record: Operation, schemas: Schemas) -> Schema:
    summary, *rest = published_text(inspect.getdoc(record.handler)).split(". ", 1)
    who = f"Who may: {POLICY[record.action].who}."
    found: Schema = {
        "operationId": record.name,
        "summary": summary.rstrip("."),
        "description": "\n\n".join([*rest, who]),
        "tags": [_tag(record.resource)],
        "x-permission": record.action,
    }
    if record.contract is not None:
        found["x-contract-id"] = record.contract
    parameters = [] if record.query is None else query_parameters(record.query, schemas)
    if takes_key(record):
        parameters = [*parameters, _IDEMPOTENCY_KEY]
    if record.query is not None or parameters:
        found["parameters"] = parameters
    found |= _security(record)
    if record.media == UPLOADED:
        found["requestBody"] = {"required": True, "content": {UPLOADED: {"schema": _UPLOAD}}}
    elif record.body is not None:
        content = {"application/json": {"schema": schemas.of(record.body)}}
        found["requestBody"] = {"required": record.body_required, "content": content}
    found["responses"] = _responses(record, schemas)
    return found


def _security(record: Operation) -> Schema:
    """Which credentials open it, where they are not a person's alone, and the scope an add-on needs."""
    found: Schema = {}
    if record.scope:
        found["x-addon-scope"] = "the READ scope of each type" if record.scope == OF_CONTENT else record.scope
    if record.credential is CredentialUse.NONE:
        return {"security": []}
    ways: list[Schema] = [{}] if record.credential is CredentialUse.OPTIONAL else []
    if record.surface is not Surface.ADDON:
        ways.append({"X-Api-Key": []})
    if record.scope is not None:
        ways.append({"X-Addon-Token": []})
    return found if ways == [{"X-Api-Key": []}] else {**found, "security": ways}


def _responses(record: Operation, schemas: Schemas) -> dict[str, Schema]:
    success: Schema = {"description": HTTPStatus(record.status).phrase, "headers": _headers("X-Request-Id")}
    if any(_is_cut(kind) for kind in (record.query, record.body)) and _is_list(record):
        success["headers"] |= _headers("Last-Page")
    if content := _content(record, schemas):
        success["content"] = content
    found = {str(record.status): success}
    for status in _shared_refusals(record):
        found[str(status)] = {"$ref": f"#/components/responses/{_REFUSALS[status][0]}"}
    for fact in record.refuses:
        status, has_body = shape_of(fact)
        # A fact without a body is never mixed with others of its status: clients tell them apart by it.
        found[str(status)] = _refusal(status, schemas) if has_body else _empty_refusal(status)
    return dict(sorted(found.items()))


def _is_cut(asked: Any) -> bool:
    """Whether the answer says if there is more: of pages it does, of other portions where they declare it."""
    return hasattr(asked, "to_page") or getattr(asked, "says_last", False)


def _is_list(record: Operation) -> bool:
    """Whether it answers with a bare list; one that is wrapped says in its own way how long it is."""
    return any(get_origin(kind) is list for kind in answers_of(record))


def _content(record: Operation, schemas: Schemas) -> Schema:
    """What a good answer may hold, by media type: JSON of one kind or another, a file, or either."""
    kinds = [kind for kind in answers_of(record) if kind is not type(None)]
    described = [schemas.of(kind) for kind in kinds if kind not in (Content, FileContent, LiveStream)]
    if kinds == [LiveStream]:
        return {"text/event-stream": {"schema": {"type": "string"}}}
    found: Schema = {}
    if described:
        found["application/json"] = {"schema": described[0] if len(described) == 1 else {"anyOf": described}}
    if len(described) < len(kinds):
        found["*/*"] = {"schema": _BINARY}
    return found


def _shared_refusals(record: Operation) -> list[int]:
    """What any operation of this kind may answer besides its success."""
    statuses = [503] if record.credential is CredentialUse.NONE else [401, 429, 503]
    if takes_key(record):
        statuses += [409, 422]
    if record.path_names or record.query is not None or record.body is not None:
        statuses.append(400)
    if "workspace_id" in record.path_names or POLICY[record.action].may is not anyone:
        statuses.append(403)
    if record.method != "GET":
        statuses.append(413)
    if record.body is not None:
        statuses.append(415)
    if record.is_write or FileContent in answers_of(record):
        statuses.append(507)
    return statuses


def _refusal(status: int, schemas: Schemas) -> Schema:
    names = ("X-Request-Id", "Retry-After") if status in (429, 503, 507) else ("X-Request-Id",)
    return {
        "description": _REFUSALS[status][1],
        "headers": _headers(*names),
        "content": {"application/json": {"schema": schemas.of(ProblemBody)}},
    }


def _empty_refusal(status: int) -> Schema:
    return {"description": _REFUSALS[status][1], "headers": _headers("X-Request-Id")}


def _headers(*names: str) -> Schema:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _path_parameter(name: str) -> Schema:
    found: Schema = {"name": _camel(name), "in": "path", "required": True}
    if name.endswith("_token"):
        return found | {"description": "The text that was given out with the address.", "schema": {"type": "string"}}
    return found | {
        "description": "24 hexadecimal digits. Any other text is answered like an id that does not exist.",
        "schema": {"type": "string", "pattern": ID_PATTERN},
    }


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _tag(resource: str) -> str:
    return resource.replace("_", " ").capitalize()
