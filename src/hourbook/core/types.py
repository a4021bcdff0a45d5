"""Small types every layer speaks: roles, pages, sort orders.

They carry no behaviour beyond what their names promise.
"""

import enum

import msgspec


class Role(enum.StrEnum):
    """Roles add up; a person without a grant is a member (roles.md section 1)."""

    OWNER = "OWNER"
    WORKSPACE_ADMIN = "WORKSPACE_ADMIN"
    PROJECT_MANAGER = "PROJECT_MANAGER"
    TEAM_MANAGER = "TEAM_MANAGER"


class SortOrder(enum.StrEnum):
    ASCENDING = "ASCENDING"
    DESCENDING = "DESCENDING"


class Weekday(enum.StrEnum):
    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


class Page(msgspec.Struct, frozen=True):
    """One page of a list: 1-based number and size in rows."""

    number: int = 1
    size: int = 50

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size


class Rate(msgspec.Struct, frozen=True):
    """An hourly rate in minor units of a currency."""

    amount: int
    currency: str


class Origin(enum.StrEnum):
    """What caused a journaled change."""

    API = "api"
    TIMER = "timer"
    IMPORT = "import"
    CASCADE = "cascade"
    JOB = "job"
    CLI = "cli"


class Deployment(msgspec.Struct, frozen=True):
    """What an operation may know of the server it runs on: where it is reached (for links), whether it sends mail."""

    base_url: str = ""
    mail_is_on: bool = False
    # How many custom fields a workspace may have.
    custom_fields_limit: int = 50
    # Networks that are not public, where servers named by people may be asked.
    private_networks: tuple[str, ...] = ()
    # How long an invitation's link works.
    invitation_days: int = 14
    # How long a session lasts at most, and without being used.
    session_days: int = 90
    session_idle_hours: int = 336
    # How long an answer to a request with an Idempotency-Key is kept.
    idempotency_hours: int = 24
    # How many bytes of them are kept for somebody in a workspace; 0: any number.
    idempotency_bytes_limit: int = 100_000_000
    # How long a workspace that is to be deleted waits, and how much an account may upload.
    workspace_deletion_days: int = 14
    # How long an operation can be taken back.
    undo_days: int = 90
    upload_quota_bytes: int = 20_000_000
    # Networks that are not public, where webhooks may go all the same.
    webhook_networks: tuple[str, ...] = ()
    # How many webhooks somebody may have in a workspace, and a workspace in all.
    webhooks_per_user: int = 10
    webhooks_per_workspace: int = 100
    # How long events of webhooks and their tries are kept; 0: for ever.
    webhook_log_days: int = 30
