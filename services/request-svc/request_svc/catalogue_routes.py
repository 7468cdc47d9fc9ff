"""For administrators: the matters, what people read of them, and whether they can be begun."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from request_svc import administering
from request_svc.administering import Deed, require_administrator
from request_svc.catalogue import MatterKind
from request_svc.models import MatterDeed
from request_svc.offering import MatterTexts, Offered, all_offered, filed, offered, texts_of
from shared.paging import Cursor, Limit, Position, cut, older
from shared.transaction import Transaction
from shared.web import CurrentUser, SeenVersion, Tx

router = APIRouter(prefix="/catalogue")


# No control characters, of which a database cannot keep all and people can read none.
PLAIN = r"^[^\x00-\x1f\x7f]*$"
Name = Annotated[str, Field(min_length=1, max_length=60, pattern=PLAIN)]
Audience = Annotated[str, Field(min_length=1, max_length=40, pattern=PLAIN)]
Paragraph = Annotated[str, Field(min_length=1, max_length=2000, pattern=PLAIN)]


class TextsBody(MatterTexts):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: Name
    audience: Annotated[tuple[Audience, ...], Field(max_length=20)]
    description: Annotated[tuple[Paragraph, ...], Field(max_length=50)]


class Closure(BaseModel):
    """`notice`: what people read instead of being let in."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    notice: Annotated[str, Field(min_length=1, max_length=500, pattern=PLAIN)]


class CatalogueEntry(BaseModel):
    """`texts`: what people read now; `filed`: what the file says. `version` goes into If-Match."""

    key: str
    kind: MatterKind
    version: int
    texts: MatterTexts
    filed: MatterTexts
    closed_notice: str | None


class CatalogueEntries(BaseModel):
    items: list[CatalogueEntry]


class MatterDeedView(BaseModel):
    """`detail`: what became different, each with `old` and `new`."""

    at: datetime
    by: str
    kind: Deed
    detail: dict[str, Any]


class MatterDeeds(BaseModel):
    items: list[MatterDeedView]
    next: str | None


@router.get("")
async def list_catalogue(user: CurrentUser, tx: Tx) -> CatalogueEntries:
    await require_administrator(tx, user)
    return CatalogueEntries(items=[_entry(tx, one) for one in await all_offered(tx)])


@router.get("/{key}")
async def read_entry(key: str, user: CurrentUser, tx: Tx) -> CatalogueEntry:
    await require_administrator(tx, user)
    return _entry(tx, await offered(tx, key))


@router.put("/{key}/texts")
async def change_texts(
    key: str, body: TextsBody, version: SeenVersion, user: CurrentUser, tx: Tx
) -> CatalogueEntry:
    return _entry(tx, await administering.change_texts(tx, key, body, by=user, version=version))


@router.delete("/{key}/texts")
async def reset_texts(key: str, version: SeenVersion, user: CurrentUser, tx: Tx) -> CatalogueEntry:
    return _entry(tx, await administering.reset_texts(tx, key, by=user, version=version))


@router.put("/{key}/closure")
async def close_matter(
    key: str, body: Closure, version: SeenVersion, user: CurrentUser, tx: Tx
) -> CatalogueEntry:
    closed = await administering.close(tx, key, body.notice, by=user, version=version)
    return _entry(tx, closed)


@router.delete("/{key}/closure")
async def reopen_matter(
    key: str, version: SeenVersion, user: CurrentUser, tx: Tx
) -> CatalogueEntry:
    return _entry(tx, await administering.reopen(tx, key, by=user, version=version))


@router.get("/{key}/changes")
async def list_matter_changes(
    key: str, user: CurrentUser, tx: Tx, limit: Limit = 20, cursor: Cursor = None
) -> MatterDeeds:
    """Who changed what, the newest first."""
    await require_administrator(tx, user)
    filed(tx, key)
    deeds = select(MatterDeed).where(MatterDeed.matter == key)
    if (after := Position.of(cursor)) is not None:
        deeds = deeds.where(older(MatterDeed.at, MatterDeed.id, after))
    newest = deeds.order_by(MatterDeed.at.desc(), MatterDeed.id.desc()).limit(limit + 1)
    rows = (await tx.session.scalars(newest)).all()
    shown, following = cut(rows, limit, lambda row: Position(row.at, row.id))
    items = [
        MatterDeedView(at=row.at, by=row.actor_name, kind=Deed(row.kind), detail=row.detail)
        for row in shown
    ]
    return MatterDeeds(items=items, next=following)


def _entry(tx: Transaction, one: Offered) -> CatalogueEntry:
    return CatalogueEntry(
        key=one.matter.key,
        kind=one.matter.kind,
        version=one.version,
        texts=texts_of(one.matter),
        filed=texts_of(filed(tx, one.matter.key)),
        closed_notice=one.closed_notice,
    )
