"""docs/errors.md: every refusal, from the table that turns facts into answers (http/problems.py).

Each fact is made with its own words as values, so that the message shows where what stands. A fact that is
not in the page, or a message that cannot be made, fails the run.
"""

import dataclasses
import inspect
import re
from typing import Any

from hourbook.core import errors as facts
from hourbook.http import app, problems, protocol, surroundings

# Facts with several wordings, or one that needs a value of its own: what to make them with.
WORDINGS: dict[str, list[dict[str, Any]]] = {
    "BadCredential": [{"kind": kind} for kind in problems._CREDENTIALS],
    "WrongSignIn": [{"kind": kind} for kind in problems._SIGN_INS],
    "NameTaken": [
        {"entity": "Project", "name": "{name}", "client_name": "{client}"},
        {"entity": "Project", "name": "{name}"},
        {"entity": "User group", "name": "{name}"},
        *({"entity": entity, "name": "{name}"} for entity in problems._LABELS),
        {"entity": "{entity}", "name": "{name}"},
    ],
    "InvalidChoice": [{"field": "{field}", "choices": ("{choice}", "{choice}")}],
    "ExportNotReady": [{"reason": ""}, {"reason": "{reason}"}],
    "TryLater": [{"reason": "{reason}"}, {"reason": "The disk is full.", "status": 507}],
    "SecretsUnavailable": [{"reason": "{reason}"}],
}
# What no fact says: the frame's own refusals, before an operation is found.
OTHERS = (
    (problems.no_route("{path}"), "There is nothing at this path."),
    (problems.wrong_method("{verb}"), "The path has other verbs; `Allow` names them."),
    (problems.wrong_content_type("{type}"), "The body is not of the kind the operation takes."),
    (problems.SERVER_ERROR, "A bug of ours. `X-Request-Id` leads to it in the server's log."),
    (app.BODY_TOO_LONG, "The body is over its limit. Nothing of it was looked at."),
    (protocol.NOT_HTTP, "What came is no request. The connection is closed."),
    (protocol.HEAD_TOO_LARGE, "Headers or address are too long. The connection is closed."),
    (protocol.HEAD_TOO_SLOW, "The connection stood open without a whole request."),
    (surroundings.STOPPING, "Only `/ready` says so, to load balancers."),
    (surroundings.NO_DATABASE, "Only `/ready` says so, to load balancers."),
)
ASIDE = re.compile(r" \(wire-[^)]*\)|; `\w+` .*")
INTRODUCTION = """\
Every refusal has one shape, with the status of HTTP and a number of its own:

```json
{"message": "Tag with name Urgent already exists", "code": 501}
```

Numbers up to 1004 and from 3000 are those of the API that Hourbook is compatible with, as are the messages, for clients
match on them; 1005 to 1999 are Hourbook's own. One number may stand for several refusals: 501 is most of them. Rely on
status and number, and show people the message. `Retry-After` (whole seconds) comes with 429, 503, 507 and wherever else
the same request may be sent again. Every answer has an `X-Request-Id`, which leads to the request in the server's log.

Refusals come in this order: credential, workspace, too many requests, role, body, ids, state. What somebody may not
see is refused like what does not exist. A status of 5xx never means that the request was wrong.
"""


def all_facts() -> list[type[facts.DomainError]]:
    """Every kind of refusal there is."""
    kinds = [kind for _, kind in inspect.getmembers(facts, inspect.isclass)]
    return [kind for kind in kinds if issubclass(kind, facts.DomainError) and kind is not facts.DomainError]


def made_of(kind: type[facts.DomainError]) -> list[facts.DomainError]:
    """The fact with its own words as values, once for each of its wordings."""
    if kind.__name__ in WORDINGS:
        return [kind(**values) for values in WORDINGS[kind.__name__]]
    values: dict[str, Any] = {}
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]
        if field.type is int and field.name.endswith("_seconds") and "retry" not in field.name:
            values[field.name] = 0
        elif field.type is int:
            values[field.name] = Number(field.name)
        elif field.default is dataclasses.MISSING:
            values[field.name] = "{" + field.name + "}"
    return [kind(**values)]


class Number(int):
    """A number that is shown by its name."""

    name: str

    def __new__(cls, name: str) -> "Number":
        found = super().__new__(cls, 1)
        found.name = name
        return found

    def __format__(self, spec: str) -> str:
        return "{" + self.name + "}"

    def __str__(self) -> str:
        return "{" + self.name + "}"


def rows() -> list[tuple[int, str, str, str]]:
    """(status, number, message, meaning), by status and number."""
    found = set()
    for kind in all_facts():
        # Not the words for whoever raises it: names of its values, places in our notes.
        told = " ".join((inspect.getdoc(kind) or "").split("\n\n")[0].split())
        meaning = ASIDE.sub("", told).rstrip(".") + "."
        for fact in made_of(kind):
            problem = problems.problem_of(fact)
            found.add(
                (
                    problem.status,
                    _number(problem),
                    problem.message.replace("1970-01-01T00:00:00Z", "{instant}"),
                    meaning,
                )
            )
    found |= {(problem.status, _number(problem), problem.message, meaning) for problem, meaning in OTHERS}
    return sorted(found, key=lambda row: (row[0], int(row[1] or 0), *row[2:]))


def _number(problem: problems.Problem) -> str:
    return "" if problem.code is None else str(problem.code)


def page(note: str) -> str:
    lines = ["# Errors", "", note, "", INTRODUCTION]
    last = 0
    for status, number, message, meaning in rows():
        if status != last:
            lines += ["", f"## {status}", "", "| code | message | what it means |", "| --- | --- | --- |"]
            last = status
        cells = (number or "(no body)", f"`{message}`" if message else "", meaning)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"
