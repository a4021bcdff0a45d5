"""Who may do what: the matrix of roles and permissions, in words here and over HTTP.

`WHO` is the table of roles.md for the permissions that exist, written out once more, so that a
slip in the policy shows; what each role reaches stands in matrix.py. Every operation is asked by every
role, about its own things and those of others, on one workspace where writes are rehearsed.
"""

from typing import Any

import pytest

from hourbook import resources
from hourbook.access.policy import POLICY
from hourbook.http.operation import Operation
from tests.harness import NO_CREDENTIAL, Server
from tests.security import matrix, mutants
from tests.security.samples import operations, operations_in_passing
from tests.security.stage import Stages

resources.load()

EVERYBODY = frozenset({"owner", "admin", "manager", "member"})
OWNER = frozenset({"owner"})
ADMINS = frozenset({"owner", "admin"})
MANAGERS = frozenset({"owner", "admin", "manager"})

# By permission: who may, with every setting as a new workspace has it. The manager manages the project in question.
WHO = {
    "user.read_self": EVERYBODY,
    "session.start": EVERYBODY,
    "session.manage": EVERYBODY,
    "password.change": EVERYBODY,
    "password.reset": EVERYBODY,
    "second_factor.manage": EVERYBODY,
    "api_key.manage": EVERYBODY,
    "workspace.list": EVERYBODY,
    "workspace.create": EVERYBODY,
    "workspace.read": EVERYBODY,
    "workspace.read_storage": ADMINS,
    "workspace.configure": ADMINS,
    "workspace.transfer": OWNER,
    "workspace.delete": OWNER,
    "user.update_self": EVERYBODY,
    "file.upload": EVERYBODY,
    "file.read": EVERYBODY,
    "member.delete": ADMINS,
    "member.leave": EVERYBODY,
    "member.list": EVERYBODY,
    "member.invite": ADMINS,
    "invitation.answer": EVERYBODY,
    "person.tell_self": EVERYBODY,
    "person.tell": ADMINS,
    "person.erase_self": EVERYBODY,
    "person.erase": OWNER,
    "single_sign_on.manage": OWNER,
    "single_sign_on.link": EVERYBODY,
    "single_sign_on.use": EVERYBODY,
    "member.change_status": ADMINS,
    "member.remove": EVERYBODY,
    # The member in question and admins.
    "member.read_profile": frozenset({"owner", "admin", "member"}),
    "member.edit_profile": frozenset({"owner", "admin", "member"}),
    "member.add_limited": ADMINS,
    "role.change": MANAGERS,
    "role.grant_admin": ADMINS,
    "role.revoke_admin": frozenset({"owner"}),
    "role.change_team_manager": ADMINS,
    "workspace.set_rates": ADMINS,
    "member.set_rates": ADMINS,
    "group.list": EVERYBODY,
    "group.manage": ADMINS,
    "custom_field.list": EVERYBODY,
    "custom_field.manage": ADMINS,
    "custom_field.override": MANAGERS,
    # The member in question and admins.
    "custom_field.set_user_value": frozenset({"owner", "admin", "member"}),
    "client.list": EVERYBODY,
    "client.create": EVERYBODY,
    "client.update": EVERYBODY,
    "client.delete": EVERYBODY,
    "project.list": EVERYBODY,
    "project.see_status": EVERYBODY,
    "project.create": EVERYBODY,
    "project.update": MANAGERS,
    "project.delete": MANAGERS,
    "project.set_billable_rates": MANAGERS,
    "project.set_cost_rates": ADMINS,
    "task.list": EVERYBODY,
    "task.create": EVERYBODY,
    "task.update": EVERYBODY,
    "task.delete": MANAGERS,
    "task.set_billable_rates": MANAGERS,
    "task.set_cost_rates": ADMINS,
    "tag.list": EVERYBODY,
    "tag.create": EVERYBODY,
    "tag.update": EVERYBODY,
    "tag.delete": EVERYBODY,
    "time_entry.list": EVERYBODY,
    "report.read": EVERYBODY,
    "time_entry.track": EVERYBODY,
    "time_entry.mark_invoiced": ADMINS,
    "shared_report.list": EVERYBODY,
    "shared_report.create": EVERYBODY,
    "shared_report.manage": EVERYBODY,
    "shared_report.read": EVERYBODY,
    "export.manage": EVERYBODY,
    "entity_change.list": ADMINS,
    "change.read": EVERYBODY,
    "audit_log.read": ADMINS,
    "journal.restore": EVERYBODY,
    "webhook.list": ADMINS,
    "webhook.manage": ADMINS,
    "addon.manage": ADMINS,
    # The add-on in question has a page for everybody.
    "addon.open": EVERYBODY,
    "addon.act": EVERYBODY,
    "addon.verify": EVERYBODY,
    "scheduled_report.manage": EVERYBODY,
    "scheduled_report.receive": EVERYBODY,
    "permission.list": EVERYBODY,
    "permission.explain": ADMINS,
}
# Operations that need no credential, and why.
PUBLIC: dict[str, str] = {
    "sign_in": "whoever signs in has nothing else yet; it asks for the password",
    "request_password_reset": "whoever forgot the password has nothing; nothing is told, the link is mailed",
    "reset_password": "whoever holds the link owns the mailbox",
    "show_invitation": "whoever holds the link is invited",
    "accept_invitation": "whoever holds the link is invited",
    "decline_invitation": "whoever holds the link is invited",
    "start_single_sign_on": "it leads to the identity provider, which asks who it is",
    "finish_single_sign_on": "the identity provider says who it is",
    "list_signing_keys": "whoever verifies a token has no credential, and the keys are public ones",
    "get_signing_key": "the same",
    "read_file": "whoever has its unguessable address sees a picture",
    "open_shared_report": "whoever has the link of a report that its author made public",
}


