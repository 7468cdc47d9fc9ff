"""An SM2 signature beside each seal, where the organisation has a server for them (`national.py`).

Asked for after the seal has been put on, so that no decision hangs on the server: one that is away
is asked again, and what it gave is kept as it came.
"""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Row, select

from document_svc.models import Signature
from document_svc.national import NationalServerAway
from document_svc.register_models import NationalSignature
from document_svc.seal_room import SealRoom
from shared.service import Job, Runtime
from shared.telemetry import logger
from shared.transaction import Transaction

log = logger(__name__)

AT_ONCE = 50


async def ask(runtime: Runtime) -> None:
    """For the oldest seals that have none yet; it stops where the server does not answer."""
    room: SealRoom = runtime.own
    if room.national is None:
        return
    async with runtime.transaction() as tx:
        lacking = await _lacking(tx, room.national.departments)
    for seal in lacking:  # outside any transaction: the server may take its time
        try:
            made = await asyncio.to_thread(
                room.national.sign, seal.unit_name, bytes.fromhex(seal.sha256)
            )
        except NationalServerAway as away:
            log.warning("national_server_away", server=room.national.name, error=str(away))
            return
        async with runtime.transaction() as tx:
            tx.session.add(
                NationalSignature(
                    signature_id=seal.id,
                    sha256=seal.sha256,
                    value=made.value,
                    certificate=made.certificate,
                    server=room.national.name,
                    made_at=tx.now,
                )
            )


async def national_signatures_of(
    tx: Transaction, request_id: UUID
) -> Sequence[tuple[Signature, NationalSignature]]:
    """In the order of the seals."""
    rows = await tx.session.execute(
        select(Signature, NationalSignature)
        .join(NationalSignature, NationalSignature.signature_id == Signature.id)
        .where(Signature.request_id == request_id)
        .order_by(Signature.id)
    )
    return [(row[0], row[1]) for row in rows]


async def _lacking(tx: Transaction, departments: Sequence[str]) -> Sequence[Row[UUID, str, str]]:
    has = select(NationalSignature.signature_id)
    query = (
        select(Signature.id, Signature.unit_name, Signature.sha256)
        .where(Signature.unit_name.in_(departments), Signature.id.not_in(has))
        .order_by(Signature.id)
        .limit(AT_ONCE)
    )
    return (await tx.session.execute(query)).all()


NATIONAL = Job("national_signatures", ask, every_seconds=30, alone=True)
