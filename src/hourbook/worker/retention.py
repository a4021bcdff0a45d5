"""How long what is over is kept: one declared table, which the janitor works through every hour.

Each row names what goes, the setting that says after how many days (0: never), and the verb that removes
a portion of it. docs/operating.md lists this table. What is over is for each slice to say.
"""

from dataclasses import dataclass

PORTION = 1000
HOUR_US = 3600 * 1_000_000
DAY_US = 24 * HOUR_US


@dataclass(frozen=True)
class Period:
    """`verb(before_us, limit)` removes about so many and answers how many it were, 0 when none is left."""

    things: str
    setting: str
    verb: str
    how: str
    # What the setting counts.
    unit_us: int = DAY_US


PERIODS: tuple[Period, ...] = (
    Period(
        "sent and given-up mails",
        "keep_mail_days",
        "mail.forget_over",
        "The link in a mail is cleared the moment it is sent or given up; this is the line that says it was.",
    ),
    Period(
        "finished jobs",
        "keep_jobs_days",
        "jobs.forget_over",
        "Jobs that are done or were given up. What waits or recurs stays.",
    ),
    Period(
        "ended sessions, used password links, wrong sign-ins",
        "keep_sign_in_days",
        "sign_in.forget_over",
        "Counted from when they ended, expired or happened.",
    ),
    Period(
        "calls that told add-ons something",
        "keep_webhook_log_days",
        "addons.calls.forget_over",
        "Those that arrived or were given up; their tokens are cleared the moment they are.",
    ),
    Period(
        "exports",
        "keep_exports_hours",
        "exports.forget_over",
        "Reports that were made in the background, with their files; what was never finished too.",
        HOUR_US,
    ),
    Period(
        "answers to requests with an Idempotency-Key",
        "keep_idempotency_hours",
        "idempotency.forget_over",
        "A request that is repeated later has its effect again.",
        HOUR_US,
    ),
    Period(
        "events of webhooks, deliveries, tries",
        "keep_webhook_log_days",
        "webhooks.deliveries.forget_over",
        "With the bodies that were sent and what was answered. Counted from when each was made.",
    ),
    Period(
        "answered invitations",
        "keep_invitations_days",
        "invitations.forget_over",
        "Accepted, declined, revoked or replaced ones. Open ones stay until somebody answers or revokes them.",
    ),
)
