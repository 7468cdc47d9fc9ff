"""What this service knows of the directory, which is workflow-svc's."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import delete, select

from request_svc.domain import KnownUnit
from request_svc.models import DirectoryUnit, Membership
from request_svc.views import DepartmentRow, DepartmentRows, UnitRow, UnitRows
from shared.contracts.directory import PersonChanged, UnitChanged
from shared.contracts.people import BusinessType, UnitKind
from shared.database import insert
from shared.identity import User
from shared.transaction import Transaction


async def keep_unit(tx: Transaction, event: UnitChanged) -> None:
    told = {
        "name": event.name,
        "kind": event.kind,
        "approves": [business_type.value for business_type in event.approves],
        "has_seal": event.has_seal,
        "active": event.active,
    }
    row = insert(DirectoryUnit).values(id=event.unit_id, **told)
    await tx.session.execute(
        row.on_conflict_do_update(index_elements=[DirectoryUnit.id], set_=told)
    )


async def keep_memberships(tx: Transaction, event: PersonChanged) -> None:
    """The units a person belongs to now; none for one who has left."""
    gone = delete(Membership).where(Membership.person_id == event.person_id)
    await tx.session.execute(gone)
    units = {held.unit.id for held in event.posts} if event.active else set()
    if units:
        rows = [{"person_id": event.person_id, "unit_id": unit_id} for unit_id in sorted(units)]
        await tx.session.execute(insert(Membership).values(rows))


async def known_units(tx: Transaction, *ids: UUID | None) -> Mapping[UUID, KnownUnit]:
    wanted = [unit_id for unit_id in ids if unit_id is not None]
    rows = await tx.session.scalars(select(DirectoryUnit).where(DirectoryUnit.id.in_(wanted)))
    return {row.id: _known(row) for row in rows}


async def applying_units(tx: Transaction, *, for_: User) -> UnitRows:
    """Units that may apply: the person's own first, then by kind and name."""
    belongs = select(Membership.unit_id).where(Membership.person_id == for_.id)
    mine = set(await tx.session.scalars(belongs))
    units = [unit for unit in await _all_known(tx) if unit.may_apply]
    kinds = list(UnitKind)
    units.sort(key=lambda unit: (unit.id not in mine, kinds.index(unit.kind), unit.name))
    rows = [
        UnitRow(id=unit.id, name=unit.name, kind=unit.kind, mine=unit.id in mine) for unit in units
    ]
    return UnitRows(items=rows)


async def approving_departments(tx: Transaction, business_type: BusinessType) -> DepartmentRows:
    """Departments that serve this business type, by name."""
    serving = [unit for unit in await _all_known(tx) if unit.serves(business_type)]
    serving.sort(key=lambda unit: unit.name)
    return DepartmentRows(items=[DepartmentRow(id=unit.id, name=unit.name) for unit in serving])


async def unit_name_of_kind(tx: Transaction, kind: UnitKind) -> str | None:
    """The name of the one unit of a kind that an organisation has only once."""
    named = select(DirectoryUnit.name).where(DirectoryUnit.kind == kind, DirectoryUnit.active)
    name: str | None = await tx.session.scalar(named.order_by(DirectoryUnit.name).limit(1))
    return name


async def _all_known(tx: Transaction) -> list[KnownUnit]:
    return [_known(row) for row in await tx.session.scalars(select(DirectoryUnit))]


def _known(row: DirectoryUnit) -> KnownUnit:
    return KnownUnit(
        id=row.id,
        name=row.name,
        kind=UnitKind(row.kind),
        approves=frozenset(BusinessType(name) for name in row.approves),
        has_seal=row.has_seal,
        active=row.active,
    )
