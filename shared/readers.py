"""Who may read a request, in every service that shows something of it.

Learnt from events: its initiator, everyone who was ever asked to act on it, was copied or watches
it, whoever it was escalated to, and those whose post lets them read everything (督查室, auditors,
administrators).
"""

from uuid import UUID

from sqlalchemy import Column, MetaData, Table, Uuid, bindparam, select
from sqlalchemy import exists as sql_exists

from shared.contracts.people import Post
from shared.contracts.request import RequestSubmitted
from shared.contracts.workflow import Copied, Overdue, Reassigned, TaskAssigned
from shared.database import insert
from shared.errors import Forbidden, NotFound
from shared.identity import User
from shared.messaging import on
from shared.posts import held_post
from shared.transaction import Transaction

OVERSEEING = frozenset({Post.SEAL_KEEPER, Post.AUDITOR, Post.ADMINISTRATOR})

_tables = MetaData()

reader = Table(
    "reader",
    _tables,
    Column("request_id", Uuid, primary_key=True),
    Column("person_id", Uuid, primary_key=True),
)

_MAY_READ = select(
    sql_exists().where(
        reader.c.request_id == bindparam("request_id"), reader.c.person_id == bindparam("person_id")
    )
    | sql_exists().where(
        held_post.c.person_id == bindparam("person_id"), held_post.c.post.in_(OVERSEEING)
    )
)
_ADMIT = insert(reader).on_conflict_do_nothing()


def readers_tables(metadata: MetaData) -> None:
    """Makes the table part of a service's own metadata (its migration creates it)."""
    reader.to_metadata(metadata)


async def may_read(tx: Transaction, request_id: UUID, person_id: UUID) -> bool:
    who = {"request_id": request_id, "person_id": person_id}
    return bool(await tx.session.scalar(_MAY_READ, who))


class OverseersOnly(Forbidden):
    code = "overseers_only"
    message = "只有督查室、审计员和系统管理员可以查看"


async def is_overseer(tx: Transaction, person_id: UUID) -> bool:
    """Whether a post lets them read everything."""
    return await tx.runtime.service.holds(tx, person_id, OVERSEEING)


async def require_overseer(tx: Transaction, user: User) -> None:
    """Raises: OverseersOnly."""
    if not await is_overseer(tx, user.id):
        raise OverseersOnly


async def require_reader(tx: Transaction, request_id: UUID, user: User) -> None:
    """Raises: NotFound, the same as for a request that does not exist."""
    if not await may_read(tx, request_id, user.id):
        raise NotFound


async def admit(tx: Transaction, request_id: UUID, *people: UUID) -> None:
    """Lets these people read the request from now on."""
    if people:
        rows = [{"request_id": request_id, "person_id": person} for person in people]
        await tx.session.execute(_ADMIT, rows)


async def admit_initiator(event: RequestSubmitted, tx: Transaction) -> None:
    await admit(tx, event.request_id, event.initiator.id)


async def admit_assignees(event: TaskAssigned, tx: Transaction) -> None:
    await admit(tx, event.request_id, *(person.id for person in event.assignees))


async def admit_successors(event: Reassigned, tx: Transaction) -> None:
    await admit(tx, event.request_id, *(person.id for person in event.to))


async def admit_copied(event: Copied, tx: Transaction) -> None:
    await admit(tx, event.request_id, *(person.id for person in event.people))


async def admit_heads(event: Overdue, tx: Transaction) -> None:
    await admit(tx, event.request_id, *(person.id for person in event.heads))


# Whoever joins a request on its way: admitting needs no order, a reader stays one.
JOINING_HANDLERS = (
    on(TaskAssigned, admit_assignees),
    on(Reassigned, admit_successors),
    on(Copied, admit_copied),
    on(Overdue, admit_heads),
)
READER_HANDLERS = (
    on(RequestSubmitted, admit_initiator),
    *JOINING_HANDLERS,
)
