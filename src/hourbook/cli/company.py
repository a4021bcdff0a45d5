"""The sample company of `hourbook demo`: twelve people in three time zones and their last year.

Drawn with one fixed seed, so every demo tells the same story, up to the day it is made. Everything
is written through actions in the name of the system. Keys and passwords are given by the caller.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from hourbook.cli import sample
from hourbook.core.types import Role

if TYPE_CHECKING:
    from hourbook.db.tx import Tx
    from hourbook.resources.time_entries.rules import Draft

NAME = "Northlight Studio"
DOMAIN = "northlight.example"
SEED = 2024
# (name, zone, group); the first is the owner, the second an admin, the next three manage projects.
PEOPLE = (
    ("Ada Berg", "Europe/Berlin", "Office"),
    ("Marcus Hill", "America/New_York", "Office"),
    ("Chiara Greco", "Europe/Berlin", "Design"),
    ("Dev Patel", "Asia/Kolkata", "Engineering"),
    ("Hana Ito", "America/New_York", "Engineering"),
    ("Jonas Lindqvist", "Europe/Berlin", "Engineering"),
    ("Priya Nair", "Asia/Kolkata", "Engineering"),
    ("Rosa Silva", "America/New_York", "Design"),
    ("Sven Hoffmann", "Europe/Berlin", "Engineering"),
    ("Tara Okafor", "America/New_York", "Design"),
    ("Vikram Rao", "Asia/Kolkata", "Engineering"),
    ("Wanda Novak", "Europe/Berlin", "Office"),
)
MANAGERS = slice(2, 5)
PROJECTS_COUNT = 30
ARCHIVED_COUNT = 2
DAYS = 365
RUNNING_SINCE_S = 37 * 60
GRID_S = 300
Write = Callable[[str, "Callable[[Tx], Any]"], Any]


@dataclass
class Made:
    """What there is now."""

    workspace_id: str
    owner_id: str
    owner_email: str
    user_ids: list[str] = field(default_factory=list)
    work: sample.Work = field(default_factory=sample.Work)
    # Ids of the projects of each person, those with most hours first.
    projects_of: dict[str, list[str]] = field(default_factory=dict)
    # Custom fields of time entries: where somebody worked, and the ticket it was about.
    field_ids: list[str] = field(default_factory=list)


def email_of(number: int) -> str:
    return f"{PEOPLE[number][0].split()[0].lower()}@{DOMAIN}"


def make(write: Write, now_s: int, password_hash: str) -> Made:
    """Writes the company with `write(workspace_id, work)`, a transaction each time."""
    made: Made = write("", lambda tx: _start(tx, password_hash))
    write(made.workspace_id, lambda tx: _people(tx, made.user_ids[:1]))
    made.user_ids = write(made.workspace_id, _list_people)
    write(made.workspace_id, lambda tx: _groups(tx, made.user_ids))
    made.work.tag_ids = write(made.workspace_id, _tags)
    made.field_ids = write(made.workspace_id, lambda tx: _fields(tx, made.user_ids))
    made.work.tasks_of_project, made.projects_of = write(made.workspace_id, lambda tx: _projects(tx, made.user_ids))
    for number, user_id in enumerate(made.user_ids):
        drafts = list(_year(number, sample.Writer(made.work, _rng(number), made.projects_of[user_id]), now_s))
        _say_more(_rng(200 + number), drafts, made.field_ids)
        write(made.workspace_id, _importing(user_id, drafts))
    write(made.workspace_id, lambda tx: _start_timer(tx, made, now_s))
    write(made.workspace_id, lambda tx: _archive(tx, list(made.work.tasks_of_project)[-ARCHIVED_COUNT:]))
    return made


def _rng(number: int) -> random.Random:
    return random.Random(f"{SEED}/{number}")


def _start(tx: "Tx", password_hash: str) -> Made:
    from hourbook.resources.users import actions

    name, zone, _ = PEOPLE[0]
    user, workspace = actions.create_owner(
        tx, workspace_name=NAME, currency="EUR", email=email_of(0), name=name, password_hash=password_hash, zone=zone
    )
    return Made(workspace.id, user.id, user.email, [user.id])


def _people(tx: "Tx", owner: list[str]) -> None:
    from hourbook.resources.users import actions

    for number, (name, zone, _) in enumerate(PEOPLE[len(owner) :], len(owner)):
        role = Role.WORKSPACE_ADMIN if number == 1 else None
        actions.create_member(tx, email_of(number), name=name, role=role, zone=zone)


def _list_people(tx: "Tx") -> list[str]:
    from hourbook.resources.users import actions

    found = [actions.find_user_by_email(tx, email_of(number)) for number in range(len(PEOPLE))]
    return [user.id for user in found if user is not None]


def _groups(tx: "Tx", user_ids: list[str]) -> None:
    from hourbook.resources.groups import actions

    for name in sorted({group for _, _, group in PEOPLE}):
        group = actions.create_group(tx, name)
        people = [user_ids[number] for number, person in enumerate(PEOPLE) if person[2] == name]
        actions.update_group(tx, group.id, name, user_ids=people)


def _tags(tx: "Tx") -> list[str]:
    from hourbook.resources.tags import actions

    return [actions.create_tag(tx, name).id for name in sample.TAGS]


def _fields(tx: "Tx", user_ids: list[str]) -> list[str]:
    """Two fields of time entries (their ids) and one of people with its values."""
    from hourbook.resources.custom_fields import actions
    from hourbook.resources.custom_fields.rules import EntityType, FieldDetails, FieldType

    place = FieldDetails(
        name="Place", type=FieldType.DROPDOWN_SINGLE, allowed_values=sample.PLACES, default_value=sample.PLACES[0]
    )
    ticket = FieldDetails(name="Ticket", type=FieldType.TXT, placeholder="NL-123")
    desk = FieldDetails(name="Desk", type=FieldType.NUMBER, entity_type=EntityType.USER)
    ids = [actions.create_field(tx, said).field.id for said in (place, ticket, desk)]
    for number, user_id in enumerate(user_ids[:-1], 1):
        actions.set_user_value(tx, user_id, ids[2], value=number)
    return ids[:2]


def _say_more(rng: random.Random, drafts: "list[Draft]", field_ids: list[str]) -> None:
    """Gives every entry a place and about every third a ticket."""
    place, ticket = field_ids
    for draft in drafts:
        draft.custom_fields = {place: rng.choices(sample.PLACES, (6, 3, 1))[0]}
        if rng.random() < 0.3:
            draft.custom_fields[ticket] = f"NL-{rng.randrange(100, 900)}"


def _projects(tx: "Tx", user_ids: list[str]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Clients and projects: ({project: its tasks}, {person: its projects})."""
    from hourbook.resources.clients import actions as clients
    from hourbook.resources.clients.rules import Details as ClientDetails
    from hourbook.resources.projects import actions
    from hourbook.resources.workspaces import actions as workspaces

    rng = _rng(-1)
    client_ids = [
        clients.create_client(tx, ClientDetails(name=name, email=f"office@{name.split()[0].lower()}.example")).id
        for name in sample.CLIENTS
    ]
    project_ids: list[str] = []
    projects_of: dict[str, list[str]] = {user_id: [] for user_id in user_ids}
    for number in range(PROJECTS_COUNT):
        team = sorted(rng.sample(range(len(user_ids)), rng.randint(4, 7)))
        details, members, drafts = _project(rng, number, client_ids, [user_ids[one] for one in team])
        project_id = actions.create_project(tx, details, members=members, drafts=drafts).project.id
        manager = user_ids[MANAGERS][number % 3]
        workspaces.grant_role(tx, manager, Role.PROJECT_MANAGER, entity_id=project_id)
        project_ids.append(project_id)
        for one in team:
            projects_of[user_ids[one]].append(project_id)
    for found in projects_of.values():
        rng.shuffle(found)
    shown = actions.tasks_of(tx, actions.show_projects(tx, project_ids))
    return {one: [task.task.id for task in shown.get(one, ())] for one in project_ids}, projects_of


