"""What the directory and the flow tell: whom to offer, and how a request stands in the lists.

workflow-svc decides; this service only repeats, in the order things happened. A round that is over
cannot change what a later one shows.
"""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from sqlalchemy import bindparam, select

from request_svc import directory
from request_svc.domain import ENDED, Status, still_urged
from request_svc.models import Request
from shared.contracts.directory import PersonChanged, UnitChanged
from shared.contracts.workflow import (
    Advanced,
    Approved,
    Completed,
    Node,
    RequestVoided,
    Returned,
    TaskAssigned,
    Urged,
    Withdrawn,
)
from shared.messaging import Retry, on
from shared.posts import POST_HANDLERS
from shared.readers import JOINING_HANDLERS
from shared.transaction import Transaction

_HOLD = (
    select(Request)
    .where(Request.id == bindparam("request_id"))
    .with_for_update()
    .execution_options(populate_existing=True)
)


async def keep_unit(event: UnitChanged, tx: Transaction) -> None:
    await directory.keep_unit(tx, event)


async def keep_memberships(event: PersonChanged, tx: Transaction) -> None:
    await directory.keep_memberships(tx, event)


async def show_due(event: TaskAssigned, tx: Transaction) -> None:
    """Until when the node that opens should be done; `Advanced` comes right after."""
    request = await _in_this_round(event, tx)
    if request is not None:
        request.due_node, request.due_at = event.node.id, event.due_at


async def show_waiting(event: Advanced, tx: Transaction) -> None:
    request = await _in_this_round(event, tx)
    if request is not None:
        _wait(request, event.waiting)
        request.urged = still_urged(request.urged, event.waiting)


async def show_urged(event: Urged, tx: Transaction) -> None:
    request = await _in_this_round(event, tx)
    if request is not None:
        request.urged = [*request.urged, event.node.id]


async def show_returned(event: Returned, tx: Transaction) -> None:
    """The draft is open again, with the reason on it."""
    request = await _in_this_round(event, tx)
    if request is not None:
        request.status = Status.RETURNED
        _wait(request, ())
        request.urged = []
        request.returned = {
            "node": event.node.model_dump(mode="json"),
            "by": event.by.model_dump(mode="json"),
            "opinion": event.opinion,
            "at": event.returned_at.isoformat(),
        }


async def show_approved(event: Approved, tx: Transaction) -> None:
    request = await _in_this_round(event, tx)
    if request is not None:
        request.status = Status.APPROVED
        request.number = event.number


async def show_withdrawn(event: Withdrawn, tx: Transaction) -> None:
    """Whatever the round: a resubmission that crossed the withdrawal has come to nothing."""
    request = await _not_ended(event.request_id, tx)
    if request is not None:
        request.status = Status.WITHDRAWN
        _wait(request, ())
        request.urged = []
        request.returned = None
        request.ended_at = event.withdrawn_at


async def show_completed(event: Completed, tx: Transaction) -> None:
    request = await _not_ended(event.request_id, tx)
    if request is not None:
        request.status = Status.COMPLETED
        request.number = event.number
        _wait(request, ())
        request.urged = []
        request.ended_at = event.completed_at


async def show_voided(event: RequestVoided, tx: Transaction) -> None:
    """Also what was completed: 作废 comes after everything."""
    request = await _known(event.request_id, tx)
    request.status = Status.VOID
    _wait(request, ())
    request.urged = []
    request.ended_at = request.ended_at or event.voided_at


class _OfARound(Protocol):
    @property
    def request_id(self) -> UUID: ...
    @property
    def revision(self) -> int: ...


async def _in_this_round(event: _OfARound, tx: Transaction) -> Request | None:
    """The request, unless the event tells of a round that is over."""
    request = await _not_ended(event.request_id, tx)
    return request if request is not None and request.revision == event.revision else None


async def _not_ended(request_id: UUID, tx: Transaction) -> Request | None:
    request = await _known(request_id, tx)
    return None if request.status in ENDED else request


async def _known(request_id: UUID, tx: Transaction) -> Request:
    request: Request | None = await tx.session.scalar(_HOLD, {"request_id": request_id})
    if request is None:
        raise Retry(f"request {request_id} is not in this database")
    return request


def _wait(request: Request, nodes: Sequence[Node]) -> None:
    """These nodes wait now; the deadline of a node that waits no more means nothing."""
    request.waiting = [{"id": node.id, "name": node.name} for node in nodes]
    request.current_node = nodes[0].id if nodes else None
    if request.due_node not in {node.id for node in nodes}:
        request.due_node = request.due_at = None


HANDLERS = (
    on(UnitChanged, keep_unit, ordered=True),
    on(PersonChanged, keep_memberships, ordered=True),
    *POST_HANDLERS,
    *JOINING_HANDLERS,
    on(TaskAssigned, show_due, ordered=True),
    on(Advanced, show_waiting, ordered=True),
    on(Urged, show_urged, ordered=True),
    on(Returned, show_returned, ordered=True),
    on(Approved, show_approved, ordered=True),
    on(Withdrawn, show_withdrawn, ordered=True),
    on(Completed, show_completed, ordered=True),
    on(RequestVoided, show_voided, ordered=True),
)
