"""How deliveries go: when one is tried again, when a receiver is given up, what is signed and how. Pure.

The schedule and the signatures are those of the Standard Webhooks specification; the first two headers are what
receivers of the contract compare (wire-events section 2). A message's id is the same on every try.
"""

import base64
import enum
import hashlib
import hmac
import zlib
from collections.abc import Sequence

import msgspec

from hourbook.core.ids import made_at_s

SECOND_US = 1_000_000
HOUR_S = 3600
# How long after the failure before it each try is made.
PAUSES_S = (0, 5, 300, 1800, 2 * HOUR_S, 5 * HOUR_S, 10 * HOUR_S, 14 * HOUR_S, 20 * HOUR_S, 24 * HOUR_S)
TRIES = len(PAUSES_S)
# A try is put off by up to this share of its pause, so that what failed together does not come back together.
JITTER = 0.1
# What this server cannot sign is tried again by the same schedule, but never later than this.
OURS_PAUSE_S = 1800
# An answer may ask for patience up to this.
PATIENCE_S = 24 * HOUR_S
# A try is no later than this before its delivery is cleared away.
KEPT_MARGIN_US = HOUR_S * SECOND_US
GIVEN_UP_AFTER_US = 5 * 24 * HOUR_S * SECOND_US
LEASE_SECONDS = 120
SECRET_PREFIX = "whsec_"  # noqa: S105 (how one begins)
GONE = 410
ASKS_FOR_PATIENCE = (429, 503)
BODIES_LIMIT_BYTES = 4_000_000
# Works off what is too much for a request.
BACKLOG_JOB = "webhook_backlog"
ERASING_JOB = "webhook_erasure"


class State(enum.StrEnum):
    WAITING = "WAITING"
    RETRYING = "RETRYING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


class Reason(enum.StrEnum):
    """Why a receiver is given up; the words of mails say it in each language."""

    GONE = "WEBHOOK_GONE"
    FAILING = "WEBHOOK_FAILING"


class LoggedTry(msgspec.Struct, frozen=True):
    """A try as its log shows it. `status_code` 0: there was no answer, and `answer` says why."""

    id: str
    webhook_id: str
    delivery_id: str
    status_code: int
    answer: str
    answered_at_us: int
    body: bytes


class Standing(msgspec.Struct, frozen=True):
    """How a delivery stands, with its last try."""

    delivery_id: str
    state: str
    failures: int
    last_try: LoggedTry

    @property
    def shown_state(self) -> str:
        """One that waits once more is being retried."""
        return State.RETRYING if self.state == State.WAITING else self.state

    @property
    def retries(self) -> int:
        """How many tries came after the first one."""
        return self.failures if self.state == State.SUCCEEDED else max(self.failures - 1, 0)


class Receiver(msgspec.Struct, frozen=True):
    """Where deliveries go and what they are signed with; the secrets are encrypted."""

    workspace_id: str
    id: str
    url: str
    is_addon: bool
    auth_token: bytes
    signing_secret: bytes
    previous_signing_secret: bytes | None
    previous_ends_at_us: int | None


class Due(msgspec.Struct, frozen=True):
    """A delivery under a lease; `attempts` says which lease, `failures` how often it failed so far."""

    workspace_id: str
    webhook_id: str
    revision: int
    part: int
    id: str
    attempts: int
    failures: int


