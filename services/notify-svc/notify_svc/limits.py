"""Our own limits for one address, below the provider's: WeCom drops the surplus without a word.

What is over the limit is not lost and not counted as a try: it waits until the window has room.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update

from notify_svc.channels import Carrier
from notify_svc.models import Delivery
from notify_svc.outcomes import State
from notify_svc.queries import AnyRow
from notify_svc.settings import NotifySettings
from shared.transaction import Transaction


@dataclass(frozen=True, slots=True)
class _Window:
    count: int
    length: timedelta


async def defer(tx: Transaction, carrier: Carrier, rows: Sequence[AnyRow]) -> set[UUID]:
    """Puts off what would be too much for its address now. Returns: the ids of what waits."""
    settings: NotifySettings = tx.runtime.settings
    fresh = [row for row in rows if row.unknown_since is None]
    late: set[UUID] = set()
    for count, seconds in settings.person_limits.get(carrier.channel, ()):
        window = _Window(count, timedelta(seconds=seconds))
        late |= await _defer_to(tx, carrier, window, [row for row in fresh if row.id not in late])
    return late


async def _defer_to(
    tx: Transaction, carrier: Carrier, window: _Window, rows: Sequence[AnyRow]
) -> set[UUID]:
    if not rows:
        return set()
    gone, first = await _gone_out(tx, carrier, window, {row.address_hash for row in rows})
    late: dict[UUID, datetime] = {}
    for row in rows:
        if gone[row.address_hash] < window.count:
            gone[row.address_hash] += 1
        else:
            late[row.id] = first.get(row.address_hash, tx.now) + window.length
    for delivery_id, at in late.items():
        await tx.session.execute(
            update(Delivery)
            .where(Delivery.id == delivery_id)
            .values(
                state=State.RETRY,
                next_attempt_at=at,
                reason=f"{window.count} in {window.length} are enough for one address",
            )
            .execution_options(synchronize_session=False)
        )
    return set(late)


async def _gone_out(
    tx: Transaction, carrier: Carrier, window: _Window, hashes: set[str]
) -> tuple[Counter[str], dict[str, datetime]]:
    """How many went to each address within the window that ends now, and when the first did."""
    rows = await tx.session.execute(
        select(
            Delivery.address_hash,
            func.count().label("count"),
            func.min(Delivery.sent_at, type_=Delivery.sent_at.type).label("first"),
        )
        .where(
            Delivery.channel == carrier.channel,
            Delivery.address_hash.in_(hashes),
            Delivery.sent_at > tx.now - window.length,
        )
        .group_by(Delivery.address_hash)
    )
    found = rows.all()
    gone = Counter({row.address_hash: int(row[1]) for row in found})
    return gone, {row.address_hash: row.first for row in found}
