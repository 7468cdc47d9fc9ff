"""Signing in: the attempt is counted, the password looked at, the session opened.

Three transactions, because hashing takes long and belongs in none of them, and because an attempt
that fails must stay counted.
"""

from dataclasses import dataclass
from uuid import UUID

from gateway import actions, queries
from gateway.domain import normal_login
from gateway.errors import BadCredentials, TooManyAttempts
from gateway.passwords import Passwords
from gateway.settings import GatewaySettings
from shared.database import new_id
from shared.service import Runtime


@dataclass(frozen=True)
class SignedIn:
    session_id: str
    person_id: UUID
    name: str
    login: str


async def sign_in(
    runtime: Runtime,
    passwords: Passwords,
    settings: GatewaySettings,
    *,
    login: str,
    password: str,
    origin: str,
    replaces: str | None,
) -> SignedIn:
    """`origin` is the address or network that the attempt counts against.

    Raises: BadCredentials, TooManyAttempts.
    """
    login = normal_login(login)
    limits = {
        f"login {login}": settings.attempts_per_login,
        f"address {origin}": settings.attempts_per_address,
    }
    attempt = new_id()
    async with runtime.transaction() as tx:
        await actions.note_attempt(tx, attempt, tuple(limits))
    async with runtime.transaction() as tx:
        wait = await actions.seconds_until_attempt(tx, limits)
        if wait:
            await actions.forget_attempt(tx, attempt)
        account = await queries.account_with_login(tx, login)
    if wait:
        raise TooManyAttempts(retry_after_seconds=wait)
    usable = account is not None and account.active
    kept = account.password_hash if account is not None else None
    matches = await passwords.match(password, kept, account_exists=usable)
    if account is None or not matches:
        raise BadCredentials
    async with runtime.transaction() as tx:
        await actions.forget_attempt(tx, attempt)
        session_id = await actions.open_session(tx, account.person_id, replaces=replaces)
    return SignedIn(session_id, account.person_id, account.name, login)
