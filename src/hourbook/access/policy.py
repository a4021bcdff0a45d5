"""The permission table: one row per action, and nothing else decides.

A row names the action, says in words who may, tests the role, and gives the scope of rows the
action reaches. The pipeline asks the test before the body is read; `tx` adds the scope to every
statement. Words and scopes follow `roles.md` (section 2, numbered settings of section 3).
"""

from collections.abc import Callable
from dataclasses import dataclass

from hourbook.access.actors import Actor, Settings
from hourbook.access.scope import EVERYTHING, Scope

Test = Callable[[Actor], bool]
Reach = Callable[[Actor], Scope]


@dataclass(frozen=True)
class Row:
    """One permission. `who` is the sentence people read; `may` the role test; `reach` the rows."""

    action: str
    who: str
    may: Test
    reach: Reach


POLICY: dict[str, Row] = {}


def _row(action: str, who: str, may: Test, reach: Reach | None = None) -> None:
    POLICY[action] = Row(action, who, may, reach or (lambda actor: EVERYTHING))


def anyone(actor: Actor) -> bool:
    return True


def admin(actor: Actor) -> bool:
    return actor.is_admin


def owner(actor: Actor) -> bool:
    return actor.is_owner


def manager_or_admin(actor: Actor) -> bool:
    return actor.is_admin or bool(actor.managed_project_ids)


def _manager_sees_rates(actor: Actor) -> bool:
    """Set 3 takes rates away from managers: who may not see them may not set them."""
    return actor.is_admin or (manager_or_admin(actor) and not actor.settings.only_admins_see_billable_rates)


def _creation(setting: Callable[[Settings], str]) -> Test:
    """ADMINS, ADMINS_AND_PROJECT_MANAGERS or EVERYONE, as the workspace says (settings 4 to 6)."""

    def may(actor: Actor) -> bool:
        words = setting(actor.settings)
        if words == "EVERYONE":
            return True
        return actor.is_admin or (words == "ADMINS_AND_PROJECT_MANAGERS" and bool(actor.managed_project_ids))

    return may


def _visible_projects(actor: Actor) -> Scope:
    """Admins all; others public ones, those they are on, and those they manage."""
    if actor.is_admin:
        return EVERYTHING
    return Scope(project_ids=tuple(sorted({*actor.member_project_ids, *actor.managed_project_ids})), public=True)


def _managed_projects(actor: Actor) -> Scope:
    return EVERYTHING if actor.is_admin else Scope(project_ids=actor.managed_project_ids)


def _visible_entries(actor: Actor) -> Scope:
    """Own; managed people and projects always; others as settings 1 and 2 say (roles.md question 6)."""
    settings = actor.settings
    if actor.is_admin or not settings.only_admins_see_all_time_entries:
        return EVERYTHING
    return Scope(
        own_user_id=actor.id or "",
        user_ids=actor.managed_user_ids or None,
        project_ids=actor.managed_project_ids or None,
        public=not settings.only_admins_see_public_projects_entries,
    )


def team_page(actor: Actor) -> bool:
    """Whether the people of the workspace are shown (setting 8): managers keep them, their work is with people."""
    manages = bool(actor.managed_project_ids or actor.managed_user_ids)
    return actor.is_admin or manages or "TEAM" not in actor.settings.admin_only_pages


def reports_page(actor: Actor) -> bool:
    """Whether reports are shown (setting 8): managers of either kind keep them."""
    manages = bool(actor.managed_project_ids or actor.managed_user_ids)
    return actor.is_admin or manages or "REPORTS" not in actor.settings.admin_only_pages


def _followed_projects(actor: Actor) -> Scope:
    """Settings 19 and 8: who may know how much time a project took; its managers always."""
    settings = actor.settings
    hidden = settings.who_can_see_project_status == "ADMINS" or "PROJECT" in settings.admin_only_pages
    return _managed_projects(actor) if hidden else EVERYTHING


def _own_rows(actor: Actor) -> Scope:
    """Admins all; others what is about themselves."""
    return EVERYTHING if actor.is_admin else Scope(own_user_id=actor.id or "")


def _own_entries(actor: Actor) -> Scope:
    """Admins all; others their own, and team managers their people's where setting 7 says so."""
    if actor.is_admin:
        return EVERYTHING
    edits_team = actor.settings.who_can_edit_others_time == "ADMINS_AND_TEAM_MANAGERS"
    return Scope(own_user_id=actor.id or "", user_ids=(actor.managed_user_ids or None) if edits_team else None)


_create_projects = _creation(lambda s: s.who_can_create_projects_and_clients)
_create_tasks = _creation(lambda s: s.who_can_create_tasks)
_create_tags = _creation(lambda s: s.who_can_create_tags)


def _edit_tasks(actor: Actor) -> bool:
    """Managers of projects always (the reach limits which); others as setting 5 says."""
    return _create_tasks(actor) or manager_or_admin(actor)


def _editable_tasks(actor: Actor) -> Scope:
    return _visible_projects(actor) if _create_tasks(actor) else _managed_projects(actor)


