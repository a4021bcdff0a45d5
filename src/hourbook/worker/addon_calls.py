"""Tells add-ons what became of them: takes calls of the lifecycle under a lease, sends them, says how it went.

A call is settled right after its own answer, so a worker that is killed leaves at most the calls in its hands to be
sent again. When one is tried again decide the rules of add-ons; where it may go, those for servers that people name.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from hourbook.access.secrets import SecretBox
from hourbook.core.errors import SecretsUnavailable
from hourbook.resources.addons.rules_calls import GONE, TOKEN_HEADER, Call, decode_content
from hourbook.settings import Settings
from hourbook.worker.posting import Poster
from hourbook.worker.verbs import Verbs, call_patiently

if TYPE_CHECKING:
    from hourbook.main import Runtime

log = structlog.get_logger("hourbook.worker")
# So many that are slow delay the others by no more than one call may take.
AT_ONCE = 16
# What the content of a call is encrypted for.
PURPOSE = "addon_calls.content"


class AddonCaller:
    """The worker of these calls. `work` sends what is due now and says whether there was anything."""

    def __init__(self, settings: Settings, verbs: Verbs, *, holder: str = "", runtime: "Callable[[], Runtime]") -> None:
        self._poster = Poster(settings.webhook_allowed_networks)
        self._verbs = verbs
        self._holder = holder
        self._runtime = runtime

    async def work(self) -> bool:
        if not await self._verbs.call("addons.calls.is_due", bool):
            return False
        leased = {"limit": AT_ONCE, "holder": self._holder}
        calls = await self._verbs.call("addons.calls.lease_due", list[Call], leased)
        await asyncio.gather(*map(self._send, calls))
        return bool(calls)

    async def close(self) -> None:
        await self._poster.close()

    async def _send(self, call: Call) -> None:
        reason, is_final = await self._try(call)
        if reason:
            told = {"call": call.id, "type": call.type, "attempt": call.attempts, "reason": reason}
            log.warning("an add-on was not told", **told)
        settled = {"workspace_id": call.workspace_id, "call_id": call.id, "attempts": call.attempts}
        arguments = {**settled, "reason": reason, "is_final": is_final}
        await call_patiently(self._verbs, "addons.calls.settle", bool, arguments=arguments)

    async def _try(self, call: Call) -> tuple[str, bool]:
        """Why the call did not arrive (empty: it did), and whether that is final."""
        try:
            runtime = await asyncio.to_thread(self._runtime)
            return await try_to_tell(self._poster, runtime.secrets, call)
        except Exception as error:
            # Whatever it is, the lease must not be taken again at once, for ever.
            log.exception("a call of an add-on could not be made", call=call.id)
            return f"the call could not be made ({type(error).__name__})", False


async def try_to_tell(poster: Poster, box: SecretBox, call: Call) -> tuple[str, bool]:
    """("", False) when the add-on's server answered with 2xx; else why not, and whether that is final."""
    try:
        content = decode_content(box.decrypt(call.content or b"", PURPOSE))
    except SecretsUnavailable as error:
        return error.reason, False
    headers = [("Content-Type", "application/json"), (TOKEN_HEADER, content.token)]
    answer = await poster.post(call.url, headers, content.body.encode())
    if 200 <= answer.status_code < 300:
        return "", False
    if not answer.status_code:
        return answer.text, False
    return f"the answer is {answer.status_code}", answer.status_code == GONE
