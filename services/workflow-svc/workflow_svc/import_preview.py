"""Importing the directory by hand: looked at first, then done; both by the very same code."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select

from shared.contracts import Event
from shared.contracts.directory import PersonChanged, UnitChanged
from shared.identity import User
from shared.service import Runtime
from shared.transaction import Transaction
from workflow_svc import administering
from workflow_svc.directory import BadDirectory, parse
from workflow_svc.errors import DirectoryUnreadable
from workflow_svc.importing import import_directory
from workflow_svc.models import PersonRow, UnitRow


class Change(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    LEFT = "left"  # is not in the files any more


@dataclass(frozen=True)
class Imported:
    """`kind`: person or unit; `key`: login or code."""

    kind: str
    change: Change
    key: str
    name: str


class _OnlyLooking(Exception):
    def __init__(self, changes: list[Imported]) -> None:
        super().__init__()
        self.changes = changes


async def preview(runtime: Runtime, units: str, people: str, *, by: User) -> list[Imported]:
    """What the import would change. Raises: AdministratorsOnly, DirectoryUnreadable."""
    try:
        async with runtime.transaction() as tx:
            raise _OnlyLooking(await apply(tx, units, people, by=by))
    except _OnlyLooking as looked:
        return looked.changes


async def apply(tx: Transaction, units: str, people: str, *, by: User) -> list[Imported]:
    """Raises: AdministratorsOnly, DirectoryUnreadable, LastAdministrator."""
    await administering.require_administrator(tx, by)
    try:
        directory = parse(units, people)
    except BadDirectory as bad:
        raise DirectoryUnreadable(bad.flaws) from bad
    known = set(await tx.session.scalars(select(PersonRow.id)))
    known |= set(await tx.session.scalars(select(UnitRow.id)))
    before = len(tx.events)
    await import_directory(tx, directory)
    await administering.require_some_administrator(tx)
    changes = list(_changes(tx.events[before:], known))
    administering.imported(tx, len(changes), by=by)
    return changes


def _changes(events: Iterable[Event], known: set[UUID]) -> Iterable[Imported]:
    for event in events:
        if isinstance(event, PersonChanged):
            change = _change(event.person_id in known, event.active)
            yield Imported("person", change, event.login, event.name)
        elif isinstance(event, UnitChanged):
            change = _change(event.unit_id in known, event.active)
            yield Imported("unit", change, event.code, event.name)


def _change(known: bool, active: bool) -> Change:
    if not active:
        return Change.LEFT
    return Change.CHANGED if known else Change.ADDED
