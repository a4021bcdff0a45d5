"""Which money somebody may see in the workspace they entered (roles.md, rates).

The one place that says so: the renderer of answers asks it for fields that are marked, and actions ask it
where they sum or sort by money. It says nothing about single rows; those are a matter of scopes.
"""

from hourbook.access.actors import Actor


def sees_billable_amounts(actor: Actor) -> bool:
    """Billable rates and what they earn: everybody of the workspace, unless it keeps them for admins (setting 3)."""
    return actor.is_admin or (bool(actor.workspace_id) and not actor.settings.only_admins_see_billable_rates)


def sees_costs(actor: Actor) -> bool:
    """Cost rates, costs and profit: admins."""
    return actor.is_admin