def _project(rng: random.Random, number: int, client_ids: list[str], team: list[str]) -> tuple[Any, Any, Any]:
    from hourbook.core.money import NewRate
    from hourbook.resources.projects import rules
    from hourbook.resources.tasks.rules import Draft

    turn, client = divmod(number, len(client_ids))
    is_billable = number % 5 != 4
    details = rules.Details(
        name=sample.PROJECTS[(client * 4 + turn * 3) % len(sample.PROJECTS)],
        client_id=client_ids[client],
        color=rules.PALETTE[number % len(rules.PALETTE)],
        billable=is_billable,
        is_public=number % 3 == 0,
        hourly_rate=NewRate(rng.randrange(70, 145, 5) * 100) if is_billable else None,
        cost_rate=NewRate(rng.randrange(35, 60, 5) * 100),
        estimate=rules.Estimate(estimate_seconds=rng.randrange(100, 900, 50) * 3600, type=rules.EstimateType.MANUAL),
    )
    members = [
        rules.MemberDetails(
            user_id=user_id, hourly_rate=NewRate(rng.randrange(90, 160, 10) * 100) if rng.random() < 0.2 else None
        )
        for user_id in team
    ]
    names = rng.sample(sample.TASKS, rng.randint(3, 6))
    drafts = [Draft(name=name, estimate_seconds=rng.randrange(10, 120, 10) * 3600) for name in names]
    return details, members, drafts


