"""Figures of the server as Prometheus reads them: requests as they end, the rest when it asks.

No series is named after anything that a client makes up, an account or a resource.
"""

from collections import Counter as Count
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gluematch.models import processes
from gluematch.models.catalog import queue
from gluematch.models.catalog.store import Catalog

from .asked import UNKNOWN
from .witness import Seen

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the figures are that change between two looks: the catalog, the processes of runs by
    their ids, and how many connections are open."""

    catalog: Catalog
    run_processes: Callable[[], Iterable[int]]
    connections: Callable[[], int]


class Metrics:
    """The figures of one server."""

    def __init__(self, sources: Sources) -> None:
        self._registry = CollectorRegistry()
        names = ("service", "operation")
        self._requests = Counter(
            "gluematch_requests",
            "Requests that were answered.",
            (*names, "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "gluematch_request_seconds",
            "Seconds from a request's arrival to the end of its answer.",
            names,
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._in_flight = Gauge(
            "gluematch_requests_in_flight",
            "Requests that are being answered.",
            registry=self._registry,
        )
        self._throttled = Counter(
            "gluematch_throttled",
            "Requests that were refused because their account had too many.",
            registry=self._registry,
        )
        ProcessCollector(registry=self._registry)
        self._registry.register(_Looked(sources))

    def begin(self) -> None:
        """Count a request that has arrived."""
        self._in_flight.inc()

    def tell(self, seen: Seen) -> None:
        """Count a request that has been answered."""
        self._in_flight.dec()
        operation = seen.asked.operation if seen.asked.bounded else UNKNOWN
        self._requests.labels(seen.asked.service, operation, str(seen.status)).inc()
        self._seconds.labels(seen.asked.service, operation).observe(seen.seconds)

    def throttled(self) -> None:
        """Count a request that was refused for load."""
        self._throttled.inc()

    def text(self) -> bytes:
        """All figures, in Prometheus's text format."""
        return generate_latest(self._registry)


class _Looked(Collector):
    """What is looked up when somebody asks."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def describe(self) -> Iterable[Metric]:
        """Nothing to look up at the start."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Runs, the queue, the processes of runs, connections."""
        with self._sources.catalog.look() as connection:
            yield _runs(queue.runs(connection))
            yield _queue(queue.waiting(connection))
        pids = list(self._sources.run_processes())
        yield GaugeMetricFamily("gluematch_run_processes", "Runs that go on.", len(pids))
        yield GaugeMetricFamily(
            "gluematch_run_memory_bytes",
            "Proportional set size of the processes of runs.",
            processes.memory(pids),
        )
        yield GaugeMetricFamily(
            "gluematch_open_connections",
            "Connections of clients, idle ones as well.",
            self._sources.connections(),
        )


def _runs(found: Iterable[queue.Runs]) -> Metric:
    family = GaugeMetricFamily("gluematch_runs", "Runs in the catalog.", labels=("type", "state"))
    for runs in found:
        family.add_metric((runs.type, runs.state), runs.number)
    return family


def _queue(found: Iterable[queue.Waiting]) -> Metric:
    family = GaugeMetricFamily(
        "gluematch_queue_length", "Runs that wait for the worker.", labels=("type",)
    )
    lengths = Count[str]()
    for waiting in found:
        lengths[waiting.type] += waiting.number
    for kind, number in sorted(lengths.items()):
        family.add_metric((kind,), number)
    return family
