"""The SQL of user groups.

Statements are constants or members of a family; `tx` adds the workspace and the permission.
Nothing is decided here.
"""

import sqlalchemy as sa

from hourbook.core.text import fold
from hourbook.core.types import Page, Role, SortOrder
from hourbook.db.engine import AnyOf, Contains
from hourbook.db.entities import Entity, Link
from hourbook.db.statement import Family, ScopeColumns, Statement, bind
from hourbook.db.tables.access import users
from hourbook.db.tables.groups import user_group_members, user_groups
from hourbook.db.tables.projects import project_groups, projects
from hourbook.db.tables.workspaces import role_grants, workspace_members
from hourbook.db.tx import ReadTx
from hourbook.resources.groups.rules import GroupSort, TeamManager, UserGroup

PEOPLE = Link("user_ids", user_group_members, "group_id", "user_id")
USER_GROUP = Entity(
    "USER_GROUP",
    "User group",
    user_groups,
    UserGroup,
    links=(PEOPLE,),
    derived={"name_key": lambda group: fold(group.name)},
    scope=ScopeColumns(),
)
_g, _gm, _wm = user_groups.c, user_group_members.c, workspace_members.c

FIND_BY_NAME = Statement(sa.select(_g.id).where(_g.workspace_id == bind("workspace_id"), _g.name == bind("name")))
# A group cannot vanish while a project or task is written with it: the rows are held against deletion.
_HELD_IDS = (
    sa.select(_g.id)
    .where(_g.workspace_id == bind("workspace_id"))
    .order_by(_g.id)
    .with_for_update(read=True, key_share=True)
)
LIST_IDS = Statement(_HELD_IDS)
LIST_KNOWN_IDS = Statement(_HELD_IDS.where(AnyOf(_g.id, "ids")))
LIST_PEOPLE = Statement(
    sa.select(_gm.user_id, _wm.status)
    .join(workspace_members, sa.and_(_wm.workspace_id == _gm.workspace_id, _wm.user_id == _gm.user_id))
    .where(_gm.workspace_id == bind("workspace_id"), AnyOf(_gm.group_id, "ids"))
    .order_by(_gm.group_id, _gm.user_id)
)
LIST_MANAGERS = Statement(
    sa.select(role_grants.c.entity_id, users.c.id, users.c.name)
    .join(users, users.c.id == role_grants.c.user_id)
    .where(
        role_grants.c.workspace_id == bind("workspace_id"),
        role_grants.c.role == Role.TEAM_MANAGER.value,
        AnyOf(role_grants.c.entity_id, "ids"),
    )
    .order_by(role_grants.c.entity_id, users.c.id),
    into=TeamManager,
)


# A project as far as the actor sees it.
FIND_PROJECT = Statement(
    sa.select(projects.c.id).where(
        projects.c.workspace_id == bind("workspace_id"), projects.c.id == bind("project_id")
    ),
    scoped=ScopeColumns(project=projects.c.id, public=projects.c.is_public == 1),
)


@Family
def _list(filters: frozenset[str], sort: GroupSort, order: SortOrder) -> Statement:
    conditions = {
        "name_part": Contains(_g.name_key, "name_part"),
        "project_id": sa.exists().where(
            project_groups.c.workspace_id == _g.workspace_id,
            project_groups.c.project_id == bind("project_id"),
            project_groups.c.group_id == _g.id,
        ),
    }
    keys = [_g.id] if sort is GroupSort.ID else [_g.name_key, _g.id]
    select = (
        sa.select(*USER_GROUP.columns)
        .where(_g.workspace_id == bind("workspace_id"), *(conditions[name] for name in sorted(filters)))
        .order_by(*(key.desc() if order is SortOrder.DESCENDING else key for key in keys))
        .limit(bind("limit", sa.Integer()))
        .offset(bind("offset", sa.Integer()))
    )
    return Statement(select, into=UserGroup, scoped=USER_GROUP.scope)


def find_id_by_name(tx: ReadTx, name: str) -> str | None:
    found = tx.one(FIND_BY_NAME, name=name)
    return found[0] if found else None


def list_groups(
    tx: ReadTx, filters: dict[str, object], page: Page, *, sort: GroupSort, order: SortOrder
) -> list[UserGroup]:
    """Groups of the workspace, one more than the page if there are more.

    `filters`: `name_part` (folded), `project_id`; absent ones do not filter.
    """
    statement = _list.of(frozenset(filters), sort, order)
    found = tx.rows(statement, "group.list", limit=page.size + 1, offset=page.offset, **filters)
    return tx.with_links(USER_GROUP, found)
