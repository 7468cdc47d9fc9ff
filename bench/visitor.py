"""A visitor whose page is open: it looks again when the gateway says that something changed."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

import aiohttp

from demo.hall import PATIENCE_SECONDS, Found, Unexpected, Visitor

LOOK_ANYWAY_SECONDS = 2.0  # the first look may have come just before what the page was told


class LiveVisitor(Visitor):
    """As the portal does it: one stream of changes a page, and no asking in between."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._listening: asyncio.Task[None] | None = None
        self._waiting: set[tuple[frozenset[str], asyncio.Event]] = set()

    async def sign_in(self, login: str, password: str) -> None:
        await super().sign_in(login, password)
        self._listening = asyncio.create_task(self._listen())

    async def close(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening
        await super().close()

    async def until(
        self, what: str, look: Callable[[], Awaitable[Found | None]], *, of: Iterable[str]
    ) -> Found:
        """Looks after each change of one of these requests. Raises: Unexpected after a minute."""
        changed = asyncio.Event()
        waiting = (frozenset(of), changed)
        self._waiting.add(waiting)
        deadline = time.monotonic() + PATIENCE_SECONDS
        try:
            while (found := await look()) is None:
                if time.monotonic() > deadline:
                    raise Unexpected(f"waited {PATIENCE_SECONDS:.0f} s in vain: {what}")
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_ANYWAY_SECONDS):
                        await changed.wait()
                changed.clear()
            return found
        finally:
            self._waiting.discard(waiting)

    async def _listen(self) -> None:
        forever = aiohttp.ClientTimeout(total=None)
        async with self._http.get(f"{self.url}/api/events", timeout=forever) as stream:
            async for line in stream.content:
                if line.startswith(b"data: "):
                    self._told(json.loads(line.removeprefix(b"data: ")).get("changes", []))

    def _told(self, changes: list[dict[str, str]]) -> None:
        about = {change["request_id"] for change in changes}
        for requests, changed in self._waiting:
            if not requests.isdisjoint(about):
                changed.set()
