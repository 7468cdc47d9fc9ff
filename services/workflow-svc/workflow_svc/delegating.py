"""委托: for a time someone else acts in a person's place, for one post or for all.

What is open already is theirs too from the start (`delegation_effects.py`), and no longer from the
end on; whether it counts is asked again at each decision. Nobody delegates on what was delegated to
them, and nobody delegates to someone who has delegated away themselves: there are no chains.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from shared.contracts.people import Person, PersonId, Post, UnitId
from shared.database import new_id
from shared.errors import NotFound
from shared.identity import User
from shared.transaction import Transaction
from workflow_svc import errors, people
from workflow_svc.delegation_events import delegated
from workflow_svc.models import DelegationRow, PersonRow, PostRow, UnitRow

EFFECTS = "delegation-effects"  # the job that looks at open tasks
LONGEST = timedelta(days=366)
CAN_BE_DELEGATED = frozenset({Post.OFFICE_STAFF, Post.HEAD, Post.REVIEWER, Post.SEAL_KEEPER})


@dataclass(frozen=True)
class Wish:
    """What someone wants to delegate. `post`, `unit_id`: only there; None means everywhere."""

    to: PersonId
    post: Post | None
    unit_id: UnitId | None
    starts_at: datetime
    ends_at: datetime
    reason: str


async def delegate(
    tx: Transaction, wish: Wish, *, by: User, key: str | None = None
) -> DelegationRow:
    """Raises: NoSuchPerson, NotYourPost, BadPeriod, DelegationOverlaps, DelegateIsAway, YouStandIn,
    IdempotencyKeyReused.
    """
    await _alone(tx, by.id, wish.to)
    made = await _made_before(tx, wish, by, key)
    if made is not None:
        return made
    (deputy,) = await people.active(tx, [wish.to])
    starts_at = max(wish.starts_at, tx.now)
    if not starts_at < wish.ends_at <= starts_at + LONGEST:
        raise errors.BadPeriod
    unit_name = await _held(tx, wish, by)
    await _no_chain(tx, wish, deputy, by, starts_at)
    row = DelegationRow(
        id=new_id(),
        from_id=by.id,
        from_name=by.name,
        to_id=deputy.id,
        to_name=deputy.name,
        post=wish.post.value if wish.post else None,
        unit_id=wish.unit_id,
        unit_name=unit_name,
        reason=wish.reason,
        starts_at=starts_at,
        ends_at=wish.ends_at,
        created_at=tx.now,
        revoked_at=None,
        takes_effect_at=starts_at,
        idempotency_key=key,
    )
    tx.session.add(row)
    tx.publish(delegated(row))
    tx.wake(EFFECTS)
    return row


async def revoke(tx: Transaction, delegation_id: UUID, *, by: User) -> None:
    """By who delegated; what is over already stays as it is. Raises: NotFound."""
    row = await tx.session.get(DelegationRow, delegation_id, with_for_update=True)
    if row is None or row.from_id != by.id:
        raise NotFound
    if row.revoked_at is None and tx.now < row.ends_at:
        row.revoked_at = row.takes_effect_at = tx.now
        tx.wake(EFFECTS)


async def of(tx: Transaction, person: PersonId) -> Sequence[DelegationRow]:
    """What the person delegated, and what was delegated to them; the newest first."""
    query = (
        select(DelegationRow)
        .where(or_(DelegationRow.from_id == person, DelegationRow.to_id == person))
        .order_by(DelegationRow.created_at.desc(), DelegationRow.id.desc())
        .limit(100)
    )
    return (await tx.session.scalars(query)).all()


async def _alone(tx: Transaction, *persons: PersonId) -> None:
    """Two delegations that could make a chain wait for each other."""
    query = select(PersonRow.id).where(PersonRow.id.in_(persons)).order_by(PersonRow.id)
    await tx.session.execute(query.with_for_update())


async def _made_before(
    tx: Transaction, wish: Wish, by: User, key: str | None
) -> DelegationRow | None:
    if key is None:
        return None
    row = await tx.session.scalar(
        select(DelegationRow).where(
            DelegationRow.from_id == by.id, DelegationRow.idempotency_key == key
        )
    )
    if row is None:
        return None
    scope = (row.to_id, row.post, row.unit_id, row.ends_at)
    if scope != (wish.to, wish.post and wish.post.value, wish.unit_id, wish.ends_at):
        raise errors.IdempotencyKeyReused
    return row


async def _held(tx: Transaction, wish: Wish, by: User) -> str | None:
    """That there is something to delegate. Returns: the unit's name, if it is of one unit only."""
    query = (
        select(UnitRow.name)
        .join(PostRow, PostRow.unit_id == UnitRow.id)
        .where(PostRow.person_id == by.id, UnitRow.active)
    )
    posts = CAN_BE_DELEGATED if wish.post is None else CAN_BE_DELEGATED & {wish.post}
    query = query.where(PostRow.post.in_([post.value for post in posts]))
    if wish.unit_id is not None:
        query = query.where(UnitRow.id == wish.unit_id)
    name = await tx.session.scalar(query.limit(1))
    if name is None:
        raise errors.NotYourPost
    return name if wish.unit_id is not None else None


async def _no_chain(
    tx: Transaction, wish: Wish, deputy: Person, by: User, starts_at: datetime
) -> None:
    if deputy.id == by.id:
        raise errors.NoSuchPerson
    at_that_time = (
        DelegationRow.revoked_at.is_(None),
        DelegationRow.starts_at < wish.ends_at,
        DelegationRow.ends_at > starts_at,
    )
    row = await tx.session.scalar(
        select(DelegationRow)
        .where(*at_that_time, or_(*_in_the_way(wish, deputy, by)))
        .order_by(DelegationRow.from_id == by.id)
        .limit(1)
    )
    if row is None:
        return
    if row.to_id == by.id:
        raise errors.YouStandIn(for_name=row.from_name)
    if row.from_id == deputy.id:
        raise errors.DelegateIsAway(to_name=row.to_name)
    raise errors.DelegationOverlaps(to_name=row.to_name)


def _in_the_way(wish: Wish, deputy: Person, by: User) -> tuple[ColumnElement[bool], ...]:
    """What was delegated to me, by my deputy, or by me for the same."""
    same = [DelegationRow.from_id == by.id]
    if wish.post is not None:
        same.append(or_(DelegationRow.post.is_(None), DelegationRow.post == wish.post.value))
    if wish.unit_id is not None:
        same.append(or_(DelegationRow.unit_id.is_(None), DelegationRow.unit_id == wish.unit_id))
    mine = same[0]
    for condition in same[1:]:
        mine = mine & condition
    return DelegationRow.to_id == by.id, DelegationRow.from_id == deputy.id, mine
