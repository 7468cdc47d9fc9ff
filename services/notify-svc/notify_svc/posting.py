"""Writes a delivery: its text, sealed, and when it may go out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from notify_svc.channels import Carrier
from notify_svc.domain import Kind, Message
from notify_svc.models import Base
from notify_svc.outcomes import State
from notify_svc.post_room import PostRoom
from shared.contracts.notify import Channel, Failed
from shared.database import new_id
from shared.transaction import Transaction

NO_ADDRESS = "no address on record"

# Many rows at a time go in by the table: the statement is then compiled once, not for each size.
delivery = Base.metadata.tables["delivery"]


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


async def post(tx: Transaction, carrier: Carrier, postings: list[Posting]) -> list[UUID]:
    """Queues the messages, and wakes who sends them. Returns: the ids of the deliveries."""
    if not postings:
        return []
    rows = [_row(tx, carrier, posting) for posting in postings]
    await tx.session.execute(insert(delivery), rows)
    tx.wake(dispatch_job(carrier.channel))
    return [row["id"] for row in rows]


def _row(tx: Transaction, carrier: Carrier, posting: Posting) -> dict[str, Any]:
    post_room: PostRoom = tx.runtime.own
    delivery_id = new_id()
    address = posting.address
    if not address:
        _report_no_address(tx, carrier.channel, posting, delivery_id)
    due = posting.not_before or tx.now
    return {
        "id": delivery_id,
        "notification_id": posting.notification_id,
        "person_id": posting.person_id,
        "channel": carrier.channel,
        "provider": carrier.provider,
        "address": post_room.safe.seal(address) if address else "",
        "address_hash": post_room.safe.fingerprint(address) if address else "",
        "content": post_room.safe.seal(posting.message.to_json()),
        "state": posting.state if address else State.FAILED,
        "attempts": 0,
        "failures": 0,
        "asked": 0,
        "not_before": posting.not_before,
        "next_attempt_at": due if address else None,
        "deadline": due + tx.runtime.settings.lifetime(posting.kind),
        "provider_references": {},
        "update_words": "",
        "settled_at": None if address else tx.now,
        "reason": posting.reason if address else NO_ADDRESS,
        "code": "",
    }


def _report_no_address(
    tx: Transaction, channel: Channel, posting: Posting, delivery_id: UUID
) -> None:
    if posting.request_id is None:
        return
    tx.publish(
        Failed(
            request_id=posting.request_id,
            delivery_id=delivery_id,
            kind=posting.kind,
            person_id=posting.person_id,
            channel=channel,
            reason=NO_ADDRESS,
            failed_at=tx.now,
        )
    )
