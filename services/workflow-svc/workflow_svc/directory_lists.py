"""The directory as administrators look at it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select

from shared.contracts.people import Post, Unit
from shared.paging import Position, cut, older
from shared.transaction import Transaction
from workflow_svc.models import DirectoryDeed, PersonRow, PostRow, UnitRow

HeldPosts = Mapping[UUID, Sequence[tuple[Unit, Post]]]


@dataclass(frozen=True)
class PeopleWanted:
    """`q`: part of a name, a login, or a telephone number; `after`: the login a page ended with."""

    q: str | None
    unit_id: UUID | None
    post: Post | None
    active: bool | None
    after: str | None


async def people(
    tx: Transaction, wanted: PeopleWanted, *, limit: int
) -> tuple[Sequence[PersonRow], str | None]:
    """By login. Returns: a page, and the login to go on after."""
    query = select(PersonRow).order_by(PersonRow.login).limit(limit + 1)
    if wanted.q:
        words = wanted.q.strip()
        fields = (PersonRow.name, PersonRow.login, PersonRow.mobile)
        query = query.where(or_(*(field.contains(words, autoescape=True) for field in fields)))
    if wanted.unit_id is not None or wanted.post is not None:
        held = select(PostRow.person_id)
        if wanted.unit_id is not None:
            held = held.where(PostRow.unit_id == wanted.unit_id)
        if wanted.post is not None:
            held = held.where(PostRow.post == wanted.post.value)
        query = query.where(PersonRow.id.in_(held))
    if wanted.active is not None:
        query = query.where(PersonRow.active == wanted.active)
    if wanted.after is not None:
        query = query.where(PersonRow.login > wanted.after)
    rows = (await tx.session.scalars(query)).all()
    return rows[:limit], rows[limit - 1].login if len(rows) > limit else None


async def posts_of(tx: Transaction, people: Iterable[UUID]) -> HeldPosts:
    query = (
        select(PostRow.person_id, UnitRow.id, UnitRow.name, PostRow.post)
        .join(UnitRow, UnitRow.id == PostRow.unit_id)
        .where(PostRow.person_id.in_(list(people)))
        .order_by(UnitRow.position, PostRow.post)
    )
    found: dict[UUID, list[tuple[Unit, Post]]] = {}
    for row in await tx.session.execute(query):
        held = found.setdefault(row.person_id, [])
        held.append((Unit(id=row.id, name=row.name), Post(row.post)))
    return found


async def units(tx: Transaction, q: str | None) -> Sequence[UnitRow]:
    """All of them, in the order that people know: an organisation has some hundreds at most."""
    query = select(UnitRow).order_by(UnitRow.position, UnitRow.code)
    if q:
        words = q.strip()
        fields = (UnitRow.name, UnitRow.code)
        query = query.where(or_(*(field.contains(words, autoescape=True) for field in fields)))
    return (await tx.session.scalars(query)).all()


async def deeds(
    tx: Transaction, *, after: Position | None, limit: int
) -> tuple[Sequence[DirectoryDeed], str | None]:
    query = select(DirectoryDeed).order_by(DirectoryDeed.at.desc(), DirectoryDeed.id.desc())
    if after is not None:
        query = query.where(older(DirectoryDeed.at, DirectoryDeed.id, after))
    rows = (await tx.session.scalars(query.limit(limit + 1))).all()
    return cut(rows, limit, lambda row: Position(row.at, row.id))
