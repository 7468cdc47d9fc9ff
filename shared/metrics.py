"""What a service measures, as Prometheus reads it: `GET /metrics`, within the operator's network.

Counters and histograms are the process's own; what stands in the database is read when asked for,
so that it is right whatever process one asks. The gateway lets nobody through to it.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from shared.messaging.tables import inbox_waiting, outbox

if TYPE_CHECKING:
    from shared.transaction import Transaction

PREFIX = "sealflow"


@dataclass(frozen=True, slots=True)
class Gauge:
    """What is so now. `labels` are few and never personal."""

    name: str
    help: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


Look = Callable[["Transaction"], Awaitable[Sequence[Gauge]]]


class Metrics:
    """One for each service that runs; a process may have several."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._counters: dict[str, Counter] = {}
        self._histograms: dict[str, Histogram] = {}

    def count(self, name: str, help_: str, **labels: str) -> None:
        """`name` without its prefix and without `_total`."""
        if name not in self._counters:
            self._counters[name] = Counter(
                f"{PREFIX}_{name}", help_, list(labels), registry=self._registry
            )
        self._counters[name].labels(**labels).inc()

    def observe(self, name: str, help_: str, seconds: float, **labels: str) -> None:
        """`name` with its unit: `…_seconds`."""
        if name not in self._histograms:
            self._histograms[name] = Histogram(
                f"{PREFIX}_{name}", help_, list(labels), registry=self._registry
            )
        self._histograms[name].labels(**labels).observe(seconds)

    def text(self, gauges: Sequence[Gauge]) -> bytes:
        """The exposition format, text version 0.0.4."""
        now = CollectorRegistry()
        now.register(_Shown(gauges))
        return generate_latest(self._registry) + generate_latest(now)


class _Shown(Collector):
    def __init__(self, gauges: Sequence[Gauge]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[GaugeMetricFamily]:
        families: dict[str, GaugeMetricFamily] = {}
        for gauge in self._gauges:
            name = f"{PREFIX}_{gauge.name}"
            if name not in families:
                families[name] = GaugeMetricFamily(name, gauge.help, labels=list(gauge.labels))
            families[name].add_metric(list(gauge.labels.values()), gauge.value)
        yield from families.values()


async def of_messaging(tx: "Transaction") -> list[Gauge]:
    """What every service has: events that have not left, and events that wait."""
    unsent = await tx.session.scalar(
        select(func.count()).select_from(outbox).where(outbox.c.sent_at.is_(None))
    )
    waiting = await tx.session.execute(
        select(inbox_waiting.c.state, func.count()).group_by(inbox_waiting.c.state)
    )
    found = {row[0]: row[1] for row in waiting}
    return [
        Gauge("outbox_unsent", "Events that the bus has not confirmed yet", unsent or 0),
        *(
            Gauge(
                "inbox_waiting", "Events that wait, by why", found.get(state, 0), {"state": state}
            )
            for state in ("gap", "retry", "parked")
        ),
    ]
