"""Puts the parts together: settings to engine, database, pipeline, application.

Nothing here decides anything; it is the one place that knows all the parts.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hourbook import resources
from hourbook.access.secrets import KEY_FILE, Keyring, SecretBox
from hourbook.core.clock import Clock, SystemClock
from hourbook.core.ids import IdSource
from hourbook.core.types import Deployment
from hourbook.db.database import Database
from hourbook.db.engine import Engine, make_engine
from hourbook.http.app import App
from hourbook.http.credentials import CookieStyle
from hourbook.http.limits import Limits
from hourbook.http.metrics import Metrics
from hourbook.http.pipeline import Pipeline
from hourbook.http.surroundings import Surroundings
from hourbook.journal import journal
from hourbook.settings import Settings

if TYPE_CHECKING:
    from hourbook.columns.keeping import ColumnsKeeper


@dataclass
class Runtime:
    """A whole server without its socket."""

    settings: Settings
    engine: Engine
    database: Database
    pipeline: Pipeline
    surroundings: Surroundings
    secrets: SecretBox
    app: App
    clock: Clock
    ids: IdSource


def build(
    database_url: str | None = None,
    *,
    settings: Settings | None = None,
    clock: Clock | None = None,
    ids: IdSource | None = None,
) -> Runtime:
    """The parts of a server, not yet opened; the database is that of the settings unless one is given."""
    resources.load()
    settings = settings or Settings()
    clock = clock or SystemClock()
    ids = ids or IdSource(clock)
    engine = make_engine(database_url or settings.database_url)
    database = Database(engine, journal.append, read_turn_us=settings.read_turn_microseconds)
    cookies = CookieStyle(settings.base_url.startswith("https:"), settings.root_path or "/")
    secrets = secret_box(settings, engine)
    deployment = deployment_of(settings)
    pipeline = Pipeline(database, clock, ids, secrets=secrets, cookies=cookies, deployment=deployment)
    pipeline.askers.limits = limits_of(settings)
    pipeline.kept.columns = columns_of(settings)
    metrics = Metrics(database)
    surroundings = Surroundings(settings, database, metrics)
    app = App(
        pipeline,
        root_path=settings.root_path,
        cors_origins=settings.cors_origins,
        pages=surroundings.answer,
        logs_requests=settings.access_log,
    )
    streams = pipeline.streams
    streams.per_credential, streams.in_all = settings.streams_per_credential, settings.streams_limit
    streams.is_draining = lambda: surroundings.draining
    app.observe = metrics.observe
    metrics.in_flight = lambda: app.in_flight_count
    return Runtime(settings, engine, database, pipeline, surroundings, secrets, app, clock, ids)


def deployment_of(settings: Settings) -> Deployment:
    """What operations may know of this server."""
    return Deployment(
        base_url=settings.base_url,
        mail_is_on=settings.mail_is_on,
        custom_fields_limit=settings.custom_fields_limit,
        private_networks=settings.private_networks,
        session_days=settings.session_days,
        session_idle_hours=settings.session_idle_hours,
        invitation_days=settings.invitation_days,
        idempotency_hours=settings.keep_idempotency_hours,
        idempotency_bytes_limit=settings.idempotency_megabytes * 1_000_000,
        undo_days=settings.undo_days,
        workspace_deletion_days=settings.workspace_deletion_days,
        upload_quota_bytes=settings.upload_quota_megabytes * 1_000_000,
        webhook_networks=settings.webhook_allowed_networks,
        webhooks_per_user=settings.webhooks_per_user,
        webhooks_per_workspace=settings.webhooks_per_workspace,
        webhook_log_days=settings.keep_webhook_log_days,
    )


def limits_of(settings: Settings) -> Limits:
    """How many requests this server takes; counted together with others where they share a storage."""
    shared = None
    if settings.rate_limit_storage:
        from hourbook.http.limits_shared import CountsInRedis

        shared = CountsInRedis(settings.rate_limit_storage)
    return Limits(settings.rate_limit_per_second, settings.addon_rate_limit_per_second, shared=shared)


def columns_of(settings: Settings) -> "Callable[[], ColumnsKeeper]":
    """The one keeper of columns of this process, made when first asked for: most processes never are."""
    made: list[ColumnsKeeper] = []
    making = threading.Lock()

    def columns() -> "ColumnsKeeper":
        with making:
            if not made:
                from hourbook.columns.keeping import ColumnsKeeper

                made.append(ColumnsKeeper(settings.report_columns_megabytes * 1_000_000))
            return made[0]

    return columns


def secret_box(settings: Settings, engine: Engine) -> SecretBox:
    """The box of stored secrets. Without the setting its key is in a file beside the database or in the data folder.

    The file is only made for an embedded database: servers that share a database need one key.
    """
    folder = engine.file.parent if engine.file is not None else settings.data
    return SecretBox(Keyring(settings.secret_key, file=folder / KEY_FILE, may_make_file=engine.file is not None))
