"""知会 and 督办: letting others see a request, and having it watched."""

from collections.abc import Sequence
from uuid import UUID

from shared.contracts.people import Person, Post
from shared.contracts.workflow import WhyCopied
from shared.identity import User
from shared.transaction import Transaction
from workflow_svc import copies, copying, errors, people, queries, store
from workflow_svc.commanding import Answer, carry_out
from workflow_svc.world import Outcome

_SUPERVISE = frozenset({Post.SEAL_KEEPER, Post.ADMINISTRATOR})


async def copy(
    tx: Transaction,
    request_id: UUID,
    *,
    by: User,
    person_ids: Sequence[UUID],
    key: str | None = None,
) -> Answer:
    """知会, by the initiator or by whoever was asked to act. Returns: the people who are new to it.

    Raises: NotFound, NotRunning, NoSuchPerson.
    """
    await queries.require_part(tx, request_id, by.id)
    return await _let_see(tx, request_id, person_ids, WhyCopied.COPY, by=by, key=key)


async def supervise(
    tx: Transaction,
    request_id: UUID,
    *,
    by: User,
    person_id: UUID | None = None,
    key: str | None = None,
) -> Answer:
    """督办: 督查室 or an administrator watches it, or has someone watch it. Returns: who is new.

    Raises: NotFound, SupervisorsOnly, NotRunning, NoSuchPerson.
    """
    await _require_supervisor(tx, request_id, by)
    ids = [person_id or by.id]
    return await _let_see(tx, request_id, ids, WhyCopied.SUPERVISION, by=by, key=key)


async def stop_supervising(tx: Transaction, request_id: UUID, *, by: User, person_id: UUID) -> None:
    """Whoever watches stops by themselves, or is taken off by 督查室 or an administrator.

    Raises: NotFound, SupervisorsOnly.
    """
    if person_id != by.id:
        await _require_supervisor(tx, request_id, by)
    await store.hold(tx, request_id)
    await copies.stop_watching(tx, request_id, person_id)


async def _require_supervisor(tx: Transaction, request_id: UUID, by: User) -> None:
    await queries.require_reader(tx, request_id, by.id)
    if not await people.holds(tx, by.id, _SUPERVISE):
        raise errors.SupervisorsOnly


async def _let_see(
    tx: Transaction,
    request_id: UUID,
    ids: Sequence[UUID],
    why: WhyCopied,
    *,
    by: User,
    key: str | None,
) -> Answer:
    held = await store.hold(tx, request_id)

    async def do(actor: Person) -> Outcome:
        already = await copies.known(tx, request_id, why)
        found = await people.active(tx, ids)
        fresh = tuple(p for p in found if p.id not in already)
        return copying.copy(held.state, by=actor, people=fresh, why=why)

    def answer(outcome: Outcome) -> Answer:
        told = [person for happening in outcome.happened for person in happening.people]
        return {"people": [person.model_dump(mode="json") for person in told]}

    return await carry_out(tx, held, [why.value, request_id, list(ids)], do, answer, by=by, key=key)
