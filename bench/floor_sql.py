"""The floor's statements, written by hand for both databases.

They are the statements that the real operations run, look-ups, totals, revision counter and journal
row included; what differs between the databases is filled in when the texts are made.
"""

from collections.abc import Callable
from typing import Any

ENTRY = (
    "SELECT workspace_id, id, user_id, description, project_id, task_id, billable, type, start_s, end_s, "
    "hourly_rate_minor, cost_rate_minor, currency, is_invoiced, custom_attributes FROM time_entries "
)
TAGS = (
    "SELECT entry_id, tag_id FROM time_entry_tags WHERE workspace_id = {p} AND entry_id {any} ORDER BY entry_id, tag_id"
)
PERSON = (
    "SELECT w.settings, w.name, w.currency, w.hourly_rate_minor, w.cost_rate_minor, m.hourly_rate_minor, "
    "m.cost_rate_minor FROM workspaces w JOIN workspace_members m ON m.workspace_id = w.id "
    "WHERE w.id = {p} AND m.user_id = {p}"
)
PROJECT = (
    "SELECT p.id, p.billable, p.hourly_rate_minor, p.cost_rate_minor, m.hourly_rate_minor, m.cost_rate_minor, u.code "
    "FROM projects p LEFT JOIN project_members m "
    "ON m.workspace_id = p.workspace_id AND m.project_id = p.id AND m.user_id = {p} "
    "LEFT JOIN clients c ON c.workspace_id = p.workspace_id AND c.id = p.client_id "
    "LEFT JOIN currencies u ON u.workspace_id = c.workspace_id AND u.id = c.currency_id "
    "WHERE p.workspace_id = {p} AND p.id {any} {hold_project}"
)
TASK = (
    "SELECT k.id, k.project_id, k.billable, k.hourly_rate_minor, k.cost_rate_minor FROM tasks k "
    "WHERE k.workspace_id = {p} AND k.id {any} {hold_task}"
)
TAG = "SELECT workspace_id, id, name, archived FROM tags WHERE workspace_id = {p} AND id {any}"
TAG_HELD = "SELECT t.id FROM tags t WHERE t.workspace_id = {p} AND t.id {any} ORDER BY t.id {hold_tag}"
INSERT = (
    "INSERT INTO time_entries (workspace_id, id, user_id, description, project_id, task_id, billable, type, start_s, "
    "end_s, hourly_rate_minor, cost_rate_minor, currency, is_invoiced, custom_attributes, description_key, "
    "created_at_us, updated_at_us, row_revision) VALUES (" + ", ".join(["{p}"] * 19) + ")"
)
INSERT_TAG = (
    "INSERT INTO time_entry_tags (workspace_id, entry_id, tag_id, user_id, start_s) VALUES ({p}, {p}, {p}, {p}, {p})"
)
ADD = (
    "UPDATE {table} SET duration_seconds = duration_seconds + {p}, billable_seconds = billable_seconds + {p}, "
    "entries_count = entries_count + {p} WHERE workspace_id = {p} AND {key} = {p}"
)
USER = (
    "SELECT id, email, name, status, password_hash, profile_picture, settings, active_workspace_id, "
    "default_workspace_id FROM users WHERE id {any}"
)
PROJECT_ROWS = (
    "SELECT p.workspace_id, p.id, p.name, p.client_id, p.color, p.note, p.billable, p.is_public, p.is_template, "
    "p.archived, p.hourly_rate_minor, p.cost_rate_minor, p.estimate, p.time_estimate, p.budget_estimate, "
    "p.estimate_reset, coalesce(c.name, ''), coalesce(o.id, d.id), coalesce(o.code, d.code), "
    "coalesce(t.duration_seconds, 0), CASE WHEN p.estimate_seconds < 0 THEN (SELECT "
    "CAST(coalesce(sum(k.estimate_seconds), 0) AS BIGINT) FROM tasks k WHERE k.workspace_id = p.workspace_id "
    "AND k.project_id = p.id) ELSE p.estimate_seconds END "
    "FROM projects p JOIN currencies d ON d.workspace_id = p.workspace_id AND d.is_default = 1 "
    "LEFT JOIN clients c ON c.workspace_id = p.workspace_id AND c.id = p.client_id "
    "LEFT JOIN currencies o ON o.workspace_id = c.workspace_id AND o.id = c.currency_id "
    "LEFT JOIN project_totals t ON t.workspace_id = p.workspace_id AND t.project_id = p.id "
    "WHERE p.workspace_id = {p} AND p.id {any}"
)
PROJECT_MEMBERS = (
    "SELECT workspace_id, project_id, user_id, status, hourly_rate_minor, cost_rate_minor FROM project_members "
    "WHERE workspace_id = {p} AND project_id {any} ORDER BY project_id, user_id"
)
TASK_ROWS = (
    "SELECT k.workspace_id, k.id, k.project_id, k.name, k.status, k.estimate_seconds, k.budget_estimate_minor, "
    "k.billable, k.hourly_rate_minor, k.cost_rate_minor, coalesce(t.duration_seconds, 0), coalesce(u.code, w.currency) "
    "FROM tasks k JOIN projects p ON p.workspace_id = k.workspace_id AND p.id = k.project_id "
    "JOIN workspaces w ON w.id = p.workspace_id "
    "LEFT JOIN clients c ON c.workspace_id = p.workspace_id AND c.id = p.client_id "
    "LEFT JOIN currencies u ON u.workspace_id = c.workspace_id AND u.id = c.currency_id "
    "LEFT JOIN task_totals t ON t.workspace_id = k.workspace_id AND t.task_id = k.id "
    "WHERE k.workspace_id = {p} AND k.id {any}"
)
TASK_ASSIGNEES = (
    "SELECT task_id, user_id FROM task_assignees WHERE workspace_id = {p} AND task_id {any} ORDER BY task_id, user_id"
)
TASK_GROUPS = (
    "SELECT task_id, group_id FROM task_groups WHERE workspace_id = {p} AND task_id {any} ORDER BY task_id, group_id"
)
RAISE = "UPDATE workspace_revisions SET revision = revision + {p} WHERE workspace_id = {p} RETURNING revision"
JOURNAL = (
    "INSERT INTO journal (workspace_id, revision, at_us, actor_kind, actor_id, auth, subject_user_id, origin, "
    'request_id, kind, entity_id, verb, event, changed, "before", "after", packed_ids, packed_rows, format) VALUES ('
    + ", ".join(["{p}"] * 19)
    + ")"
)