class Content(msgspec.Struct, frozen=True):
    """What is sent, for all deliveries of a message."""

    workspace_id: str
    revision: int
    part: int
    event: str
    body: str


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker can take: so many in all, so many of each webhook, so many of failing ones, which get one each.

    `busy`: webhooks with as many under way as they may have. `held`: those with any in its hands.
    """

    limit: int
    each: int
    failing_limit: int
    busy: tuple[str, ...] = ()
    held: tuple[str, ...] = ()


class Leased(msgspec.Struct, frozen=True):
    """What a worker gets at once. `failing`: webhooks among them that only fail."""

    deliveries: list[Due]
    receivers: list[Receiver]
    contents: list[Content]
    failing: list[str] = []


class Outcome(msgspec.Struct, frozen=True):
    """What became of a try. `status_code` 0: no answer; `answer` says why. `retry_after_s`: what the answer asked.

    `url`: where it was sent, which the webhook may have left since; empty when that is where it leads now.
    `is_ours`: nothing was sent, for a reason that is this server's alone.
    """

    delivery: Due
    status_code: int
    answer: str
    retry_after_s: int | None = None
    url: str = ""
    is_ours: bool = False

    @property
    def is_good(self) -> bool:
        return 200 <= self.status_code < 300


class Settled(msgspec.Struct, frozen=True):
    """What becomes of a delivery after a try."""

    state: State
    failures: int
    next_try_at_us: int


class Range(msgspec.Struct, frozen=True, kw_only=True):
    """Which deliveries are meant: made in this time (seconds), of events after this one, only those that failed."""

    from_s: int | None = None
    to_s: int | None = None
    after: str | None = None
    only_failed: bool = False


class Again(msgspec.Struct, frozen=True, kw_only=True):
    """The same with its bounds as they are stored, and as far as it got: what is behind this revision and part is left.

    `asked_at_us`: what was touched after it is not meant.
    """

    asked_at_us: int
    behind: tuple[int, int] = (-1, 0)
    from_us: int | None = None
    to_us: int | None = None
    delivery_id: str | None = None
    only_failed: bool = False


class Known(msgspec.Struct, frozen=True):
    """What is known of a webhook when an answer comes: where it leads now, since when it only fails.

    `given_up_to`: what waits of revisions up to this one is being given up.
    """

    url: str
    failing_since_us: int | None
    given_up_to: int | None


class Broken(msgspec.Struct, frozen=True):
    """A receiver that is to be given up, at this address. `is_gone`: it said so itself."""

    workspace_id: str
    webhook_id: str
    url: str
    is_gone: bool


def message_id(workspace_id: str, revision: int, part: int) -> str:
    """The id of an event, the same on every try and in the change feed."""
    return f"{workspace_id}.{revision}" + (f".{part}" if part else "")


def revision_of(text: str, workspace_id: str) -> int | None:
    """The revision in a message's id, or in a plain number; None for what is neither."""
    words = text.strip().removeprefix(f"{workspace_id}.").split(".")
    numbers = [int(word) for word in words if word.isascii() and word.isdecimal() and len(word) <= 18]
    return numbers[0] if len(numbers) == len(words) and len(words) <= 2 else None


def lease_until_us(now_us: int) -> int:
    """Until when nobody else takes a delivery that was just leased."""
    return now_us + LEASE_SECONDS * SECOND_US


def settled(outcome: Outcome, now_us: int, *, kept_us: int | None = None) -> Settled:
    """Done; or tried again after the schedule's pause, or later where the answer asked so; or given up."""
    delivery = outcome.delivery
    if outcome.is_good:
        return Settled(State.SUCCEEDED, delivery.failures, now_us)
    failures = delivery.failures + 1
    if failures >= TRIES or outcome.status_code == GONE:
        return Settled(State.FAILED, failures, now_us)
    pause_us = int(PAUSES_S[failures] * (1 + JITTER * _chance(delivery.id, failures)) * SECOND_US)
    return Settled(State.RETRYING, failures, now_us + max(pause_us, patience_us(outcome, now_us, kept_us=kept_us)))


def is_elsewhere(outcome: Outcome, known: Known | None) -> bool:
    """Whether a try failed at an address that the webhook has left: that says nothing of where it leads now."""
    return not outcome.is_good and known is not None and outcome.url not in ("", known.url)


def settled_elsewhere(outcome: Outcome, now_us: int) -> Settled:
    """What failed at an address that was left is tried at the new one, as if that had not been."""
    return Settled(State.RETRYING, outcome.delivery.failures, now_us)


def settled_ours(outcome: Outcome, now_us: int) -> Settled:
    """What this server could not send counts for nothing, and is tried again however often that was."""
    delivery = outcome.delivery
    pause_s = min(PAUSES_S[min(delivery.attempts, TRIES - 1)], OURS_PAUSE_S)
    pause_us = int(pause_s * (1 + JITTER * _chance(delivery.id, delivery.attempts)) * SECOND_US)
    return Settled(State.RETRYING, delivery.failures, now_us + pause_us)


