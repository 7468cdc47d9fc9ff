"""What changes accounts and sessions."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, update

from gateway import queries
from gateway.domain import (
    SESSION_IDLE,
    SESSION_LIFE,
    SESSION_TOUCH,
    digest,
    new_session_id,
    normal_login,
    seconds_to_wait,
)
from gateway.models import Account, Session, SignInAttempt
from gateway.queries import Visitor
from shared.contracts.directory import PersonChanged
from shared.transaction import Transaction

ATTEMPTS_KEPT = timedelta(hours=1)


async def keep_account(tx: Transaction, person: PersonChanged) -> None:
    """The account as the directory has the person now; whoever has left is signed out."""
    account = await tx.session.get(Account, person.person_id)
    if account is None:
        account = Account(person_id=person.person_id, password_hash=None)
        tx.session.add(account)
    elif person.changed_at <= account.changed_at:
        return
    account.login = None  # until it is free
    account.name, account.active = person.name, person.active
    account.changed_at = person.changed_at
    await tx.session.flush()
    account.login = await _claim_login(tx, person)
    if not person.active:
        await end_sessions_of(tx, person.person_id)


async def _claim_login(tx: Transaction, person: PersonChanged) -> str | None:
    """The person's login, unless newer news gave it to another; an older holder loses it."""
    login = normal_login(person.login)
    holder = await queries.account_with_login(tx, login)
    if holder is None:
        return login
    if holder.changed_at > person.changed_at:
        return None
    holder.login = holder.password_hash = None
    await end_sessions_of(tx, holder.person_id)
    await tx.session.flush()
    return login


async def set_password_hash(tx: Transaction, account: Account, password_hash: str) -> None:
    """Whoever was signed in with the old password no longer is."""
    account.password_hash = password_hash
    await end_sessions_of(tx, account.person_id)


async def note_attempt(tx: Transaction, attempt: UUID, subjects: tuple[str, ...]) -> None:
    """Before the password is looked at, so that guesses at the same moment count each other."""
    for subject in subjects:
        tx.session.add(SignInAttempt(attempt_id=attempt, subject=digest(subject), at=tx.now))


async def seconds_until_attempt(tx: Transaction, limits: dict[str, int]) -> int:
    """How long the noted attempt has to wait; 0 when it may be looked at."""
    waits = [0]
    for subject, limit in limits.items():
        rows = await queries.attempts_newest_first(tx, digest(subject), most=limit + 1)
        waits.append(seconds_to_wait([row.at for row in rows], limit=limit, now=tx.now))
    return max(waits)


async def forget_attempt(tx: Transaction, attempt: UUID) -> None:
    """It was right, or was never looked at: it counts against nobody."""
    await tx.session.execute(delete(SignInAttempt).where(SignInAttempt.attempt_id == attempt))


async def open_session(tx: Transaction, person_id: UUID, *, replaces: str | None) -> str:
    """Returns: the new session's id. The one the browser came with ends (session fixation)."""
    if replaces is not None:
        await end_session(tx, replaces)
    session_id = new_session_id()
    tx.session.add(
        Session(digest=digest(session_id), person_id=person_id, opened_at=tx.now, seen_at=tx.now)
    )
    return session_id


async def visit(tx: Transaction, session_id: str) -> Visitor | None:
    """Who comes with this session id, if it lives; its idle time starts anew."""
    key = digest(session_id)
    visitor = await queries.visitor(tx, key)
    if visitor is not None and tx.now - visitor.seen_at >= SESSION_TOUCH:
        touched = update(Session).where(Session.digest == key).values(seen_at=tx.now)
        await tx.session.execute(touched)
    return visitor


async def end_session(tx: Transaction, session_id: str) -> None:
    tx.runtime.own.visitors.forget()
    tx.runtime.own.live.end(digest(session_id))
    await tx.session.execute(delete(Session).where(Session.digest == digest(session_id)))


async def end_sessions_of(tx: Transaction, person_id: UUID) -> None:
    tx.runtime.own.visitors.forget()
    await tx.session.execute(delete(Session).where(Session.person_id == person_id))


async def clear_what_is_over(tx: Transaction) -> None:
    """Sessions that have run out, and attempts that no longer count."""
    await tx.session.execute(delete(Session).where(Session.opened_at < tx.now - SESSION_LIFE))
    await tx.session.execute(delete(Session).where(Session.seen_at < tx.now - SESSION_IDLE))
    await tx.session.execute(delete(SignInAttempt).where(SignInAttempt.at < tx.now - ATTEMPTS_KEPT))
