"""What administrators do to the directory: each deed checked, written down, and told to others.

Whoever has left holds no post from that moment: in the same transaction each task that only they
could act on goes to whoever holds the post now, or is blocked for the administrator.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select

from shared.contracts.people import BusinessType, Post, UnitKind
from shared.database import new_id
from shared.errors import NotFound
from shared.identity import User
from shared.transaction import Transaction
from workflow_svc import actions, errors, people
from workflow_svc.directory import ONE_OF_A_KIND, person_id, unit_id
from workflow_svc.directory_events import Posts, person_changed, unit_changed
from workflow_svc.domain import TaskState
from workflow_svc.models import (
    CandidateRow,
    DirectoryDeed,
    PersonRow,
    PostRow,
    TaskRow,
    UnitRow,
)
from workflow_svc.reconsidering import RECONSIDER

ADMINISTERING = frozenset({Post.ADMINISTRATOR})


class Deed(StrEnum):
    PERSON_ADDED = "person_added"
    PERSON_CHANGED = "person_changed"
    PERSON_LEFT = "person_left"
    PERSON_CAME_BACK = "person_came_back"
    UNIT_ADDED = "unit_added"
    UNIT_CHANGED = "unit_changed"
    IMPORTED = "imported"


@dataclass(frozen=True)
class PersonFacts:
    """What an administrator says of a person. `posts`: unit and post."""

    name: str
    mobile: str | None
    email: str | None
    posts: frozenset[tuple[UUID, Post]]


@dataclass(frozen=True)
class UnitFacts:
    name: str
    kind: UnitKind
    approves: tuple[BusinessType, ...]
    seal_text: str
    active: bool


async def require_administrator(tx: Transaction, user: User) -> None:
    """Raises: AdministratorsOnly."""
    if not await people.holds(tx, user.id, ADMINISTERING):
        raise errors.AdministratorsOnly


async def add_person(tx: Transaction, login: str, facts: PersonFacts, *, by: User) -> PersonRow:
    """Raises: AdministratorsOnly, LoginTaken, UnknownUnit."""
    await require_administrator(tx, by)
    if await tx.session.get(PersonRow, person_id(login)) is not None:
        raise errors.LoginTaken
    row = PersonRow(id=person_id(login), login=login, active=True, **_columns(facts))
    tx.session.add(row)
    await tx.session.flush()
    await _give_posts(tx, row, facts)
    _write_down(tx, Deed.PERSON_ADDED, row.id, row.name, await _told(tx, row), by=by)
    return row


async def change_person(
    tx: Transaction, person: UUID, facts: PersonFacts, *, by: User
) -> PersonRow:
    """Raises: AdministratorsOnly, NotFound, UnknownUnit, LastAdministrator."""
    await require_administrator(tx, by)
    row = await _locked_person(tx, person)
    before = await _told(tx, row)
    kind = Deed.PERSON_CHANGED if row.active else Deed.PERSON_CAME_BACK
    row.active = True
    for name, value in _columns(facts).items():
        setattr(row, name, value)
    await _give_posts(tx, row, facts)
    await require_some_administrator(tx)
    _write_down(tx, kind, row.id, row.name, _different(before, await _told(tx, row)), by=by)
    await _settle(tx, row.id)
    return row


async def person_left(tx: Transaction, person: UUID, *, by: User) -> int:
    """离职: in the same transaction nobody's task is left with them alone.

    Returns: how many requests had a task with them. Raises: AdministratorsOnly, NotFound,
    LastAdministrator.
    """
    await require_administrator(tx, by)
    row = await _locked_person(tx, person)
    before = await _told(tx, row)
    row.active = False
    await _set_posts(tx, row, frozenset())
    await require_some_administrator(tx)
    _write_down(tx, Deed.PERSON_LEFT, row.id, row.name, before, by=by)
    return await _settle(tx, row.id)


async def add_unit(tx: Transaction, code: str, facts: UnitFacts, *, by: User) -> UnitRow:
    """Raises: AdministratorsOnly, CodeTaken, OneOfAKind."""
    await require_administrator(tx, by)
    if await tx.session.get(UnitRow, unit_id(code)) is not None:
        raise errors.CodeTaken
    last = await tx.session.scalar(select(func.max(UnitRow.position)))
    row = UnitRow(id=unit_id(code), code=code, position=(last or 0) + 1, **_unit_columns(facts))
    tx.session.add(row)
    await tx.session.flush()
    await _require_one_of_a_kind(tx)
    tx.publish(unit_changed(tx, row))
    _write_down(tx, Deed.UNIT_ADDED, row.id, row.name, _unit_columns(facts), by=by)
    return row


async def change_unit(tx: Transaction, unit: UUID, facts: UnitFacts, *, by: User) -> UnitRow:
    """Those who hold a post there are told of again, as their posts carry its name.

    Raises: AdministratorsOnly, NotFound, OneOfAKind.
    """
    await require_administrator(tx, by)
    row = await tx.session.get(UnitRow, unit, with_for_update=True)
    if row is None:
        raise NotFound
    after = _unit_columns(facts)
    before = {name: getattr(row, name) for name in after}
    for name, value in after.items():
        setattr(row, name, value)
    await tx.session.flush()
    await _require_one_of_a_kind(tx)
    tx.publish(unit_changed(tx, row))
    if before["name"] != row.name:
        await _tell_members(tx, row)
    _write_down(tx, Deed.UNIT_CHANGED, row.id, row.name, _different(before, after), by=by)
    tx.wake(RECONSIDER)
    return row


def imported(tx: Transaction, changes: int, *, by: User) -> None:
    """Writes down that files were imported by hand."""
    _write_down(tx, Deed.IMPORTED, None, "", {"changes": changes}, by=by)


async def posts_of(tx: Transaction, person: UUID) -> Posts:
    held = select(PostRow.unit_id, PostRow.post).where(PostRow.person_id == person)
    return frozenset((row.unit_id, row.post) for row in await tx.session.execute(held))


def _columns(facts: PersonFacts) -> dict[str, Any]:
    return {"name": facts.name, "mobile": facts.mobile, "email": facts.email}


def _unit_columns(facts: UnitFacts) -> dict[str, Any]:
    return {
        "name": facts.name,
        "kind": facts.kind.value,
        "approves": [business_type.value for business_type in facts.approves],
        "seal_text": facts.seal_text,
        "active": facts.active,
    }


async def _locked_person(tx: Transaction, person: UUID) -> PersonRow:
    row = await tx.session.get(PersonRow, person, with_for_update=True)
    if row is None:
        raise NotFound
    return row


async def _give_posts(tx: Transaction, row: PersonRow, facts: PersonFacts) -> None:
    known = set(await tx.session.scalars(select(UnitRow.id).where(UnitRow.active)))
    if any(unit not in known for unit, _ in facts.posts):
        raise errors.UnknownUnit
    await _set_posts(tx, row, frozenset((unit, post.value) for unit, post in facts.posts))


async def _set_posts(tx: Transaction, row: PersonRow, posts: Posts) -> None:
    await tx.session.execute(delete(PostRow).where(PostRow.person_id == row.id))
    if posts:
        rows = [{"person_id": row.id, "unit_id": unit, "post": post} for unit, post in posts]
        await tx.session.execute(insert(PostRow), rows)
    units = {unit.id: unit for unit in await tx.session.scalars(select(UnitRow))}
    tx.publish(person_changed(tx, row, posts, units))


async def _told(tx: Transaction, row: PersonRow) -> dict[str, Any]:
    """A person as the record of the directory shows them."""
    posts = sorted(f"{unit}:{post}" for unit, post in await posts_of(tx, row.id))
    return {"name": row.name, "mobile": row.mobile, "email": row.email, "posts": posts}


async def _tell_members(tx: Transaction, unit: UnitRow) -> None:
    units = {row.id: row for row in await tx.session.scalars(select(UnitRow))}
    members = select(PostRow.person_id).where(PostRow.unit_id == unit.id)
    for row in await tx.session.scalars(select(PersonRow).where(PersonRow.id.in_(members))):
        tx.publish(person_changed(tx, row, await posts_of(tx, row.id), units))


async def _settle(tx: Transaction, person: UUID) -> int:
    """Looks again at every request that the person could act on; the others look later.

    In the order of their ids, so that two such deeds never wait for each other in a ring.
    """
    asked = (
        select(TaskRow.request_id)
        .join(CandidateRow, CandidateRow.task_id == TaskRow.id)
        .where(CandidateRow.person_id == person, TaskRow.state == TaskState.OPEN.value)
        .distinct()
        .order_by(TaskRow.request_id)
    )
    requests = (await tx.session.scalars(asked)).all()
    for request_id in requests:
        await actions.reconsider(tx, request_id)
    tx.wake(RECONSIDER)
    return len(requests)


async def require_some_administrator(tx: Transaction) -> None:
    query = (
        select(PostRow.person_id)
        .join(PersonRow, PersonRow.id == PostRow.person_id)
        .where(PostRow.post == Post.ADMINISTRATOR.value, PersonRow.active)
    )
    if await tx.session.scalar(query.limit(1)) is None:
        raise errors.LastAdministrator


async def _require_one_of_a_kind(tx: Transaction) -> None:
    kinds = [kind.value for kind in ONE_OF_A_KIND]
    query = select(UnitRow.kind).where(UnitRow.active, UnitRow.kind.in_(kinds))
    found = list(await tx.session.scalars(query))
    if sorted(found) != sorted(kinds):
        raise errors.OneOfAKind


def _different(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {"old": before[name], "new": value}
        for name, value in after.items()
        if before[name] != value
    }


def _write_down(
    tx: Transaction,
    kind: Deed,
    subject: UUID | None,
    name: str,
    detail: dict[str, Any],
    *,
    by: User,
) -> None:
    deed = DirectoryDeed(
        id=new_id(),
        at=tx.now,
        actor_id=by.id,
        actor_name=by.name,
        kind=kind.value,
        subject_id=subject,
        subject_name=name,
        detail=detail,
    )
    tx.session.add(deed)
