"""The seal register, for 督查室 and administrators; auditors read it."""

import asyncio
import base64
import binascii
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from cryptography import x509
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from document_svc import register, register_queries
from document_svc.errors import BadSealPicture
from document_svc.models import Seal
from document_svc.register_models import SealAct, SealProposal
from document_svc.register_rules import Act, Deed, ProposalState, SealState
from document_svc.seal import draw_seal, seal_svg
from document_svc.seal_picture import LARGEST_BYTES, checked_picture
from document_svc.seals import quota_of
from shared.contracts.people import Unit
from shared.transaction import Transaction
from shared.web import CurrentUser, Tx

router = APIRouter()

Reason = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*\S[^\x00]*$")]
STANDARD = "PAdES，ECDSA P-256 与 SHA-256；不是 GB/T 38540 电子签章"


class SealRow(BaseModel):
    """`used` and `allowed`: within the last hour. `proposed`: what waits for a second person."""

    unit: Unit
    text: str
    state: SealState
    keeper: str | None
    certificate_ends_at: datetime | None
    used: int
    allowed: int
    proposed: Deed | None


class SealRows(BaseModel):
    items: list[SealRow]
    standard: str = STANDARD


class CertificateView(BaseModel):
    serial: str
    issuer: str
    begins_at: datetime
    ends_at: datetime


class ActView(BaseModel):
    act: Act
    by: str | None
    proposed_by: str | None
    reason: str
    detail: dict[str, Any]
    at: datetime


class ProposalView(BaseModel):
    id: UUID
    unit_id: UUID
    deed: Deed
    detail: dict[str, Any]
    has_picture: bool
    reason: str
    proposed_by: str
    proposer_id: UUID
    proposed_at: datetime
    state: ProposalState
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None


class SealView(SealRow):
    width_mm: float
    has_picture: bool
    certificate: CertificateView | None
    proposal: ProposalView | None
    history: list[ActView]
    standard: str = STANDARD


class ProposalRows(BaseModel):
    items: list[ProposalView]


class WaitingView(BaseModel):
    """A decision whose seal waits. `why`: SealNotInUse, SealQuotaReached or
    TimestampAway."""

    request_id: UUID
    unit: Unit
    why: str
    detail: str
    since: datetime
    next_attempt_at: datetime | None


class WaitingRows(BaseModel):
    items: list[WaitingView]


