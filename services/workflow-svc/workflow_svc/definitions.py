"""Definitions through the API: drafted, verified, published for good, retired; by administrators.

A published version is never changed and never removed, as the database itself sees to: requests
that started on it keep it for life. Retired, it takes no new ones.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from shared.contracts.people import Post
from shared.database import insert
from shared.errors import NotFound
from shared.identity import User
from shared.transaction import Transaction
from workflow_svc import errors, flow, people, published, rehearsal, verify
from workflow_svc.flow import BadFlow, Fault, Flow
from workflow_svc.flow_views import DefinitionState
from workflow_svc.models import FlowDefinition, FlowDraft

_WRITERS = frozenset({Post.ADMINISTRATOR})


@dataclass(frozen=True)
class Definition:
    """A version, published or not. `flow`: None while its text cannot be read."""

    key: str
    version: int
    name: str
    matter: str
    state: DefinitionState
    text: str
    by: str | None
    at: datetime
    retired_at: datetime | None
    flow: Flow | None
    faults: tuple[Fault, ...]


async def require_administrator(tx: Transaction, by: User) -> None:
    """Raises: AdministratorsOnly."""
    if not await people.holds(tx, by.id, _WRITERS):
        raise errors.AdministratorsOnly


async def everyone(tx: Transaction) -> list[Definition]:
    """Every version, drafts first, then by key, the newest first."""
    drafts = await tx.session.scalars(select(FlowDraft).order_by(FlowDraft.saved_at.desc()))
    kept = await tx.session.scalars(
        select(FlowDefinition).order_by(FlowDefinition.key, FlowDefinition.version.desc())
    )
    return [*map(_of_draft, drafts), *map(_of_published, kept)]


async def one(tx: Transaction, key: str, version: int) -> Definition:
    """Raises: NotFound."""
    kept = await tx.session.get(FlowDefinition, (key, version))
    if kept is not None:
        return _of_published(kept)
    return _of_draft(await _draft(tx, key, version))


async def save(tx: Transaction, text: str, *, by: User) -> Definition:
    """A new draft, or the draft of that key and version anew. It may be faulty; key, version, name
    and matter have to be there.

    Raises: UnreadableFlow with the faults, VersionPublished.
    """
    head = _head(text)
    key, version = head["key"], head["version"]
    if await tx.session.get(FlowDefinition, (key, version)) is not None:
        raise errors.VersionPublished
    values = {
        "matter": head["matter"],
        "name": head["name"],
        "body": text,
        "state": DefinitionState.DRAFT.value,
        "saved_by": by.id,
        "saved_by_name": by.name,
        "saved_at": tx.now,
    }
    row = insert(FlowDraft).values(key=key, version=version, **values)
    kept = row.on_conflict_do_update(index_elements=["key", "version"], set_=values)
    await tx.session.execute(kept)
    return _of_draft(await _draft(tx, key, version))


async def verify_draft(
    tx: Transaction, key: str, version: int
) -> tuple[Definition, tuple[Fault, ...], tuple[Fault, ...]]:
    """Marks the draft as verified when nothing is wrong with it. Returns: it, what is wrong, and
    the seats that are empty today. Raises: NotFound."""
    row = await _draft(tx, key, version)
    faults, warnings = await examine(tx, row.body)
    row.state = (DefinitionState.DRAFT if faults else DefinitionState.VERIFIED).value
    return _of_draft(row), faults, warnings


async def examine(tx: Transaction, text: str) -> tuple[tuple[Fault, ...], tuple[Fault, ...]]:
    """What is wrong with a text, the departments it names included; and what is empty today."""
    try:
        read = verify.parse(text)
    except BadFlow as bad:
        return bad.faults, ()
    return rehearsal.against(read, text, await people.whole(tx))


async def publish(tx: Transaction, key: str, version: int, *, by: User) -> Definition:
    """For good. Raises: NotFound, NotVerified, FaultyFlow with the faults."""
    row = await _draft(tx, key, version)
    if row.state != DefinitionState.VERIFIED.value:
        raise errors.NotVerified
    faults, _ = await examine(tx, row.body)
    if faults:  # the directory has changed since
        raise errors.FaultyFlow(faults=[_told(fault) for fault in faults])
    await published.publish(tx, row.body, by=by.name)
    await tx.session.delete(row)
    await tx.session.flush()
    return await one(tx, key, version)


async def retire(tx: Transaction, key: str, version: int) -> Definition:
    """No new request starts on it. Raises: NotFound, LastFlow."""
    row = await tx.session.get(FlowDefinition, (key, version), with_for_update=True)
    if row is None:
        raise NotFound
    if row.retired_at is None:
        await _require_another(tx, row)
        row.retired_at = tx.now
    return _of_published(row)


async def discard(tx: Transaction, key: str, version: int) -> None:
    """A draft that is not wanted any more. Raises: NotFound."""
    await tx.session.delete(await _draft(tx, key, version))


async def _draft(tx: Transaction, key: str, version: int) -> FlowDraft:
    row = await tx.session.get(
        FlowDraft, (key, version), with_for_update=True, populate_existing=True
    )
    if row is None:
        raise NotFound
    return row


async def _require_another(tx: Transaction, row: FlowDefinition) -> None:
    """A matter whose every request can start must stay such: one flow for all has to be left."""
    others = await tx.session.scalars(
        select(FlowDefinition.body).where(
            FlowDefinition.matter == row.matter,
            FlowDefinition.retired_at.is_(None),
            (FlowDefinition.key != row.key) | (FlowDefinition.version != row.version),
        )
    )
    left = [verify.kept(body) for body in others]
    if not any(not each.units and not each.business_types for each in left):
        raise errors.LastFlow


def _head(text: str) -> dict[str, Any]:
    """Raises: UnreadableFlow."""
    faults = [fault for fault in verify.verify(text) if fault.code in {"D00", "D01"}]
    unnamed = [f for f in faults if f.place in {"file", "key", "version", "name", "matter"}]
    if unnamed:
        raise errors.UnreadableFlow(faults=[_told(fault) for fault in unnamed])
    head, _ = flow.tables(text)
    return dict(head)


def _told(fault: Fault) -> dict[str, Any]:
    return {
        "code": fault.code,
        "place": fault.place,
        "line": fault.line,
        "message": fault.message,
    }


def _of_draft(row: FlowDraft) -> Definition:
    read, faults = verify.examine(row.body)
    return Definition(
        key=row.key,
        version=row.version,
        name=row.name,
        matter=row.matter,
        state=DefinitionState(row.state),
        text=row.body,
        by=row.saved_by_name,
        at=row.saved_at,
        retired_at=None,
        flow=read,
        faults=faults,
    )


def _of_published(row: FlowDefinition) -> Definition:
    read, faults = verify.examine(row.body)
    return Definition(
        key=row.key,
        version=row.version,
        name=read.name if read else row.key,
        matter=row.matter,
        state=DefinitionState.RETIRED if row.retired_at else DefinitionState.PUBLISHED,
        text=row.body,
        by=row.published_by,
        at=row.published_at,
        retired_at=row.retired_at,
        flow=read,
        faults=faults,
    )
