"""What follows when things become what they were: sums, ranks, repeated names, progress, rates of entries.

Each is the business of a slice, which is asked here to do it. None of it stands in the journal, but for rates.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from hourbook.core.errors import ChangedSince
from hourbook.core.text import fold
from hourbook.db.tx import Tx
from hourbook.resources.clients import actions as clients
from hourbook.resources.projects import actions_restoring as projects
from hourbook.resources.rates import actions as rates
from hourbook.resources.tasks import actions_restoring as tasks
from hourbook.resources.time_entries import actions_restoring as entries
from hourbook.resources.undo import store
from hourbook.resources.workspaces import actions as workspaces

# Whatever is held is held in this order, as everywhere: what has entries before the entries.
ORDER = (
    "WORKSPACE",
    "CURRENCY",
    "MEMBER",
    "USER_GROUP",
    "CLIENT",
    "CUSTOM_FIELD",
    "PROJECT",
    "PROJECT_MEMBER",
    "CUSTOM_FIELD_OVERRIDE",
    "USER_CUSTOM_FIELD_VALUE",
    "ROLE",
    "SHARED_REPORT",
    "TASK",
    "TAG",
    "RATE",
    "TIME_ENTRY",
)


def hold_rates(tx: Tx) -> None:
    """Nobody else changes a rate meanwhile."""
    rates.hold(tx)


def check_entries(tx: Tx, found: Iterable[Any]) -> None:
    """AccessDenied or EntryLocked for time that the actor may not change now."""
    entries.check_changeable(tx, list(found))


def check_timers(tx: Tx, pairs: Sequence[tuple[Any, Any]]) -> None:
    """ChangedSince when a timer would run again whose person has another one running by now."""
    again = {then.user_id: then.id for now, then in pairs if then is not None and then.is_running}
    if not again:
        return
    entries.hold_people(tx, sorted(again))
    stopping = {now.id for now, then in pairs if now is not None and now.is_running and (then is None or then.end_s)}
    for user_id, running_id in store.running_of(tx, again).items():
        if running_id not in stopping and running_id != again[user_id]:
            raise ChangedSince("This can't be undone: another timer of this person is running by now. Stop it first")


def prepare(tx: Tx, turns: Sequence[Any]) -> None:
    """What things repeat of others, which the journal does not keep: projects the name of their client."""
    coming = [turn.then for turn in turns if turn.kind == "PROJECT" and turn.then is not None]
    renamed = {turn.key[-1]: turn.then for turn in turns if turn.kind == "CLIENT" and turn.then is not None}
    found = clients.find_clients(tx, {project.client_id for project in coming}) | renamed
    for project in coming:
        client = found.get(project.client_id)
        project.client_name_key = fold(client.name) if client is not None else ""


def follow(tx: Tx, turns: Sequence[Any], *, sets_rates: bool) -> None:
    """After the things themselves were written."""

    def pairs(kind: str) -> list[tuple[Any, Any]]:
        return [(turn.now, turn.then) for turn in turns if turn.kind == kind]

    tasks.count_again(tx, pairs("TASK"))
    projects.count_again(tx, pairs("PROJECT"), tasks=pairs("TASK"), clients=pairs("CLIENT"))
    entries.count_again(tx, pairs("TIME_ENTRY"))
    people = {role.user_id for pair in pairs("ROLE") for role in pair if role is not None}
    if people:
        workspaces.rank_again(tx, sorted(people))
    if sets_rates:
        rates.announce_again(tx, [rate for pair in pairs("RATE") for rate in pair if rate is not None])
