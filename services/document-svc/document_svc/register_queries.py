"""What is read of the seal register, for the routes."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, select

from document_svc.errors import NotSealOffice, UnknownSeal
from document_svc.models import Seal
from document_svc.register import MANAGES, waits_for_a_seal
from document_svc.register_models import SealAct, SealProposal
from shared.contracts.people import Post
from shared.identity import User
from shared.messaging.tables import inbox_waiting
from shared.posts import holds
from shared.transaction import Transaction

LISTED = 200


class WaitingSeal(NamedTuple):
    """A decision whose seal cannot be put on yet. `reason` begins with its name."""

    request_id: UUID
    unit_id: UUID
    unit_name: str
    topic: str
    reason: str
    since: datetime
    next_attempt_at: datetime | None


async def require_register_reader(tx: Transaction, user: User) -> None:
    """Raises: NotSealOffice."""
    if not await holds(tx, user.id, MANAGES | {Post.AUDITOR}):
        raise NotSealOffice


async def seals(tx: Transaction) -> Sequence[Seal]:
    """Every department's that has one, by name."""
    query = select(Seal).where(Seal.seal_text != "").order_by(Seal.name)
    return (await tx.session.scalars(query)).all()


async def seal_of(tx: Transaction, unit_id: UUID) -> Seal:
    """Raises: UnknownSeal."""
    seal = await tx.session.get(Seal, unit_id)
    if seal is None or not seal.seal_text:
        raise UnknownSeal
    return seal


async def history(tx: Transaction, unit_id: UUID) -> Sequence[SealAct]:
    """The newest first."""
    query = select(SealAct).where(SealAct.unit_id == unit_id).order_by(SealAct.id.desc())
    return (await tx.session.scalars(query.limit(LISTED))).all()


async def proposals(tx: Transaction, *, state: str | None) -> Sequence[SealProposal]:
    """The newest first, at most `LISTED`."""
    query = select(SealProposal).order_by(SealProposal.proposed_at.desc()).limit(LISTED)
    if state is not None:
        query = query.where(SealProposal.state == state)
    return (await tx.session.scalars(query)).all()


async def waiting(tx: Transaction) -> list[WaitingSeal]:
    """Decisions that wait for a seal that is not in use, or over its quota; the oldest first."""
    rows = await tx.session.execute(
        select(inbox_waiting)
        .where(waits_for_a_seal())
        .order_by(inbox_waiting.c.since)
        .limit(LISTED)
    )
    return [_waiting(row) for row in rows]


def _waiting(row: Row[Any]) -> WaitingSeal:
    unit = json.loads(row.body)["unit"]
    return WaitingSeal(
        row.aggregate,
        UUID(unit["id"]),
        unit["name"],
        row.topic,
        row.reason,
        row.since,
        row.next_attempt_at,
    )
