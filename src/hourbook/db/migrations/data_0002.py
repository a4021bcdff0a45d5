"""What the second migration moves: columns that are made from rows which are there already.

Each step is one plain statement that both databases understand. The steps run after the tables
have changed on the way up, and before they change on the way back.
"""

from typing import Any

# The strongest role of each member, as `resources/workspaces/store.py` keeps it from then on.
_ACCESS_RANKS = """
    UPDATE workspace_members SET
        hourly_rate_key = coalesce(hourly_rate_minor, -1),
        cost_rate_key = coalesce(cost_rate_minor, -1),
        access_rank = coalesce(
            (SELECT min(CASE role WHEN 'OWNER' THEN 0 WHEN 'WORKSPACE_ADMIN' THEN 1 ELSE 2 END)
             FROM role_grants
             WHERE role_grants.workspace_id = workspace_members.workspace_id
                 AND role_grants.user_id = workspace_members.user_id),
            3)
"""


def upgrade(op: Any) -> None:
    """After the tables have changed."""
    op.execute(_ACCESS_RANKS)


def downgrade(op: Any) -> None:
    """Before the tables change back: nothing that these steps made is kept anywhere else."""
