"""Reads for the routes and the front."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select

from gateway.domain import normal_login, session_lives
from gateway.models import Account, Session, SignInAttempt
from shared.posts import held_post
from shared.readers import OVERSEEING, reader
from shared.transaction import Transaction

_VISITOR = (
    select(Account.person_id, Account.name, Account.login, Session.opened_at, Session.seen_at)
    .join(Account, Account.person_id == Session.person_id)
    .where(Session.digest == bindparam("digest"), Account.active)
)
_READERS = select(reader.c.request_id, reader.c.person_id).where(
    reader.c.request_id.in_(bindparam("requests", expanding=True)),
    reader.c.person_id.in_(bindparam("people", expanding=True)),
)
_OVERSEERS = select(held_post.c.person_id).where(
    held_post.c.person_id.in_(bindparam("people", expanding=True)),
    held_post.c.post.in_(OVERSEEING),
)


@dataclass(frozen=True)
class Visitor:
    """Someone with a living session."""

    id: UUID
    name: str
    login: str | None
    seen_at: datetime


async def account_with_login(tx: Transaction, login: str) -> Account | None:
    """Active or not: the caller decides what an inactive one means."""
    wanted = select(Account).where(Account.login == normal_login(login))
    return await tx.session.scalar(wanted)


async def visitor(tx: Transaction, digest: str) -> Visitor | None:
    """Whose session it is: of a person who is active, neither idle nor over."""
    row = (await tx.session.execute(_VISITOR, {"digest": digest})).one_or_none()
    if row is None:
        return None
    person_id, name, login, opened_at, seen_at = row
    if not session_lives(opened_at=opened_at, seen_at=seen_at, now=tx.now):
        return None
    return Visitor(person_id, name, login, seen_at)


async def readers_among(
    tx: Transaction, request_ids: Collection[UUID], people: Collection[UUID]
) -> tuple[set[tuple[UUID, UUID]], set[UUID]]:
    """Of these people: (request, reader) for these requests, and who oversees everything."""
    readers = await tx.session.execute(_READERS, {"requests": request_ids, "people": people})
    named = {(request_id, person_id) for request_id, person_id in readers}
    return named, set(await tx.session.scalars(_OVERSEERS, {"people": people}))


async def attempts_newest_first(
    tx: Transaction, subject: str, *, most: int
) -> Sequence[SignInAttempt]:
    wanted = (
        select(SignInAttempt)
        .where(SignInAttempt.subject == subject)
        .order_by(SignInAttempt.at.desc())
        .limit(most)
    )
    return (await tx.session.scalars(wanted)).all()


async def names_by_login(tx: Transaction, logins: Sequence[str]) -> dict[str, str]:
    """The names of the active people with these logins, which are in lower case."""
    wanted = select(Account.login, Account.name).where(Account.login.in_(logins), Account.active)
    return {login: name for login, name in await tx.session.execute(wanted) if login}
