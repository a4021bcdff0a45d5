"""The SQL of roles: what they are held for, held against deletion, and who manages whom.

Statements are constants; `tx` adds the workspace and the permission. Nothing is decided here.
"""

import sqlalchemy as sa

from hourbook.core.types import Role
from hourbook.db.statement import ScopeColumns, Statement, bind
from hourbook.db.tables.groups import user_group_members, user_groups
from hourbook.db.tables.projects import projects
from hourbook.db.tables.workspaces import role_grants

_g, _gm = role_grants.c, user_group_members.c

# What a role is held for cannot vanish while the role is written.
HOLD_PROJECT = Statement(
    sa.select(projects.c.id)
    .where(projects.c.workspace_id == bind("workspace_id"), projects.c.id == bind("project_id"))
    .with_for_update(read=True, key_share=True),
    scoped=ScopeColumns(project=projects.c.id, public=projects.c.is_public == 1),
)
HOLD_GROUP = Statement(
    sa.select(user_groups.c.id)
    .where(user_groups.c.workspace_id == bind("workspace_id"), user_groups.c.id == bind("group_id"))
    .with_for_update(read=True, key_share=True)
)


def managers_of() -> sa.CompoundSelect[tuple[str]]:
    """Ids of those who manage the person of the parameter `managed_id`, alone or as one of a group."""
    managing = (_g.workspace_id == bind("workspace_id"), _g.role == Role.TEAM_MANAGER.value)
    alone = sa.select(_g.user_id).where(*managing, _g.entity_id == bind("managed_id"))
    groups = sa.select(_gm.group_id).where(_gm.workspace_id == bind("workspace_id"), _gm.user_id == bind("managed_id"))
    in_group = sa.select(_g.user_id).where(*managing, _g.entity_id.in_(groups))
    return sa.union_all(alone, in_group)
