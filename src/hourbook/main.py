"""Puts the parts together: settings to engine, database, pipeline, application.

Nothing here decides anything; it is the one place that knows all the parts.
"""

from dataclasses import dataclass

from hourbook import resources
from hourbook.core.clock import Clock, SystemClock
from hourbook.core.ids import IdSource
from hourbook.db.database import Database
from hourbook.db.engine import Engine, make_engine
from hourbook.http.app import App
from hourbook.http.credentials import CookieStyle
from hourbook.http.metrics import Metrics
from hourbook.http.pipeline import Pipeline
from hourbook.http.surroundings import Surroundings
from hourbook.journal import journal
from hourbook.settings import Settings


@dataclass
class Runtime:
    """A whole server without its socket."""

    settings: Settings
    engine: Engine
    database: Database
    pipeline: Pipeline
    surroundings: Surroundings
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
    pipeline = Pipeline(database, clock, ids, cookies=cookies)
    metrics = Metrics(database)
    surroundings = Surroundings(settings, database, metrics)
    app = App(
        pipeline,
        root_path=settings.root_path,
        cors_origins=settings.cors_origins,
        pages=surroundings.answer,
        logs_requests=settings.access_log,
    )
    app.observe = metrics.observe
    metrics.in_flight = lambda: app.in_flight_count
    return Runtime(settings, engine, database, pipeline, surroundings, app, clock, ids)
