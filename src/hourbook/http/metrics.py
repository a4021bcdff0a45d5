"""What /metrics tells: requests by operation and status class, the writer's queue, the process.

A request costs one dictionary look-up and two additions; the Prometheus library comes in when
somebody first asks. Names of operations come from the operation table, never from a path, so that
a stranger cannot make series.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from hourbook import __version__
from hourbook.db.database import Database

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BOUNDS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class _Series:
    """Requests of one operation and status class: how many took how long."""

    __slots__ = ("counts", "seconds")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS_SECONDS) + 1)
        self.seconds = 0.0


class Metrics:
    """Counts while the server runs. `in_flight` tells the requests under way."""

    def __init__(self, database: Database, in_flight: Callable[[], int] = lambda: 0) -> None:
        self._database = database
        self.in_flight = in_flight
        self._series: dict[tuple[str, int], _Series] = {}

    def observe(self, operation: str, status: int, seconds: float) -> None:
        """Notes a finished request. Called on the event loop only."""
        key = (operation, status // 100)
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = _Series()
        series.counts[bisect_left(BOUNDS_SECONDS, seconds)] += 1
        series.seconds += seconds

    def render(self) -> bytes:
        """All of it in the Prometheus text format."""
        from prometheus_client import CollectorRegistry, ProcessCollector
        from prometheus_client.exposition import generate_latest

        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> "Iterator[Metric]":
        """The library's protocol."""
        from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily

        yield InfoMetricFamily("hourbook_build", "The running version.", {"version": __version__})
        yield self._requests()
        yield GaugeMetricFamily("hourbook_requests_in_flight", "Requests under way.", self.in_flight())
        waiting = self._database.waiting_count
        yield GaugeMetricFamily("hourbook_database_waiting", "Operations queued or running in the database.", waiting)
        batches, operations = self._database.commit_counts
        yield CounterMetricFamily("hourbook_writer_batches", "Grouped commits (embedded database).", batches)
        yield CounterMetricFamily("hourbook_writer_operations", "Writes in grouped commits.", operations)

    def _requests(self) -> "Metric":
        from prometheus_client.metrics_core import HistogramMetricFamily

        labels = ("operation", "status")
        family = HistogramMetricFamily(
            "hourbook_request_duration_seconds", "Requests by operation and status class.", labels=labels
        )
        for (operation, hundreds), series in sorted(self._series.items()):
            total, buckets = 0, []
            for bound, count in zip((*map(str, BOUNDS_SECONDS), "+Inf"), series.counts, strict=True):
                total += count
                buckets.append((bound, total))
            family.add_metric((operation, f"{hundreds}xx"), buckets, series.seconds)
        return family