def patience_us(outcome: Outcome, now_us: int, *, kept_us: int | None = None) -> int:
    """How long the answer asked to be left alone.

    `kept_us`: how long the delivery is kept, and then cleared away. The tries that it may still have come before that.
    """
    if outcome.status_code not in ASKS_FOR_PATIENCE or outcome.retry_after_s is None:
        return 0
    asked_us = min(max(outcome.retry_after_s, 0), PATIENCE_S) * SECOND_US
    if kept_us is None:
        return asked_us
    later_us = int(sum(PAUSES_S[outcome.delivery.failures + 2 :]) * (1 + JITTER) * SECOND_US)
    ends_us = made_at_s(outcome.delivery.id) * SECOND_US + kept_us - KEPT_MARGIN_US
    return min(asked_us, max(ends_us - later_us - now_us, 0))


def kept_us(days: int) -> int | None:
    """How long a delivery is kept; None: for ever."""
    return days * 24 * HOUR_S * SECOND_US or None


def _chance(delivery_id: str, failures: int) -> float:
    """A number from 0 to 1 that looks like chance and is the same when the work is done again."""
    return zlib.crc32(f"{delivery_id}{failures}".encode()) / 0xFFFFFFFF


def rest_us(failing_for_us: int) -> int:
    """How long a receiver that only fails is left alone between tries: not at first, then up to a minute."""
    if failing_for_us < 10 * SECOND_US:
        return 0
    return min(max(failing_for_us // 10, SECOND_US), 60 * SECOND_US)


def is_given_up(failing_since_us: int, now_us: int) -> bool:
    """Whether days of nothing but failures are enough."""
    return now_us - failing_since_us >= GIVEN_UP_AFTER_US


# --- what is sent ------------------------------------------------------------------------------------


def new_secret(random_bytes: bytes) -> str:
    """A signing secret as people paste it into a receiver."""
    return SECRET_PREFIX + base64.b64encode(random_bytes).decode()


def signature(secret: str, id_: str, timestamp_s: int, *, body: bytes) -> str:
    """One signature of the Standard Webhooks kind."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{id_}.{timestamp_s}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


class Signing(msgspec.Struct, frozen=True):
    """The plain secrets of a receiver: the token as it is sent, and every secret that signs now."""

    auth_token: str
    secrets: tuple[str, ...]
    is_addon: bool


def headers(signing: Signing, content: Content, *, now_us: int) -> list[tuple[str, str]]:
    """All headers of a delivery but those of the connection. An add-on gets its token in one of them alone."""
    id_ = message_id(content.workspace_id, content.revision, content.part)
    now_s = now_us // SECOND_US
    body = content.body.encode()
    signatures = " ".join(signature(secret, id_, now_s, body=body) for secret in signing.secrets)
    found = [
        ("Content-Type", "application/json"),
        ("User-Agent", "Hourbook-Webhooks/1"),
        ("Clockify-Signature", signing.auth_token),
        ("Clockify-Webhook-Event-Type", content.event),
        ("webhook-id", id_),
        ("webhook-timestamp", str(now_s)),
        ("webhook-signature", signatures),
    ]
    if not signing.is_addon:
        found.append(("Clockify-Signature-Token", signing.auth_token))
    return found


# --- choosing what to lease ----------------------------------------------------------------------------


class Candidate(msgspec.Struct, frozen=True):
    """A delivery that is due, with the length of its body."""

    delivery: Due
    body_bytes: int


def chosen(candidates: Sequence[Candidate], limit: int, per_receiver: int) -> list[Due]:
    """In turns, one of each receiver, oldest first; within the limits, but at least one however long it is."""
    by_receiver: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        by_receiver.setdefault(candidate.delivery.webhook_id, []).append(candidate)
    found: list[Due] = []
    size = 0
    for turn in range(per_receiver):
        for waiting in (rows for rows in by_receiver.values() if len(rows) > turn):
            size += waiting[turn].body_bytes
            if len(found) >= limit or (found and size > BODIES_LIMIT_BYTES):
                return found
            found.append(waiting[turn].delivery)
    return found
