"""The hall: matters, each person's favourites among them, and how much a matter is used."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select

from request_svc.desk import desk_of
from request_svc.directory import unit_name_of_kind
from request_svc.domain import Status
from request_svc.errors import UnknownMatter
from request_svc.models import Favourite, Request, Visit
from request_svc.offering import all_offered, filed, offered
from request_svc.views import BusinessTypeView, MatterRow, MatterRows, MatterView
from shared.contracts.people import BUSINESS_TYPE_NAMES
from shared.database import insert
from shared.errors import FieldError, Invalid
from shared.identity import User
from shared.transaction import Transaction


async def matters(tx: Transaction, *, for_: User) -> MatterRows:
    """All matters: the person's favourites first, in their order."""
    kept = select(Favourite.matter).where(Favourite.person_id == for_.id)
    favourites = list(await tx.session.scalars(kept.order_by(Favourite.position)))
    rows = [
        MatterRow(
            **one.matter.model_dump(include={"key", "name", "category", "kind", "url"}),
            favourite=one.matter.key in favourites,
            closed_notice=one.closed_notice,
        )
        for one in await all_offered(tx)
    ]
    rows.sort(key=lambda row: favourites.index(row.key) if row.favourite else len(favourites))
    return MatterRows(items=rows)


async def matter(tx: Transaction, key: str) -> MatterView:
    """Raises: UnknownMatter."""
    now = await offered(tx, key)
    found = now.matter
    handled = select(func.count(Request.initiator_id.distinct())).where(
        Request.matter == key, Request.status == Status.COMPLETED
    )
    visited = select(func.coalesce(func.sum(Visit.times), 0), func.count()).where(
        Visit.matter == key
    )
    visits, visitors = (await tx.session.execute(visited)).one()
    kind = found.responsible_unit_kind
    responsible = await unit_name_of_kind(tx, kind) if kind else None
    return MatterView(
        **found.model_dump(include={"key", "name", "category", "kind", "url", "attachments"}),
        description=list(found.description),
        responsible_unit=responsible or found.responsible_unit,
        audience=list(found.audience),
        handled_people=await tx.session.scalar(handled) or 0,
        visits=visits,
        visitors=visitors,
        business_types=[
            BusinessTypeView(key=business_type, name=BUSINESS_TYPE_NAMES[business_type])
            for business_type in found.business_types
        ],
        closed_notice=now.closed_notice,
    )


async def count_visit(tx: Transaction, key: str, *, by: User) -> None:
    filed(tx, key)
    row = insert(Visit).values(matter=key, person_id=by.id, times=1)
    again = row.on_conflict_do_update(
        index_elements=[Visit.matter, Visit.person_id], set_={"times": Visit.times + 1}
    )
    await tx.session.execute(again)


async def choose_favourites(tx: Transaction, *, by: User, keys: Sequence[str]) -> None:
    """These, in this order. Raises: Invalid for a matter that does not exist."""
    unknown = [
        FieldError(field=f"keys.{index}", code="unknown_matter", message=UnknownMatter.message)
        for index, key in enumerate(keys)
        if key not in desk_of(tx.runtime).matters
    ]
    if unknown:
        raise Invalid(errors=unknown)
    await tx.session.execute(delete(Favourite).where(Favourite.person_id == by.id))
    for position, key in enumerate(dict.fromkeys(keys)):
        row = insert(Favourite).values(person_id=by.id, matter=key, position=position)
        await tx.session.execute(row.on_conflict_do_nothing())
