"""What every role gets for every operation: the table of roles.md, written out once more, and its cells.

`Who` of a permission says which roles may at all, as long as every setting is as a new workspace has
it. What they reach stands here: things of a private project, rows of somebody else. A cell is one request
of one role; its outcome is one of three words.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hourbook.http.app import OWN_PREFIX
from hourbook.http.operation import Operation
from tests.harness import DENIED, NO_CREDENTIAL, Answer
from tests.security.places import places_of
from tests.security.samples import NEVER_DONE
from tests.security.stage import KEPT_OUT, READ_ONLY, ROLES, Stage, is_of_project, is_personal, rehearsing

# The three outcomes. NOTHING: the answer of an unknown id, or a list that says nothing of the thing.
DONE, REFUSED, NOTHING = "done", "refused", "nothing"
READ_ONLY_REFUSAL = (403, 1007)
UNKNOWN_KEY = (401, 4003)
Who = Mapping[str, frozenset[str]]

OWNERS_AND_ADMINS = frozenset({"owner", "admin"})
# Who sees a private project that the manager manages, and nobody else is on.
SEE_PRIVATE = OWNERS_AND_ADMINS | {"manager"}
# Whose time is seen without being one's own: the manager's projects, the team manager's people.
SEE_TIME = SEE_PRIVATE | {"team_manager"}
# By permission: who reaches rows of somebody else. Permissions that are not named reach them like one's own.
OTHERS: dict[str, frozenset[str]] = {
    "time_entry.list": SEE_TIME,
    "time_entry.track": OWNERS_AND_ADMINS,
    "custom_field.set_user_value": OWNERS_AND_ADMINS,
    "member.read_profile": OWNERS_AND_ADMINS,
    "member.edit_profile": OWNERS_AND_ADMINS,
    "shared_report.manage": OWNERS_AND_ADMINS,
    "export.manage": OWNERS_AND_ADMINS,
    "scheduled_report.manage": OWNERS_AND_ADMINS,
}
# These of somebody else nobody reaches; their ids are as unknown as any.
OWN_ALONE = {"session.manage", "api_key.manage", "scheduled_report.receive"}
# Whoever may at all may do these to oneself; the table in test_roles.py speaks of others' rows.
SELF = {"custom_field.set_user_value", "member.read_profile", "member.edit_profile"}
EVERYBODY = frozenset(ROLES)
CREATION = {
    "who_can_create_projects_and_clients": {"project.create", "client.create", "client.update", "client.delete"},
    "who_can_create_tasks": {"task.create", "task.update"},
    "who_can_create_tags": {"tag.create", "tag.update", "tag.delete"},
}
MANAGERS_ALWAYS = {"task.create", "task.update"}
OWN_REPORTS = {"shared_report.manage", "export.manage", "scheduled_report.manage"}
# What the team page shows; managers of projects and of people keep it.
TEAM_PAGE = {"member.list", "group.list"}
PAGES = {
    "TEAM": TEAM_PAGE,
    "REPORTS": {"report.read", "shared_report.list", "shared_report.create"} | OWN_REPORTS,
}
# Time, one by one and summed.
SEEN_TIME = {"time_entry.list", "report.read"}
SETTINGS: tuple[dict[str, Any], ...] = (
    {},
    *({name: words} for name in CREATION for words in ("ADMINS", "ADMINS_AND_PROJECT_MANAGERS")),
    {"only_admins_see_all_time_entries": False},
    {"only_admins_see_public_projects_entries": False},
    {"who_can_edit_others_time": "ADMINS_AND_TEAM_MANAGERS"},
    {"admin_only_pages": ("TEAM",)},
    {"admin_only_pages": ("PROJECT",)},
    {"admin_only_pages": ("REPORTS",)},
    {"who_can_see_project_status": "ADMINS"},
)
# A new workspace's settings, to go back to.
DEFAULTS: dict[str, Any] = {
    **dict.fromkeys(CREATION, "EVERYONE"),
    "only_admins_see_all_time_entries": True,
    "only_admins_see_public_projects_entries": True,
    "who_can_edit_others_time": "ADMINS",
    "admin_only_pages": (),
    "who_can_see_project_status": "ANYONE",
}
# Which rows a permission reaches, as an explanation says it. Those that are in no set reach everything.
SEEN_PROJECTS = {"project.list", "task.list", "task.create", "task.update"}
MANAGED_PROJECTS = {
    "project.update",
    "project.delete",
    "project.set_billable_rates",
    "task.delete",
    "task.set_billable_rates",
    "custom_field.override",
    "role.change",
}
OWN_ROWS = {"member.read_profile", "member.edit_profile", "time_entry.track"} | OWN_REPORTS
PROJECTS_OF = {"manager": "that of 2 named projects", "other_manager": "that of 1 named project"}
PEOPLE_OF = dict.fromkeys(("team_manager", "other_team_manager"), "that of 1 person they manage")
PUBLIC = "that of public projects"


def reach(action: str, role: str, settings: Mapping[str, Any]) -> str:
    """What the permission reaches for somebody who may; managers of the stage manage two projects, one, one person."""
    if role in OWNERS_AND_ADMINS:
        return "everything"
    is_for_admins = any(action in CREATION.get(name, ()) and words == "ADMINS" for name, words in settings.items())
    hides_status = settings.get("who_can_see_project_status") or "PROJECT" in settings.get("admin_only_pages", ())
    parts: list[str | None] = ["everything"]
    if action in MANAGED_PROJECTS or is_for_admins or (action == "project.see_status" and hides_status):
        parts = [PROJECTS_OF.get(role)]
    elif action in SEEN_PROJECTS:
        parts = [PROJECTS_OF.get(role), PUBLIC]
    elif action in OWN_ROWS:
        edits_team = action == "time_entry.track" and settings.get("who_can_edit_others_time")
        parts = ["their own", PEOPLE_OF.get(role) if edits_team else None]
    elif action in SEEN_TIME and settings.get("only_admins_see_all_time_entries", True):
        is_public = settings.get("only_admins_see_public_projects_entries") is False
        parts = ["their own", PEOPLE_OF.get(role), PROJECTS_OF.get(role), PUBLIC if is_public else None]
    return " or ".join(part for part in parts if part) or "nothing"


# Operations whose one right asker is chosen by what they are about; their own tests try everybody else.
ONE_ASKER = {
    "change_password": "it asks for the asker's own password",
    "set_up_second_factor": "it asks for the asker's own password",
    "confirm_second_factor": "it asks for a code of the asker's own device",
    "disable_second_factor": "it asks for the asker's own password",
    "join_by_invitation": "the addressee of the link joins, nobody else",
    "leave_workspace": "the owner may not leave; everybody else may",
    "restore_revision": "who is no admin undoes only what they themselves did to their own time",
    "transfer_ownership": "the answer depends on the new owner too",
}


# Answers that hold what is one's own, and why that names what one may not see any more.
TELLS_OWN = {"tell_own_data": "one's own time says which project it was tracked on, and what its fields held"}


@dataclass(frozen=True)
class Cell:
    """One request: who asks for what, about whose rows, in which project, under which settings."""

    record: Operation
    role: str
    whose: str | None
    kind: str
    settings: Mapping[str, Any]

    def __str__(self) -> str:
        about = f" about {self.whose}" if self.whose else ""
        place = f" in the {self.kind} project" if is_of_project(self.record) else ""
        return f"{self.record.name} by {self.role}{about}{place} with {dict(self.settings) or 'default settings'}"


def affected(settings: Mapping[str, Any]) -> set[str] | None:
    """The permissions a setting touches; None: all (the settings of a new workspace)."""
    if not settings:
        return None
    (name,) = settings
    if name in CREATION:
        return CREATION[name]
    if name == "admin_only_pages":
        return PAGES.get(settings[name][0], set())
    if name == "who_can_see_project_status":
        return set()
    return {"time_entry.track"} if name == "who_can_edit_others_time" else SEEN_TIME | {"time_entry.track"}


def cells(record: Operation) -> Iterator[Cell]:
    """Every cell of an operation, grouped by settings."""
    if record.is_public or record.name in ONE_ASKER:
        return
    for settings in SETTINGS:
        actions = affected(settings)
        if actions is not None and record.action not in actions:
            continue
        # An account's own operations know no roles; two people say as much as seven.
        members = ROLES if "workspace_id" in record.path_names else ("owner", "member")
        roles = members if settings else (*members, *KEPT_OUT, READ_ONLY)
        for role in roles:
            for whose in ("own", "somebody") if is_personal(record) else (None,):
                for kind in ("public", "private") if is_of_project(record) else ("public",):
                    yield Cell(record, role, _subject(role, whose), kind, settings)


def _subject(role: str, whose: str | None) -> str | None:
    """Whose rows: those who are kept out try the owner's."""
    if whose != "own":
        return whose
    return role if role in ROLES else "owner"


