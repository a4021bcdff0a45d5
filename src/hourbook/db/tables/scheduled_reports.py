"""Scheduled reports: which report is mailed when, as what, to whom, and how far each schedule is.

What people decide stands in the first table and is journaled. The second is the worker's: it counts periods
and tries, and whoever begins a try draws a new number, so that only the newest one can end a period.
"""

import sqlalchemy as sa

from hourbook.db.tables.columns import METADATA, Flag, Id, stamps, workspace_key

scheduled_reports = sa.Table(
    "scheduled_reports",
    METADATA,
    workspace_key(),
    sa.Column("id", Id, primary_key=True),
    # Whose eyes the report is seen with.
    sa.Column("user_id", Id, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    # SUMMARY, DETAILED...; CSV, XLSX or PDF.
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    # The request as it was sent, and what it asks, both as JSON.
    sa.Column("filter", sa.Text, nullable=False),
    sa.Column("request", sa.Text, nullable=False),
    # DAILY, WEEKLY or MONTHLY; the weekday (0: Monday) or the day of the month, None for the others.
    sa.Column("every", sa.Text, nullable=False),
    sa.Column("weekday", sa.Integer),
    sa.Column("month_day", sa.Integer),
    sa.Column("minute", sa.Integer, nullable=False),
    sa.Column("zone", sa.Text, nullable=False),
    sa.Column("is_paused", Flag, nullable=False),
    *stamps(),
    sa.Index(None, "workspace_id", "user_id", "id"),
    sa.Index(None, "user_id"),
)

scheduled_report_recipients = sa.Table(
    "scheduled_report_recipients",
    METADATA,
    workspace_key(),
    sa.Column("report_id", Id, primary_key=True),
    sa.Column("user_id", Id, primary_key=True),
    sa.Index(None, "workspace_id", "user_id", "report_id"),
    sa.Index(None, "user_id"),
)

# Not journaled: when the worker looks next is no fact of the domain.
scheduled_report_runs = sa.Table(
    "scheduled_report_runs",
    METADATA,
    workspace_key(),
    sa.Column("report_id", Id, primary_key=True),
    # The moment of the period that is to be mailed next; None while paused.
    sa.Column("next_run_at_us", sa.BigInteger),
    # When somebody may try next: that moment, or later after a try that came to nothing.
    sa.Column("next_try_at_us", sa.BigInteger),
    # Of this period.
    sa.Column("attempts", sa.Integer, nullable=False),
    # Which try is the newest one, and how often the schedule was changed: no number comes twice.
    sa.Column("turn", sa.BigInteger, nullable=False),
    # The period that was mailed last, and when.
    sa.Column("last_run_at_us", sa.BigInteger),
    sa.Column("last_sent_at_us", sa.BigInteger),
    # Why the newest try failed (empty: it did not), and when.
    sa.Column("failure", sa.Text, nullable=False),
    sa.Column("failure_message", sa.Text, nullable=False),
    sa.Column("failed_at_us", sa.BigInteger),
    # Whether the owner had a mail about it, since it last went well.
    sa.Column("is_owner_told", Flag, nullable=False),
    *stamps(),
    sa.Index(None, "next_try_at_us"),
)
