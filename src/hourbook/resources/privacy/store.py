"""The SQL of personal data: one declared list of what belongs to a person, read and cleared from it.

A table with a column of a person's is either a section here or named as none (a test says so).
Nothing is decided here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from hourbook.core.ids import UNKNOWN_ID_BYTES
from hourbook.db.engine import AnyOf
from hourbook.db.entities import Entity
from hourbook.db.statement import Statement, bind
from hourbook.db.tables.access import api_keys, password_resets, second_factors, sessions, users
from hourbook.db.tables.addons import addons
from hourbook.db.tables.audit import audit_erasures
from hourbook.db.tables.custom_fields import user_custom_field_values
from hourbook.db.tables.exports import exports
from hourbook.db.tables.files import files
from hourbook.db.tables.groups import user_group_members
from hourbook.db.tables.idempotency import idempotency_keys
from hourbook.db.tables.invitations import invitations
from hourbook.db.tables.mail import mail_outbox
from hourbook.db.tables.projects import project_members
from hourbook.db.tables.rates import rates
from hourbook.db.tables.scheduled_reports import scheduled_report_recipients, scheduled_reports
from hourbook.db.tables.shared_reports import shared_report_users, shared_reports
from hourbook.db.tables.single_sign_on import sso_attempts, sso_identities
from hourbook.db.tables.tasks import task_assignees
from hourbook.db.tables.time_entries import time_entries, time_entry_tags
from hourbook.db.tables.webhooks import webhooks
from hourbook.db.tables.workspaces import role_grants, workspace_members, workspaces
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.privacy.rules import Erasure

ERASURE = Entity("ERASURE", "Erasure", audit_erasures, Erasure)
# Derived from others, or of no meaning outside of the database.
HIDDEN = frozenset(
    {"row_revision", "email_key", "name_key", "description_key", "hourly_rate_key", "cost_rate_key", "access_rank"}
    | {"account_status", "custom_attributes"}
)


@dataclass(frozen=True)
class Section:
    """What a table holds of a person. `hidden`: columns that are secret or say nothing."""

    name: str
    table: sa.Table
    person: str = "user_id"
    hidden: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_of_workspaces(self) -> bool:
        return "workspace_id" in self.table.c

    @cached_property
    def columns(self) -> tuple[sa.Column[Any], ...]:
        """What is told: no digests, no contents, nothing encrypted."""
        return tuple(
            column
            for column in self.table.c
            if column.name not in HIDDEN | self.hidden and not isinstance(column.type, sa.LargeBinary)
        )

    @cached_property
    def everywhere(self) -> Statement:
        return Statement(self._select(self.table.c[self.person] == bind("user_id")))

    @cached_property
    def here(self) -> Statement:
        mine = self.table.c.workspace_id == bind("workspace_id")
        return Statement(self._select(mine, self.table.c[self.person] == bind("user_id")))

    def _select(self, *where: Any) -> sa.Select[Any]:
        return sa.select(*self.columns).where(*where).order_by(*self.table.primary_key.columns)


SECTIONS: tuple[Section, ...] = (
    Section("memberships", workspace_members),
    Section("roles", role_grants),
    Section("rates", rates),
    Section("projects", project_members),
    Section("groups", user_group_members),
    Section("tasks", task_assignees),
    Section("timeEntries", time_entries),
    Section("timeEntryTags", time_entry_tags, hidden=frozenset({"user_id", "start_s"})),
    Section("sharedReports", shared_reports),
    # What others reach with: secrets of other services may be among the values.
    Section("addons", addons, hidden=frozenset({"manifest", "setting_values"})),
    Section("exports", exports, hidden=frozenset({"job_id", "attempt", "parts_count"})),
    Section("reportsSharedWithMe", shared_report_users),
    Section("scheduledReports", scheduled_reports, hidden=frozenset({"request"})),
    Section("reportsMailedToMe", scheduled_report_recipients),
    Section("webhooks", webhooks),
    Section("customFieldValues", user_custom_field_values),
    Section("invitations", invitations),
    Section("singleSignOn", sso_identities),
    Section("sessions", sessions),
    Section("apiKeys", api_keys),
    Section("passwordResets", password_resets),
    Section("secondFactor", second_factors, hidden=frozenset({"recovery_digests", "last_step"})),
    Section("files", files, hidden=frozenset({"token"})),
)
ACCOUNT = Section("account", users, "id", hidden=frozenset({"password_hash"}))
# Columns of people that are no section, each with the reason.
NO_SECTIONS = {
    (sso_attempts.name, "user_id"): "gone after ten minutes",
    ("journal", "subject_user_id"): "the journal is a section of its own",
    ("journal", "actor_id"): "what somebody did to others is about the others",
    (audit_erasures.name, "user_id"): "says that somebody was erased, and nothing of who it was",
    ("invitations", "inviter_id"): "an invitation is about whom it invites",
}

FIND_OWNED = Statement(
    sa.select(workspaces.c.name)
    .join(role_grants, role_grants.c.workspace_id == workspaces.c.id)
    .where(role_grants.c.user_id == bind("user_id"), role_grants.c.role == "OWNER")
    .order_by(workspaces.c.id)
)
FIND_ENTRY = Statement(
    sa.select(time_entries.c.id)
    .where(time_entries.c.workspace_id == bind("workspace_id"), time_entries.c.user_id == bind("user_id"))
    .limit(1)
)
_CREDENTIALS = tuple(
    Statement(sa.delete(table).where(table.c.user_id == bind("user_id")))
    for table in (sessions, api_keys, password_resets, second_factors)
)
# Whatever they are about: they last a day, and nobody knows which of them name the person.
DELETE_ANSWERS = Statement(sa.delete(idempotency_keys).where(AnyOf(idempotency_keys.c.workspace_id, "workspace_ids")))
DELETE_PICTURE = Statement(sa.delete(files).where(files.c.user_id == bind("user_id"), files.c.token == bind("token")))
CLEAR_FILE_NAMES = Statement(sa.update(files).where(files.c.user_id == bind("user_id")).values(name=bind("name")))
DELETE_MAILS = Statement(sa.delete(mail_outbox).where(mail_outbox.c.recipient == bind("email")))
LIST_WAITING_MAILS = Statement(
    sa.select(mail_outbox.c.workspace_id, mail_outbox.c.id, mail_outbox.c.details).where(
        AnyOf(mail_outbox.c.workspace_id, "workspace_ids"), mail_outbox.c.details != "{}"
    )
)
WRITE_MAIL = Statement(
    sa.update(mail_outbox)
    .where(mail_outbox.c.workspace_id == bind("key_workspace_id"), mail_outbox.c.id == bind("key_id"))
    .values(details=bind("details"))
)


def forget_answers(tx: Tx, workspace_ids: Sequence[str]) -> None:
    """Answers kept for requests that are sent again, in workspaces and outside of them."""
    tx.write_derived(DELETE_ANSWERS, workspace_ids=[*workspace_ids, UNKNOWN_ID_BYTES.hex()])


def read_account(tx: ReadTx, user_id: str) -> dict[str, Any]:
    return _as_dicts(ACCOUNT, tx.rows(ACCOUNT.everywhere, user_id=user_id))[0]


def read_sections(tx: ReadTx, user_id: str, *, is_here_only: bool) -> dict[str, list[dict[str, Any]]]:
    """Rows by section, as the columns are called; of the transaction's workspace alone, or of all."""
    return {
        section.name: _as_dicts(section, tx.rows(section.here if is_here_only else section.everywhere, user_id=user_id))
        for section in SECTIONS
        if section.is_of_workspaces or not is_here_only
    }


