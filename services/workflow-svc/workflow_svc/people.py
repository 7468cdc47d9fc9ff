"""Questions to the directory: who holds a seat, which departments may countersign."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import exists, or_, select

from shared.contracts.people import Person, Post, Unit, UnitKind
from shared.contracts.request import SealUseForm
from shared.transaction import Transaction
from workflow_svc.models import PersonRow, PostRow, UnitRow
from workflow_svc.seats import Directory, Seat


async def directory_for(tx: Transaction, seats: Iterable[Seat]) -> Directory:
    """As much of the directory as these seats need, in one statement."""
    seats = tuple(seats)
    ids = {seat.unit for seat in seats if not isinstance(seat.unit, UnitKind)}
    kinds = {seat.unit.value for seat in seats if isinstance(seat.unit, UnitKind)}
    query = (
        select(UnitRow.id, UnitRow.name, UnitRow.kind, PostRow.post, PersonRow.id, PersonRow.name)
        .outerjoin(
            PostRow,
            (PostRow.unit_id == UnitRow.id) & PostRow.post.in_({s.post.value for s in seats}),
        )
        .outerjoin(PersonRow, (PersonRow.id == PostRow.person_id) & PersonRow.active)
        .where(UnitRow.active, or_(UnitRow.id.in_(ids), UnitRow.kind.in_(kinds)))
        .order_by(UnitRow.position, PersonRow.login)
    )
    held: dict[tuple[Post, UUID], tuple[Person, ...]] = {}
    of_kind: dict[UnitKind, Unit] = {}
    for unit_id, name, kind, post, person_id, person_name in await tx.session.execute(query):
        if kind in kinds:
            of_kind.setdefault(UnitKind(kind), Unit(id=unit_id, name=name))
        if person_id is not None:
            seat = (Post(post), unit_id)
            held[seat] = (*held.get(seat, ()), Person(id=person_id, name=person_name))
    return Directory(held, of_kind)


async def countersign_choices(tx: Transaction, form: SealUseForm) -> tuple[Unit, ...]:
    """The departments that may be asked: with a reviewer, and not asked anyway."""
    reviewer = exists().where(
        PostRow.unit_id == UnitRow.id,
        PostRow.post == Post.REVIEWER.value,
        PersonRow.id == PostRow.person_id,
        PersonRow.active,
    )
    query = (
        select(UnitRow.id, UnitRow.name)
        .where(
            UnitRow.active,
            UnitRow.kind == UnitKind.DEPARTMENT.value,
            UnitRow.id.not_in((form.unit.id, form.approving_department.id)),
            reviewer,
        )
        .order_by(UnitRow.position)
    )
    return tuple(Unit(id=row.id, name=row.name) for row in await tx.session.execute(query))


async def holds(tx: Transaction, person_id: UUID, posts: frozenset[Post]) -> bool:
    """Whether the person holds any of these posts now (`Service.holds`)."""
    held = exists().where(
        PostRow.person_id == person_id,
        PostRow.post.in_({post.value for post in posts}),
        PersonRow.id == PostRow.person_id,
        PersonRow.active,
    )
    return bool(await tx.session.scalar(select(held)))
