"""作废 after the last approval: 督查室 proposes with a reason, a second person confirms; final.

Nothing ends by one person's word. Until it is confirmed the proposal can be taken back, and the
request goes on as if there were none.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from shared.contracts.people import Person, Post
from shared.contracts.workflow import TaskEnd
from shared.errors import NotFound
from shared.identity import User
from shared.record import chain
from shared.transaction import Transaction
from workflow_svc import errors, people, store
from workflow_svc.domain import Happening, Instance, Kind, Status, TaskState
from workflow_svc.models import InstanceRow, VoidProposal
from workflow_svc.store import Held, Repeatable
from workflow_svc.world import Outcome

PROPOSING = frozenset({Post.SEAL_KEEPER})
CONFIRMING = frozenset({Post.SEAL_KEEPER, Post.ADMINISTRATOR})
_VOIDABLE = (Status.APPROVED, Status.COMPLETED)


async def propose(
    tx: Transaction, request_id: UUID, *, by: User, reason: str, key: str | None = None
) -> None:
    """Raises: SealOfficeOnly, NotFound, NotVoidable, VoidProposed."""
    await _require(tx, by, PROPOSING)
    held = await store.hold(tx, request_id)
    repeatable = _repeatable(key, "propose-void", request_id, reason)
    if await store.answer_given(tx, by.id, repeatable):
        return
    _require_voidable(held)
    if await tx.session.get(VoidProposal, request_id) is not None:
        raise errors.VoidProposed
    proposal = VoidProposal(
        request_id=request_id, by_id=by.id, by_name=by.name, reason=reason, proposed_at=tx.now
    )
    tx.session.add(proposal)
    proposed = Happening(Kind.VOID_PROPOSED, by=_person(by), opinion=reason)
    await store.save(tx, held, Outcome(held.state, (proposed,)), repeatable)


async def take_back(tx: Transaction, request_id: UUID, *, by: User) -> None:
    """By whoever could confirm it as well. Raises: SealOfficeOnly, NotFound."""
    await _require(tx, by, CONFIRMING)
    held = await store.hold(tx, request_id)
    await _proposal(tx, request_id)
    await _forget(tx, request_id)
    declined = Happening(Kind.VOID_DECLINED, by=_person(by))
    await store.save(tx, held, Outcome(held.state, (declined,)))


async def confirm(
    tx: Transaction, request_id: UUID, *, by: User, key: str | None = None
) -> dict[str, Any]:
    """Returns: request_status.

    Raises: SealOfficeOnly, NotFound, NotVoidable, SecondPersonRequired.
    """
    await _require(tx, by, CONFIRMING)
    held = await store.hold(tx, request_id)
    repeatable = _repeatable(key, "confirm-void", request_id)
    given = await store.answer_given(tx, by.id, repeatable)
    if given:
        return given
    _require_voidable(held)
    proposal = await _proposal(tx, request_id)
    if proposal.by_id == by.id:
        raise errors.SecondPersonRequired
    proposer = Person(id=proposal.by_id, name=proposal.by_name)
    outcome = _voided(held.state, proposer, _person(by), proposal.reason, tx)
    await _forget(tx, request_id)
    answer = {"request_status": outcome.state.status.value}
    await store.save(tx, held, outcome, replace(repeatable, answer=answer))
    return answer


async def proposals(tx: Transaction) -> Sequence[tuple[VoidProposal, InstanceRow]]:
    """Those that wait for a second person, the oldest first: there are never many."""
    query = (
        select(VoidProposal, InstanceRow)
        .join(InstanceRow, InstanceRow.request_id == VoidProposal.request_id)
        .order_by(VoidProposal.proposed_at, VoidProposal.request_id)
    )
    return [(row[0], row[1]) for row in await tx.session.execute(query)]


def _voided(
    state: Instance, proposer: Person, confirmer: Person, reason: str, tx: Transaction
) -> Outcome:
    ended = tuple(
        replace(task, state=TaskState.CANCELLED, closed_at=tx.now)
        for task in state.tasks
        if task.is_live
    )
    closed = tuple(
        Happening(Kind.TASK_CLOSED, by=confirmer, task=task, end=TaskEnd.CANCELLED)
        for task in ended
    )
    voided = Happening(Kind.VOIDED, by=confirmer, people=(proposer,), opinion=reason)
    void = replace(state.with_tasks(*ended), status=Status.VOID, node=None)
    return Outcome(void, (*closed, Happening(Kind.ADVANCED), voided))


async def _require(tx: Transaction, user: User, posts: frozenset[Post]) -> None:
    if not await people.holds(tx, user.id, posts):
        raise errors.SealOfficeOnly


def _require_voidable(held: Held) -> None:
    if held.state.status not in _VOIDABLE:
        raise errors.NotVoidable(request_status=held.state.status.value)


async def _proposal(tx: Transaction, request_id: UUID) -> VoidProposal:
    proposal = await tx.session.get(VoidProposal, request_id)
    if proposal is None:
        raise NotFound
    return proposal


async def _forget(tx: Transaction, request_id: UUID) -> None:
    await tx.session.execute(delete(VoidProposal).where(VoidProposal.request_id == request_id))


def _repeatable(key: str | None, *command: object) -> Repeatable:
    return Repeatable(key, chain.digest(list(command)), {"done": True})


def _person(user: User) -> Person:
    return Person(id=user.id, name=user.name)