_HELD = {"project": "p", "task": "k", "tag": "t"}


class Sql:
    """The texts of one database."""

    def __init__(
        self, placeholder: str, any_of: str, array: Callable[[list[bytes]], Any], *, holds: bool = False
    ) -> None:
        locks = {"hold_project": "", "hold_task": "", "hold_tag": ""}
        if holds:
            locks = {f"hold_{name}": f"FOR KEY SHARE OF {alias}" for name, alias in _HELD.items()}

        def text(template: str, **more: str) -> str:
            return template.format(p=placeholder, any=any_of, **locks, **more)

        self.array = array
        self.read = text(ENTRY + "WHERE workspace_id = {p} AND id = {p}")
        self.list = text(
            ENTRY + "WHERE workspace_id = {p} AND user_id = {p} ORDER BY start_s DESC, id DESC LIMIT {p} OFFSET {p}"
        )
        self.tags, self.person, self.project = text(TAGS), text(PERSON), text(PROJECT)
        self.task, self.tag, self.insert, self.insert_tag = text(TASK), text(TAG), text(INSERT), text(INSERT_TAG)
        self.add_project = text(ADD, table="project_totals", key="project_id")
        self.add_task = text(ADD, table="task_totals", key="task_id")
        self.user, self.project_rows, self.project_members = text(USER), text(PROJECT_ROWS), text(PROJECT_MEMBERS)
        self.task_rows, self.tag_held = text(TASK_ROWS), text(TAG_HELD)
        self.task_assignees, self.task_groups = text(TASK_ASSIGNEES), text(TASK_GROUPS)
        self.revise, self.journal = text(RAISE), text(JOURNAL)
