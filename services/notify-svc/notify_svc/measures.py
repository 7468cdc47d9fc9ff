"""What /metrics shows of notify-svc beyond what it shows of every service."""

from collections.abc import Sequence

from sqlalchemy import func, select

from notify_svc.models import Delivery, ProviderState
from notify_svc.outcomes import State
from notify_svc.provider_routes import queue_lengths
from shared.metrics import Gauge
from shared.transaction import Transaction

ATTEMPTS = ("notify_attempts", "Attempts to send, by channel and what became of them")
SECONDS = ("notify_attempt_seconds", "How long an attempt took, by channel")


async def measure(tx: Transaction) -> Sequence[Gauge]:
    return [*await _waiting(tx), *await _oldest(tx), *await _paused(tx)]


async def _waiting(tx: Transaction) -> list[Gauge]:
    help_ = "Deliveries that have not ended, by channel and state"
    lengths = await queue_lengths(tx)
    return [
        Gauge("notify_waiting", help_, count, {"channel": channel, "state": state})
        for (channel, state), count in lengths.items()
    ]


async def _oldest(tx: Transaction) -> list[Gauge]:
    help_ = "How long the oldest due message of a channel has waited"
    since = func.min(Delivery.not_before, type_=Delivery.not_before.type)
    rows = await tx.session.execute(
        select(Delivery.channel, since.label("since"))
        .where(Delivery.state.in_((State.QUEUED, State.RETRY)), Delivery.not_before <= tx.now)
        .group_by(Delivery.channel)
    )
    return [
        Gauge(
            "notify_oldest_seconds",
            help_,
            (tx.now - row.since).total_seconds(),
            {"channel": row.channel},
        )
        for row in rows
    ]


async def _paused(tx: Transaction) -> list[Gauge]:
    help_ = "1 while the breaker of a provider is open"
    states = await tx.session.scalars(select(ProviderState))
    return [
        Gauge(
            "notify_provider_paused",
            help_,
            float(state.closed_until is not None),
            {"provider": state.provider},
        )
        for state in states
    ]
