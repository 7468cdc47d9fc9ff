"""The matters as they are offered now: their files, and over them what an administrator says."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from sqlalchemy import bindparam, select

from request_svc.catalogue import Category, Matter
from request_svc.desk import desk_of
from request_svc.errors import MatterClosed, UnknownMatter
from request_svc.models import MatterOverride
from shared.transaction import Transaction

_NOTICE = select(MatterOverride.notice).where(MatterOverride.matter == bindparam("matter"))


class MatterTexts(BaseModel):
    """What people read of a matter, and what an administrator may word differently."""

    name: str
    category: Category
    audience: tuple[str, ...]
    description: tuple[str, ...]  # a paragraph each


@dataclass(frozen=True)
class Offered:
    """`version` counts the administrators' changes, from 0; `closed_notice`: it is closed."""

    matter: Matter
    version: int
    closed_notice: str | None


def texts_of(matter: Matter) -> MatterTexts:
    return MatterTexts.model_validate(matter.model_dump(include=set(MatterTexts.model_fields)))


def stored(matter: Matter, texts: MatterTexts) -> dict[str, Any]:
    """Those that differ from the file's: what stays the same follows the file."""
    filed, wanted = (each.model_dump(mode="json") for each in (texts_of(matter), texts))
    return {field: value for field, value in wanted.items() if value != filed[field]}


def over(matter: Matter, row: MatterOverride | None) -> Offered:
    if row is None:
        return Offered(matter, version=0, closed_notice=None)
    worded = Matter.model_validate({**matter.model_dump(), **row.texts})
    return Offered(worded, version=row.version, closed_notice=row.notice)


async def all_offered(tx: Transaction) -> Sequence[Offered]:
    """In the order of the files."""
    rows = {row.matter: row for row in await tx.session.scalars(select(MatterOverride))}
    return [over(one, rows.get(one.key)) for one in desk_of(tx.runtime).matters.values()]


async def offered(tx: Transaction, key: str) -> Offered:
    """Raises: UnknownMatter."""
    return over(filed(tx, key), await tx.session.get(MatterOverride, key))


def filed(tx: Transaction, key: str) -> Matter:
    """As its file has it. Raises: UnknownMatter."""
    found = desk_of(tx.runtime).matters.get(key)
    if found is None:
        raise UnknownMatter
    return found


async def closed_notice(tx: Transaction, key: str) -> str | None:
    """Why nobody may begin this matter now; None for one that is open."""
    found: str | None = await tx.session.scalar(_NOTICE, {"matter": key})
    return found


async def require_open(tx: Transaction, key: str) -> None:
    """Raises: MatterClosed."""
    notice = await closed_notice(tx, key)
    if notice is not None:
        raise MatterClosed(notice=notice)
