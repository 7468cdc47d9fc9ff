"""Brings the directory to what was imported, and tells what changed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select

from shared.database import new_id
from shared.service import Command, Runtime
from shared.telemetry import logger
from shared.transaction import Transaction
from workflow_svc.directory import (
    BadDirectory,
    ImportedDirectory,
    ImportedPerson,
    ImportedUnit,
    load,
    unit_id,
)
from workflow_svc.directory_events import Posts, person_changed, unit_changed
from workflow_svc.models import DirectoryImport, PersonRow, PostRow, UnitRow
from workflow_svc.reconsidering import RECONSIDER

log = logger(__name__)


async def import_directory(tx: Transaction, directory: ImportedDirectory) -> int:
    """Adds, changes, and takes out of service whoever is in the files no more; deletes nobody.

    Importing the same again changes and publishes nothing. Returns: how many units and people
    changed.
    """
    units = {row.id: row for row in await tx.session.scalars(select(UnitRow))}
    changed_units = _bring_units(tx, units, directory.units)
    await tx.session.flush()  # before the posts that refer to them
    changed_people = await _bring_people(
        tx, directory.people, renamed={row.id for row in changed_units}
    )
    for unit in changed_units:
        tx.publish(unit_changed(tx, unit))
    for person, posts in changed_people:
        tx.publish(person_changed(tx, person, posts, units))
    changed = len(changed_units) + len(changed_people)
    if changed:
        tx.wake(RECONSIDER)
    return changed


async def import_folder(runtime: Runtime, folder: Path) -> None:
    """One replica at a time; the others take what it brought. Raises: BadDirectory.

    Files that were imported last and have not changed since are left alone, so that a start does
    not undo what administrators changed meanwhile.
    """
    directory = load(folder)
    async with runtime.database.alone("import-directory") as turn:
        if turn is None:
            return
        async with runtime.transaction() as tx:
            if await _is_known(tx, directory):
                return
            changed = await import_directory(tx, directory)
            tx.session.add(DirectoryImport(id=new_id(), sha256=directory.sha256, at=tx.now))
    log.info(
        "directory_imported",
        units=len(directory.units),
        people=len(directory.people),
        changed=changed,
    )


async def _is_known(tx: Transaction, directory: ImportedDirectory) -> bool:
    """Whether it is what the last import from files brought."""
    last = select(DirectoryImport.sha256).order_by(DirectoryImport.at.desc()).limit(1)
    return await tx.session.scalar(last) == directory.sha256


async def _command(runtime: Runtime, arguments: Sequence[str]) -> None:
    if len(arguments) != 1:
        raise SystemExit("usage: import-directory FOLDER")
    try:
        await import_folder(runtime, Path(arguments[0]))
    except BadDirectory as bad:
        raise SystemExit(f"nothing was imported:\n{bad}") from bad


IMPORT_DIRECTORY = Command(
    "import-directory", "bring units.csv and people.csv of a folder into the directory", _command
)


def _bring_units(
    tx: Transaction, known: dict[UUID, UnitRow], imported: Sequence[ImportedUnit]
) -> list[UnitRow]:
    """Returns: those that are new or different; `known` then has all of them."""
    changed = []
    for position, unit in enumerate(imported):
        values = {
            "code": unit.code,
            "name": unit.name,
            "kind": unit.kind.value,
            "approves": [business_type.value for business_type in unit.approves],
            "seal_text": unit.seal_text,
            "active": True,
        }
        row = known.get(unit.id)
        if row is None:
            row = known[unit.id] = UnitRow(id=unit.id, position=position, **values)
            tx.session.add(row)
            changed.append(row)
        elif _set(row, values):
            changed.append(row)
        row.position = position  # of interest to nobody else
    present = {unit.id for unit in imported}
    gone = [row for row in known.values() if row.id not in present]
    return changed + [row for row in gone if _set(row, {"active": False})]


async def _bring_people(
    tx: Transaction, imported: Sequence[ImportedPerson], *, renamed: set[UUID]
) -> list[tuple[PersonRow, Posts]]:
    """Returns: those that are new or different, or hold a post in a unit that is."""
    known = {row.id: row for row in await tx.session.scalars(select(PersonRow))}
    held = await _held(tx)
    changed: list[tuple[PersonRow, Posts]] = []
    wanted: dict[UUID, Posts] = {}
    for person in imported:
        posts = frozenset((unit_id(code), post.value) for code, post in person.posts)
        values = {
            "login": person.login,
            "name": person.name,
            "mobile": person.mobile,
            "email": person.email,
            "active": True,
        }
        row = known.get(person.id)
        is_new = row is None
        if row is None:
            row = PersonRow(id=person.id, **values)
            tx.session.add(row)
        wanted[person.id] = posts
        differs = _set(row, values) or posts != held.get(person.id, frozenset())
        if is_new or differs or any(unit in renamed for unit, _ in posts):
            changed.append((row, posts))
    gone = [row for row in known.values() if row.id not in wanted]
    changed += [(row, frozenset()) for row in gone if _set(row, {"active": False})]
    await tx.session.flush()
    await _replace_posts(tx, [(row.id, posts) for row, posts in changed], held)
    return changed


async def _held(tx: Transaction) -> dict[UUID, Posts]:
    held: dict[UUID, Posts] = {}
    for row in await tx.session.execute(select(PostRow.person_id, PostRow.unit_id, PostRow.post)):
        held[row.person_id] = held.get(row.person_id, frozenset()) | {(row.unit_id, row.post)}
    return held


async def _replace_posts(
    tx: Transaction, wanted: Sequence[tuple[UUID, Posts]], held: Mapping[UUID, Posts]
) -> None:
    differing = [(person, posts) for person, posts in wanted if posts != held.get(person)]
    if not differing:
        return
    gone = PostRow.person_id.in_([person for person, _ in differing])
    await tx.session.execute(delete(PostRow).where(gone))
    rows = [
        {"person_id": person, "unit_id": unit, "post": post}
        for person, posts in differing
        for unit, post in posts
    ]
    if rows:
        await tx.session.execute(insert(PostRow), rows)


def _set(row: UnitRow | PersonRow, values: Mapping[str, Any]) -> bool:
    """Whether anything was different."""
    different = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in different.items():
        setattr(row, name, value)
    return bool(different)
