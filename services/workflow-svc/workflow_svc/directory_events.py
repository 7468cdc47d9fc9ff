"""The directory as others hear of it."""

from collections.abc import Mapping
from uuid import UUID

from shared.contracts.directory import HeldPost, PersonChanged, UnitChanged
from shared.contracts.people import BusinessType, Post, Unit, UnitKind
from shared.transaction import Transaction
from workflow_svc.models import PersonRow, UnitRow

Posts = frozenset[tuple[UUID, str]]  # unit and post


def unit_changed(tx: Transaction, row: UnitRow) -> UnitChanged:
    return UnitChanged(
        unit_id=row.id,
        code=row.code,
        name=row.name,
        kind=UnitKind(row.kind),
        approves=tuple(BusinessType(value) for value in row.approves),
        has_seal=bool(row.seal_text),
        seal_text=row.seal_text,
        active=row.active,
        changed_at=tx.now,
    )


def person_changed(
    tx: Transaction, row: PersonRow, posts: Posts, units: Mapping[UUID, UnitRow]
) -> PersonChanged:
    in_order = sorted(posts, key=lambda held: (units[held[0]].position, held[1]))
    return PersonChanged(
        person_id=row.id,
        login=row.login,
        name=row.name,
        mobile=row.mobile,
        email=row.email,
        active=row.active,
        posts=tuple(
            HeldPost(unit=Unit(id=unit, name=units[unit].name), post=Post(post))
            for unit, post in in_order
        ),
        changed_at=tx.now,
    )
