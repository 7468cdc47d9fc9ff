"""Each department's seal and certificate: known from the directory, made at their first use."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from document_svc.certificates import Credential, create_authority, issue, opened
from document_svc.models import Authority, Seal
from document_svc.seal import draw_seal
from shared.contracts.directory import UnitChanged
from shared.database import insert
from shared.messaging import Retry
from shared.service import Runtime
from shared.transaction import Transaction

ONLY = 1


@dataclass(frozen=True)
class ReadySeal:
    """`drawing` is None for a unit that signs without a seal."""

    drawing: bytes | None
    credential: Credential


async def keep_seal(tx: Transaction, unit: UnitChanged) -> None:
    """The unit's seal as the directory now has it; a new name needs a new certificate."""
    seal = await tx.session.get(Seal, unit.unit_id, with_for_update=True)
    if seal is None:
        seal = Seal(unit_id=unit.unit_id, drawing=None, credential=None)
        tx.session.add(seal)
    else:
        seal.drawing = seal.drawing if seal.seal_text == unit.seal_text else None
        seal.credential = seal.credential if seal.name == unit.name else None
    seal.name = unit.name
    seal.kind = unit.kind.value
    seal.seal_text = unit.seal_text if unit.has_seal else ""
    seal.active = unit.active


async def ready_seal(tx: Transaction, unit_id: UUID, *, used_at: datetime) -> ReadySeal:
    """Raises: Retry when the directory's event about the unit has not come yet."""
    seal = await tx.session.get(Seal, unit_id)
    if seal is None:
        raise Retry(f"unit {unit_id} is not known yet")
    if seal.credential is None or (seal.seal_text and seal.drawing is None):
        seal = await _made(tx, unit_id, used_at)
    credential = await asyncio.to_thread(opened, seal.credential or b"", passphrase(tx.runtime))
    return ReadySeal(seal.drawing, credential)


async def _made(tx: Transaction, unit_id: UUID, used_at: datetime) -> Seal:
    seal = await tx.session.get_one(Seal, unit_id, with_for_update=True, populate_existing=True)
    organisation = tx.runtime.organisation
    if seal.credential is None:
        authority = await _authority(tx)
        seal.credential = await asyncio.to_thread(
            issue,
            authority,
            organisation=organisation.name,
            unit=seal.name,
            unit_id=unit_id,
            valid_from=min(used_at, tx.now),
            passphrase=passphrase(tx.runtime),
        )
    if seal.seal_text and seal.drawing is None:
        seal.drawing = await asyncio.to_thread(
            draw_seal, seal.seal_text, specimen=organisation.is_demonstration
        )
    return seal


async def _authority(tx: Transaction) -> Credential:
    kept = await tx.session.get(Authority, ONLY)
    if kept is None:
        created = await asyncio.to_thread(
            create_authority,
            tx.runtime.organisation.name,
            now=tx.now,
            passphrase=passphrase(tx.runtime),
        )
        # Another replica may create one at the same moment: the first stays.
        await tx.session.execute(
            insert(tx.session, Authority)
            .values(id=ONLY, credential=created, created_at=tx.now)
            .on_conflict_do_nothing()
        )
        kept = await tx.session.get_one(Authority, ONLY)
    return await asyncio.to_thread(opened, kept.credential, passphrase(tx.runtime))


def passphrase(runtime: Runtime) -> str:
    secret: str = runtime.settings.seal_passphrase.get_secret_value()
    return secret
