"""The authority's revocation list (RFC 5280, 5): whose certificates count no more, and since when.

Only a destroyed seal's: nobody doubts a key that ended with a renewal, a new drawing or a new name,
and readers would call every sheet invalid that it signed without a time stamp.

Kept in the database, signed anew when a certificate is retired and well before the list runs out.
"""

import asyncio
from datetime import datetime, timedelta

from sqlalchemy import func, select

from document_svc.models import Authority
from document_svc.register_models import RetiredCertificate, RevocationList
from document_svc.register_rules import Retirement
from document_svc.retirement import LIST_REVOCATIONS
from document_svc.seal_room import seal_room
from document_svc.seals import ONLY, authority
from document_svc.signer import Revoked
from shared.database import insert
from shared.service import Job, Runtime
from shared.transaction import Transaction

LASTS = timedelta(days=7)
RENEWED_AFTER = timedelta(days=1)
_REVOKED = RetiredCertificate.reason == Retirement.DESTROYED.value


async def revocation_list(tx: Transaction) -> bytes:
    """The list as it is now, in DER. Raises: KeysAway when it has to be signed and cannot."""
    count = select(func.count()).select_from(RetiredCertificate).where(_REVOKED)
    told = await tx.session.scalar(count) or 0
    kept = await tx.session.get(RevocationList, ONLY)
    if kept is not None and _still_good(kept, told, tx.now):
        return kept.der
    above = await authority(tx)
    # The authority's row is what replicas take turns by: numbers only grow.
    await tx.session.get_one(Authority, ONLY, with_for_update=True)
    kept = await tx.session.get(RevocationList, ONLY, populate_existing=True)
    if kept is not None and _still_good(kept, told, tx.now):
        return kept.der
    told = await tx.session.scalar(count) or 0
    retired = await tx.session.scalars(
        select(RetiredCertificate)
        .where(_REVOKED, RetiredCertificate.ends_at > tx.now)
        .order_by(RetiredCertificate.retired_at)
    )
    number = 1 if kept is None else kept.number + 1
    der = await asyncio.to_thread(
        seal_room(tx).signer.revocation_list,
        above.kept,
        [Revoked(each.serial, each.retired_at) for each in retired],
        number=number,
        now=tx.now,
        until=tx.now + LASTS,
    )
    values = {"number": number, "retired": told, "der": der, "made_at": tx.now}
    await tx.session.execute(
        insert(RevocationList)
        .values(id=ONLY, **values)
        .on_conflict_do_update(index_elements=["id"], set_=values)
    )
    return der


def _still_good(kept: RevocationList, told: int, now: datetime) -> bool:
    return kept.retired == told and now - kept.made_at < RENEWED_AFTER


async def keep_current(runtime: Runtime) -> None:
    """So that whoever asks finds one, also while no seal is used."""
    async with runtime.transaction() as tx:
        if await tx.session.get(Authority, ONLY) is not None:
            await revocation_list(tx)


KEEP_CURRENT = Job(LIST_REVOCATIONS, keep_current, every_seconds=3600, alone=True)
