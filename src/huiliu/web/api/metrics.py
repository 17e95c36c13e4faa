"""How the instance fares, for Prometheus: /metrics.

Counts come from PostgreSQL, so every web process tells the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from huiliu.kernel.times import SECOND
from huiliu.ports.health import Health
from huiliu.ports.world import World

__all__ = ["METRICS", "routes"]

#: Every metric and what it says; docs/reference/metrics.md has a heading for each.
METRICS: Final = {
    "huiliu_log_events": "Events ever accepted into the log; its rate is the ingest rate.",
    "huiliu_log_lag": "Events that a consumer of the log has not read yet.",
    "huiliu_token_lag_seconds": "How long the oldest due journey token has waited.",
    "huiliu_outbox_depth": "Messages queued or being sent, by channel.",
    "huiliu_provider_results": "Attempts of the last five minutes by what the provider answered.",
    "huiliu_loop_done": "Things that a worker's loop did since it began.",
    "huiliu_loop_failures": "Batches of a worker's loop that failed since it began.",
    "huiliu_loop_beat_age_seconds": "How long ago a worker's loop last gave sign of life.",
}


async def metrics(request: Request) -> Response:
    """Answer with every metric in Prometheus' text format."""
    words = await run_in_threadpool(_written, request.app.state.world)
    return Response(words, media_type=CONTENT_TYPE_LATEST)


def _written(world: World) -> bytes:
    """Return the metrics as text."""
    now = world.clock.now()
    with world.store.system() as tx:
        health = tx.health.read(now)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Told(health, now))
    return generate_latest(registry)


class _Told(Collector):
    """Tells one reading of the instance's health."""

    def __init__(self, health: Health, now: int) -> None:
        """Hold the reading."""
        self._health = health
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        health = self._health
        yield _counter("huiliu_log_events", (), [((), health.head)])
        lags = [((name,), health.head - offset) for name, offset in health.cursors.items()]
        yield _gauge("huiliu_log_lag", ("consumer",), lags)
        late = health.token_lateness / SECOND
        yield _gauge("huiliu_token_lag_seconds", (), [((), late)])
        depth = [((channel,), n) for channel, n in health.outbox.items()]
        yield _gauge("huiliu_outbox_depth", ("channel",), depth)
        asked = ("channel", "account", "outcome")
        yield _gauge("huiliu_provider_results", asked, health.results.items())
        beats = health.beats
        labels = ("process", "loop")
        done = [((b.process, b.loop), b.n_done) for b in beats]
        yield _counter("huiliu_loop_done", labels, done)
        failures = [((b.process, b.loop), b.n_failed) for b in beats]
        yield _counter("huiliu_loop_failures", labels, failures)
        ages = [((b.process, b.loop), (self._now - b.at) / SECOND) for b in beats]
        yield _gauge("huiliu_loop_beat_age_seconds", labels, ages)


def _gauge(
    name: str, labels: tuple[str, ...], values: Iterable[tuple[tuple[str, ...], float]]
) -> Metric:
    """Return a metric that goes up and down."""
    family = GaugeMetricFamily(name, METRICS[name], labels=labels)
    for at, value in values:
        family.add_metric(at, value)
    return family


def _counter(
    name: str, labels: tuple[str, ...], values: Iterable[tuple[tuple[str, ...], float]]
) -> Metric:
    """Return a metric that only grows; Prometheus shows it as `<name>_total`."""
    family = CounterMetricFamily(name, METRICS[name], labels=labels)
    for at, value in values:
        family.add_metric(at, value)
    return family


routes: Final = [Route("/metrics", metrics, methods=["GET"])]
