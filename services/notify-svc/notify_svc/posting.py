"""Writes a delivery: its text, sealed, and when it may go out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from notify_svc.channels import Carrier
from notify_svc.domain import Kind, Message
from notify_svc.models import Delivery
from notify_svc.outcomes import State
from notify_svc.post_room import PostRoom
from shared.contracts.notify import Channel, Failed
from shared.database import insert, new_id
from shared.transaction import Transaction

NO_ADDRESS = "no address on record"

_POST = insert(Delivery)


def dispatch_job(channel: Channel) -> str:
    """The name of the job that sends by this channel."""
    return f"dispatch_{channel}"


@dataclass(frozen=True, slots=True)
class Posting:
    """One message to one person by one channel. `not_before` None: at once."""

    notification_id: UUID
    kind: Kind
    request_id: UUID | None
    person_id: UUID | None
    address: str | None
    message: Message
    not_before: datetime | None = None
    state: State = State.QUEUED
    reason: str = ""
    failed: str | None = None  # why it is not even tried


async def post(tx: Transaction, carrier: Carrier, postings: list[Posting]) -> list[UUID]:
    """Queues the messages, and wakes who sends them. Returns: the ids of the deliveries."""
    if not postings:
        return []
    rows = [_row(tx, carrier, posting) for posting in postings]
    await tx.session.execute(_POST, rows)
    for posting, row in zip(postings, rows, strict=True):
        _report(tx, carrier, posting, row)
    tx.wake(dispatch_job(carrier.channel))
    return [row["id"] for row in rows]


def _row(tx: Transaction, carrier: Carrier, posting: Posting) -> dict[str, Any]:
    post_room: PostRoom = tx.runtime.own
    address = posting.address
    why_not = posting.failed or (None if address else NO_ADDRESS)
    state = posting.state
    if why_not is not None:
        state = State.FAILED
    elif carrier.delivers_at_once:
        state = State.DELIVERED
    due = posting.not_before or tx.now
    is_due = state is State.QUEUED
    return {
        "id": new_id(),
        "notification_id": posting.notification_id,
        "person_id": posting.person_id,
        "channel": carrier.channel,
        "provider": carrier.provider,
        "address": post_room.safe.seal(address) if address else "",
        "address_hash": post_room.safe.fingerprint(address) if address else "",
        "content": post_room.safe.seal(posting.message.to_json()),
        "template": f"{posting.kind}@{post_room.templates.version(posting.kind)}",
        "state": state,
        "attempts": 0,
        "failures": 0,
        "asked": 0,
        "not_before": due,
        "next_attempt_at": due if is_due else None,
        "deadline": due + tx.runtime.settings.lifetime(posting.kind),
        "provider_references": {},
        "update_words": "",
        "sent_at": tx.now if state is State.DELIVERED else None,
        "settled_at": tx.now if state in (State.FAILED, State.DELIVERED) else None,
        "reason": why_not or posting.reason,
        "code": "",
    }


def _report(tx: Transaction, carrier: Carrier, posting: Posting, row: Mapping[str, Any]) -> None:
    """What failed before it was tried is told to the others like any other failure."""
    if posting.request_id is None or row["state"] != State.FAILED:
        return
    tx.publish(
        Failed(
            request_id=posting.request_id,
            delivery_id=row["id"],
            kind=posting.kind,
            person_id=posting.person_id,
            channel=carrier.channel,
            reason=row["reason"],
            failed_at=tx.now,
        )
    )