def may(who: Who, action: str, role: str, settings: Mapping[str, Any]) -> bool:
    """Whether the role alone lets the person pass."""
    allowed = EVERYBODY if action in SELF else spread(who[action])
    for name, words in settings.items():
        if name in CREATION and action in CREATION[name]:
            allowed = spread(OWNERS_AND_ADMINS if words == "ADMINS" else OWNERS_AND_ADMINS | {"manager"})
            allowed |= {"manager", "other_manager"} if action in MANAGERS_ALWAYS else frozenset()
        if name == "admin_only_pages" and action in PAGES.get(words[0], ()):
            allowed = EVERYBODY - {"member"}
    return role in allowed


def spread(who: frozenset[str]) -> frozenset[str]:
    """The roles of the table in test_roles.py, which knows four, as the seven of a stage."""
    more = {"other_manager"} if "manager" in who else set()
    more |= {"team_manager", "other_team_manager"} if "member" in who else set()
    return frozenset(who | more)


def expected(who: Who, cell: Cell) -> str | tuple[int, int]:
    """One of the three outcomes, or the one refusal of those who are kept out."""
    record, role = cell.record, cell.role
    of_workspace = "workspace_id" in record.path_names
    if role == "anonymous":
        return NO_CREDENTIAL
    if role == "limited":
        return UNKNOWN_KEY
    if role in ("inactive", "outsider"):
        is_of_another = cell.whose is not None and record.action in OWN_ALONE
        return DENIED if of_workspace else NOTHING if is_of_another else DONE
    if role == READ_ONLY:
        return READ_ONLY_REFUSAL if record.is_write else DONE
    if not may(who, record.action, role, cell.settings):
        return REFUSED
    found = _about_person(cell)
    if found == DONE and is_of_project(record):
        found = _about_project(who, cell)
    return found


