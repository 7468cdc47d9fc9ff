"""常用处理意见: what a person writes often, private to them."""

from uuid import UUID

from sqlalchemy import delete, func, select

from shared.database import insert, new_id
from shared.errors import NotFound
from shared.transaction import Transaction
from workflow_svc.errors import TooManyOpinions
from workflow_svc.models import SavedOpinion

MOST = 50


async def save(tx: Transaction, person: UUID, text: str) -> SavedOpinion:
    """Keeps the text; the same text again is the one already kept. Raises: TooManyOpinions."""
    mine = SavedOpinion.person_id == person
    count = select(func.count()).select_from(SavedOpinion).where(mine, SavedOpinion.text != text)
    if (await tx.session.scalar(count) or 0) >= MOST:
        raise TooManyOpinions
    row = insert(tx.session, SavedOpinion).values(
        id=new_id(), person_id=person, text=text, saved_at=tx.now
    )
    await tx.session.execute(row.on_conflict_do_nothing())
    kept = await tx.session.scalars(select(SavedOpinion).where(mine, SavedOpinion.text == text))
    return kept.one()


async def forget(tx: Transaction, person: UUID, opinion_id: UUID) -> None:
    """Raises: NotFound, also when it is someone else's."""
    gone = await tx.session.execute(
        delete(SavedOpinion)
        .where(SavedOpinion.id == opinion_id, SavedOpinion.person_id == person)
        .returning(SavedOpinion.id)
    )
    if gone.first() is None:
        raise NotFound
