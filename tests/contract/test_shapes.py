"""Our answers against the recorded ones: status, keys, types, nullability (shapes/*.json)."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract import pending
from tests.contract.differ import differences
from tests.contract.preparations import PREPARE
from tests.contract.world import World
from tests.harness import Answer, Office

SHAPES = {path.stem: path for path in sorted(Path(__file__).with_name("shapes").glob("*.json"))}

# Where we differ on purpose. At most three; each with its reason.
EXCEPTIONS = {
    ("workspace-cost-rate-put", "cakeOrganizationId"): "there is no organization of the vendor's here",
    ("users-info-filter", "[].memberships[]"): "asked for NONE; the parameter filters as documented (wire-core 3)",
}


def read(name: str) -> dict[str, Any]:
    recorded: dict[str, Any] = json.loads(SHAPES[name].read_text(encoding="utf-8"))
    return recorded


def all_differences(world: World, recorded: dict[str, Any], answer: Answer) -> list[tuple[str, str]]:
    """(where, what); empty when the answer is as it was recorded."""
    found: list[tuple[str, str]] = []
    if answer.status != recorded["status"]:
        found.append(("status", f"is {answer.status} and was recorded as {recorded['status']}: {answer.body!r:.200}"))
    for name, value in recorded.get("headers", {}).items():
        if answer.headers.get(name) != value:
            found.append((name, f"is {answer.headers.get(name)} and was recorded as {value}"))
    if "refusal" in recorded:
        found += _refusal_differences(world.fill(recorded["refusal"]), answer.body)
    elif recorded["answer"] is None:
        found += [("body", f"was recorded as empty: {answer.content!r:.60}")] if answer.content else []
    elif not found:
        found += differences(recorded["answer"], answer.body)
    return found


def _refusal_differences(recorded: dict[str, Any], body: Any) -> list[tuple[str, str]]:
    """A message that was recorded is the message; a code that was not written down is a number."""
    if not isinstance(body, dict) or not isinstance(body.get("code"), int):
        return [("body", "is not the one error shape")]
    return [
        (name, f"is {body.get(name)!r} and was recorded as {value!r}")
        for name, value in recorded.items()
        if value is not None and body.get(name) != value
    ]


@pytest.mark.parametrize("name", SHAPES)
def test_an_answer_is_as_it_was_recorded(office: Office, name: str) -> None:
    world = World(office)
    if name not in pending.shapes():
        PREPARE.get(name, lambda world: None)(world)
    recorded = read(name)
    found = all_differences(world, recorded, world.ask(recorded))
    waiting = pending.shape_parts(name)
    places = {where for where, _ in found}
    if name in pending.shapes():
        assert found, f"{name} is answered as recorded and must leave the pending list"
        return
    assert waiting <= places, f"{name}: {sorted(waiting - places)} must leave the pending list"
    excused = {where for shape, where in EXCEPTIONS if shape == name}
    assert excused <= places, f"{name}: {sorted(excused - places)} needs no exception"
    left = [f"{where} {what}" for where, what in found if where not in waiting | excused]
    assert not left, f"{name}:\n" + "\n".join(left)


def test_there_are_at_most_three_exceptions_each_with_its_reason() -> None:
    assert len(EXCEPTIONS) <= 3
    assert all(name in SHAPES and reason for (name, _), reason in EXCEPTIONS.items())


def test_pending_shapes_are_recorded_ones() -> None:
    named = {line.split()[1] for line in pending.lines() if line.startswith("shape ")}
    assert named <= SHAPES.keys()