class ProposalBody(BaseModel):
    """`keeper`, `width_mm` and `picture` (a PNG in base64) count for an issue alone."""

    model_config = ConfigDict(extra="forbid")

    deed: Deed
    reason: Reason
    keeper: str = Field(default="", max_length=100, pattern=r"^[^\x00]*$")
    width_mm: float | None = Field(default=None, ge=20, le=60)
    picture: str | None = Field(default=None, max_length=LARGEST_BYTES * 4 // 3 + 4)


class ReasonBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: Reason


@router.get("/seals")
async def list_register(who: CurrentUser, tx: Tx) -> SealRows:
    await register_queries.require_register_reader(tx, who)
    return SealRows(items=[await _row(tx, seal) for seal in await register_queries.seals(tx)])


@router.get("/seals/waiting")
async def list_waiting_seals(who: CurrentUser, tx: Tx) -> WaitingRows:
    """Decisions whose seal is suspended, destroyed, not issued or over its quota: none is lost."""
    await register_queries.require_register_reader(tx, who)
    rows = []
    for one in await register_queries.waiting(tx):
        why, _, detail = one.reason.partition(": ")
        rows.append(
            WaitingView(
                request_id=one.request_id,
                unit=Unit(id=one.unit_id, name=one.unit_name),
                why=why,
                detail=detail,
                since=one.since,
                next_attempt_at=one.next_attempt_at,
            )
        )
    return WaitingRows(items=rows)


@router.get("/seals/{unit_id}")
async def read_seal(unit_id: UUID, who: CurrentUser, tx: Tx) -> SealView:
    """With its certificate, what waits for a second person, and everything that happened to it."""
    await register_queries.require_register_reader(tx, who)
    return await _view(tx, await register_queries.seal_of(tx, unit_id))


@router.get("/seals/{unit_id}/picture", response_class=Response)
async def read_seal_picture(unit_id: UUID, who: CurrentUser, tx: Tx) -> Response:
    """As it is put on sheets: SVG of a drawn seal, PNG of an uploaded one."""
    await register_queries.require_register_reader(tx, who)
    seal = await register_queries.seal_of(tx, unit_id)
    headers = {"Cache-Control": "private, no-cache"}
    if seal.picture is not None:
        return Response(seal.picture, media_type="image/png", headers=headers)
    drawing = seal.drawing
    if drawing is None:
        specimen = tx.runtime.organisation.is_demonstration
        drawing = await asyncio.to_thread(draw_seal, seal.seal_text, specimen=specimen)
    return Response(seal_svg(drawing), media_type="image/svg+xml", headers=headers)


@router.post("/seals/{unit_id}/proposals", status_code=201)
async def propose_deed(unit_id: UUID, body: ProposalBody, who: CurrentUser, tx: Tx) -> ProposalView:
    """启用, 恢复 or 销毁: done when another person confirms it."""
    await register.require_manager(tx, who)
    picture = await asyncio.to_thread(_picture, body.picture) if body.picture else None
    proposal = await register.propose(
        tx,
        unit_id,
        body.deed,
        by=who,
        reason=body.reason.strip(),
        keeper=body.keeper.strip(),
        width_mm=body.width_mm,
        picture=picture,
    )
    return _proposal(proposal)


@router.get("/seal-proposals")
async def list_proposals(
    who: CurrentUser, tx: Tx, state: ProposalState | None = ProposalState.OPEN
) -> ProposalRows:
    await register_queries.require_register_reader(tx, who)
    found = await register_queries.proposals(tx, state=state.value if state else None)
    return ProposalRows(items=[_proposal(one) for one in found])


@router.post("/seal-proposals/{proposal_id}/confirmation", status_code=201)
async def confirm_proposal(proposal_id: UUID, who: CurrentUser, tx: Tx) -> ProposalView:
    return _proposal(await register.confirm(tx, proposal_id, by=who))


@router.post("/seal-proposals/{proposal_id}/refusal", status_code=201)
async def refuse_proposal(
    proposal_id: UUID, body: ReasonBody, who: CurrentUser, tx: Tx
) -> ProposalView:
    return _proposal(await register.refuse(tx, proposal_id, by=who, reason=body.reason.strip()))


@router.post("/seals/{unit_id}/suspension", status_code=201)
async def suspend_seal(unit_id: UUID, body: ReasonBody, who: CurrentUser, tx: Tx) -> SealRow:
    """停用, at once: what is decided meanwhile waits."""
    seal = await register.suspend(tx, unit_id, by=who, reason=body.reason.strip())
    return await _row(tx, seal)


@router.post("/seals/{unit_id}/release", status_code=201)
async def release_seal(unit_id: UUID, body: ReasonBody, who: CurrentUser, tx: Tx) -> SealRow:
    """放行: a seal that reached its quota may be used as often again within the hour."""
    seal = await register.release(tx, unit_id, by=who, reason=body.reason.strip())
    await tx.session.flush()
    return await _row(tx, seal)


def _picture(text: str) -> bytes:
    try:
        return checked_picture(base64.b64decode(text, validate=True))
    except binascii.Error as error:
        raise BadSealPicture(reason="not_png") from error


async def _row(tx: Transaction, seal: Seal) -> SealRow:
    used, allowed = await quota_of(tx, seal.unit_id)
    proposal = await register.open_proposal(tx, seal.unit_id)
    return SealRow(
        unit=Unit(id=seal.unit_id, name=seal.name),
        text=seal.seal_text,
        state=SealState(seal.state),
        keeper=seal.keeper,
        certificate_ends_at=seal.certificate_ends_at,
        used=used,
        allowed=allowed,
        proposed=Deed(proposal.deed) if proposal else None,
    )


async def _view(tx: Transaction, seal: Seal) -> SealView:
    proposal = await register.open_proposal(tx, seal.unit_id)
    return SealView(
        **(await _row(tx, seal)).model_dump(),
        width_mm=seal.width_mm or 40,
        has_picture=seal.picture is not None,
        certificate=_certificate(seal.certificate) if seal.certificate else None,
        proposal=_proposal(proposal) if proposal else None,
        history=[_act(act) for act in await register_queries.history(tx, seal.unit_id)],
    )


def _certificate(der: bytes) -> CertificateView:
    certificate = x509.load_der_x509_certificate(der)
    return CertificateView(
        serial=f"{certificate.serial_number:x}",
        issuer=certificate.issuer.rfc4514_string(),
        begins_at=certificate.not_valid_before_utc,
        ends_at=certificate.not_valid_after_utc,
    )


def _act(act: SealAct) -> ActView:
    return ActView(
        act=Act(act.act),
        by=act.by_name,
        proposed_by=act.proposer_name,
        reason=act.reason,
        detail=act.detail,
        at=act.at,
    )


def _proposal(one: SealProposal) -> ProposalView:
    return ProposalView(
        id=one.id,
        unit_id=one.unit_id,
        deed=Deed(one.deed),
        detail=one.detail,
        has_picture=one.picture is not None,
        reason=one.reason,
        proposed_by=one.proposer_name,
        proposer_id=one.proposed_by,
        proposed_at=one.proposed_at,
        state=ProposalState(one.state),
        decided_by=one.decider_name,
        decided_at=one.decided_at,
        decision_reason=one.decision_reason,
    )
