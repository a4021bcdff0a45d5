"""Scopes: which operation asks for which, and that an add-on gets nothing beyond those it has.

The matrix asks every operation with every scope alone, with all but the right one, and without any. WRITE does not
include READ, and what is closed to add-ons is closed whatever they have.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from hourbook import resources
from hourbook.core.addon_scopes import FAMILIES, SCOPES
from hourbook.http.addon_scopes import OF_CONTENT, OF_ITSELF
from hourbook.http.operation import OPERATIONS, CredentialUse, Operation, Surface
from hourbook.resources.changes import rules as changes
from tests.addon_server import AddonPerson, AddonServer, shared_addon_server, speaking, tell, token_of
from tests.harness import DENIED, Answer, Office, Server
from tests.security.places import send
from tests.security.samples import operations
from tests.security.stage import Stage, Stages, rehearsing

resources.load()

CLOSED = (401, 1013)
ASKED = [record for record in operations() if record.credential is not CredentialUse.NONE]
# Written out once more, so that a slip in the declarations shows: operations of the contract that need another scope
# than their slice's family, or none opens.
OTHERWISE: dict[str, str | None] = {
    "list_workspaces": None,
    "create_workspace": None,
    "create_custom_field": None,
    "remove_person": None,
    "set_user_custom_field_value": "USER_WRITE",
    "invite_person": "WORKSPACE_WRITE",
    "change_person_status": "WORKSPACE_WRITE",
}


def test_there_are_thirty() -> None:
    assert len(SCOPES) == len(set(SCOPES)) == 30
    assert len(FAMILIES) == 15


def test_our_own_surface_is_closed_to_addons() -> None:
    assert not [one.name for one in OPERATIONS.values() if one.surface is Surface.OWN and one.scope is not None]


def test_managing_webhooks_is_closed_to_addons() -> None:
    found = [one for one in OPERATIONS.values() if one.resource == "webhooks"]
    assert found
    assert all(one.scope is None for one in found)


def test_every_scope_is_of_the_operations_slice_unless_said_otherwise() -> None:
    wrong = []
    for record in OPERATIONS.values():
        if record.surface not in (Surface.CORE, Surface.REPORTS) or record.scope == OF_CONTENT:
            continue
        if record.name in OTHERWISE:
            wanted = OTHERWISE[record.name]
        elif record.resource in ("webhooks", "audit"):
            wanted = None
        else:
            family = _FAMILY_OF[record.resource]
            wanted = f"{family}_{'WRITE' if record.is_write else 'READ'}"
        if record.scope != wanted:
            wrong.append(f"{record.name}: {record.scope}, not {wanted}")
    assert not wrong, "\n".join(wrong)


_FAMILY_OF = {
    "clients": "CLIENT",
    "projects": "PROJECT",
    "tags": "TAG",
    "tasks": "TASK",
    "time_entries": "TIME_ENTRY",
    "users": "USER",
    "files": "USER",
    "groups": "GROUP",
    "workspaces": "WORKSPACE",
    "custom_fields": "CUSTOM_FIELDS",
    "reports": "REPORTS",
    "shared_reports": "REPORTS",
}


@pytest.fixture(scope="module")
def stages(server: Server) -> Stages:
    return Stages(server)


class Tokens:
    """An installation token for every set of scopes, of add-ons that are installed in one workspace."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._made: dict[frozenset[str], AddonPerson] = {}

    def of(self, scopes: frozenset[str]) -> AddonPerson:
        if scopes not in self._made:
            self._made[scopes] = self._install(scopes)
        return self._made[scopes]

    def _install(self, scopes: frozenset[str]) -> AddonPerson:
        server, office = shared_addon_server(), self._stage.office
        path = f"/api/hourbook/v1/workspaces/{office.workspace_id}/addons"
        number = len(self._made)
        server.manifest = {"scopes": sorted(scopes), "webhooks": None}
        answer = office.owner.raw("POST", path, {"manifestUrl": server.manifest_url(f"matrix-{number}")})
        server.manifest = {}
        assert answer.status == 201, answer
        tell(office)
        heard = [one for one in server.told("INSTALLED") if one.body["addonId"] == answer.body["id"]]
        token = str(heard[0].body["authToken"])
        office.server.secrets.append(token)
        return speaking(office, token)


