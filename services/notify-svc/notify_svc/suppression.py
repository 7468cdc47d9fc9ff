"""Addresses that their provider says cannot be reached: not tried again for a while.

A person who gets another address, by the directory or by binding anew, is reached at once.
"""

from datetime import timedelta

from notify_svc.models import Suppression
from shared.database import insert
from shared.transaction import Transaction


async def suppress(tx: Transaction, channel: str, address_hash: str, reason: str) -> None:
    if not address_hash:
        return
    days = timedelta(days=tx.runtime.settings.suppression_days)
    row = {"until": tx.now + days, "reason": reason}
    statement = insert(tx.session, Suppression).values(
        channel=channel, address_hash=address_hash, **row
    )
    await tx.session.execute(
        statement.on_conflict_do_update(index_elements=["channel", "address_hash"], set_=row)
    )