def _about_person(cell: Cell) -> str:
    """By whose rows it is about."""
    action = cell.record.action
    others = frozenset[str]() if action in OWN_ALONE else OTHERS.get(action, EVERYBODY)
    if cell.whose in (None, cell.role) or cell.role in others:
        return DONE
    if action in OWN_ALONE:
        return NOTHING
    if action in OWN_REPORTS:
        return NOTHING
    sees = SEE_TIME
    if cell.settings.get("only_admins_see_all_time_entries") is False:
        sees = EVERYBODY
    if cell.settings.get("only_admins_see_public_projects_entries") is False and cell.kind == "public":
        sees = EVERYBODY
    if action == "time_entry.list":
        return DONE if cell.role in sees else NOTHING
    if cell.settings.get("who_can_edit_others_time") and cell.role == "team_manager":
        return DONE
    # Who it is about is no secret; a row that is not seen is as unknown as any.
    names_person = "user_id" in cell.record.path_names
    return REFUSED if names_person or cell.role in sees else NOTHING


def _about_project(who: Who, cell: Cell) -> str:
    """By the project it is about."""
    role = cell.role
    sees = cell.kind == "public" or role in SEE_PRIVATE
    if role in OWNERS_AND_ADMINS:
        return DONE
    is_new = cell.record.method == "POST"
    if cell.whose is not None and (cell.record.action == "time_entry.list" or not is_new):
        # Seen because of whose it is, wherever it lies; and time may stay where it was tracked.
        return DONE
    if not sees:
        return NOTHING
    return DONE if role == "manager" or not _only_for_its_managers(who, cell) else REFUSED


def _only_for_its_managers(who: Who, cell: Cell) -> bool:
    """Whether seeing the project is not enough. Where project managers may create tasks, they may on any they see."""
    action = cell.record.action
    if "member" not in who[action]:
        return True
    is_for_admins = any(action in CREATION.get(name, ()) and w == "ADMINS" for name, w in cell.settings.items())
    return action in MANAGERS_ALWAYS and is_for_admins


