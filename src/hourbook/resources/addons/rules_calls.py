"""Calls of the lifecycle: what each says, and when one that failed is tried again. Pure.

The schedule is that of webhooks. A call waits until those before it of the same add-on are over, so that an add-on
never hears of its settings before it hears that it is installed.
"""

import enum
from typing import Any

import msgspec

from hourbook.core.ids import UNKNOWN_ID_BYTES

MICROSECONDS = 1_000_000
HOUR_S = 3600
# How long after the failure before it each try is made (wire-events section 8).
PAUSES_S = (0, 5, 300, 1800, 2 * HOUR_S, 5 * HOUR_S, 10 * HOUR_S, 14 * HOUR_S, 20 * HOUR_S, 24 * HOUR_S)
LEASE_SECONDS = 120
REASON_LIMIT = 300
GONE = 410
# Whose calls are those of workspaces that are gone.
SERVER_ID = UNKNOWN_ID_BYTES.hex()
TOKEN_HEADER = "X-Addon-Lifecycle-Token"  # noqa: S105 (what a header is called)


class CallState(enum.StrEnum):
    QUEUED = "QUEUED"
    SENT = "SENT"
    FAILED = "FAILED"


class Call(msgspec.Struct):
    """A row of the outbox. `content`: encrypted, of a `CallContent`; None once the call is over."""

    workspace_id: str
    id: str
    addon_id: str
    type: str
    url: str
    content: bytes | None
    state: CallState
    attempts: int
    next_try_at_us: int
    reason: str
    created_at_us: int
    updated_at_us: int


class CallContent(msgspec.Struct, frozen=True):
    """What is sent: the token in its header, and the body."""

    token: str
    body: str


class Settled(msgspec.Struct, frozen=True):
    """What becomes of a call after a try."""

    state: CallState
    next_try_at_us: int
    reason: str


_decode = msgspec.json.Decoder(CallContent).decode


def encode_content(token: str, body: dict[str, Any]) -> bytes:
    return msgspec.json.encode(CallContent(token, msgspec.json.encode(body).decode()))


def decode_content(text: bytes) -> CallContent:
    return _decode(text)


def lease_until_us(now_us: int) -> int:
    """Until when nobody else takes a call that was just leased."""
    return now_us + LEASE_SECONDS * MICROSECONDS


def settled(reason: str, *, attempts: int, is_final: bool, now_us: int) -> Settled:
    """No reason: it arrived. Else it is tried again on the schedule, unless that is over or the refusal is final."""
    if not reason:
        return Settled(CallState.SENT, now_us, "")
    reason = " ".join(reason.split())[:REASON_LIMIT]
    if is_final or attempts >= len(PAUSES_S):
        return Settled(CallState.FAILED, now_us, reason)
    return Settled(CallState.QUEUED, now_us + PAUSES_S[attempts] * MICROSECONDS, reason)


def installed_body(head: dict[str, str], auth_token: str, *, api_url: str, webhooks: list[dict[str, str]]) -> Any:
    """`head`: addonId, workspaceId, asUser."""
    return {
        "addonId": head["addonId"],
        "authToken": auth_token,
        "workspaceId": head["workspaceId"],
        "asUser": head["asUser"],
        "apiUrl": api_url,
        # There is no account of the add-on's own: what it does, it does as the owner.
        "addonUserId": head["asUser"],
        "webhooks": webhooks,
    }


def deleted_body(addon_id: str, workspace_id: str, owner_id: str) -> dict[str, str]:
    return {"addonId": addon_id, "workspaceId": workspace_id, "asUser": owner_id}
