"""Administering the directory over HTTP."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.people import BusinessType, Post, UnitKind
from shared.paging import Cursor, Limit, Position
from shared.transaction import Transaction
from shared.web import CurrentRuntime, CurrentUser, Tx
from workflow_svc import administering, directory_lists, import_preview, queries
from workflow_svc.administering import Deed, PersonFacts, UnitFacts
from workflow_svc.directory_lists import HeldPosts, PeopleWanted
from workflow_svc.import_preview import Change, Imported
from workflow_svc.models import PersonRow, UnitRow
from workflow_svc.views import HeldPostView

directory = APIRouter(prefix="/directory")

Name = Annotated[str, Field(min_length=1, max_length=100)]
Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
Mobile = Annotated[str, Field(pattern=r"^\+?[0-9]{3,19}$")]
Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)]
Words = Annotated[str | None, Query(max_length=100)]
Csv = Annotated[str, Field(max_length=5_000_000)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class PostBody(Body):
    unit_id: UUID
    post: Post


class PersonBody(Body):
    name: Name
    mobile: Mobile | None = None
    email: Email | None = None
    posts: Annotated[list[PostBody], Field(max_length=50)] = []

    def facts(self) -> PersonFacts:
        posts = frozenset((held.unit_id, held.post) for held in self.posts)
        return PersonFacts(self.name, self.mobile, self.email, posts)


class NewPersonBody(PersonBody):
    login: Key


class UnitBody(Body):
    """`seal_text`: what its seal says; empty: it has none."""

    name: Name
    kind: UnitKind
    approves: Annotated[list[BusinessType], Field(max_length=10)] = []
    seal_text: Annotated[str, Field(max_length=100)] = ""
    active: bool = True

    def facts(self) -> UnitFacts:
        approves = tuple(dict.fromkeys(self.approves))
        return UnitFacts(self.name, self.kind, approves, self.seal_text, self.active)


class NewUnitBody(UnitBody):
    code: Key


class ImportBody(BaseModel):
    """The texts of units.csv and people.csv."""

    model_config = ConfigDict(extra="forbid")

    units: Csv
    people: Csv


class PersonEntry(BaseModel):
    id: UUID
    login: str
    name: str
    mobile: str | None
    email: str | None
    active: bool
    posts: list[HeldPostView]


class PersonEntries(BaseModel):
    items: list[PersonEntry]
    next: str | None


class UnitEntry(BaseModel):
    id: UUID
    code: str
    name: str
    kind: UnitKind
    approves: list[BusinessType]
    seal_text: str
    active: bool


class UnitEntries(BaseModel):
    items: list[UnitEntry]


class DepartureView(BaseModel):
    """`requests`: how many had a task with the person; each has been looked at again."""

    requests: int


class ImportedView(BaseModel):
    """`kind`: person or unit; `key`: login or code."""

    kind: str
    change: Change
    key: str
    name: str


class ImportView(BaseModel):
    changes: list[ImportedView]
    added: int
    changed: int
    left: int


class DeedView(BaseModel):
    at: datetime
    by: str
    kind: Deed
    subject_id: UUID | None
    subject: str
    detail: dict[str, Any]


class DeedRows(BaseModel):
    items: list[DeedView]
    next: str | None


@directory.get("/people")
async def list_people(
    user: CurrentUser,
    tx: Tx,
    q: Words = None,
    unit_id: UUID | None = None,
    *,
    post: Post | None = None,
    active: bool | None = None,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
) -> PersonEntries:
    await administering.require_administrator(tx, user)
    wanted = PeopleWanted(q, unit_id, post, active, cursor)
    rows, following = await directory_lists.people(tx, wanted, limit=limit)
    posts = await directory_lists.posts_of(tx, [row.id for row in rows])
    return PersonEntries(items=[_person(row, posts) for row in rows], next=following)


@directory.get("/people/{person_id}")
async def read_person(person_id: UUID, user: CurrentUser, tx: Tx) -> PersonEntry:
    await administering.require_administrator(tx, user)
    row, _ = await queries.person(tx, person_id)
    return await _entry(tx, row)


@directory.post("/people", status_code=201)
async def add_person(body: NewPersonBody, user: CurrentUser, tx: Tx) -> PersonEntry:
    row = await administering.add_person(tx, body.login, body.facts(), by=user)
    return await _entry(tx, row)


@directory.put("/people/{person_id}")
async def change_person(
    person_id: UUID, body: PersonBody, user: CurrentUser, tx: Tx
) -> PersonEntry:
    """Also brings back someone who had left."""
    row = await administering.change_person(tx, person_id, body.facts(), by=user)
    return await _entry(tx, row)


@directory.post("/people/{person_id}/departure", status_code=201)
async def note_departure(person_id: UUID, user: CurrentUser, tx: Tx) -> DepartureView:
    """离职: their tasks go to whoever holds the post now, or to the administrator."""
    return DepartureView(requests=await administering.person_left(tx, person_id, by=user))


@directory.get("/units")
async def list_directory_units(user: CurrentUser, tx: Tx, q: Words = None) -> UnitEntries:
    await administering.require_administrator(tx, user)
    return UnitEntries(items=[_unit(row) for row in await directory_lists.units(tx, q)])


@directory.post("/units", status_code=201)
async def add_unit(body: NewUnitBody, user: CurrentUser, tx: Tx) -> UnitEntry:
    return _unit(await administering.add_unit(tx, body.code, body.facts(), by=user))


@directory.put("/units/{unit_id}")
async def change_unit(unit_id: UUID, body: UnitBody, user: CurrentUser, tx: Tx) -> UnitEntry:
    return _unit(await administering.change_unit(tx, unit_id, body.facts(), by=user))


@directory.post("/import/preview")
async def preview_import(
    body: ImportBody, user: CurrentUser, runtime: CurrentRuntime
) -> ImportView:
    """What importing these files would change; changes nothing."""
    return _view(await import_preview.preview(runtime, body.units, body.people, by=user))


@directory.post("/import", status_code=201)
async def import_files(body: ImportBody, user: CurrentUser, tx: Tx) -> ImportView:
    return _view(await import_preview.apply(tx, body.units, body.people, by=user))


@directory.get("/changes")
async def list_directory_changes(
    user: CurrentUser, tx: Tx, limit: Limit = 50, cursor: Cursor = None
) -> DeedRows:
    """Who changed what in the directory, the newest first."""
    await administering.require_administrator(tx, user)
    rows, following = await directory_lists.deeds(tx, after=Position.of(cursor), limit=limit)
    items = [
        DeedView(
            at=row.at,
            by=row.actor_name,
            kind=Deed(row.kind),
            subject_id=row.subject_id,
            subject=row.subject_name,
            detail=row.detail,
        )
        for row in rows
    ]
    return DeedRows(items=items, next=following)


async def _entry(tx: Transaction, row: PersonRow) -> PersonEntry:
    return _person(row, await directory_lists.posts_of(tx, [row.id]))


def _person(row: PersonRow, posts: HeldPosts) -> PersonEntry:
    held = [HeldPostView(unit=unit, post=post) for unit, post in posts.get(row.id, ())]
    return PersonEntry(
        id=row.id,
        login=row.login,
        name=row.name,
        mobile=row.mobile,
        email=row.email,
        active=row.active,
        posts=held,
    )


def _unit(row: UnitRow) -> UnitEntry:
    return UnitEntry.model_validate(row, from_attributes=True)


def _view(changes: list[Imported]) -> ImportView:
    count = {kind: sum(one.change is kind for one in changes) for kind in Change}
    return ImportView(
        changes=[ImportedView.model_validate(one, from_attributes=True) for one in changes],
        added=count[Change.ADDED],
        changed=count[Change.CHANGED],
        left=count[Change.LEFT],
    )
