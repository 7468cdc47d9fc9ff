"""Outbox → relay → bus → inbox → handler: delivery at least once, effects exactly once."""

from shared.messaging.envelope import Envelope
from shared.messaging.subscription import Subscription, on
from shared.retry import Retry

__all__ = ["Envelope", "Retry", "Subscription", "on"]
