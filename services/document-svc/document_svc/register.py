"""The seal register: issue, suspension, reinstatement and destruction; two persons for most."""

from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, update

from document_svc.errors import (
    NothingToRelease,
    NotSealOffice,
    ProposalPending,
    SealKeysAway,
    SealStateForbids,
    UnknownSeal,
)
from document_svc.keys import KeyMissing, KeysAway, TokenAbsent, WrongPin
from document_svc.models import Seal
from document_svc.register_models import SealProposal
from document_svc.register_rules import (
    AFTERWARDS,
    Act,
    Deed,
    ProposalState,
    Retirement,
    SealState,
    require_deed,
    require_second_person,
)
from document_svc.retirement import retire
from document_svc.seals import SealNotInUse, SealQuotaReached, make_ready, note, quota_of
from document_svc.signer import SignerAway
from document_svc.time_stamp import TimestampAway
from shared.contracts.people import Post
from shared.database import new_id
from shared.errors import NotFound
from shared.identity import User
from shared.messaging.tables import inbox_waiting
from shared.messaging.waiting import Waiting
from shared.posts import holds
from shared.transaction import Transaction

MANAGES = frozenset({Post.SEAL_KEEPER, Post.ADMINISTRATOR})


async def require_manager(tx: Transaction, user: User) -> None:
    """Raises: NotSealOffice."""
    if not await holds(tx, user.id, MANAGES):
        raise NotSealOffice


async def propose(
    tx: Transaction,
    unit_id: UUID,
    deed: Deed,
    *,
    by: User,
    reason: str,
    keeper: str,
    width_mm: float | None,
    picture: bytes | None,
) -> SealProposal:
    """What a second person has to confirm; at most one waits for a seal.

    Raises: NotSealOffice, UnknownSeal, SealStateForbids, ProposalPending.
    """
    await require_manager(tx, by)
    seal = await _held(tx, unit_id)
    require_deed(deed, SealState(seal.state))
    if await open_proposal(tx, unit_id) is not None:
        raise ProposalPending
    proposal = SealProposal(
        id=new_id(),
        unit_id=unit_id,
        deed=deed.value,
        detail={"keeper": keeper, "width_mm": width_mm} if deed is Deed.ISSUE else {},
        picture=picture if deed is Deed.ISSUE else None,
        reason=reason,
        proposed_by=by.id,
        proposer_name=by.name,
        proposed_at=tx.now,
        state=ProposalState.OPEN.value,
        decided_by=None,
        decider_name=None,
        decided_at=None,
        decision_reason=None,
    )
    tx.session.add(proposal)
    return proposal


async def confirm(tx: Transaction, proposal_id: UUID, *, by: User) -> SealProposal:
    """The second person: now it is done.

    Raises: NotSealOffice, NotFound, ProposalClosed, NotTheSamePerson, SealStateForbids,
    SealKeysAway.
    """
    proposal, seal = await _open(tx, proposal_id, by)
    deed = Deed(proposal.deed)
    require_deed(deed, SealState(seal.state))
    _close(tx, proposal, ProposalState.CONFIRMED, by, reason="")
    state, act = AFTERWARDS[deed]
    note(
        tx,
        seal,
        act,
        reason=proposal.reason,
        by=by,
        proposed_by=proposal.proposed_by,
        proposer_name=proposal.proposer_name,
        **proposal.detail,
    )
    seal.state = state.value
    if deed is Deed.DESTROY:
        retire(tx, seal, Retirement.DESTROYED)
        seal.drawing = seal.picture = None
    elif deed is Deed.ISSUE:
        await _issued(tx, seal, proposal)
    await _try_again(tx)
    return proposal


async def refuse(tx: Transaction, proposal_id: UUID, *, by: User, reason: str) -> SealProposal:
    """The second person does not agree. Raises: as `confirm`."""
    proposal, seal = await _open(tx, proposal_id, by)
    _close(tx, proposal, ProposalState.REFUSED, by, reason=reason)
    note(
        tx,
        seal,
        Act.REFUSED,
        reason=reason,
        by=by,
        proposed_by=proposal.proposed_by,
        proposer_name=proposal.proposer_name,
        deed=proposal.deed,
    )
    return proposal


