"""Questions to the directory: who holds a seat, who stands in, who may countersign."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, or_, select
from sqlalchemy.orm import aliased

from shared.contracts.people import BusinessType, Person, PersonId, Post, Unit, UnitId, UnitKind
from shared.contracts.request import SealUseForm
from shared.transaction import Transaction
from workflow_svc import errors
from workflow_svc.flow import Somewhere
from workflow_svc.models import DelegationRow, PersonRow, PostRow, UnitRow
from workflow_svc.rehearsal import KnownUnit, WholeDirectory
from workflow_svc.seats import Directory, Seat, StandIn

_Deputy = aliased(PersonRow)
_IN_FORCE = and_(
    DelegationRow.starts_at <= bindparam("now"),
    DelegationRow.ends_at > bindparam("now"),
    DelegationRow.revoked_at.is_(None),
)
_STAND_IN: tuple[Any, ...] = (
    DelegationRow.from_id,
    DelegationRow.post.label("delegated_post"),
    DelegationRow.unit_id.label("delegated_unit"),
    _Deputy.id.label("deputy_id"),
    _Deputy.name.label("deputy_name"),
    _Deputy.mobile.label("deputy_mobile"),
)


def _seats(*also: ColumnElement[bool]) -> Select[Any]:
    """Of units by id, kind or code: who holds the posts, and who stands in for them `now`."""
    wanted = (
        UnitRow.id.in_(bindparam("units", expanding=True)),
        UnitRow.kind.in_(bindparam("kinds", expanding=True)),
        UnitRow.code.in_(bindparam("codes", expanding=True)),
    )
    post = PostRow.post.in_(bindparam("posts", expanding=True))
    return (
        select(
            UnitRow.id.label("unit_id"),
            UnitRow.name.label("unit_name"),
            UnitRow.code,
            UnitRow.kind,
            PostRow.post,
            PersonRow.id.label("person_id"),
            PersonRow.name.label("person_name"),
            *_STAND_IN,
        )
        .outerjoin(PostRow, (PostRow.unit_id == UnitRow.id) & post)
        .outerjoin(PersonRow, (PersonRow.id == PostRow.person_id) & PersonRow.active)
        .outerjoin(DelegationRow, (DelegationRow.from_id == PersonRow.id) & _IN_FORCE)
        .outerjoin(_Deputy, (_Deputy.id == DelegationRow.to_id) & _Deputy.active)
        .where(UnitRow.active, or_(*wanted, *also))
        .order_by(UnitRow.position, PersonRow.login, DelegationRow.created_at)
    )


_SEATS = _seats()
_SEATS_ANYWHERE = _seats(PostRow.post.in_(bindparam("anywhere", expanding=True)))
_BY_NAME = (
    select(
        PersonRow.id,
        UnitRow.id.label("unit_id"),
        UnitRow.name.label("unit_name"),
        *_STAND_IN,
    )
    .outerjoin(PostRow, PostRow.person_id == PersonRow.id)
    .outerjoin(UnitRow, (UnitRow.id == PostRow.unit_id) & UnitRow.active)
    .outerjoin(DelegationRow, (DelegationRow.from_id == PersonRow.id) & _IN_FORCE)
    .outerjoin(_Deputy, (_Deputy.id == DelegationRow.to_id) & _Deputy.active)
    .where(PersonRow.id.in_(bindparam("people", expanding=True)), PersonRow.active)
    .order_by(UnitRow.position.desc())
)


async def directory_for(
    tx: Transaction, seats: Iterable[Seat], named: Collection[PersonId] = ()
) -> Directory:
    """As much of the directory as these seats need, in one statement; and, where people are asked
    about by name, whether they are still there and where they belong."""
    wanted = _wanted(tuple(seats))
    query = _SEATS_ANYWHERE if wanted["anywhere"] else _SEATS
    rows = (await tx.session.execute(query, {**wanted, "now": tx.now})).all()
    held: dict[tuple[Post, UnitId], dict[Person, None]] = {}
    of_kind: dict[UnitKind, Unit] = {}
    coded: dict[str, Unit] = {}
    stand_ins: dict[StandIn, None] = {}
    for row in rows:
        unit = Unit(id=row.unit_id, name=row.unit_name)
        if row.kind in wanted["kinds"]:
            of_kind.setdefault(UnitKind(row.kind), unit)
        if row.code in wanted["codes"]:
            coded[row.code] = unit
        if row.person_id is not None:
            person = Person(id=row.person_id, name=row.person_name)
            held.setdefault((Post(row.post), row.unit_id), {})[person] = None
        if row.deputy_id is not None:
            stand_ins[_stand_in(row)] = None
    left, home, more = await _by_name(tx, named)
    return Directory(
        {seat: tuple(people) for seat, people in held.items()},
        of_kind,
        coded,
        tuple(dict.fromkeys((*stand_ins, *more))),
        left,
        home,
    )


def _wanted(seats: Sequence[Seat]) -> dict[str, set[Any]]:
    """What `_SEATS` is asked with."""
    codes = {s.unit for s in seats if isinstance(s.unit, str) and s.unit not in set(Somewhere)}
    return {
        "units": {seat.unit for seat in seats if isinstance(seat.unit, UUID)},
        "kinds": {seat.unit.value for seat in seats if isinstance(seat.unit, UnitKind)},
        "codes": codes,
        "posts": {seat.post.value for seat in seats},
        "anywhere": {seat.post.value for seat in seats if seat.unit is Somewhere.ANYWHERE},
    }


def _stand_in(row: Any) -> StandIn:
    return StandIn(
        holder=row.from_id,
        person=Person(id=row.deputy_id, name=row.deputy_name),
        mobile=row.deputy_mobile,
        post=Post(row.delegated_post) if row.delegated_post else None,
        unit=row.delegated_unit,
    )


async def _by_name(
    tx: Transaction, named: Collection[PersonId]
) -> tuple[frozenset[PersonId], dict[PersonId, Unit], list[StandIn]]:
    """Of these people: who has left, where each belongs first of all, who stands in for them."""
    if not named:
        return frozenset(), {}, []
    rows = (await tx.session.execute(_BY_NAME, {"people": named, "now": tx.now})).all()
    home = {row.id: Unit(id=row.unit_id, name=row.unit_name) for row in rows if row.unit_id}
    stand_ins = [_stand_in(row) for row in rows if row.deputy_id is not None]
    return frozenset(named) - {row.id for row in rows}, home, stand_ins


async def active(tx: Transaction, ids: Sequence[PersonId]) -> tuple[Person, ...]:
    """These people, in this order. Raises: NoSuchPerson when one is not there or has left."""
    query = select(PersonRow.id, PersonRow.name).where(PersonRow.id.in_(ids), PersonRow.active)
    found = {row.id: Person(id=row.id, name=row.name) for row in await tx.session.execute(query)}
    wanted = tuple(dict.fromkeys(ids))
    if any(person not in found for person in wanted):
        raise errors.NoSuchPerson
    return tuple(found[person] for person in wanted)


async def administrators(tx: Transaction) -> tuple[Person, ...]:
    return await holding(tx, Post.ADMINISTRATOR)


async def holding(
    tx: Transaction, post: Post, unit: UnitId | UnitKind | None = None
) -> tuple[Person, ...]:
    """Who holds the post: in this unit, in a unit of this kind, or anywhere."""
    query = (
        select(PersonRow.id, PersonRow.name)
        .join(PostRow, PostRow.person_id == PersonRow.id)
        .join(UnitRow, UnitRow.id == PostRow.unit_id)
        .where(PostRow.post == post.value, PersonRow.active, UnitRow.active)
        .order_by(PersonRow.login)
        .distinct()
        .add_columns(PersonRow.login)
    )
    if isinstance(unit, UnitKind):
        query = query.where(UnitRow.kind == unit.value)
    elif unit is not None:
        query = query.where(UnitRow.id == unit)
    return tuple(Person(id=row.id, name=row.name) for row in await tx.session.execute(query))


@dataclass(frozen=True)
class Found:
    """Someone a search found: enough to tell namesakes apart, nothing private."""

    person: Person
    units: tuple[str, ...]


async def search(tx: Transaction, words: str, *, limit: int = 20) -> list[Found]:
    """Active people whose name contains the words or whose login begins with them."""
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    query = (
        select(PersonRow.id, PersonRow.name)
        .where(
            PersonRow.active,
            or_(
                PersonRow.name.like(f"%{escaped}%", escape="\\"),
                PersonRow.login.like(f"{escaped.lower()}%", escape="\\"),
            ),
        )
        .order_by(PersonRow.login)
        .limit(limit)
    )
    rows = (await tx.session.execute(query)).all()
    of_units = (
        select(PostRow.person_id, UnitRow.name)
        .join(UnitRow, UnitRow.id == PostRow.unit_id)
        .where(PostRow.person_id.in_([row.id for row in rows]), UnitRow.active)
        .order_by(UnitRow.position)
    )
    units: dict[UUID, dict[str, None]] = {}
    for person_id, name in await tx.session.execute(of_units):
        units.setdefault(person_id, {})[name] = None
    return [Found(Person(id=row.id, name=row.name), tuple(units.get(row.id, ()))) for row in rows]


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


async def whole(tx: Transaction) -> WholeDirectory:
    """Every active unit, and who holds which post there: for trying a definition."""
    units = await tx.session.scalars(
        select(UnitRow).where(UnitRow.active).order_by(UnitRow.position)
    )
    known = tuple(
        KnownUnit(
            Unit(id=row.id, name=row.name),
            row.code,
            UnitKind(row.kind),
            tuple(BusinessType(value) for value in row.approves),
            has_seal=bool(row.seal_text),
        )
        for row in units
    )
    query = (
        select(PostRow.unit_id, PostRow.post, PersonRow.id, PersonRow.name)
        .join(PersonRow, PersonRow.id == PostRow.person_id)
        .where(PersonRow.active)
        .order_by(PersonRow.login)
    )
    held: dict[tuple[Post, UnitId], tuple[Person, ...]] = {}
    for unit_id, post, person_id, name in await tx.session.execute(query):
        seat = (Post(post), unit_id)
        held[seat] = (*held.get(seat, ()), Person(id=person_id, name=name))
    return WholeDirectory(known, held)
