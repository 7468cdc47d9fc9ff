"""Passwords of local accounts: argon2id, in a thread, at most two at once.

Parameters: OWASP Password Storage Cheat Sheet, 19 MiB, t=2, p=1: some 20 ms of one core and 19 MiB,
which is why a flood of sign-ins must not be let loose on all cores.
"""

import asyncio
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

AT_ONCE = 2

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class Passwords:
    """Open one for each gateway with `await Passwords.open(...)`."""

    def __init__(self, *, fallback: str | None, decoy: str) -> None:
        self._fallback = fallback
        self._decoy = decoy
        self._turns = asyncio.Semaphore(AT_ONCE)

    @classmethod
    async def open(cls, demonstration_password: str | None) -> "Passwords":
        """With a demonstration password, an account without one of its own has that."""
        decoy = await asyncio.to_thread(_hasher.hash, secrets.token_urlsafe())
        fallback = None
        if demonstration_password is not None:
            fallback = await asyncio.to_thread(_hasher.hash, demonstration_password)
        return cls(fallback=fallback, decoy=decoy)

    async def hash(self, password: str) -> str:
        async with self._turns:
            return await asyncio.to_thread(_hasher.hash, password)

    async def match(self, password: str, kept: str | None, *, account_exists: bool) -> bool:
        """Whether it is the account's. As much work for an account that does not exist."""
        expected = (kept or self._fallback) if account_exists else None
        async with self._turns:
            verified = await asyncio.to_thread(_verified, expected or self._decoy, password)
        return verified and expected is not None


def _verified(kept: str, password: str) -> bool:
    try:
        return _hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False
