"""Sends events to webhooks: takes deliveries under a lease, signs and posts them, says what became of each.

Leases and results travel in batches, each webhook has so many tries at once and one while it only fails, and failing
ones have a share of the places, so that no dead receiver holds others. What the fan-out keeps for receivers that
nothing waits for comes here at once, already under a lease. What is killed between posting and settling is sent again
under the same id when its lease ends. When, and whether at all, the rules of webhooks say.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

import structlog

from hourbook.core.clock import SystemClock
from hourbook.resources.webhooks import rules
from hourbook.resources.webhooks.rules_deliveries import (
    Broken,
    Content,
    Due,
    Leased,
    Outcome,
    Receiver,
    Room,
    Signing,
    headers,
)
from hourbook.settings import Settings
from hourbook.worker.frames import Unreachable
from hourbook.worker.posting import Poster
from hourbook.worker.verbs import VerbFailed, Verbs, call_patiently

if TYPE_CHECKING:
    from hourbook.access.secrets import SecretBox
    from hourbook.core.clock import Clock

log = structlog.get_logger("hourbook.worker")
# Deliveries in hand: waiting for their turn, being posted, or waiting to be settled.
IN_HAND = 256
AT_ONCE = 64
OF_FAILING = 64
# A settled batch stays well below the limit of a frame, whatever was answered.
SETTLED_AT_ONCE = 200
# What was posted is settled together: after this time, or at once when it is so many. Sooner where more may wait.
SETTLED_AFTER_SECONDS = 0.05
SETTLED_SOON_SECONDS = 0.02
SETTLED_FROM = 64
# A worker that stops looks this often whether what it was just taking is there.
TAKEN_AFTER_SECONDS = 0.01
KEPT_SECRETS = 4096
# What waited for its turn for longer than this may have been taken away since: somebody was erased.
FRESH_SECONDS = 1.0
IS_DUE, LEASE, SETTLE, IS_HELD = (
    f"webhooks.deliveries.{name}" for name in ("is_due", "lease_due", "settle", "is_held")
)


class Deliverer:
    """The deliveries' worker. `work` takes and settles what there is and says whether there is more to do at once.

    `woken`: set when something was finished, so that its result does not wait for the next look.
    """

    def __init__(
        self,
        settings: Settings,
        verbs: Verbs,
        *,
        secrets: "Callable[[], SecretBox]",
        holder: str = "",
        woken: asyncio.Event | None = None,
        clock: "Clock | None" = None,
    ) -> None:
        self._verbs = verbs
        self._secrets = secrets
        self.holder = holder
        self._each = settings.webhook_tries_at_once
        self._woken = woken or asyncio.Event()
        self._clock = clock or SystemClock()
        self._poster = Poster(settings.webhook_allowed_networks)
        self._plain = lru_cache(maxsize=KEPT_SECRETS)(self._decrypted)
        # By webhook: how many of its deliveries are in hand, how many of those are not posted yet, and its places.
        self._held: Counter[str] = Counter()
        self._under_way: Counter[str] = Counter()
        self._places: dict[str, asyncio.Semaphore] = {}
        # Webhooks that are tried alone.
        self._failing: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._finished: list[Outcome] = []
        self._settling: asyncio.TimerHandle | None = None
        # Offered to the fan-out, which may bring as many, and how many are just taking or bringing something.
        self._offered_count = 0
        self._taking_count = 0
        # Not before the first turn, for what an earlier worker had under a lease is released then, nor at the end.
        self._is_open = False
        # The last lease found something, so there may be more.
        self._is_hungry = False

    @property
    def is_busy(self) -> bool:
        """Whether something is in hand."""
        return bool(self._held)

    async def work(self) -> bool:
        """Settling and taking go out together, in one message to the database's process."""
        self._is_open = True
        was_full = self._room() is None
        settled, leased = await asyncio.gather(self._settle(), self._take(), return_exceptions=True)
        for result in (settled, leased):
            if isinstance(result, BaseException):
                raise result
        return bool(settled or leased or (was_full and self._room() is not None))

    async def finish(self) -> None:
        """Lets what is being posted end, and settles it. For a worker that stops: nothing is taken any more."""
        self._is_open = False
        while self._tasks or self._finished or self._taking_count:
            if self._tasks:
                await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            elif not self._finished:
                await asyncio.sleep(TAKEN_AFTER_SECONDS)
            with contextlib.suppress(Unreachable):
                await self._settle()

    async def close(self) -> None:
        """Drops what is still being posted: its leases end by themselves, or with the next worker's start."""
        if self._settling is not None:
            self._settling.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._poster.close()

    # --- taking -------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def offered(self) -> Iterator[Room | None]:
        """Places for what the fan-out is about to keep, None without any. What it brings `begin` takes in."""
        room = self._room()
        if room is None:
            yield None
            return
        self._offered_count += room.limit
        self._taking_count += 1
        try:
            yield room
        finally:
            self._offered_count -= room.limit
            self._taking_count -= 1

    def _room(self) -> Room | None:
        places = IN_HAND - sum(self._held.values()) - self._offered_count
        if places <= 0 or not self._is_open:
            return None
        return Room(
            limit=min(places, AT_ONCE),
            each=self._each,
            failing_limit=self._room_for_failing(),
            # Some may be under way already: then the newcomers wait here for their turn.
            busy=tuple(webhook_id for webhook_id, count in self._under_way.items() if count >= self._each),
            held=tuple(self._held),
        )

    async def _take(self) -> bool:
        """A transaction that writes only where there is something to take."""
        room = self._room()
        if room is None:
            return False
        self._taking_count += 1
        try:
            return await self._take_into(room)
        finally:
            self._taking_count -= 1

    async def _take_into(self, room: Room) -> bool:
        if not self._is_hungry and not await self._verbs.call(IS_DUE, bool, {"room": room}):
            return False
        leased = await self._verbs.call(LEASE, Leased, {"room": room, "holder": self.holder})
        self._is_hungry = bool(leased.deliveries)
        await self.begin(leased)
        return len(leased.deliveries) >= room.limit

    def _room_for_failing(self) -> int:
        """0 when they have their share already: hundreds of dead receivers would take one place after another."""
        self._failing &= self._held.keys()
        return max(OF_FAILING - len(self._failing), 0)

    async def begin(self, leased: Leased) -> None:
        """Takes in what is under a lease: it is posted from now on."""
        if not leased.deliveries:
            return
        self._failing.update(leased.failing)
        box = await asyncio.to_thread(self._secrets)
        receivers = {one.id: one for one in leased.receivers}
        contents = {(one.workspace_id, one.revision, one.part): one for one in leased.contents}
        fresh_until = asyncio.get_running_loop().time() + FRESH_SECONDS
        for delivery in leased.deliveries:
            receiver = receivers.get(delivery.webhook_id)
            content = contents.get((delivery.workspace_id, delivery.revision, delivery.part))
            if receiver is None or content is None:
                continue  # deleted meanwhile; nothing is left to say of it
            self._held[delivery.webhook_id] += 1
            self._under_way[delivery.webhook_id] += 1
            task = asyncio.create_task(self._send(delivery, receiver, content, box=box, fresh_until=fresh_until))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    # --- sending --------------------------------------------------------------------------------------

    async def _send(
        self, delivery: Due, receiver: Receiver, content: Content, *, box: "SecretBox", fresh_until: float
    ) -> None:
        """Never raises: whatever happens is what became of the delivery."""
        outcome: Outcome | None = None
        try:
            async with self._places.setdefault(receiver.id, asyncio.Semaphore(self._each)):
                if asyncio.get_running_loop().time() < fresh_until or await self._is_held(delivery):
                    outcome = await self._try(delivery, receiver, content, box)
        except Exception as error:
            # Keys that are missing or others, most likely: posting raises for nothing that a receiver does.
            log.exception("a delivery could not be made", webhook=receiver.id, revision=delivery.revision)
            said = f"This server could not sign the event, and sends it later ({type(error).__name__})"
            outcome = Outcome(delivery, 0, said, is_ours=True)
        _less(self._under_way, receiver.id)
        if outcome is None:
            self._let_go([delivery])
            self._wake()
            return
        self._finished.append(outcome)
        self._settle_soon()

    async def _is_held(self, delivery: Due) -> bool:
        """Whether it is still to be sent. Where nobody can say so, its lease ends, and it comes again."""
        try:
            arguments = {"delivery": delivery}
            return await self._verbs.call(IS_HELD, bool, arguments, workspace_id=delivery.workspace_id)
        except (Unreachable, VerbFailed):
            return False

    async def _try(self, delivery: Due, receiver: Receiver, content: Content, box: "SecretBox") -> Outcome:
        now_us = self._clock.now_us()
        signed = headers(self._signing(receiver, box, now_us), content, now_us=now_us)
        answered = await self._poster.post(receiver.url, signed, content.body.encode())
        return Outcome(delivery, answered.status_code, answered.text, answered.retry_after_s, receiver.url)

    def _signing(self, receiver: Receiver, box: "SecretBox", now_us: int) -> Signing:
        """After a rotation the secrets of before sign too, each for a day."""
        secrets = [self._plain(box, receiver.signing_secret, rules.SECRET_PURPOSE)]
        previous, ends_at_us = receiver.previous_signing_secret, receiver.previous_ends_at_us
        if previous is not None and ends_at_us is not None and now_us < ends_at_us:
            secrets += rules.earlier_secrets(self._plain(box, previous, rules.PREVIOUS_PURPOSE), now_us=now_us)
        token = self._plain(box, receiver.auth_token, rules.TOKEN_PURPOSE)
        return Signing(token, tuple(secrets), receiver.is_addon)

    @staticmethod
    def _decrypted(box: "SecretBox", sealed: bytes, purpose: str) -> str:
        return box.decrypt(sealed, purpose).decode()

    # --- settling -------------------------------------------------------------------------------------

    def _settle_soon(self) -> None:
        if len(self._finished) >= SETTLED_FROM or (self._is_hungry and not self._under_way):
            self._wake()
        elif self._settling is None:
            seconds = SETTLED_SOON_SECONDS if self._is_hungry else SETTLED_AFTER_SECONDS
            self._settling = asyncio.get_running_loop().call_later(seconds, self._wake)

    def _wake(self) -> None:
        if self._settling is not None:
            self._settling.cancel()
            self._settling = None
        self._woken.set()

    async def _settle(self) -> bool:
        """Whether there is more to settle, or something to take that could not be taken before this was."""
        batch, self._finished = self._finished[:SETTLED_AT_ONCE], self._finished[SETTLED_AT_ONCE:]
        if not batch:
            return False
        # Of one that fails, or begins to, the next is taken once this is known.
        is_waited_for = any(not one.is_good or one.delivery.webhook_id in self._failing for one in batch)
        try:
            broken = await self._settled(batch)
        finally:
            # Even if nobody could be told: the leases end, and the deliveries come again.
            self._let_go([one.delivery for one in batch])
        for one in broken:
            await self._give_up(one)
        return is_waited_for or bool(self._finished)

    async def _settled(self, batch: list[Outcome]) -> list[Broken]:
        """All together; where that is refused, one by one, so that only what cannot be kept is lost."""
        try:
            return await call_patiently(self._verbs, SETTLE, list[Broken], arguments={"outcomes": batch})
        except VerbFailed:
            if len(batch) == 1:
                lost = batch[0].delivery
                log.error("what became of a delivery was lost", webhook=lost.webhook_id, revision=lost.revision)
                return []
        each = [await self._settled([one]) for one in batch]
        return list(dict.fromkeys(chain.from_iterable(each)))

    def _let_go(self, batch: list[Due]) -> None:
        for one in batch:
            if not _less(self._held, one.webhook_id):
                self._places.pop(one.webhook_id, None)

    async def _give_up(self, broken: Broken) -> None:
        arguments = {"webhook_id": broken.webhook_id, "url": broken.url, "is_gone": broken.is_gone}
        verb = "webhooks.deliveries.disable"
        if await call_patiently(self._verbs, verb, bool, arguments=arguments, workspace_id=broken.workspace_id):
            log.warning("a webhook was given up", webhook=broken.webhook_id, is_gone=broken.is_gone)


def _less(counter: Counter[str], key: str) -> int:
    """One less; what is none is forgotten."""
    counter[key] -= 1
    return counter[key] or counter.pop(key)