def shown(stage: Stage, cell: Cell) -> str | None:
    """What a list says when it says something of the thing; None where nothing tells."""
    action = cell.record.action
    if action == "time_entry.list" and cell.whose is not None:
        return stage.entry_of(cell.whose, cell.kind)
    if not is_of_project(cell.record):
        return None
    found = {"project.list": stage.projects[cell.kind], "task.list": stage.tasks[cell.kind]}
    found |= {"member.list": stage.somebody.id, "group.list": stage.world.group_id}
    return found.get(action)


def outcome(stage: Stage, cell: Cell, answer: Answer) -> str | tuple[int, int]:
    """Which of the outcomes an answer is; a refusal outside of them as it is."""
    if answer.status < 300 and isinstance(answer.body, list) and not cell.record.is_write:
        text = shown(stage, cell)
        says_it = bool(answer.body) if text is None else text.encode() in answer.content
        return DONE if says_it or not (is_of_project(cell.record) or cell.whose) else NOTHING
    if 200 <= answer.status < 300 or (cell.record.name in NEVER_DONE and answer.status == 400):
        return DONE
    if answer.refusal == DENIED:
        return REFUSED
    return NOTHING if answer.refusal == (400, 501) else answer.refusal


def is_right(wanted: str | tuple[int, int], got: str | tuple[int, int]) -> bool:
    """A refusal of those kept out is told by status and code, the rest by word."""
    return got == (REFUSED if wanted == DENIED else wanted)


def wrong_cells(stage: Stage, who: Who, asked: Iterable[Cell]) -> Iterator[str]:
    """What differs from the matrix, one sentence a cell."""
    for cell in asked:
        stage.set(DEFAULTS | dict(cell.settings))
        values = stage.values(cell.record, whose=cell.whose, kind=cell.kind)
        with rehearsing(stage.office.server):
            answer = stage.ask(cell.record, cell.role, values)
        wanted, got = expected(who, cell), outcome(stage, cell, answer)
        if not is_right(wanted, got):
            yield f"{cell}: expected {wanted}, got {got} ({answer.status} {answer.content[:300]!r})"


def told_cells(stage: Stage, asked: Iterable[Cell]) -> Iterator[str]:
    """Where an answer tells of a thing its asker may not see and did not name."""
    for cell in asked:
        if cell.settings or cell.role not in ROLES or cell.kind == "private":
            continue
        stage.set(DEFAULTS)
        values = stage.values(cell.record, whose=cell.whose, kind=cell.kind)
        secrets = _secrets_from(stage, cell) - {values.get(place, "") for place in places_of(cell.record)}
        with rehearsing(stage.office.server):
            content = stage.ask(cell.record, cell.role, values).content
        for secret in sorted(secrets):
            if secret.encode() in content:
                yield f"{cell}: {secret} in {content[:300]!r}"


def _secrets_from(stage: Stage, cell: Cell) -> set[str]:
    """Ids and names that the role has no business to know."""
    found: set[str] = set()
    role = cell.role
    # A report says of time that is seen where it was tracked, as lists of time do.
    if role not in (SEE_TIME if cell.record.action == "report.read" else SEE_PRIVATE):
        found |= {stage.projects["private"], stage.tasks["private"], "A private matter", stage.override}
    if role not in SEE_TIME:
        found |= {stage.entry_of("somebody", kind) for kind in stage.projects}
    return found


def wrong_rows(stage: Stage, who: Who, settings: Mapping[str, Any]) -> Iterator[str]:
    """Where the table as everybody is shown it differs from what is written here."""
    stage.set(DEFAULTS | dict(settings))
    path = f"{OWN_PREFIX}/workspaces/{stage.office.workspace_id}/permissions"
    for role in ROLES:
        answer = stage.people[role].raw("GET", path)
        if answer.status != 200:
            yield f"the table is not shown to {role}: {answer}"
            continue
        told = {row["action"]: (row["isAllowed"], row["reach"]) for row in answer.body}
        for action in sorted(who.keys() | told.keys()):
            is_allowed = action in who and may(who, action, role, settings)
            written = (is_allowed, reach(action, role, settings) if is_allowed else "nothing")
            if told.get(action) != written:
                yield f"{action} for {role} with {dict(settings)}: expected {written}, got {told.get(action)}"
