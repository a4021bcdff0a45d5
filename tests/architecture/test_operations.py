"""The operation table against the contract and the permission table (design section 4, rule 12)."""

import inspect
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from hourbook import resources
from hourbook.access.policy import POLICY
from hourbook.http.operation import OPERATIONS, Call, Surface, operation
from tests.architecture.source import report
from tests.contract import pending

CONTRACT = Path(__file__).resolve().parents[1] / "contract" / "operations.json"
SERVICES = {"core": Surface.CORE.value, "audit": Surface.AUDIT.value, "reports": Surface.REPORTS.value}
EVENT = re.compile(r"[A-Z]+(_[A-Z]+)*")
SNAKE_NAME = re.compile(r"[a-z]+(_[a-z]+)+")

resources.load()


@cache
def contract() -> dict[str, dict[str, str]]:
    """The operations of the published contract by id: method, path, service."""
    return {row["id"]: row for row in json.loads(CONTRACT.read_text(encoding="utf-8"))}


def nameless(path: str) -> str:
    """A path without the names of its parameters."""
    return re.sub(r"\{\w+\}", "{}", path)


def test_the_contract_has_168_operations() -> None:
    assert len(contract()) == 168


def test_every_contract_operation_is_either_there_or_pending() -> None:
    there = {record.contract for record in OPERATIONS.values() if record.contract}
    waiting = pending.operations()
    report(
        [f"{name} is neither an operation nor pending" for name in sorted(contract().keys() - there - waiting)]
        + [f"{name} works and must leave the pending list" for name in sorted(there & waiting)]
        + [f"{name} is pending but not in the contract" for name in sorted(waiting - contract().keys())]
        + [f"{name} is declared but not in the contract" for name in sorted(there - contract().keys())]
    )


def test_an_operation_has_the_method_and_path_of_its_contract() -> None:
    bad = []
    for record in OPERATIONS.values():
        if record.contract:
            row = contract()[record.contract]
            theirs = SERVICES[row["service"]] + row["path"]
            if (record.method, nameless(record.full_path)) != (row["method"], nameless(theirs)):
                bad.append(f"{record.name}: {record.method} {record.full_path} is {row['method']} {theirs}")
    report(bad)


def test_one_contract_operation_is_one_operation() -> None:
    ids = [record.contract for record in OPERATIONS.values() if record.contract]
    assert len(ids) == len(set(ids))


def test_every_operation_has_a_permission_that_exists() -> None:
    report([f"{o.name}: {o.action}" for o in OPERATIONS.values() if o.action not in POLICY])


def test_every_permission_is_asked_for_by_somebody() -> None:
    source = Path(inspect.getfile(resources)).parent
    text = "".join(path.read_text(encoding="utf-8") for path in source.rglob("*.py"))
    report([f"{action} is asked for by nobody" for action in POLICY if f'"{action}"' not in text])


def test_every_permission_says_in_words_who_may() -> None:
    report([row.action for row in POLICY.values() if len(row.who) < 5])


def test_every_write_says_what_it_journals() -> None:
    report([o.name for o in OPERATIONS.values() for event in o.journals if not EVENT.fullmatch(event)])
    # A browser comes to an identity provider and back by following addresses; that is always a GET.
    followed = {"start_single_sign_on", "finish_single_sign_on"}
    report([o.name for o in OPERATIONS.values() if o.method == "GET" and o.is_write and o.name not in followed])


def test_an_operation_without_a_permission_does_not_import() -> None:
    with pytest.raises(LookupError, match="does not exist"):
        operation("GET", "/workspaces/{workspace_id}/x", contract=None, action="nothing.such")


def test_a_write_that_does_not_say_what_it_journals_does_not_import() -> None:
    with pytest.raises(LookupError, match="journals"):
        operation("POST", "/workspaces/{workspace_id}/x", contract=None, action="tag.create")


def test_a_parameter_that_nobody_fills_does_not_import() -> None:
    def a_handler(call: Call, colour: str) -> None: ...

    declare = operation("GET", "/workspaces/{workspace_id}/x", contract=None, action="tag.list")
    with pytest.raises(LookupError, match="colour"):
        declare(a_handler)


def test_an_operation_has_a_readable_name_and_says_what_it_does() -> None:
    report([o.name for o in OPERATIONS.values() if not SNAKE_NAME.fullmatch(o.name) or not o.summary.endswith(".")])


def test_bodies_and_answers_are_typed() -> None:
    report([o.name for o in OPERATIONS.values() if o.body is Any or o.response is Any])


def test_everything_of_a_workspace_has_the_workspace_in_its_path() -> None:
    """So that the pipeline enters the workspace before anything else happens. Some things belong to no workspace."""
    outside = {"/user", "/workspaces", "/file/image", "/shared-reports/{shared_report_id}"}
    of_nobody: tuple[str, ...] = ("/user/", "/files/", "/invitations", "/single-sign-on", "/server/", "/signing-keys")
    of_nobody += ("/session", "/sign-", "/second-factor", "/api-keys", "/password")
    report(
        [
            f"{o.name}: {o.path}"
            for o in OPERATIONS.values()
            if not o.path.startswith("/workspaces/{workspace_id}") and o.path not in outside
            if o.contract is not None or not o.path.startswith(of_nobody)
        ]
    )
