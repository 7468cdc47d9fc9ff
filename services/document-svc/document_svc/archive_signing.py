"""The signature of an archive's manifest: by a key of its own, never by a department's seal.

Departments' keys sign what workflow-svc ordered and nothing else. The archivist's certificate comes
from the same authority, so that whoever trusts the published root can check both.
"""

import asyncio
from hashlib import sha256
from uuid import UUID

from cryptography import x509

from document_svc.archive_models import ArchiveSignature, Archivist
from document_svc.archive_seal import ARCHIVIST
from document_svc.errors import SealKeysAway
from document_svc.keys import KeysAway
from document_svc.models import Authority
from document_svc.register_rules import Retirement, ends_soon
from document_svc.retirement import write_down
from document_svc.seal_room import SealRoom, seal_room
from document_svc.seals import LISTS_PATH, ONLY, authority
from document_svc.signer import RemoteCredential
from document_svc.time_stamp import TimestampAway
from shared.database import insert
from shared.telemetry import logger
from shared.transaction import Transaction

log = logger(__name__)


async def manifest_signature(tx: Transaction, request_id: UUID, manifest: bytes) -> bytes:
    """A detached CMS signature over the manifest; for the same manifest always the same.

    With a time stamp where an authority is configured; one without, made while that was away, is
    not kept. Raises: SealKeysAway.
    """
    digest = sha256(manifest)
    kept = await tx.session.get(ArchiveSignature, digest.hexdigest())
    if kept is not None:
        return kept.value
    try:
        key = (await _archivist(tx)).credential
        value, whole = await asyncio.to_thread(_signed, seal_room(tx), key, digest.digest())
    except KeysAway as away:
        raise SealKeysAway(reason=away.code) from away
    return await _kept(tx, request_id, digest.hexdigest(), value) if whole else value


def _signed(room: SealRoom, key: bytes, digest: bytes) -> tuple[bytes, bool]:
    """Returns: the signature, and whether it has all that it should have. Raises: KeysAway."""
    try:
        return RemoteCredential(room.signer, key, room.timestamps).sign(digest), True
    except TimestampAway as away:
        log.warning("archive_signed_without_time_stamp", error=str(away))
        return RemoteCredential(room.signer, key).sign(digest), False


async def _kept(tx: Transaction, request_id: UUID, sha256_: str, value: bytes) -> bytes:
    """The first one that was made, by whichever replica."""
    values = {"manifest_sha256": sha256_, "request_id": request_id, "value": value}
    await tx.session.execute(
        insert(ArchiveSignature).values(**values, made_at=tx.now).on_conflict_do_nothing()
    )
    return (await tx.session.get_one(ArchiveSignature, sha256_)).value


async def _archivist(tx: Transaction) -> Archivist:
    """Made when it is first needed, and renewed like a seal's. Raises: KeysAway."""
    held = await tx.session.get(Archivist, ONLY)
    if held is not None and not ends_soon(held.certificate_ends_at, tx.now):
        return held
    above = await authority(tx)
    # The authority's row is what replicas take turns by.
    await tx.session.get_one(Authority, ONLY, with_for_update=True)
    held = await tx.session.get(Archivist, ONLY, populate_existing=True)
    if held is not None and not ends_soon(held.certificate_ends_at, tx.now):
        return held
    organisation = tx.runtime.organisation
    made = await asyncio.to_thread(
        seal_room(tx).signer.issue,
        above.kept,
        organisation=organisation.name,
        unit=f"{organisation.name}用印归档",
        unit_id=ARCHIVIST,
        valid_from=tx.now,
        lists_at=f"{organisation.portal_url.rstrip('/')}{LISTS_PATH}",
    )
    if held is None:
        held = Archivist(id=ONLY)
        tx.session.add(held)
    else:
        reason = Retirement.RENEWED
        write_down(tx, held.credential, held.certificate, of=ARCHIVIST, reason=reason)
    held.credential, held.certificate, held.issued_at = made.kept, made.certificate, tx.now
    held.certificate_ends_at = x509.load_der_x509_certificate(made.certificate).not_valid_after_utc
    await tx.session.flush()
    return held
