"""Webhooks: who wants to hear of what, the bodies of events, and what became of each delivery.

A webhook is journaled. Messages, deliveries and tries are made from the journal and are not. A message is an
event with its body, made once however many webhooks get it; a delivery is one message for one webhook.
"""

import sqlalchemy as sa

from hourbook.db.indexes import partial_index
from hourbook.db.tables.columns import METADATA, Flag, Id, encrypted, stamps, workspace_key

webhooks = sa.Table(
    "webhooks",
    METADATA,
    workspace_key(),
    sa.Column("id", Id, primary_key=True),
    # Who made it; the add-on it belongs to, if any.
    sa.Column("user_id", Id, nullable=False),
    sa.Column("addon_id", Id),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    # PROJECT_ID, USER_ID...; the ids as a JSON list, empty for the whole workspace.
    sa.Column("source_type", sa.Text, nullable=False),
    sa.Column("source_ids", sa.Text, nullable=False),
    sa.Column("enabled", Flag, nullable=False),
    # False after days of nothing but failures, or when the receiver answered 410.
    sa.Column("delivery_enabled", Flag, nullable=False),
    encrypted("auth_token", "webhooks.auth_token"),
    encrypted("signing_secret", "webhooks.signing_secret"),
    # After a rotation those of before sign too: a line for each, and until when the last of them does.
    encrypted("previous_signing_secret", "webhooks.previous_signing_secret", nullable=True),
    sa.Column("previous_ends_at_us", sa.BigInteger),
    # When somebody last asked for a test event, or for old events again.
    sa.Column("asked_at_us", sa.BigInteger),
    *stamps(),
    sa.Index(None, "id"),
    sa.Index(None, "workspace_id", "event"),
    sa.Index(None, "workspace_id", "user_id"),
)

# How deliveries to a webhook go; apart from the webhook, because it changes with each of them. Derived.
webhook_health = sa.Table(
    "webhook_health",
    METADATA,
    workspace_key(),
    sa.Column("webhook_id", Id, primary_key=True),
    # The first failure since the last success; empty while all is well.
    sa.Column("failing_since_us", sa.BigInteger),
    # Until when nothing is sent (Retry-After).
    sa.Column("paused_until_us", sa.BigInteger),
    # While a long backlog is given up: what waits of events up to this revision is; nothing is sent until that is done.
    sa.Column("given_up_to", sa.BigInteger),
    *stamps(),
)

# Up to which revision of a workspace events were made into messages. A workspace without webhooks has none.
webhook_cursors = sa.Table(
    "webhook_cursors",
    METADATA,
    workspace_key(),
    sa.Column("revision", sa.BigInteger, nullable=False),
    # Raised by every erasure of a person: what was read before is thrown away.
    sa.Column("erasures", sa.BigInteger, nullable=False),
    *stamps(),
)

webhook_messages = sa.Table(
    "webhook_messages",
    METADATA,
    workspace_key(),
    sa.Column("revision", sa.BigInteger, primary_key=True, autoincrement=False),
    # A row about many things is many messages, numbered from 0.
    sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    *stamps(),
    sa.Index(None, "created_at_us"),
)

webhook_deliveries = sa.Table(
    "webhook_deliveries",
    METADATA,
    workspace_key(),
    sa.Column("webhook_id", Id, primary_key=True),
    sa.Column("revision", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
    # What the API calls the event status; the try that was last.
    sa.Column("id", Id, nullable=False),
    sa.Column("last_try_id", Id),
    # WAITING (as fan-out makes it), RETRYING, SUCCEEDED or FAILED.
    sa.Column("state", sa.Text, nullable=False),
    # Counts leases; only the holder of the newest one may say what became of it. 0 at first.
    sa.Column("attempts", sa.Integer, nullable=False),
    # How often it failed since it was made, or since it was asked for again: what the schedule goes by. 0 at first.
    sa.Column("failures", sa.Integer, nullable=False),
    # Which server's worker has it or had it last; empty at first and once that said what became of it.
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("next_try_at_us", sa.BigInteger, nullable=False),
    *stamps(),
    partial_index(
        "ix_webhook_deliveries_due", "webhook_id", "next_try_at_us", where="state IN ('WAITING', 'RETRYING')"
    ),
    # Ids are in the order in which deliveries were made.
    sa.Index(None, "workspace_id", "webhook_id", "id"),
    sa.Index(None, "created_at_us"),
)

webhook_tries = sa.Table(
    "webhook_tries",
    METADATA,
    workspace_key(),
    sa.Column("id", Id, primary_key=True),
    sa.Column("webhook_id", Id, nullable=False),
    sa.Column("delivery_id", Id, nullable=False),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("part", sa.Integer, nullable=False),
    # 0: there was no answer, and `answer` says why.
    sa.Column("status_code", sa.Integer, nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("answered_at_us", sa.BigInteger, nullable=False),
    *stamps(),
    sa.Index(None, "workspace_id", "webhook_id", "answered_at_us"),
    sa.Index(None, "created_at_us"),
)
