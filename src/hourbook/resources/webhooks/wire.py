"""The JSON of webhooks, their logs and statuses (wire-events section 1).

Only this file knows how the contract spells these things. Pages of logs and statuses begin with 0, and the two
write the same instant in two ways.
"""

import enum
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from hourbook.core.errors import InvalidValue
from hourbook.core.types import SortOrder
from hourbook.http.wire import CredentialField, In, Out, Query, instant_of
from hourbook.resources.webhooks import rules
from hourbook.resources.webhooks.rules import EVENTS, Source, Wanted, Webhook, WebhookType
from hourbook.resources.webhooks.rules_deliveries import LoggedTry, Standing

PAGE_LIMIT = 200
_SECOND_US = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The published events as an enumeration, so that the contract we publish lists them.
Event = enum.StrEnum("Event", {name: name for name in EVENTS})  # type: ignore[misc]  # made of the table


class Outcome(enum.StrEnum):
    ALL = "ALL"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


class Status(enum.StrEnum):
    SUCCEEDED = "SUCCEEDED"
    RETRYING = "RETRYING"
    FAILED = "FAILED"


class WebhookOut(Out):
    """`signing_secret` stands here when the webhook was just made, or its token was just changed; never again."""

    id: str
    user_id: str
    workspace_id: str
    name: str
    url: str
    auth_token: Annotated[str, CredentialField]
    webhook_event: Event
    trigger_source_type: str
    trigger_source: tuple[str, ...]
    enabled: bool
    delivery_enabled: bool
    plan_enabled: bool
    signing_secret: Annotated[str, CredentialField] | UnsetType = UNSET


class WebhooksOut(Out):
    webhooks: list[WebhookOut]
    workspace_webhook_count: int


class WebhookIn(In):
    """The same for making and for replacing. A program that leaves out `name` gets one made up (wire-events 8)."""

    url: str | None = None
    webhook_event: Event | None = None
    trigger_source_type: Source | None = None
    trigger_source: tuple[str, ...] | None = None
    name: str | None = None

    def wanted(self) -> Wanted:
        if not self.url:
            raise InvalidValue("url is required")
        if self.webhook_event is None:
            raise InvalidValue("webhookEvent is required")
        if self.trigger_source_type is None:
            raise InvalidValue("triggerSourceType is required")
        return Wanted(
            name=self.name,
            url=self.url,
            event=self.webhook_event.value,
            source_type=self.trigger_source_type,
            source_ids=self.trigger_source or (),
        )


class WebhookListQuery(Query):
    """Page parameters are ignored: every row comes back (wire-events section 1)."""

    type: WebhookType | None = None


class LogsQuery(Query):
    """The first page is 0."""

    page: int = 0
    size: int = 50

    def rows(self) -> tuple[int, int]:
        """From which row on, and how many."""
        return rules.check_first_row(self.page, self.size, most=PAGE_LIMIT), self.size


class StatusesQuery(LogsQuery):
    statuses: tuple[Status, ...] = ()


class LogsIn(In):
    from_: Annotated[str | None, msgspec.Meta(description="The first instant")] = msgspec.field(
        name="from", default=None
    )
    to: str | None = None
    sort_by_newest: bool | None = None
    status: Outcome | None = None

    def wanted(self) -> dict[str, Any]:
        """As the store takes it. The last second counts to its end, because it is asked for by its name."""
        first, last = instant_of(self.from_, "from"), instant_of(self.to, "to")
        found: dict[str, Any] = {
            "outcome": (self.status or Outcome.ALL).value,
            "order": SortOrder.DESCENDING if self.sort_by_newest else SortOrder.ASCENDING,
        }
        if first is not None:
            found["from_us"] = first * _SECOND_US
        if last is not None:
            found["to_us"] = last * _SECOND_US + _SECOND_US - 1
        return found


class LogOut(Out):
    id: str
    webhook_id: str
    webhook_event_status_id: str
    status_code: int
    request_body: str
    response_body: str
    responded_at: str


class StatusOut(Out):
    id: str
    webhook_id: str
    webhook_log_id: str
    status: str
    retry_count: int
    status_code: int
    request_body: str
    response_body: str
    responded_at: str


def webhook_out(webhook: Webhook, token: str, secret: str | None = None) -> WebhookOut:
    """`planEnabled`: there are no plans here. `secret`: where it is shown."""
    return WebhookOut(
        id=webhook.id,
        user_id=webhook.user_id,
        workspace_id=webhook.workspace_id,
        name=webhook.name,
        url=webhook.url,
        auth_token=token,
        webhook_event=Event(webhook.event),
        trigger_source_type=webhook.source_type,
        trigger_source=webhook.sources,
        enabled=webhook.enabled,
        delivery_enabled=webhook.delivery_enabled,
        plan_enabled=True,
        signing_secret=UNSET if secret is None else secret,
    )


def log_out(found: LoggedTry) -> LogOut:
    """Milliseconds and an offset: 2024-03-04T12:02:28.125+00:00."""
    at = _EPOCH + timedelta(microseconds=found.answered_at_us)
    return LogOut(
        id=found.id,
        webhook_id=found.webhook_id,
        webhook_event_status_id=found.delivery_id,
        status_code=found.status_code,
        request_body=found.body.decode(),
        response_body=found.answer,
        responded_at=at.isoformat(timespec="milliseconds"),
    )


def status_out(found: Standing) -> StatusOut:
    """Seconds, and blanks between the parts: 2025-02-02 12:02:28 +0000."""
    last = found.last_try
    at = _EPOCH + timedelta(microseconds=last.answered_at_us)
    return StatusOut(
        id=found.delivery_id,
        webhook_id=last.webhook_id,
        webhook_log_id=last.id,
        status=found.shown_state,
        retry_count=found.retries,
        status_code=last.status_code,
        request_body=last.body.decode(),
        response_body=last.answer,
        responded_at=at.strftime("%Y-%m-%d %H:%M:%S +0000"),
    )
