"""The JSON of permissions. They are Hourbook's own; the contract knows nothing of them.

It converts and decides nothing.
"""

from hourbook.http.wire import Out, Query
from hourbook.resources.permissions.rules import Explanation, Permission


class SettingOut(Out):
    """A workspace setting, as the workspace's own settings spell it."""

    name: str
    value: bool | str | list[str]
    decides: bool


class PermissionOut(Out):
    action: str
    who: str
    is_allowed: bool
    reach: str
    reaches_everything: bool
    settings: list[SettingOut]


class PersonOut(Out):
    id: str
    name: str
    roles: list[str]
    managed_project_ids: list[str]
    managed_user_ids: list[str]


class ThingOut(Out):
    id: str
    kind: str
    is_inside: bool


class ExplanationOut(Out):
    is_allowed: bool
    sentence: str
    person: PersonOut
    permission: PermissionOut
    thing: ThingOut | None


class ExplainQuery(Query):
    user_id: str
    action: str
    id: str | None = None


def permission_out(permission: Permission) -> PermissionOut:
    return PermissionOut(
        action=permission.action,
        who=permission.who,
        is_allowed=permission.is_allowed,
        reach=permission.reach,
        reaches_everything=permission.reaches_everything,
        settings=[SettingOut(name=s.name, value=s.value, decides=s.decides) for s in permission.settings],
    )


def explanation_out(found: Explanation) -> ExplanationOut:
    person, thing = found.person, found.thing
    return ExplanationOut(
        is_allowed=found.is_allowed,
        sentence=found.sentence,
        person=PersonOut(
            id=person.id,
            name=person.name,
            roles=[role.value for role in person.roles],
            managed_project_ids=list(person.managed_project_ids),
            managed_user_ids=list(person.managed_user_ids),
        ),
        permission=permission_out(found.permission),
        thing=None if thing is None else ThingOut(id=thing.id, kind=thing.kind, is_inside=thing.is_inside),
    )