async def suspend(tx: Transaction, unit_id: UUID, *, by: User, reason: str) -> Seal:
    """At once and by one person: a seal in doubt must not be used while a second one is sought.

    Raises: NotSealOffice, UnknownSeal, SealStateForbids.
    """
    await require_manager(tx, by)
    seal = await _held(tx, unit_id)
    if seal.state != SealState.IN_USE:
        raise SealStateForbids(state=seal.state)
    seal.state = SealState.SUSPENDED.value
    note(tx, seal, Act.SUSPENDED, reason=reason, by=by)
    return seal


async def release(tx: Transaction, unit_id: UUID, *, by: User, reason: str) -> Seal:
    """Lets a seal that reached its quota be used as often again within the hour.

    The one who releases is the second person beside those whose decisions wait.
    Raises: NotSealOffice, UnknownSeal, NothingToRelease.
    """
    await require_manager(tx, by)
    seal = await _held(tx, unit_id)
    used, allowed = await quota_of(tx, unit_id)
    if used < allowed:
        raise NothingToRelease(used=used, allowed=allowed)
    note(tx, seal, Act.RELEASED, reason=reason, by=by, used=used)
    await _try_again(tx)
    return seal


async def open_proposal(tx: Transaction, unit_id: UUID) -> SealProposal | None:
    found: SealProposal | None = await tx.session.scalar(
        select(SealProposal).where(
            SealProposal.unit_id == unit_id, SealProposal.state == ProposalState.OPEN
        )
    )
    return found


async def _issued(tx: Transaction, seal: Seal, proposal: SealProposal) -> None:
    seal.keeper = proposal.detail["keeper"]
    seal.width_mm = proposal.detail["width_mm"]
    seal.picture, seal.drawing = proposal.picture, None
    retire(tx, seal, Retirement.REISSUED)  # a new seal has a new key
    await tx.session.flush()
    try:
        await make_ready(tx, seal.unit_id, valid_from=tx.now)
    except KeysAway as away:
        raise SealKeysAway(reason=away.code) from away


async def _held(tx: Transaction, unit_id: UUID) -> Seal:
    seal = await tx.session.get(Seal, unit_id, with_for_update=True)
    if seal is None or not seal.seal_text:
        raise UnknownSeal
    return seal


async def _open(tx: Transaction, proposal_id: UUID, by: User) -> tuple[SealProposal, Seal]:
    await require_manager(tx, by)
    proposal = await tx.session.get(SealProposal, proposal_id, with_for_update=True)
    if proposal is None:
        raise NotFound
    require_second_person(proposal.proposed_by, ProposalState(proposal.state), by.id)
    return proposal, await _held(tx, proposal.unit_id)


def _close(
    tx: Transaction, proposal: SealProposal, state: ProposalState, by: User, *, reason: str
) -> None:
    proposal.state = state.value
    proposal.decided_by, proposal.decider_name = by.id, by.name
    proposal.decided_at, proposal.decision_reason = tx.now, reason


async def _try_again(tx: Transaction) -> None:
    """What waited for a seal is due now."""
    await tx.session.execute(
        update(inbox_waiting)
        .where(inbox_waiting.c.state == Waiting.RETRY, waits_for_a_seal())
        .values(next_attempt_at=tx.now)
    )


def waits_for_a_seal() -> ColumnElement[bool]:
    return or_(*(inbox_waiting.c.reason.startswith(f"{kind.__name__}:") for kind in _WAITED_FOR))


_WAITED_FOR = (
    SealNotInUse,
    SealQuotaReached,
    TimestampAway,
    SignerAway,
    TokenAbsent,
    WrongPin,
    KeyMissing,
)
