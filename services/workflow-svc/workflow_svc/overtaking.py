"""撤销 that overtakes its own submission: kept until the submission comes, which then ends at once.

request-svc has said yes to a submission whose event is still on its way, and its initiator takes it
back. Here nobody knows the request yet, nor whose it is: the withdrawal counts when it proves to be
the initiator's.
"""

from uuid import UUID

from sqlalchemy import bindparam, delete, func, select

from shared.contracts.people import PersonId
from shared.contracts.request import RequestSubmitted
from shared.database import insert, table_of
from shared.transaction import Transaction
from workflow_svc.errors import TooManyAhead
from workflow_svc.models import WithdrawalAhead

MOST = 20  # a person's submissions on their way at one time

_ahead = table_of(WithdrawalAhead)
_REMEMBER = insert(WithdrawalAhead).on_conflict_do_nothing()
_CLAIM = _REMEMBER.returning(_ahead.c.person_id)
_FORGET = delete(_ahead).where(_ahead.c.request_id == bindparam("request_id"))


async def remember(tx: Transaction, request_id: UUID, person: PersonId) -> None:
    """Raises: TooManyAhead."""
    mine = WithdrawalAhead.person_id == person
    others = select(func.count()).where(mine, WithdrawalAhead.request_id != request_id)
    if (await tx.session.scalar(others) or 0) >= MOST:
        raise TooManyAhead
    row = {"request_id": request_id, "person_id": person, "withdrawn_at": tx.now}
    await tx.session.execute(_REMEMBER, row)


async def forget(tx: Transaction, request_id: UUID) -> None:
    """Whatever was remembered of a request that is here now."""
    await tx.session.execute(_FORGET, {"request_id": request_id})


async def was_withdrawn(tx: Transaction, event: RequestSubmitted) -> bool:
    """Whether its initiator took it back before it came.

    Both sides write the same row first: of a withdrawal and a submission in the same instant, the
    one that comes second waits for the first and sees it.
    """
    row = {
        "request_id": event.request_id,
        "person_id": event.initiator.id,
        "withdrawn_at": tx.now,
    }
    claimed = await tx.session.execute(_CLAIM, row)
    came_first = claimed.first() is not None
    await forget(tx, event.request_id)
    return not came_first