def _as_dicts(section: Section, rows: list[Any]) -> list[dict[str, Any]]:
    names = [column.name for column in section.columns]
    return [dict(zip(names, row, strict=True)) for row in rows]


def owned_names(tx: ReadTx, user_id: str) -> tuple[str, ...]:
    """What the workspaces are called that the account owns."""
    return tuple(row[0] for row in tx.rows(FIND_OWNED, user_id=user_id))


def has_tracked(tx: ReadTx, user_id: str) -> bool:
    """Whether there is time of the person in this workspace."""
    return tx.one(FIND_ENTRY, user_id=user_id) is not None


def forget_credentials(tx: Tx, user_id: str) -> None:
    """Sessions, keys, links and second factor of the account."""
    for statement in _CREDENTIALS:
        tx.write_derived(statement, user_id=user_id)


def forget_files(tx: Tx, user_id: str, picture_token: str | None) -> None:
    """The picture goes; other files keep their content, which others see, and lose their names."""
    if picture_token is not None:
        tx.write_derived(DELETE_PICTURE, user_id=user_id, token=picture_token)
    tx.write_derived(CLEAR_FILE_NAMES, user_id=user_id, name="")


def forget_mails(tx: Tx, email: str) -> None:
    """Mails to the address, sent and waiting."""
    tx.write_derived(DELETE_MAILS, email=email)


def waiting_mails(tx: ReadTx, workspace_ids: list[str]) -> list[tuple[str, str, str]]:
    """Workspace, id and details of mails that wait."""
    return tx.rows(LIST_WAITING_MAILS, workspace_ids=workspace_ids)


def write_mail(tx: Tx, workspace_id: str, mail_id: str, *, details: str) -> None:
    tx.write_derived(WRITE_MAIL, key_workspace_id=workspace_id, key_id=mail_id, details=details)
