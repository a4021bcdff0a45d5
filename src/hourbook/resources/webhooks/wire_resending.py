"""The JSON of asking for events: our own surface, so these spellings are ours.

Only this file knows them. It decides nothing.
"""

import msgspec

from hourbook.http.wire import In, Out, instant_of
from hourbook.resources.webhooks.rules_deliveries import Range


class ResendIn(In):
    """`after`: the id of an event (the header webhook-id), or its revision; events that came after it are meant."""

    from_: str | None = msgspec.field(name="from", default=None)
    to: str | None = None
    after: str | None = None
    only_failed: bool | None = None

    def wanted(self) -> Range:
        return Range(
            from_s=instant_of(self.from_, "from"),
            to_s=instant_of(self.to, "to"),
            after=self.after or None,
            only_failed=bool(self.only_failed),
        )


class QueuedOut(Out):
    """`event_id`: what the header webhook-id will say."""

    event_id: str


class ResentOut(Out):
    """How many deliveries are queued."""

    deliveries: int
