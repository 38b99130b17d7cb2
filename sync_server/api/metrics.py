"""What the server counts of its own work, for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4


class Metrics:
    """One registry per server, so that several can run in one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.facts = self._counter("facts", "Facts taken in")
        self.batches = self._counter("batches", "Batches of facts answered")
        self.quarantined = self._counter("quarantined_facts", "Facts kept whole because they can't be read")
        self.pulls = self._counter("pulls", "Pages of the feed given out")
        self.rows = self._counter("rows", "Rows of the feed given out")
        self.problems = Counter("tillpoint_problems", "Requests refused, by problem", ["code"], registry=self._registry)
        self.frozen_devices = Gauge("tillpoint_frozen_devices", "Devices whose journal forked", registry=self._registry)
        self._seconds = Histogram(
            "tillpoint_request_seconds", "Time to answer, by path", ["path"], registry=self._registry
        )

    def _counter(self, name: str, text: str) -> Counter:
        return Counter(f"tillpoint_{name}", text, registry=self._registry)

    @contextmanager
    def timed(self, path: str) -> Iterator[None]:
        with self._seconds.labels(path).time():
            yield

    def text(self) -> bytes:
        return generate_latest(self._registry)
