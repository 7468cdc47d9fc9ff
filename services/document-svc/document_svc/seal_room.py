"""What sealing and the counter need for as long as the service runs: `runtime.own`."""

import asyncio
from dataclasses import dataclass

from document_svc.national import NationalServer
from document_svc.outside_lists import OutsideLists
from document_svc.signer import Signer
from document_svc.time_stamp import TimestampAuthority
from document_svc.typesetting import Template
from shared.inspection.conversion import Conversions
from shared.inspection.inspectors import Inspectors
from shared.inspection.reception import Reception
from shared.key_pair import public_keys_in
from shared.seal_order import SealOrderVerifier
from shared.service import Runtime
from shared.transaction import Transaction


@dataclass
class SealRoom:
    orders: SealOrderVerifier
    inspectors: Inspectors
    reception: Reception  # for scans of what was sealed
    conversions: Conversions  # of Word and Excel, to be printed
    template: Template
    signer: Signer
    timestamps: TimestampAuthority | None
    outside: OutsideLists  # of whoever issued the time-stamping authority's certificate
    national: NationalServer | None


def seal_room(tx: Transaction) -> SealRoom:
    room: SealRoom = tx.runtime.own
    return room


async def record_keys(tx: Transaction) -> bytes:
    """workflow-svc's public keys, as PEM: what is public, whatever else their file may hold."""
    keys = await asyncio.to_thread(public_keys_in, tx.runtime.settings.seal_order_public_key)
    return b"".join(pem + b"\n" for pem in keys)


def reception_of(runtime: Runtime) -> Reception:
    room: SealRoom = runtime.own
    return room.reception
