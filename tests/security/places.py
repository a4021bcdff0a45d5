"""The places of a sample: what they are called, what stands there, and sending the request that comes of it."""

import re
from typing import Any

from hourbook.http.operation import Operation
from tests.contract.world import World
from tests.harness import Answer, Person
from tests.security.ready import ready_for
from tests.security.samples import sample_of

PLACE = re.compile(r"\{(\w+)\}")


def path_places(record: Operation) -> list[str]:
    """The ids of a path besides the workspace, as places: `project_id` is `projectId`."""
    return [re.sub(r"_(\w)", lambda m: m[1].upper(), name) for name in record.path_names if name != "workspace_id"]


def path_names_person(record: Operation) -> bool:
    """Whether the path names the person whose own rows it is about."""
    own = ("/user/{user_id}", "/member-profile/{user_id}", "/custom-field/{custom_field_id}/value")
    return any(part in record.path for part in own)


def path_of(record: Operation, values: dict[str, str]) -> str:
    """The full path with the given values by place."""
    return re.sub(r"\{(\w+)\}", lambda m: values[re.sub(r"_(\w)", lambda n: n[1].upper(), m[1])], record.full_path)


def places_in(value: Any) -> list[str]:
    """The places of a body or query, each once."""
    text = repr(value)
    return list(dict.fromkeys(PLACE.findall(text)))


def fill(value: Any, values: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: fill(inner, values) for key, inner in value.items()}
    if isinstance(value, list):
        return [fill(inner, values) for inner in value]
    if isinstance(value, str):
        return PLACE.sub(lambda match: values[match[1]], value)
    return value


def places_of(record: Operation) -> list[str]:
    """The places of path, body and query besides the workspace."""
    sample = sample_of(record)
    return list(dict.fromkeys([*path_places(record), *places_in(sample.body), *places_in(sample.query)]))


def values_for(world: World, record: Operation) -> dict[str, str]:
    """A good value for every place of the operation."""
    values = {name: world.value(name) for name in places_of(record)}
    values["workspaceId"] = world.office.workspace_id
    if "/currencies/" in record.path:
        values["currencyId"] = world.spare_currency_id
    # Paths about a person speak of somebody who may be changed; paths of entries of their owner.
    if "userId" in values and any(f"/{name}/" in record.path for name in ("users", "members", "member-profile")):
        values["userId"] = world.office.member.id
    # Whoever loses a role must not be the one whose rights are tried.
    if record.path.endswith("/roles"):
        values["userId"] = world.office.admin.id
    if record.name == "join_by_invitation":
        values["token"] = world.token_elsewhere
    if "/custom-field/" in record.path:
        values["customFieldId"] = world.user_field_id
    return values


def send(person: Person, record: Operation, values: dict[str, str]) -> Answer:
    """The sample of the operation with these values at its places."""
    sample = sample_of(record)
    body, query = fill(sample.body, values), fill(sample.query, values)
    with ready_for(person.server, record):
        return person.raw(record.method, path_of(record, values), body, query, sample.headers)
