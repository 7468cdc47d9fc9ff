"""What became of attempts is written down, and what follows from it begins."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update

from notify_svc import fallback, receipts
from notify_svc.channels import Carrier
from notify_svc.domain import Kind
from notify_svc.models import Base, Delivery
from notify_svc.outcomes import (
    Blame,
    Next,
    Outcome,
    Past,
    Patience,
    Result,
    State,
    Terms,
    after,
)
from notify_svc.suppression import suppress
from shared.contracts.notify import Channel, Delivered, Failed
from shared.contracts.people import PersonId
from shared.transaction import Transaction

delivery = Base.metadata.tables["delivery"]
attempt = Base.metadata.tables["attempt"]

SET_DELIVERY = (
    "state",
    "next_attempt_at",
    "failures",
    "asked",
    "unknown_since",
    "settled_at",
    "sent_at",
    "receipt_due_at",
    "provider_message_id",
    "provider_references",
    "reason",
    "code",
)
WRITE_DELIVERY = (
    update(delivery)
    .where(delivery.c.id == bindparam("of"))
    .values({name: bindparam(f"to_{name}") for name in SET_DELIVERY})
)
WRITE_ATTEMPT = (
    update(attempt)
    .where(
        attempt.c.delivery_id == bindparam("of"),
        attempt.c.number == bindparam("at"),
        attempt.c.ended_at.is_(None),
    )
    .values({name: bindparam(f"to_{name}") for name in ("ended_at", "outcome", "reason", "code")})
)


@dataclass(frozen=True, slots=True)
class Ended:
    """An attempt that is over, and what must be known to say what follows."""

    delivery_id: UUID
    notification_id: UUID
    number: int
    began: datetime
    past: Past
    deadline: datetime
    kind: Kind
    request_id: UUID | None
    person_id: PersonId | None
    channel: Channel
    address_hash: str
    message_id: str | None
    references: dict[str, Any]


async def finish(
    tx: Transaction,
    carrier: Carrier,
    ended: Sequence[tuple[Ended, Result]],
    *,
    lease_until: datetime | None = None,
    patience: Patience | None = None,
) -> None:
    """`lease_until`: of the claim; a delivery that is another's by now is left to it."""
    if not ended:
        return
    patience = patience or tx.runtime.settings.patience
    ours = await _still_ours(tx, [one.delivery_id for one, _ in ended], lease_until)
    await _end_attempts(tx, ended)
    following = [
        (one, result, _next(tx, carrier, one, result, patience))
        for one, result in ended
        if one.delivery_id in ours
    ]
    if not following:
        return
    rows = [_values(tx, carrier, *each) for each in following]
    await tx.session.execute(WRITE_DELIVERY, rows)
    await _suppress(tx, following)
    publish(tx, ((one, what.state, what.reason) for one, _result, what in following))
    lost = [one.delivery_id for one, _, what in following if what.state in fallback.NOT_TOLD]
    await fallback.release(tx, lost)
    if carrier.capabilities.receipts:
        await receipts.apply_early(tx, [one.delivery_id for one, _, _ in following])


async def _still_ours(
    tx: Transaction, ids: Sequence[UUID], lease_until: datetime | None
) -> set[UUID]:
    if lease_until is None:
        return set(ids)
    found = await tx.session.scalars(
        select(Delivery.id)
        .where(
            Delivery.id.in_(ids),
            Delivery.state == State.SENDING,
            Delivery.next_attempt_at == lease_until,
        )
        .with_for_update()
    )
    return set(found)


async def _end_attempts(tx: Transaction, ended: Sequence[tuple[Ended, Result]]) -> None:
    rows = [
        {
            "of": one.delivery_id,
            "at": one.number,
            "to_ended_at": tx.now,
            "to_outcome": result.outcome,
            "to_reason": result.reason,
            "to_code": result.code,
        }
        for one, result in ended
    ]
    await tx.session.execute(WRITE_ATTEMPT, rows)


def _next(
    tx: Transaction, carrier: Carrier, one: Ended, result: Result, patience: Patience
) -> Next:
    terms = Terms(carrier.capabilities, patience, one.deadline, one.began, tx.now)
    return after(result, one.past, terms)


def _values(
    tx: Transaction, carrier: Carrier, one: Ended, result: Result, what: Next
) -> dict[str, Any]:
    gone = what.state in (State.SENT, State.DELIVERED)
    awaits = what.state is State.SENT and carrier.capabilities.receipts
    wait = timedelta(seconds=tx.runtime.settings.receipt_seconds)
    values = {
        "state": what.state,
        "next_attempt_at": what.at,
        "failures": what.past.failures,
        "asked": what.past.asked,
        "unknown_since": what.past.unknown_since,
        "settled_at": tx.now if what.at is None else None,
        "sent_at": tx.now if gone else None,
        "receipt_due_at": tx.now + wait if awaits else None,
        "provider_message_id": result.message_id or one.message_id,
        "provider_references": {**one.references, **result.references},
        "reason": what.reason,
        "code": result.code,
    }
    return {"of": one.delivery_id} | {f"to_{name}": value for name, value in values.items()}


async def _suppress(tx: Transaction, following: Iterable[tuple[Ended, Result, Next]]) -> None:
    """An address that cannot be reached is not tried again for a while."""
    for one, result, _what in following:
        if result.outcome is Outcome.REFUSED and result.blame is Blame.RECIPIENT:
            await suppress(tx, one.channel, one.address_hash, result.reason)


def publish(tx: Transaction, ended: Iterable[tuple[Ended, State, str]]) -> None:
    for one, state, reason in ended:
        if one.request_id is None:
            continue
        about = {
            "request_id": one.request_id,
            "delivery_id": one.delivery_id,
            "kind": one.kind,
            "person_id": one.person_id,
            "channel": one.channel,
        }
        if state in (State.SENT, State.DELIVERED):
            tx.publish(Delivered(**about, delivered_at=tx.now))
        elif state in (State.FAILED, State.UNRESOLVED):
            tx.publish(Failed(**about, reason=reason, failed_at=tx.now))
