"""A provider's token: kept, sealed, in the database, and renewed once for all replicas.

Who finds it near its end takes the turn (`Database.alone`), looks whether another has renewed it
meanwhile, and only then asks the provider. The others go on with the old one, or wait for the new
one if there is none. A token that the provider refuses is renewed only while it is still the one
that is stored: or replicas would go on replacing each other's.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from notify_svc.models import Credential
from notify_svc.outcomes import Outcome, Result
from notify_svc.privacy import NotOurs, Safe
from shared.database import insert
from shared.service import Runtime
from shared.telemetry import logger

log = logger(__name__)

RENEW_BEFORE_END = timedelta(minutes=5)
LOOK_AGAIN_SECONDS = 0.1
WAIT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Token:
    value: str
    expires_at: datetime
    renewed_at: datetime


class NoToken(Exception):
    """There is none, and so nothing can be sent. `result` says why."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.reason)
        self.result = result


# Asks the provider. The argument is the token that it refused, if it is for that.
# Returns: the token and how long it is good for. Raises: NoToken.
Fetch = Callable[[Token | None], Awaitable[tuple[str, timedelta]]]


class Credentials:
    def __init__(self, runtime: Runtime, safe: Safe, provider: str, fetch: Fetch) -> None:
        self._runtime = runtime
        self._safe = safe
        self._provider = provider
        self._fetch = fetch
        self._known: Token | None = None
        self._one_at_a_time = asyncio.Lock()

    async def token(self) -> str:
        """Raises: NoToken."""
        known = self._known
        if known is None or self._ends_soon(known):
            async with self._one_at_a_time:
                known = self._known
                if known is None or self._ends_soon(known):
                    known = await self._renewed(refused=None)
        return known.value

    async def instead_of(self, refused: str) -> str:
        """Another token than the one that was refused. Raises: NoToken, when there is no other."""
        async with self._one_at_a_time:
            if self._known is not None and self._known.value != refused:
                return self._known.value
            return (await self._renewed(refused=refused)).value

    async def _renewed(self, refused: str | None) -> Token:
        """The stored token if it will do, or else a new one, which one replica fetches."""
        deadline = asyncio.get_running_loop().time() + WAIT_SECONDS
        while True:
            stored = await self._read()
            if stored is not None and stored.value != refused and not self._ends_soon(stored):
                break
            async with self._runtime.database.alone(f"credential:{self._provider}") as turn:
                if turn is not None:
                    stored = await self._in_turn(refused)
                    break
            if stored is not None and stored.value != refused and not self._ended(stored):
                break  # somebody is renewing it, and it is good until then
            if asyncio.get_running_loop().time() > deadline:
                raise NoToken(Result(Outcome.TROUBLE, "another replica renews the token too long"))
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        self._known = stored
        return stored

    async def _in_turn(self, refused: str | None) -> Token:
        stored = await self._read()
        if stored is not None and stored.value != refused and not self._ends_soon(stored):
            return stored
        value, lasts = await self._fetch(stored if refused is not None else None)
        now = self._runtime.clock()
        token = Token(value, now + lasts, now)
        await self._write(token)
        log.info("token_renewed", provider=self._provider, because="refused" if refused else "age")
        return token

    async def _read(self) -> Token | None:
        async with self._runtime.transaction() as tx:
            found = await tx.session.scalar(
                select(Credential).where(Credential.provider == self._provider)
            )
            if found is None:
                return None
            try:
                value = self._safe.open(found.secret)
            except NotOurs:  # sealed with a secret that has been taken out: as good as none
                return None
            return Token(value, found.expires_at, found.renewed_at)

    async def _write(self, token: Token) -> None:
        row = {
            "secret": self._safe.seal(token.value),
            "expires_at": token.expires_at,
            "renewed_at": token.renewed_at,
        }
        async with self._runtime.transaction() as tx:
            statement = insert(Credential).values(provider=self._provider, **row)
            await tx.session.execute(
                statement.on_conflict_do_update(index_elements=["provider"], set_=row)
            )

    def _ends_soon(self, token: Token) -> bool:
        return self._runtime.clock() > token.expires_at - RENEW_BEFORE_END

    def _ended(self, token: Token) -> bool:
        return self._runtime.clock() >= token.expires_at
