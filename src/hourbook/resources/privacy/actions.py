"""The verbs of personal data: telling all of it, erasing a person.

An action looks things up, lets the rules decide and writes through `tx`. It has no effect outside
of its transaction, because it may be run again.
"""

import secrets
from typing import Any

import msgspec

from hourbook.core.errors import NotFound
from hourbook.core.money import RateKind
from hourbook.core.types import Role
from hourbook.db.tx import ReadTx, Tx
from hourbook.journal import chain, redaction
from hourbook.journal.journal import JournalRow
from hourbook.resources.custom_fields import actions_people as custom_fields
from hourbook.resources.exports import actions as exports
from hourbook.resources.files.rules import token_in
from hourbook.resources.privacy import rules, store
from hourbook.resources.privacy.rules import Confirmed, Erasure, Standing
from hourbook.resources.scheduled_reports import actions as scheduled_reports
from hourbook.resources.shared_reports import actions as shared_reports
from hourbook.resources.single_sign_on import actions_provider as single_sign_on
from hourbook.resources.users import actions as users
from hourbook.resources.users.rules import User
from hourbook.resources.webhooks import actions as webhooks
from hourbook.resources.workspaces import actions as workspaces
from hourbook.resources.workspaces.rules import Member, MemberStatus, Workspace, decode_settings, sight_of

# What may be erased goes into the audit chain in a way that bears it.
chain.declare_erasable(rules.PERSONAL)


class PersonData(msgspec.Struct):
    """Everything about a person: rows as stored, by section, and the journal's rows about them."""

    account: dict[str, Any]
    sections: dict[str, list[dict[str, Any]]]
    journal: list[JournalRow]


# --- telling -----------------------------------------------------------------------------------


def tell_all(tx: ReadTx, user_id: str) -> PersonData:
    """Everything about an account, wherever it is; for the person, and the operator."""
    sections = store.read_sections(tx, user_id, is_here_only=False)
    homes = {*redaction.workspaces_of(tx, user_id), *(row["workspace_id"] for row in sections["memberships"])}
    return PersonData(store.read_account(tx, user_id), sections, redaction.rows_about(tx, user_id, sorted(homes)))


def tell_own(tx: ReadTx, *, address: str) -> PersonData:
    """Everything about the acting account, but for rates that a workspace hides from its members."""
    user_id = str(tx.actor.id)
    data = tell_all(tx, user_id)
    if tx.actor.is_bound_to is not None:
        data = _of_one_workspace(data, tx.actor.is_bound_to)
    opened = workspaces.open_workspaces(tx, user_id, address=address)
    hidden = {workspace_id: _hidden_rates(*found) for workspace_id, found in opened.items()}

    def seen(workspace_id: str | None, row: dict[str, Any]) -> dict[str, Any]:
        # Of a workspace that one is not in any more, no rate is told.
        return rules.without_rates(row, hidden.get(workspace_id or "", frozenset(RateKind)))

    sections = {name: [seen(row.get("workspace_id"), row) for row in rows] for name, rows in data.sections.items()}
    journal = [
        msgspec.structs.replace(
            row,
            before=row.before and seen(row.workspace_id, row.before),
            after=row.after and seen(row.workspace_id, row.after),
        )
        for row in data.journal
    ]
    return PersonData(data.account, sections, journal)


def _of_one_workspace(data: PersonData, workspace_id: str) -> PersonData:
    """What somebody is told whom the provider of one workspace let in: nothing of others."""
    sections = {
        name: [row for row in rows if row.get("workspace_id", workspace_id) == workspace_id]
        for name, rows in data.sections.items()
    }
    return PersonData(data.account, sections, [row for row in data.journal if row.workspace_id == workspace_id])


def _hidden_rates(workspace: Workspace, roles: frozenset[Role]) -> frozenset[RateKind]:
    sight = sight_of(decode_settings(workspace.settings), roles)
    shown = {RateKind.HOURLY: sight.billable_rates, RateKind.COST: sight.cost_rates}
    return frozenset(kind for kind, is_shown in shown.items() if not is_shown)


