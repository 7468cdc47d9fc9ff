"""How often one client network may ask what anyone may ask: the check of a sheet by its code, and
the providers' callbacks.

Counted in the memory of each gateway, over a moving minute: with several replicas a guesser has as
many times the allowance. The code has 128 bits; the limit keeps guessing from costing anything.
"""

import math
import re
import time
from urllib.parse import unquote

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from shared.errors import Refusal

_PUBLIC_CHECK = re.compile(r"^/*verifications(/|$)")


def is_public_check(service: str, path: bytes) -> bool:
    """`path` as it came, below the service; the service decodes it, so it is looked at decoded."""
    return service == "document" and bool(_PUBLIC_CHECK.match(unquote(path.decode("latin-1"))))


class Throttle:
    def __init__(self, per_minute: int, refusal: type[Refusal]) -> None:
        self._refusal = refusal
        self._allowance = RateLimitItemPerMinute(per_minute)
        self._counted = MovingWindowRateLimiter(MemoryStorage())

    async def admit(self, network: str) -> None:
        """Raises: the refusal, with the seconds until the next one is let through."""
        if await self._counted.hit(self._allowance, network):
            return
        free_at, _ = await self._counted.get_window_stats(self._allowance, network)
        raise self._refusal(retry_after_seconds=max(1, math.ceil(free_at - time.time())))