_row("user.read_self", "any account", anyone)
_row("user.update_self", "any account", anyone)
_row("file.upload", "any account", anyone)
_row("file.read", "whoever has its address", anyone)
_row("session.start", "anybody, without a credential", anyone)
_row("session.manage", "any account: its own", anyone)
_row("password.change", "any account: its own", anyone)
_row("password.reset", "whoever holds the link that was sent, without a credential", anyone)
_row("second_factor.manage", "any account: its own", anyone)
_row("api_key.manage", "any account: its own", anyone)
_row("workspace.list", "any account: the workspaces it is an active member of", anyone)
_row("workspace.create", "any account", anyone)
_row("workspace.read", "any active member", anyone)
_row("workspace.read_storage", "owner and admins", admin)
_row("workspace.configure", "owner and admins", admin)
_row("workspace.transfer", "the owner", owner)
_row("workspace.delete", "the owner", owner)
_row("member.list", "any active member, unless the team page is for managers and admins", team_page)
_row("member.invite", "owner and admins", admin)
_row("single_sign_on.manage", "the owner", owner)
_row("single_sign_on.link", "any active member", anyone)
_row("single_sign_on.use", "whoever the identity provider names", anyone)
_row("person.tell_self", "any account: all about itself", anyone)
_row("person.tell", "owner and admins", admin)
_row("person.erase_self", "any account that owns no workspace", anyone)
_row("person.erase", "the owner, people who are in no other workspace", owner)
_row("invitation.answer", "whoever holds the link", anyone)
_row("member.change_status", "owner and admins; only the owner an admin; nobody the owner", admin)
_row("member.remove", "nobody: the route exists and refuses", anyone)
_row("member.read_profile", "oneself; owner and admins anybody", anyone, _own_rows)
_row("member.edit_profile", "oneself; owner and admins anybody", anyone, _own_rows)
_row("member.add_limited", "owner and admins", admin)
_row("role.change", "owner and admins; of a project also its managers", manager_or_admin, _managed_projects)
_row("role.grant_admin", "owner and admins", admin)
_row("role.revoke_admin", "the owner", owner)
_row("role.change_team_manager", "owner and admins", admin)
_row("member.delete", "owner and admins; only the owner an admin; nobody the owner", admin)
_row("member.leave", "any active member for oneself, but not the owner", anyone)
_row("workspace.set_rates", "owner and admins", admin)
_row("member.set_rates", "owner and admins", admin)
_row("group.list", "any active member, unless the team page is for managers and admins", team_page)
_row("group.manage", "owner and admins", admin)
_row("custom_field.list", "any active member", anyone)
_row("custom_field.manage", "owner and admins", admin)
_row("custom_field.override", "owner, admins, managers of the project", manager_or_admin, _managed_projects)
_row("custom_field.set_user_value", "one's own, but for fields of admins; owner and admins anybody's", anyone)
_row("client.list", "any active member", anyone)
_row("client.create", "as the setting for projects and clients says", _create_projects)
_row("client.update", "as the setting for projects and clients says", _create_projects)
_row("client.delete", "as the setting for projects and clients says", _create_projects)
_row("project.list", "public ones, those one is on or manages; admins all", anyone, _visible_projects)
_row("project.see_status", "anyone, or admins and managers of the project", anyone, _followed_projects)
_row("project.create", "as the setting for projects and clients says", _create_projects)
_row("project.update", "owner, admins, managers of the project", manager_or_admin, _managed_projects)
_row("project.delete", "owner, admins, managers of the project", manager_or_admin, _managed_projects)
_row(
    "project.set_billable_rates",
    "owner, admins; managers of the project who see rates",
    _manager_sees_rates,
    _managed_projects,
)
_row("project.set_cost_rates", "owner and admins", admin)
_row("task.list", "whoever sees the project", anyone, _visible_projects)
_row("task.create", "as the setting for tasks says; managers of the project always", _edit_tasks, _editable_tasks)
_row("task.update", "as the setting for tasks says; managers of the project always", _edit_tasks, _editable_tasks)
_row("task.delete", "owner, admins, managers of the project", manager_or_admin, _managed_projects)
_row(
    "task.set_billable_rates",
    "owner, admins; managers of the project who see rates",
    _manager_sees_rates,
    _managed_projects,
)
_row("task.set_cost_rates", "owner and admins", admin)
_row("tag.list", "any active member", anyone)
_row("tag.create", "as the setting for tags says", _create_tags)
_row("tag.update", "as the setting for tags says", _create_tags)
_row("tag.delete", "as the setting for tags says", _create_tags)
_row("time_entry.list", "own; managed people and projects; others as the settings say", anyone, _visible_entries)
_row("time_entry.track", "oneself; owner, admins and, if set, team managers for others", anyone, _own_entries)
_row("time_entry.mark_invoiced", "owner and admins", admin)
_row(
    "report.read",
    "any active member, unless reports are for managers and admins: the time one may see",
    reports_page,
    _visible_entries,
)
_row(
    "shared_report.list",
    "any active member, unless reports are for managers and admins: their own and those shared with them; admins all",
    reports_page,
)
_row("shared_report.create", "any active member, unless reports are for managers and admins", reports_page)
_row("shared_report.manage", "whoever may see reports: their own; owner and admins all", reports_page, _own_rows)
_row("shared_report.read", "a public one anybody; else its author, the people it names, owner and admins", anyone)
_row("export.manage", "whoever may see reports: their own; owner and admins all", reports_page, _own_rows)
_row("scheduled_report.manage", "whoever may see reports: their own; owner and admins all", reports_page, _own_rows)
_row("scheduled_report.receive", "any active member: what is mailed to oneself", anyone)
_row("webhook.list", "owner and admins", admin)
_row("webhook.manage", "owner and admins", admin)
_row("change.read", "any active member: of what they may see", anyone)
_row("entity_change.list", "owner and admins", admin)
_row("audit_log.read", "owner and admins", admin)
_row(
    "journal.restore",
    "whoever may edit the things now: owner and admins all, others what they did to their own time",
    anyone,
)
_row("addon.manage", "owner and admins", admin)
_row("addon.open", "any active member, an add-on that has pages for them; owner and admins all", anyone)
_row("addon.act", "an add-on with its token", anyone)
_row("addon.verify", "anybody, without a credential", anyone)
_row("permission.list", "any active member: what the table says of oneself", anyone)
_row("permission.explain", "owner and admins", admin)
