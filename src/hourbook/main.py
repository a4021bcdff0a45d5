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
from hourbook.http.pipeline import Pipeline
from hourbook.journal import journal


@dataclass
class Runtime:
    """A whole server without its socket."""

    engine: Engine
    database: Database
    pipeline: Pipeline
    app: App
    clock: Clock
    ids: IdSource


def build(database_url: str, *, clock: Clock | None = None, ids: IdSource | None = None) -> Runtime:
    """The parts of a server on this database, not yet opened."""
    resources.load()
    clock = clock or SystemClock()
    ids = ids or IdSource(clock)
    engine = make_engine(database_url)
    database = Database(engine, journal.append)
    pipeline = Pipeline(database, clock, ids)
    return Runtime(engine, database, pipeline, App(pipeline), clock, ids)