def tell_here(tx: ReadTx, user_id: str) -> PersonData:
    """What this workspace knows of somebody who is or was a member; NotFound for others."""
    if workspaces.find_member(tx, user_id) is None and not store.has_tracked(tx, user_id):
        raise NotFound("User")
    sections = store.read_sections(tx, user_id, is_here_only=True)
    account = store.read_account(tx, user_id)
    # Settings, and which other workspaces there are, is not this workspace's to tell.
    told = {name: account[name] for name in ("id", "email", "name", "status", "profile_picture")}
    return PersonData(told, sections, redaction.rows_about(tx, user_id, [tx.workspace_id]))


def document(data: PersonData) -> bytes:
    """The same as a file for people."""
    return rules.document(data.account, data.sections, data.journal)


# --- erasing -----------------------------------------------------------------------------------


def erase_self(tx: Tx, confirmation: str | None) -> User:
    """The acting account is erased; InvalidValue while it owns a workspace, or one provider is not enough for that."""
    user_id, bound_to = str(tx.actor.id), tx.actor.is_bound_to
    # The provider of one workspace has no say over what the account is or was elsewhere.
    others = [one for one in workspaces.memberships_of(tx, user_id) if bound_to not in (None, one.workspace_id)]
    return erase(tx, Confirmed(user_id, confirmation), is_elsewhere=bool(others))


def erase_member(tx: Tx, confirmed: Confirmed) -> User:
    """Somebody of this workspace is erased; InvalidValue for somebody who is in others too.

    Only who was in: an invitation alone gives nobody a say over an account.
    """
    member = workspaces.get_member(tx, confirmed.user_id, locked=True)
    if member.status in (MemberStatus.PENDING, MemberStatus.DECLINED) and not _is_guest(tx, member):
        raise NotFound("User")
    here = tx.workspace_id
    others = [one for one in workspaces.memberships_of(tx, confirmed.user_id) if one.workspace_id != here]
    return erase(tx, confirmed, is_elsewhere=bool(others))


def erase(tx: Tx, confirmed: Confirmed, *, is_elsewhere: bool = False) -> User:
    """Takes the person out of everything; hours and money stay, as those of nobody."""
    user = users.get_user(tx, confirmed.user_id)
    rules.check_confirmation(confirmed.confirmation, user.email)
    rules.check_erasable(Standing(store.owned_names(tx, user.id), is_elsewhere))
    users.go_home(tx, user.id)
    homes = redaction.workspaces_of(tx, user.id)
    _forget_parts(tx, user, homes)
    erased = users.anonymise(tx, user, email=rules.erased_email(user.id), name=rules.ERASED_NAME)
    workspaces.close_memberships(tx, user.id)
    key = secrets.token_bytes(32)
    _record(tx, user.id, redaction.redact(tx, user.id, rules.PERSONAL, key=key, workspace_ids=homes))
    return erased


def _record(tx: Tx, user_id: str, covered: redaction.Covered) -> None:
    """A row of every journal that was rewritten: without it a check of the chain would say that somebody did that."""
    for workspace_id, rows in covered.items():
        text = msgspec.json.encode(rows).decode()
        with tx.inside(workspace_id):
            tx.insert(store.ERASURE, Erasure(tx.new_id(), workspace_id, user_id, text), subject=user_id)


def _is_guest(tx: ReadTx, member: Member) -> bool:
    """Somebody who was only ever invited, and has no account to lose."""
    return users.is_guest(users.get_user(tx, member.user_id))


def _forget_parts(tx: Tx, user: User, homes: list[str]) -> None:
    """What goes as a whole: credentials, values of custom fields, links to providers, mails, the picture."""
    custom_fields.forget_values_of(tx, user.id, homes)
    single_sign_on.forget_identities_of(tx, user.id, homes)
    shared_reports.forget_reports_of(tx, user.id, homes)
    exports.forget_exports_of(tx, user.id, homes)
    scheduled_reports.forget_reports_of(tx, user.id, homes)
    webhooks.forget_person(tx, user.id, homes)
    store.forget_answers(tx, homes)
    store.forget_credentials(tx, user.id)
    store.forget_files(tx, user.id, token_in(user.profile_picture))
    store.forget_mails(tx, user.email)
    words = {user.email: rules.erased_email(user.id)}
    if user.name:
        words[user.name] = rules.ERASED_NAME
    for workspace_id, mail_id, details in store.waiting_mails(tx, homes):
        after = rules.without_person(details, words)
        if after != details:
            store.write_mail(tx, workspace_id, mail_id, details=after)
