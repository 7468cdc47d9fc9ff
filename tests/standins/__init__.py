"""Stand-ins for the providers: they check what the real ones check, and misbehave when told to.

They share no code with notify-svc. They are trusted because the vendors' own SDKs, or clients
that others wrote, are accepted by them and refused with a wrong secret
(tests/contract/test_standins.py).
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from enum import StrEnum

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Trouble(StrEnum):
    """What a request meets instead of its answer."""

    HTML = "html"  # a page with 200, as of a login wall; nothing was taken
    BAD_GATEWAY = "bad_gateway"  # 502 with a page; nothing was taken
    HANG_UP = "hang_up"  # the connection is cut; nothing was taken
    TAKE_AND_HANG_UP = "take_and_hang_up"  # it was taken, the connection is cut
    TAKE_AND_HANG = "take_and_hang"  # it was taken, the answer does not come until `released`


class Troubles:
    """One for each of the next requests; then all is well again."""

    def __init__(self) -> None:
        self.next: deque[Trouble] = deque()
        self.released = asyncio.Event()

    async def meet(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        trouble = self.next.popleft() if self.next else None
        match trouble:
            case Trouble.HTML:
                return web.Response(text="<html>请先登录</html>", content_type="text/html")
            case Trouble.BAD_GATEWAY:
                return web.Response(status=502, text="<html>502</html>", content_type="text/html")
            case Trouble.HANG_UP:
                return _cut(request)
        answer = await handler(request)
        if trouble is Trouble.TAKE_AND_HANG_UP:
            return _cut(request)
        if trouble is Trouble.TAKE_AND_HANG:
            await self.released.wait()
        return answer


def _cut(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


@asynccontextmanager
async def serving(application: web.Application) -> AsyncIterator[str]:
    """Yields the URL, on a free port of this machine."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()
