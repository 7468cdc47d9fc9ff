"""常用处理意见: what a person writes often, private to them, in their order."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select, update

from shared.database import insert, new_id
from shared.errors import NotFound
from shared.transaction import Transaction
from workflow_svc.errors import OpinionKept, TooManyOpinions
from workflow_svc.models import SavedOpinion

MOST = 50


async def kept(tx: Transaction, person: UUID) -> Sequence[SavedOpinion]:
    query = select(SavedOpinion).where(SavedOpinion.person_id == person)
    return (await tx.session.scalars(query.order_by(SavedOpinion.position, SavedOpinion.id))).all()


async def save(tx: Transaction, person: UUID, text: str) -> SavedOpinion:
    """Keeps the text after the others; the same text again is the one already kept.

    Raises: TooManyOpinions.
    """
    mine = SavedOpinion.person_id == person
    others = select(func.count(), func.max(SavedOpinion.position))
    row = await tx.session.execute(others.where(mine, SavedOpinion.text != text))
    count, last = row.one()
    if count >= MOST:
        raise TooManyOpinions
    new = insert(SavedOpinion).values(
        id=new_id(), person_id=person, text=text, saved_at=tx.now, position=(last or 0) + 1
    )
    await tx.session.execute(new.on_conflict_do_nothing())
    found = await tx.session.scalars(select(SavedOpinion).where(mine, SavedOpinion.text == text))
    return found.one()


async def reword(tx: Transaction, person: UUID, opinion_id: UUID, text: str) -> SavedOpinion:
    """Raises: NotFound, also when it is someone else's; OpinionKept when the text is there."""
    opinion = await tx.session.get(SavedOpinion, opinion_id, with_for_update=True)
    if opinion is None or opinion.person_id != person:
        raise NotFound
    same = select(SavedOpinion.id).where(
        SavedOpinion.person_id == person, SavedOpinion.text == text, SavedOpinion.id != opinion_id
    )
    if await tx.session.scalar(same) is not None:
        raise OpinionKept
    opinion.text = text
    return opinion


async def arrange(tx: Transaction, person: UUID, ids: Sequence[UUID]) -> None:
    """These first, in this order; what is not named keeps its order behind them.

    Raises: NotFound when one of them is not the person's.
    """
    mine = [opinion.id for opinion in await kept(tx, person)]
    first = list(dict.fromkeys(ids))
    if not set(first) <= set(mine):
        raise NotFound
    order = first + [opinion_id for opinion_id in mine if opinion_id not in first]
    for position, opinion_id in enumerate(order, start=1):
        await tx.session.execute(
            update(SavedOpinion).where(SavedOpinion.id == opinion_id).values(position=position)
        )


async def forget(tx: Transaction, person: UUID, opinion_id: UUID) -> None:
    """Raises: NotFound, also when it is someone else's."""
    gone = await tx.session.execute(
        delete(SavedOpinion)
        .where(SavedOpinion.id == opinion_id, SavedOpinion.person_id == person)
        .returning(SavedOpinion.id)
    )
    if gone.first() is None:
        raise NotFound