@pytest.fixture(scope="module")
def stages(server: Server) -> Stages:
    """Workspaces with everybody in them, one for all operations that need no preparation."""
    return Stages(server)


def test_the_matrix_has_every_permission() -> None:
    assert WHO.keys() == POLICY.keys()


def test_the_matrix_knows_every_operation() -> None:
    """What no cell is about is public, or has one asker and a reason."""
    without = {record.name for record in operations() if not any(matrix.cells(record))}
    assert without == {record.name for record in operations() if record.is_public} | (
        matrix.ONE_ASKER.keys() & {record.name for record in operations()}
    )


@pytest.mark.parametrize("record", [*operations(), *operations_in_passing()], ids=lambda record: record.name)
def test_every_role_gets_what_the_matrix_says(server: Server, stages: Stages, record: Operation) -> None:
    server.clock.reset()
    wrong = list(matrix.wrong_cells(stages.of(record), WHO, matrix.cells(record)))
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("record", operations(), ids=lambda record: record.name)
def test_no_answer_tells_of_what_one_may_not_see(server: Server, stages: Stages, record: Operation) -> None:
    """Neither a private project nor its task nor what it says in a field nor somebody's time, when it was not named."""
    if record.name in matrix.TELLS_OWN:
        pytest.skip(matrix.TELLS_OWN[record.name])
    server.clock.reset()
    told = list(matrix.told_cells(stages.of(record), matrix.cells(record)))
    assert not told, "\n".join(told)


@pytest.mark.parametrize("settings", matrix.SETTINGS, ids=repr)
def test_the_table_says_of_everybody_what_they_may_and_what_it_reaches(
    server: Server, stages: Stages, settings: dict[str, Any]
) -> None:
    server.clock.reset()
    wrong = list(matrix.wrong_rows(stages.shared, WHO, settings))
    assert not wrong, "\n".join(wrong)


# Every row of the policy is a little wrong once, in every way that makes a difference.
@pytest.mark.parametrize("action", sorted(POLICY))
def test_the_matrix_catches_every_mutant_of_the_policy(server: Server, stages: Stages, action: str) -> None:
    server.clock.reset()
    survivors = [found.name for found in mutants.tried(stages, WHO, action) if found.caught_by is None]
    assert not survivors, f"{action}: {survivors}"


@pytest.mark.parametrize("record", operations(), ids=lambda record: record.name)
def test_nobody_without_a_credential_gets_anything(server: Server, stages: Stages, record: Operation) -> None:
    if record.is_public:
        assert record.name in PUBLIC, "say why everybody may ask this"
        return
    server.clock.reset()
    stage = stages.of(record)
    values = stage.values(record, whose=None, kind="public")
    assert stage.ask(record, "anonymous", values).refusal == NO_CREDENTIAL
