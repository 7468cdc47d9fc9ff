"""A call by a provider counts once, however often it, or somebody who has seen it, repeats it."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete

from notify_svc.models import HeardCall
from shared.database import insert
from shared.transaction import Transaction

REMEMBERED = timedelta(hours=1)  # well beyond the age at which a call is refused


@dataclass(frozen=True, slots=True)
class Call:
    """`key`: what no other genuine call of the provider has; at most 200 characters."""

    provider: str
    key: str


async def first_time(tx: Transaction, call: Call) -> bool:
    """Remembers it with the transaction's commit."""
    await tx.session.execute(delete(HeardCall).where(HeardCall.heard_at < tx.now - REMEMBERED))
    row = insert(HeardCall).values(provider=call.provider, key=call.key, heard_at=tx.now)
    fresh = await tx.session.scalar(row.on_conflict_do_nothing().returning(HeardCall.key))
    return fresh is not None
