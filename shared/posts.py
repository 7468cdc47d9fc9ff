"""Who holds which post now, in every service where some posts may do more than others.

Learnt from the directory's events, and kept in a table that every service's database has.
workflow-svc, whose events they are, asks its own directory instead (`Service.holds`).
"""

from collections.abc import Awaitable, Callable
from uuid import UUID

from sqlalchemy import Column, MetaData, String, Table, Uuid, bindparam, delete, exists, select

from shared.contracts.directory import PersonChanged
from shared.contracts.people import Post
from shared.database import insert
from shared.errors import Forbidden
from shared.identity import User
from shared.messaging import on
from shared.transaction import Transaction

metadata = MetaData()

held_post = Table(
    "held_post",
    metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("unit_id", Uuid, primary_key=True),
    Column("post", String(20), primary_key=True),
)

_HOLDS = select(
    exists().where(
        held_post.c.person_id == bindparam("person_id"),
        held_post.c.post.in_(bindparam("posts", expanding=True)),
    )
)

Holds = Callable[[Transaction, UUID, frozenset[Post]], Awaitable[bool]]


async def holds(tx: Transaction, person_id: UUID, posts: frozenset[Post]) -> bool:
    """Whether the person holds any of these posts, in whatever unit."""
    return bool(await tx.session.scalar(_HOLDS, {"person_id": person_id, "posts": posts}))


async def require_post(tx: Transaction, user: User, *posts: Post) -> None:
    """Raises: Forbidden for whoever holds none of these posts."""
    if not await tx.runtime.service.holds(tx, user.id, frozenset(posts)):
        raise Forbidden


async def note_posts(event: PersonChanged, tx: Transaction) -> None:
    await tx.session.execute(delete(held_post).where(held_post.c.person_id == event.person_id))
    rows = [
        {"person_id": event.person_id, "unit_id": held.unit.id, "post": held.post.value}
        for held in event.posts
        if event.active
    ]
    if rows:
        await tx.session.execute(insert(held_post), rows)


# Ordered: who has left does not come back with an older event.
POST_HANDLERS = (on(PersonChanged, note_posts, ordered=True),)
