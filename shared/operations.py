"""For administrators, in every service: which events wait and why, and where a request's are.

Each service answers for itself; the portal's page asks all of them.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select

from shared.contracts.people import Post
from shared.errors import NotFound
from shared.messaging import dead_letters
from shared.messaging.tables import inbox_cursor, inbox_waiting, outbox
from shared.posts import require_post
from shared.web import CurrentUser, Tx

MAY_READ = frozenset({Post.ADMINISTRATOR, Post.AUDITOR})
MAY_REPLAY = frozenset({Post.ADMINISTRATOR})

router = APIRouter(prefix="/operations")


class WaitingEvent(BaseModel):
    """An event that a handler could not take. `state`: gap (an earlier one is missing), retry, or
    parked (until someone replays it)."""

    event_id: UUID
    lane: str
    topic: str
    aggregate: UUID
    sequence: int
    state: str
    attempts: int
    reason: str
    since: datetime
    next_attempt_at: datetime | None


class WaitingEventBody(WaitingEvent):
    producer: str
    correlation: str | None
    body: dict[str, Any]


class WaitingEventList(BaseModel):
    items: list[WaitingEvent]


class ReplayBody(BaseModel):
    """Without `event_id`: every parked event."""

    model_config = ConfigDict(extra="forbid")

    event_id: UUID | None = None


class ReplayView(BaseModel):
    replayed: int


class SentEvent(BaseModel):
    """`sent_at`: when the bus confirmed it; None: it has not left yet."""

    event_id: UUID
    topic: str
    sequence: int
    at: datetime
    sent_at: datetime | None
    correlation: str | None


class LaneView(BaseModel):
    """How far this service has come in what a producer says of the request."""

    producer: str
    last: int
    holding: bool


class Whereabouts(BaseModel):
    """A request as this service's messaging sees it."""

    sent: list[SentEvent]
    lanes: list[LaneView]
    waiting: list[WaitingEvent]


@router.get("/waiting")
async def list_waiting(user: CurrentUser, tx: Tx) -> WaitingEventList:
    await require_post(tx, user, *MAY_READ)
    rows = await dead_letters.waiting_events(tx)
    return WaitingEventList(items=[WaitingEvent.model_validate(row) for row in rows])


@router.get("/waiting/{event_id}")
async def read_waiting(event_id: UUID, user: CurrentUser, tx: Tx) -> WaitingEventBody:
    """With its body, which may name people: for whoever has to mend it."""
    await require_post(tx, user, *MAY_REPLAY)
    found = await dead_letters.waiting_event(tx, event_id)
    if not found:
        raise NotFound
    return WaitingEventBody.model_validate(found[0])


@router.post("/replays", status_code=201)
async def replay_waiting(body: ReplayBody, user: CurrentUser, tx: Tx) -> ReplayView:
    await require_post(tx, user, *MAY_REPLAY)
    return ReplayView(replayed=await dead_letters.replay(tx, body.event_id))


@router.get("/requests/{request_id}")
async def find_request(request_id: UUID, user: CurrentUser, tx: Tx) -> Whereabouts:
    """Empty where this service never heard of it."""
    await require_post(tx, user, *MAY_READ)
    sent = await tx.session.execute(
        select(outbox).where(outbox.c.aggregate == request_id).order_by(outbox.c.sequence)
    )
    lanes = await tx.session.execute(
        select(inbox_cursor).where(inbox_cursor.c.aggregate == request_id)
    )
    waiting = await dead_letters.waiting_events(tx, inbox_waiting.c.aggregate == request_id)
    return Whereabouts(
        sent=[
            SentEvent(
                event_id=row.id,
                topic=row.topic,
                sequence=row.sequence,
                at=row.time,
                sent_at=row.sent_at,
                correlation=row.correlation,
            )
            for row in sent
        ],
        lanes=[LaneView(producer=r.producer, last=r.last, holding=r.holding) for r in lanes],
        waiting=[WaitingEvent.model_validate(row) for row in waiting],
    )