_TOKENS: dict[str, Tokens] = {}


def tokens_of(stage: Stage) -> Tokens:
    return _TOKENS.setdefault(stage.office.workspace_id, Tokens(stage))


def sets_without(scope: str | None) -> Iterator[frozenset[str]]:
    """Sets of scopes that must not open what this scope opens: none, all others together, each other alone."""
    yield frozenset()
    yield frozenset(SCOPES) - {scope}
    for other in SCOPES:
        if other != scope:
            yield frozenset({other})


@pytest.mark.parametrize("record", ASKED, ids=lambda record: record.name)
def test_an_addon_gets_what_its_scopes_open_and_no_more(server: Server, stages: Stages, record: Operation) -> None:
    server.clock.reset()
    stage = stages.of(record)
    values = stage.values(record, whose=None, kind="public")
    tokens = tokens_of(stage)

    has_everything = record.scope in (None, OF_CONTENT, OF_ITSELF)
    enough = tokens.of(frozenset(SCOPES) if has_everything else frozenset({str(record.scope)}))
    too_little = [] if has_everything else [tokens.of(scopes) for scopes in sets_without(record.scope)]
    with rehearsing(server):
        if record.scope is None:
            assert send(enough, record, values).refusal == CLOSED
            return
        for token in too_little:
            assert send(token, record, values).refusal == DENIED
        answer = send(enough, record, values)
        assert not is_refused_as_addon(answer), answer


def is_refused_as_addon(answer: Answer) -> bool:
    """Whether it was the scope: the owner, as whom the add-on acts, may do everything else."""
    return answer.status in (401, 403)


@pytest.mark.parametrize("scope", SCOPES)
def test_a_scope_alone_opens_its_own_operations_and_no_other(server: Server, stages: Stages, scope: str) -> None:
    """One operation for each other scope, with this one: the column of the matrix."""
    server.clock.reset()
    seen: dict[str | None, Any] = {}
    for record in ASKED:
        if "workspace_id" in record.path_names and record.scope not in (OF_CONTENT, OF_ITSELF):
            seen.setdefault(record.scope, record)
    asked = []
    for wanted, record in seen.items():
        stage = stages.of(record)
        values = stage.values(record, whose=None, kind="public")
        asked.append((wanted, record, tokens_of(stage).of(frozenset({scope})), values))
    with rehearsing(server):
        for wanted, record, token, values in asked:
            answer = send(token, record, values)
            if wanted == scope:
                assert not is_refused_as_addon(answer), (record.name, answer)
            else:
                assert answer.refusal == (CLOSED if wanted is None else DENIED), (record.name, answer)


def test_the_scope_that_is_missing_is_named(office: Office, addon_server: AddonServer) -> None:
    addon = speaking(office, token_of(office, addon_server, scopes=["TAG_WRITE"]))
    answer = addon.get("/tags")
    assert (answer.refusal, answer.message) == (DENIED, "Access Denied: the add-on lacks the scope TAG_READ")
    assert addon.post("/tags", {"name": "WRITE alone"}).status == 201


def test_entity_changes_ask_for_the_scope_of_each_type(office: Office, addon_server: AddonServer) -> None:
    addon = speaking(office, token_of(office, addon_server, scopes=["TAG_READ", "CLIENT_READ"]))
    for kind in ("created", "updated", "deleted"):
        assert addon.get(f"/entities/{kind}", type=["TAGS", "CLIENTS"]).status == 200
        assert addon.get(f"/entities/{kind}", type=["TAGS", "TIME_ENTRY"]).refusal == DENIED
    assert set(changes.SCOPES) == set(changes.DocumentType)
    assert set(changes.SCOPES.values()) <= set(SCOPES)
