"""Who may do what: the matrix of roles and permissions, in words here and over HTTP.

`WHO` is the table of roles.md for the permissions that exist, written out once more, so that a
slip in the policy shows. Every operation is asked by every role.
"""

import pytest

from hourbook import resources
from hourbook.access.policy import POLICY
from hourbook.http.operation import Operation
from tests.contract.world import World
from tests.harness import DENIED, NO_CREDENTIAL, Answer, Office
from tests.security.samples import operations, places_of, prepare, sample_of, send, values_for

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
    "time_entry.track": EVERYBODY,
    "time_entry.mark_invoiced": ADMINS,
    "permission.list": EVERYBODY,
    "permission.explain": ADMINS,
}
# The permissions that each creation setting narrows (settings 4 to 6 of roles.md).
NARROWED = {
    "who_can_create_projects_and_clients": {"project.create", "client.create", "client.update", "client.delete"},
    "who_can_create_tasks": {"task.create", "task.update"},
    "who_can_create_tags": {"tag.create", "tag.update", "tag.delete"},
}
# Managers of a project always work on its tasks, whatever the setting says.
MANAGERS_ALWAYS = {"task.create", "task.update"}
ROLES = ("owner", "admin", "manager", "member")


def test_the_matrix_has_every_permission() -> None:
    assert WHO.keys() == POLICY.keys()


def ask(office: Office, record: Operation, role: str, settings: dict[str, str]) -> Answer:
    """A good request of that role about fresh things; the manager manages the project it is about."""
    world = World(office)
    if "/user/{" in record.path or "timeEntryId" in places_of(record):
        world.asker = office.everybody[role]
    values = values_for(world, record)
    if "projectId" in values:
        office.grant(office.manager, "PROJECT_MANAGER", values["projectId"])
    prepare(world, sample_of(record))
    office.set(**settings)
    return send(office.everybody[role], record, values)


def check(answer: Answer, *, is_allowed: bool) -> None:
    if is_allowed:
        assert answer.status not in (401, 403), answer
        assert answer.status < 500, answer
    else:
        assert answer.refusal == DENIED, answer


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("record", operations(), ids=lambda record: record.name)
def test_every_role_gets_what_the_matrix_says(office: Office, record: Operation, role: str) -> None:
    check(ask(office, record, role, {}), is_allowed=role in WHO[record.action])


def narrowed_operations() -> list[tuple[Operation, str]]:
    return [
        (record, setting)
        for record in operations()
        for setting, actions in NARROWED.items()
        if record.action in actions
    ]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("words", ["ADMINS", "ADMINS_AND_PROJECT_MANAGERS"])
@pytest.mark.parametrize(("record", "setting"), narrowed_operations(), ids=lambda given: getattr(given, "name", ""))
def test_the_creation_settings_narrow_the_matrix(
    office: Office, record: Operation, setting: str, words: str, role: str
) -> None:
    managers_may = words != "ADMINS" or record.action in MANAGERS_ALWAYS
    manages_something = "projectId" in places_of(record)
    allowed = ADMINS | ({"manager"} if managers_may and manages_something else set())
    check(ask(office, record, role, {setting: words}), is_allowed=role in allowed)


CLOSED = [record for record in operations() if not record.is_public]


@pytest.mark.parametrize("record", CLOSED, ids=lambda record: record.name)
def test_nobody_without_a_credential_gets_anything(office: Office, record: Operation) -> None:
    assert send(office.anonymous, record, values_for(World(office), record)).refusal == NO_CREDENTIAL
