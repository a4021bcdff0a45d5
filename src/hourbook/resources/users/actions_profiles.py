"""The verbs of member profiles and of limited users.

A profile is read and edited by admins and by the person; what it says of custom fields is kept by
their slice. Limited users are people without a sign-in, whose time admins keep.
"""

from collections.abc import Sequence

import msgspec

from hourbook.core.errors import AccessDenied
from hourbook.core.text import fold
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.custom_fields import actions as custom_fields
from hourbook.resources.custom_fields import actions_people as field_values
from hourbook.resources.users import actions, rules_profiles, store
from hourbook.resources.users.rules import AccountStatus, User
from hourbook.resources.users.rules_profiles import LimitedDraft, Profile, ProfileChange
from hourbook.resources.workspaces import actions as workspaces
from hourbook.resources.workspaces import actions_profiles as members
from hourbook.resources.workspaces.rules import Member, MemberStatus


def get_profile(tx: ReadTx, user_id: str) -> Profile:
    """Of oneself, or of anybody for admins. AccessDenied for a colleague's, NotFound for nobody of the workspace."""
    member = workspaces.get_member(tx, user_id)
    if not tx.actor.scope("member.read_profile").reaches_person(user_id):
        raise AccessDenied
    return _profile(tx, member, actions.get_user(tx, user_id))


def update_profile(tx: Tx, user_id: str, change: ProfileChange) -> Profile:
    """Changes what is said. AccessDenied for a colleague's, and for a field that only admins edit."""
    before = workspaces.get_member(tx, user_id, locked=True)
    if not tx.actor.scope("member.edit_profile").reaches_person(user_id):
        raise AccessDenied
    user = actions.get_user(tx, user_id)
    account = rules_profiles.changed_account(user, change, is_limited=user.status is AccountStatus.LIMITED)
    # One event, after which everything is as it is meant.
    event = "USER_UPDATED" if account == user else None
    member = members.change_profile(tx, before, event, **rules_profiles.stored_profile(change))
    if account != user:
        tx.update(store.USER, user, account, event="USER_UPDATED", subject=user_id)
    field_values.set_user_values(tx, {(user_id, one.field_id): one.value for one in change.fields})
    return _profile(tx, member, account)


def add_limited_users(tx: Tx, drafts: Sequence[LimitedDraft]) -> list[User]:
    """People without a sign-in, in the order given; all or none. NotFound for an unknown group."""
    rules_profiles.check_count(len(drafts))
    users = [_limited_user(tx, draft) for draft in drafts]
    tx.insert_many(store.USER, users)
    members.add_limited_members(
        tx, [_limited_member(tx, user, draft) for user, draft in zip(users, drafts, strict=True)]
    )
    pairs = list(zip(users, drafts, strict=True))
    people_of: dict[str, list[str]] = {}
    for user, draft in pairs:
        for group_id in dict.fromkeys(draft.group_ids):
            people_of.setdefault(group_id, []).append(user.id)
    # The groups are a later slice's.
    tx.announce("USER_GROUP", "join", before=None, after=people_of)
    # Last, for it holds the revision: whoever changes a group holds that before.
    field_values.set_user_values(
        tx, {(user.id, one.field_id): one.value for user, draft in pairs for one in draft.profile.fields}
    )
    return users


def _limited_user(tx: Tx, draft: LimitedDraft) -> User:
    # The empty address is nobody's: nothing can be sent to it, and nobody signs in with it.
    return User(
        id=tx.new_id(),
        email="",
        name=rules_profiles.check_limited_name(draft.name),
        status=AccountStatus.LIMITED,
        password_hash=None,
        profile_picture="",
        settings=None,
        active_workspace_id=tx.workspace_id,
        default_workspace_id=tx.workspace_id,
    )


def _limited_member(tx: Tx, user: User, draft: LimitedDraft) -> Member:
    return Member(
        tx.workspace_id,
        user.id,
        MemberStatus.ACTIVE,
        rules_profiles.check_rate(draft.hourly_rate),
        rules_profiles.check_rate(draft.cost_rate),
        store.email_key_of(user),
        fold(user.name or ""),
        account_status=user.status.value,
        **rules_profiles.stored_profile(draft.profile),
    )


def _profile(tx: ReadTx, member: Member, user: User) -> Profile:
    settings = workspaces.get_settings(tx)
    opened = [one for one in workspaces.memberships_of(tx, user.id) if one.status is MemberStatus.ACTIVE]
    if member.status not in (MemberStatus.ACTIVE, MemberStatus.INACTIVE):
        # Of somebody who did not come only the address is known here, and not whether it has an account.
        opened = []
        user = msgspec.structs.replace(user, name=None, password_hash=None, profile_picture="", settings=None)
    return Profile(
        user,
        rules_profiles.week_start_of(member.week_start, user, of_workspace=settings.week_start.value),
        member.work_capacity_seconds or rules_profiles.CAPACITY_SECONDS,
        rules_profiles.days_of(member.working_days, [day.value for day in settings.working_days]),
        len(opened),
        custom_fields.list_user_values(tx, [user.id])[user.id],
    )
