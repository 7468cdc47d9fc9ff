"""What an administrator changes of a matter: what people read, and whether it can be begun."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from request_svc.catalogue import Matter
from request_svc.errors import MatterChangedElsewhere
from request_svc.models import MatterDeed, MatterOverride
from request_svc.offering import MatterTexts, Offered, filed, over, stored, texts_of
from shared.contracts.people import Post
from shared.database import insert, new_id
from shared.identity import User
from shared.posts import require_post
from shared.transaction import Transaction


class Deed(StrEnum):
    CHANGED = "changed"
    RESET = "reset"
    CLOSED = "closed"
    REOPENED = "reopened"


async def require_administrator(tx: Transaction, user: User) -> None:
    """Raises: Forbidden."""
    await require_post(tx, user, Post.ADMINISTRATOR)


async def change_texts(
    tx: Transaction, key: str, texts: MatterTexts, *, by: User, version: int
) -> Offered:
    """Raises: Forbidden, UnknownMatter, MatterChangedElsewhere."""
    matter, row = await _seen(tx, key, by=by, version=version)
    return _keep(tx, matter, row, Deed.CHANGED, by=by, texts=stored(matter, texts))


async def reset_texts(tx: Transaction, key: str, *, by: User, version: int) -> Offered:
    """The file's words again. Raises: Forbidden, UnknownMatter, MatterChangedElsewhere."""
    matter, row = await _seen(tx, key, by=by, version=version)
    return _keep(tx, matter, row, Deed.RESET, by=by, texts={})


async def close(tx: Transaction, key: str, notice: str, *, by: User, version: int) -> Offered:
    """Nobody begins it any more; what is under way goes on, also through a correction.

    Raises: Forbidden, UnknownMatter, MatterChangedElsewhere.
    """
    matter, row = await _seen(tx, key, by=by, version=version)
    return _keep(tx, matter, row, Deed.CLOSED, by=by, notice=notice)


async def reopen(tx: Transaction, key: str, *, by: User, version: int) -> Offered:
    """Raises: Forbidden, UnknownMatter, MatterChangedElsewhere."""
    matter, row = await _seen(tx, key, by=by, version=version)
    return _keep(tx, matter, row, Deed.REOPENED, by=by, notice=None)


async def _seen(
    tx: Transaction, key: str, *, by: User, version: int
) -> tuple[Matter, MatterOverride]:
    """The matter's file, and its row, locked, in the version that the administrator has seen."""
    await require_administrator(tx, by)
    matter = filed(tx, key)
    first = insert(MatterOverride).values(matter=key, version=0, texts={}, notice=None)
    await tx.session.execute(first.on_conflict_do_nothing())
    locked = select(MatterOverride).where(MatterOverride.matter == key).with_for_update()
    row = (await tx.session.scalars(locked)).one()
    if row.version != version:
        raise MatterChangedElsewhere(version=row.version)
    return matter, row


def _keep(
    tx: Transaction,
    matter: Matter,
    row: MatterOverride,
    kind: Deed,
    *,
    by: User,
    **changes: Any,
) -> Offered:
    """A change that changes nothing is none: it counts no version and leaves no trace."""
    before = _told(over(matter, row))
    for column, value in changes.items():
        setattr(row, column, value)
    after = _told(over(matter, row))
    different = {
        fact: {"old": before[fact], "new": after[fact]}
        for fact in after
        if before[fact] != after[fact]
    }
    if different:
        row.version += 1
        deed = MatterDeed(id=new_id(), matter=matter.key, at=tx.now, kind=kind, detail=different)
        deed.actor_id, deed.actor_name = by.id, by.name
        tx.session.add(deed)
    return over(matter, row)


def _told(offered: Offered) -> Mapping[str, Any]:
    texts = texts_of(offered.matter).model_dump(mode="json")
    return {**texts, "notice": offered.closed_notice}
