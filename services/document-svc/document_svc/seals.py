"""Each department's seal and certificate, ready to seal with: or the reason why it is not."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cryptography import x509
from sqlalchemy import bindparam, func, select

from document_svc.layout import MM, SEAL_DIAMETER
from document_svc.models import Authority, Seal, Signature
from document_svc.register_models import SealAct
from document_svc.register_rules import QUOTA_PERIOD, Act, Retirement, SealState, ends_soon
from document_svc.retirement import retire
from document_svc.seal import draw_seal
from document_svc.seal_picture import SealPicture, ready_picture
from document_svc.seal_room import seal_room
from document_svc.signer import Kept, RemoteCredential
from shared.contracts.directory import UnitChanged
from shared.database import insert, new_id
from shared.identity import User
from shared.messaging import Retry
from shared.transaction import Transaction

ONLY = 1
LISTS_PATH = "/api/document/trust/seals.crl"  # through the gateway, which lets anyone there

_USED = select(
    select(func.count())
    .select_from(Signature)
    .where(Signature.unit_id == bindparam("unit_id"), Signature.sealed_at > bindparam("since"))
    .scalar_subquery(),
    select(func.count())
    .select_from(SealAct)
    .where(
        SealAct.unit_id == bindparam("unit_id"),
        SealAct.act == Act.RELEASED,
        SealAct.at > bindparam("since"),
    )
    .scalar_subquery(),
)


class SealNotInUse(Retry):
    """The seal is suspended, destroyed or not issued: what it is to seal waits until it is."""


class SealQuotaReached(Retry):
    """The seal was used as often as it may be in an hour; a second person can release it."""


@dataclass(frozen=True)
class ReadySeal:
    """`drawing` is None for a unit that signs without a seal; `diameter` in points."""

    drawing: bytes | SealPicture | None
    credential: RemoteCredential
    diameter: float


async def keep_seal(tx: Transaction, unit: UnitChanged) -> None:
    """The unit's seal as the directory now has it.

    A demonstration's seals are in use at once; a real one's only when two persons have issued
    them, and again when the department has another name.
    """
    text = unit.seal_text if unit.has_seal else ""
    seal = await tx.session.get(Seal, unit.unit_id, with_for_update=True)
    before = (seal.name, seal.seal_text) if seal else None
    if seal is None:
        seal = Seal(unit_id=unit.unit_id, name=unit.name, drawing=None, credential=None)
        tx.session.add(seal)
    seal.name, seal.kind, seal.active, seal.seal_text = (
        unit.name,
        unit.kind.value,
        unit.active,
        text,
    )
    if before == (unit.name, text):
        return
    seal.drawing = seal.picture = None
    if before and before[0] != unit.name:
        retire(tx, seal, Retirement.RENAMED)
    at_once = tx.runtime.organisation.is_demonstration or not text
    if before is None or seal.state in (SealState.IN_USE, None):
        seal.state = (SealState.IN_USE if at_once else SealState.NOT_ISSUED).value
    await tx.session.flush()
    note(tx, seal, Act.RENAMED if before else Act.ENTERED, reason="组织机构目录", text=text)


async def ready_seal(tx: Transaction, unit_id: UUID, *, used_at: datetime) -> ReadySeal:
    """Raises: Retry when the directory's event about the unit has not come yet; SealNotInUse."""
    seal = await tx.session.get(Seal, unit_id)
    if seal is None:
        raise Retry(f"unit {unit_id} is not known yet")
    if seal.state != SealState.IN_USE:
        raise SealNotInUse(f"the seal of unit {unit_id} is {seal.state}")
    drawn = not seal.seal_text or seal.drawing is not None or seal.picture is not None
    if seal.credential is None or not drawn or ends_soon(seal.certificate_ends_at, tx.now):
        seal = await make_ready(tx, unit_id, valid_from=min(used_at, tx.now))
    picture = ready_picture(seal.picture) if seal.picture else seal.drawing
    credential = RemoteCredential(seal_room(tx).signer, seal.credential or b"")
    diameter = seal.width_mm * MM if seal.width_mm else SEAL_DIAMETER
    return ReadySeal(picture, credential, diameter)


