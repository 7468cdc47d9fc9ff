"""What becomes of a seal's certificate and key when they are used no more.

The certificate is written down in the transaction that retires it; the key is destroyed after that
has committed, since a key in a token cannot be brought back.
"""

import asyncio
from uuid import UUID

from cryptography import x509
from sqlalchemy import select

from document_svc.keys import KeysAway
from document_svc.models import Seal
from document_svc.register_models import RetiredCertificate
from document_svc.register_rules import Retirement
from document_svc.seal_room import SealRoom
from shared.service import Job, Runtime
from shared.telemetry import logger
from shared.transaction import Transaction

log = logger(__name__)

DESTROY_KEYS, LIST_REVOCATIONS = "destroy_keys", "revocation_list"  # jobs


def retire(tx: Transaction, seal: Seal, reason: Retirement) -> None:
    """The seal has no certificate and no key afterwards."""
    if seal.certificate is not None and seal.credential is not None:
        write_down(tx, seal.credential, seal.certificate, of=seal.unit_id, reason=reason)
        tx.wake(LIST_REVOCATIONS)
    seal.credential = seal.certificate = None
    seal.certificate_ends_at = None


def write_down(
    tx: Transaction, credential: bytes, certificate: bytes, *, of: UUID, reason: Retirement
) -> None:
    """The certificate (DER) as one that is used no more; its key will be destroyed."""
    read = x509.load_der_x509_certificate(certificate)
    tx.session.add(
        RetiredCertificate(
            serial=f"{read.serial_number:x}",
            unit_id=of,
            reason=reason.value,
            retired_at=tx.now,
            ends_at=read.not_valid_after_utc,
            credential=credential,
        )
    )
    tx.wake(DESTROY_KEYS)


async def destroy_keys(runtime: Runtime) -> None:
    """Destroys each retired key; one whose token is away is destroyed when it is back."""
    room: SealRoom = runtime.own
    async with runtime.transaction() as tx:
        held = RetiredCertificate.credential.is_not(None)
        retired = (await tx.session.scalars(select(RetiredCertificate).where(held))).all()
    for each in retired:
        try:
            await asyncio.to_thread(room.signer.destroy, each.credential or b"")
        except KeysAway as away:
            log.warning("key_not_destroyed", serial=each.serial, error=str(away))
            continue
        async with runtime.transaction() as tx:
            (await tx.session.get_one(RetiredCertificate, each.serial)).credential = None


DESTROYING = Job(DESTROY_KEYS, destroy_keys, every_seconds=600, alone=True)
