"""Who sees which money: the two questions, and that the renderer of answers asks them too."""

import pytest

from hourbook.access.actors import NOBODY, SYSTEM, Actor, Settings
from hourbook.access.sight import sees_billable_amounts, sees_costs
from hourbook.core.types import Role
from hourbook.http.secrets import hidden_marks

KEPT = Settings(only_admins_see_billable_rates=True)
BOTH = frozenset({"billable_rate", "cost_rate"})


def somebody(*roles: Role, settings: Settings | None = None, workspace_id: str = "w") -> Actor:
    return Actor(id="a", workspace_id=workspace_id, roles=frozenset(roles), settings=settings or Settings())


@pytest.mark.parametrize(
    ("actor", "billable", "costs"),
    [
        (somebody(Role.OWNER), True, True),
        (somebody(Role.WORKSPACE_ADMIN, settings=KEPT), True, True),
        (somebody(Role.PROJECT_MANAGER), True, False),
        (somebody(Role.PROJECT_MANAGER, settings=KEPT), False, False),
        (somebody(Role.TEAM_MANAGER), True, False),
        (somebody(Role.TEAM_MANAGER, settings=KEPT), False, False),
        (somebody(), True, False),
        (somebody(settings=KEPT), False, False),
        (SYSTEM, True, True),
    ],
)
def test_billable_amounts_are_for_all_unless_kept_for_admins_and_costs_are_for_admins(
    actor: Actor, billable: bool, costs: bool
) -> None:
    assert (sees_billable_amounts(actor), sees_costs(actor)) == (billable, costs)
    if actor.workspace_id:
        seen = {"billable_rate": billable, "cost_rate": costs}
        assert hidden_marks(actor) == frozenset(mark for mark, is_seen in seen.items() if not is_seen)


@pytest.mark.parametrize("actor", [NOBODY, somebody(workspace_id="")])
def test_whoever_entered_no_workspace_sees_no_money_of_one(actor: Actor) -> None:
    assert not sees_billable_amounts(actor)
    assert not sees_costs(actor)
    # What such an answer holds was chosen by the action.
    assert hidden_marks(actor) == frozenset()