async def require_quota(tx: Transaction, unit_id: UUID) -> None:
    """Raises: SealQuotaReached."""
    used, allowed = await quota_of(tx, unit_id)
    if used >= allowed:
        raise SealQuotaReached(f"the seal of unit {unit_id} was used {used} times within an hour")


async def quota_of(tx: Transaction, unit_id: UUID) -> tuple[int, int]:
    """How often the seal was used in the hour before now, and how often it may be."""
    since = tx.now - QUOTA_PERIOD
    found = await tx.session.execute(_USED, {"unit_id": unit_id, "since": since})
    used, releases = found.one()
    return used, tx.runtime.settings.seal_quota_per_hour * (1 + releases)


async def make_ready(tx: Transaction, unit_id: UUID, *, valid_from: datetime) -> Seal:
    """Draws the seal and issues or renews its certificate, as far as either is lacking."""
    seal = await tx.session.get_one(Seal, unit_id, with_for_update=True, populate_existing=True)
    organisation = tx.runtime.organisation
    if seal.credential is None or ends_soon(seal.certificate_ends_at, tx.now):
        renewed = seal.credential is not None
        made = await asyncio.to_thread(
            seal_room(tx).signer.issue,
            (await authority(tx)).kept,
            organisation=organisation.name,
            unit=seal.name,
            unit_id=unit_id,
            valid_from=tx.now if renewed else valid_from,
            lists_at=f"{organisation.portal_url.rstrip('/')}{LISTS_PATH}",
        )
        if renewed:
            retire(tx, seal, Retirement.RENEWED)
        certificate = x509.load_der_x509_certificate(made.certificate)
        seal.credential, seal.certificate = made.kept, made.certificate
        seal.certificate_ends_at = certificate.not_valid_after_utc
        serial = f"{certificate.serial_number:x}"
        note(tx, seal, Act.RENEWED if renewed else Act.ISSUED, reason="电子证书", serial=serial)
    if seal.seal_text and seal.drawing is None and seal.picture is None:
        seal.drawing = await asyncio.to_thread(
            draw_seal, seal.seal_text, specimen=organisation.is_demonstration
        )
    return seal


async def authority(tx: Transaction) -> Kept:
    """The installation's own; made when it is first needed."""
    signer = seal_room(tx).signer
    kept = await tx.session.get(Authority, ONLY)
    if kept is None:
        made = await asyncio.to_thread(signer.authority, tx.runtime.organisation.name, now=tx.now)
        # Another replica may create one at the same moment: the first stays.
        await tx.session.execute(
            insert(Authority)
            .values(id=ONLY, credential=made.kept, certificate=made.certificate, created_at=tx.now)
            .on_conflict_do_nothing()
        )
        kept = await tx.session.get_one(Authority, ONLY)
        if kept.credential != made.kept:
            await asyncio.to_thread(signer.destroy, made.kept)
    if kept.certificate is None:
        kept.certificate = (await asyncio.to_thread(signer.look, kept.credential)).certificate
    return Kept(kept.credential, kept.certificate)


def note(
    tx: Transaction,
    seal: Seal,
    act: Act,
    *,
    reason: str,
    by: User | None = None,
    proposed_by: UUID | None = None,
    proposer_name: str | None = None,
    **detail: object,
) -> None:
    """Adds to the seal's history."""
    tx.session.add(
        SealAct(
            id=new_id(),
            unit_id=seal.unit_id,
            act=act.value,
            by=by.id if by else None,
            by_name=by.name if by else None,
            proposed_by=proposed_by,
            proposer_name=proposer_name,
            reason=reason,
            detail=detail,
            at=tx.now,
        )
    )
