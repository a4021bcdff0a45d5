"""Values of many people and fields at once: profiles, and limited users that begin with some.

The same rules as for one value (`actions.set_user_value`), in a handful of statements whatever the
number.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from hourbook.core.errors import AccessDenied, NoSuchUserField
from hourbook.db.tx import Tx, reacts_to
from hourbook.resources.custom_fields import rules, store
from hourbook.resources.custom_fields.rules import CustomField, EntityType, UserFieldValue
from hourbook.resources.custom_fields.store import USER_VALUE


def set_user_values(tx: Tx, said: Mapping[tuple[str, str], Any]) -> None:
    """Gives people values by (person, field), or takes them away (None); the people are known to be here.

    NoSuchUserField for no field of people, AccessDenied for one that only admins edit, InvalidValue.
    """
    if not said:
        return
    tx.hold_revision()  # no field goes while values are written for it
    fields = {field.id: field for field in store.list_fields(tx) if field.entity_type == EntityType.USER}
    wanted = {key: _text(tx, fields.get(key[1]), value) for key, value in said.items()}
    before = store.values_of_people(tx, {user_id for user_id, _ in wanted})
    added, changed, gone = [], [], []
    for (user_id, field_id), text in wanted.items():
        old = before.get(user_id, {}).get(field_id)
        row, old_row = (_row(tx, user_id, field_id, one) for one in (text, old))
        if old_row is None and row is not None:
            added.append(row)
        elif old_row is not None and row is None:
            gone.append(old_row)
        elif old_row is not None and row is not None:
            changed.append((old_row, row))
    tx.insert_many(USER_VALUE, added)
    tx.update_all(USER_VALUE, changed)
    tx.delete_many(USER_VALUE, gone)


def forget_values_of(tx: Tx, user_id: str, workspace_ids: Iterable[str]) -> None:
    """Takes away everything that these workspaces' fields say of a person."""
    found = defaultdict(list)
    for value in tx.rows(store.VALUES_EVERYWHERE, user_id=user_id, workspace_ids=list(workspace_ids)):
        found[value.workspace_id].append(value)
    for workspace_id, values in found.items():
        with tx.inside(workspace_id):
            tx.delete_many(USER_VALUE, values, subject=user_id)


@reacts_to("MEMBER", "delete")
def _member_is_gone(tx: Tx, member: Any, _: None) -> None:
    forget_values_of(tx, member.user_id, [member.workspace_id])


def _text(tx: Tx, field: CustomField | None, value: Any) -> str | None:
    if field is None:
        raise NoSuchUserField
    if field.only_admin_can_edit and not tx.actor.is_admin:
        raise AccessDenied
    return rules.text_of(rules.check_value(field, value))


def _row(tx: Tx, user_id: str, field_id: str, text: str | None) -> UserFieldValue | None:
    return None if text is None else UserFieldValue(tx.workspace_id, user_id, field_id, text)