def _importing(user_id: str, drafts: "list[Draft]") -> "Callable[[Tx], int]":
    from hourbook.resources.time_entries import actions

    return lambda tx: actions.import_entries(tx, user_id, drafts)


def _year(number: int, writer: sample.Writer, now_s: int) -> "Iterator[Draft]":
    """A person's entries of a year, in working hours of the own zone, up to a moment ago."""
    from hourbook.core.calendar import day_start_s, local_day

    zone = PEOPLE[number][1]
    rng = _rng(100 + number)
    last_end_s = now_s - RUNNING_SINCE_S - GRID_S
    today = local_day(now_s, zone)
    holiday = today - timedelta(days=rng.randrange(40, 320))
    for day in (today - timedelta(days=back) for back in range(DAYS, -1, -1)):
        if not _is_worked(rng, day, holiday):
            continue
        begin_s = day_start_s(day, zone) + sample.BEGIN_OF_WORK_S + rng.randrange(-6, 12) * GRID_S
        for start_s, end_s in sample.pieces_of_day(rng, begin_s, rng.randint(3, 5)):
            start_s, end_s = start_s // GRID_S * GRID_S, end_s // GRID_S * GRID_S
            if start_s < end_s <= last_end_s:
                yield writer.draft(start_s, end_s)


def _is_worked(rng: random.Random, day: date, holiday: date) -> bool:
    """Monday to Friday, a few days off, two weeks of holidays, now and then a Saturday."""
    chance = rng.random()
    if timedelta(0) <= day - holiday < timedelta(days=14) or day.weekday() == 6:
        return False
    return chance < (0.03 if day.weekday() == 5 else 0.95)


def _start_timer(tx: "Tx", made: Made, now_s: int) -> None:
    from hourbook.resources.time_entries import actions
    from hourbook.resources.time_entries.rules import Draft

    project_id = made.projects_of[made.owner_id][0]
    tasks = made.work.tasks_of_project[project_id]
    draft = Draft(
        start_s=now_s - RUNNING_SINCE_S,
        description="Prepare the quarterly report",
        project_id=project_id,
        task_id=tasks[0],
        tag_ids=tuple(made.work.tag_ids[:1]),
    )
    actions.create_entry(tx, made.owner_id, draft)


def _archive(tx: "Tx", project_ids: list[str]) -> None:
    """The last projects are done."""
    from hourbook.resources.projects import actions
    from hourbook.resources.projects.rules import Details

    for shown in actions.show_projects(tx, project_ids):
        project = shown.project
        said = Details(archived=True, billable=project.billable, is_public=project.is_public)
        actions.update_project(tx, project.id, said)
