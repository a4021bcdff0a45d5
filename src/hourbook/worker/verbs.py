"""What the worker may have done to the database: one declared table of actions, and nothing else can be run.

On an embedded database only the web process writes (design section 6), so the worker names a verb and
its arguments over the local socket. With a database server it runs the same verbs itself. A
verb is an action of a slice; its arguments are converted to the types that the action declares.
"""

import asyncio
import contextlib
import importlib
from collections.abc import Callable
from functools import cache
from typing import Any, Protocol, TypeVar, get_type_hints

import msgspec

from hourbook.worker.frames import Unreachable

T = TypeVar("T")

PATIENCE_TRIES = 40
PATIENCE_PAUSE_SECONDS = 0.25
# Slice and action; a part of a slice's actions between them (`workspaces.ownership`: actions_ownership).
# These only look,
READS = frozenset(
    {
        "addons.calls.is_due",
        "addons.leaving.list_leaving",
        "mail.is_due",
        "mail.attachments.find",
        "mail.attachments.part",
        "jobs.is_due",
        "exports.is_wanted",
        "workspaces.ownership.due_workspaces",
        "rates.due_workspaces",
        "scheduled_reports.running.list_due",
        "audit.chain.due_workspaces",
        "audit.chain.read_step",
        "webhooks.fanout.list_due",
        "webhooks.deliveries.is_due",
        "webhooks.deliveries.is_held",
        "webhooks.fanout.list_listening",
    }
)
# these change a few rows,
WRITES = frozenset(
    {
        "addons.calls.release",
        "addons.calls.lease_due",
        "addons.calls.settle",
        "mail.release",
        "mail.lease_due",
        "mail.settle_sent",
        "mail.settle_refused",
        "mail.attachments.add_part",
        "jobs.ensure_recurring",
        "jobs.release",
        "jobs.lease_due",
        "jobs.extend",
        "jobs.settle_done",
        "jobs.settle_failed",
        "exports.begin",
        "exports.add_part",
        "exports.finish",
        "exports.give_up",
        "scheduled_reports.running.begin",
        "scheduled_reports.running.finish",
        "scheduled_reports.running.fail",
        "audit.chain.ensure_started",
        "audit.chain.extend",
        "webhooks.fanout.store_messages",
        "webhooks.deliveries.release",
        "webhooks.deliveries.lease_due",
        "webhooks.deliveries.settle",
        "webhooks.deliveries.disable",
        "webhooks.fanout.end",
        "webhooks.erasing.begin_again",
    }
)
# and these many: each gets a transaction of its own.
BULK = frozenset(
    {
        "addons.calls.forget_over",
        "addons.leaving.take_leave",
        "mail.forget_over",
        "mail.attachments.sweep",
        "jobs.forget_over",
        "exports.forget_over",
        "sign_in.forget_over",
        "invitations.forget_over",
        "idempotency.forget_over",
        "webhooks.deliveries.forget_over",
        "webhooks.backlog.give_up_portion",
        "webhooks.backlog.send_portion_again",
        "webhooks.erasing.forget_portion",
        "files.sweep_unused",
        "rates.settle",
        "workspaces.ownership.erase_portion",
    }
)


# What belongs to no slice.
ELSEWHERE = {"idempotency": "hourbook.http.idempotency"}


class VerbCall(msgspec.Struct):
    """One verb to run, with its arguments as JSON has them. Without `workspace_id` it is about the whole server."""

    name: str
    arguments: dict[str, Any]
    workspace_id: str = ""


class VerbAnswer(msgspec.Struct):
    """How it ended: its result, or why there is none. `may_try_again`: the database was away or busy."""

    result: Any = None
    refusal: str | None = None
    may_try_again: bool = False


class VerbFailed(Exception):
    """A verb was refused, and would be again."""


class Verbs(Protocol):
    """Runs verbs of the table; Unreachable when one may work later."""

    async def call(
        self, name: str, result: type[T], arguments: dict[str, Any] | None = None, *, workspace_id: str = ""
    ) -> T:
        """What the verb answers, as the type asked for."""

    async def close(self) -> None: ...


class UnknownVerb(Exception):
    """A name that is not in the table."""


def work_of(call: VerbCall) -> Callable[[Any], Any]:
    """The verb as work for a transaction; UnknownVerb, or msgspec.ValidationError for arguments that do not fit."""
    action, hints = _action(call.name)
    arguments = {name: msgspec.convert(value, hints[name]) for name, value in call.arguments.items() if name in hints}
    if len(arguments) != len(call.arguments):
        raise UnknownVerb(f"{call.name} with {sorted(call.arguments)}")
    return lambda tx: action(tx, **arguments)


@cache
def _action(name: str) -> tuple[Callable[..., Any], dict[str, Any]]:
    if name not in READS | WRITES | BULK:
        raise UnknownVerb(name)
    action = getattr(importlib.import_module(module_of(name)), name.rpartition(".")[2])
    hints = get_type_hints(action)
    del hints["tx"], hints["return"]
    return action, hints


def module_of(name: str) -> str:
    """Where the action of a verb is."""
    slice_name, *part, _ = name.split(".")
    return ELSEWHERE.get(slice_name, f"hourbook.resources.{slice_name}." + "_".join(["actions", *part]))


def result_of(answer: VerbAnswer, result: type[T]) -> T:
    """The result as the type asked for; Unreachable or VerbFailed instead of a refusal."""
    if answer.may_try_again:
        raise Unreachable(answer.refusal or "")
    if answer.refusal is not None:
        raise VerbFailed(answer.refusal)
    return msgspec.convert(answer.result, result)


async def call_patiently(
    verbs: Verbs, verb: str, result: type[T], *, arguments: dict[str, Any], workspace_id: str = ""
) -> T:
    """Tries for some seconds: the web process may just be starting again."""
    for _ in range(PATIENCE_TRIES - 1):
        with contextlib.suppress(Unreachable):
            return await verbs.call(verb, result, arguments, workspace_id=workspace_id)
        await asyncio.sleep(PATIENCE_PAUSE_SECONDS)
    return await verbs.call(verb, result, arguments, workspace_id=workspace_id)
