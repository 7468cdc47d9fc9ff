"""A service in another process, seen as an ASGI app: the same shape as one in this process.

Bodies stream both ways and are never held whole. Waiting has limits, but only waiting for the
service: a person on a slow line may take as long as the line needs.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import aiohttp
from starlette.types import Message, Receive, Scope, Send
from yarl import URL

from gateway.errors import ServiceInterrupted, ServiceTooSlow, ServiceUnavailable
from gateway.headers import end_to_end
from shared.telemetry import logger

log = logger(__name__)

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 60.0
KEEP_ALIVE_SECONDS = 15.0  # less than the services keep an idle connection (shared/run.py)
CONNECTIONS = 200  # to one service at once; more wait their turn


class HttpUpstream:
    """Forwards to the server at `url`, through the connections that `client` keeps.

    Raises, before anything was answered: ServiceUnavailable when it cannot be reached,
    ServiceInterrupted when it breaks off, ServiceTooSlow when it does not answer in time.
    """

    def __init__(
        self, url: str, client: aiohttp.ClientSession, *, answer_seconds: float = ANSWER_SECONDS
    ) -> None:
        self._url = url.rstrip("/")
        self._client = client
        self._answer_seconds = answer_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        incoming = _Incoming(receive, has_body=_has_body(scope))
        exchange = asyncio.ensure_future(self._exchange(scope, incoming, send))
        departure = asyncio.ensure_future(incoming.departed())
        try:
            await asyncio.wait({exchange, departure}, return_when=asyncio.FIRST_COMPLETED)
            if exchange.done():
                exchange.result()
        finally:
            # Cancelling the exchange closes the connection, which is how the service learns of it.
            for task in (exchange, departure):
                task.cancel()
            await asyncio.gather(exchange, departure, return_exceptions=True)

    async def _exchange(self, scope: Scope, incoming: "_Incoming", send: Send) -> None:
        answering = False

        async def pass_on(message: Message) -> None:
            nonlocal answering
            answering = True
            await send(message)

        try:
            await self._forward(scope, incoming, pass_on)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            if incoming.gone:
                return
            log.warning("upstream_failed", url=self._url, error=repr(error), answering=answering)
            # A response that is half sent cannot be taken back: leaving it unfinished makes the
            # server break the connection, so that nobody takes the half for the whole.
            if not answering:
                raise _refusal(error) from error

    async def _forward(self, scope: Scope, incoming: "_Incoming", send: Send) -> None:
        async with asyncio.timeout(None) as patience:
            waiting = _Waiting(patience, self._answer_seconds)
            waiting.for_the_service()
            async with self._client.request(
                scope["method"],
                self._target(scope),
                headers=_headers(scope),
                data=incoming.body(waiting) if _has_body(scope) else None,
                allow_redirects=False,
            ) as response:
                waiting.for_the_person()
                headers = end_to_end(response.raw_headers)
                start = {"type": "http.response.start", "status": response.status}
                await send({**start, "headers": headers})
                waiting.for_the_service()
                async for chunk in response.content.iter_any():
                    waiting.for_the_person()
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
                    waiting.for_the_service()
                waiting.for_the_person()
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _target(self, scope: Scope) -> URL:
        # As it came: decoding and encoding again could change what a path means.
        query = scope["query_string"]
        path = scope["raw_path"] + (b"?" + query if query else b"")
        return URL(self._url + path.decode("latin-1"), encoded=True)


def connections() -> aiohttp.ClientSession:
    """What upstreams share; close it, or use it as an async context manager."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=0, limit_per_host=CONNECTIONS, keepalive_timeout=KEEP_ALIVE_SECONDS
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
        auto_decompress=False,
        skip_auto_headers=("accept", "accept-encoding", "content-type", "user-agent"),
    )


class _Waiting:
    """Runs the clock only while it is the service that is waited for."""

    def __init__(self, patience: asyncio.Timeout, seconds: float) -> None:
        self._patience = patience
        self._seconds = seconds

    def for_the_service(self) -> None:
        self._until(asyncio.get_running_loop().time() + self._seconds)

    def for_the_person(self) -> None:
        self._until(None)

    def _until(self, when: float | None) -> None:
        # The body is written by another task, which may be a step behind when the wait is over.
        with suppress(RuntimeError):
            self._patience.reschedule(when)


class _Incoming:
    """The request's body as it comes, and whether the one who asked is still there."""

    def __init__(self, receive: Receive, *, has_body: bool) -> None:
        self._receive = receive
        self._taken = asyncio.Event()  # the body is whole, or nobody waits for it
        self.gone = False
        if not has_body:
            self._taken.set()

    async def body(self, waiting: _Waiting) -> AsyncIterator[bytes]:
        more = True
        while more:
            waiting.for_the_person()
            message = await self._receive()
            waiting.for_the_service()
            if message["type"] == "http.disconnect":
                self.gone = True
                break
            more = message.get("more_body", False)
            if chunk := message.get("body", b""):
                yield chunk
        self._taken.set()
        if self.gone:
            raise ConnectionResetError("the client went away")

    async def departed(self) -> None:
        """Returns when the client has gone."""
        await self._taken.wait()
        while not self.gone:
            self.gone = (await self._receive())["type"] == "http.disconnect"


def _headers(scope: Scope) -> list[tuple[str, str]]:
    # Content-Length stays: with it aiohttp sends the stream plain, without it in chunks. Should
    # both it and Transfer-Encoding have come, the latter counts (RFC 9112 §6.3).
    dropped = {b"host"}
    if any(name == b"transfer-encoding" for name, _ in scope["headers"]):
        dropped.add(b"content-length")
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in end_to_end(scope["headers"])
        if name not in dropped
    ]


def _has_body(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"


def _refusal(error: Exception) -> Exception:
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return ServiceUnavailable()
    if isinstance(error, TimeoutError):
        return ServiceTooSlow()
    return ServiceInterrupted()
