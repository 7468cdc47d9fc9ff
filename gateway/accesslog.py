"""One line for each request, and the id by which its traces are found in every service's log."""

import time
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.telemetry import correlation_id, logger

log = logger(__name__)

HEADER = b"x-correlation-id"


class AccessLog:
    """Gives every request a correlation id of ours: one that a caller made up would mislead.

    Logs no query and no address: a query may carry the name of a file.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        correlation = uuid4().hex
        status = 0
        begun = time.perf_counter()

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                kept = [pair for pair in message.get("headers", ()) if pair[0].lower() != HEADER]
                message = {**message, "headers": [*kept, (HEADER, correlation.encode())]}
            await send(message)

        others = [pair for pair in scope["headers"] if pair[0] != HEADER]
        token = correlation_id.set(correlation)
        try:
            marked = {**scope, "headers": [*others, (HEADER, correlation.encode())]}
            await self._app(marked, receive, send_marked)
        finally:
            milliseconds = round((time.perf_counter() - begun) * 1000, 1)
            log.info(
                "request",
                method=scope["method"],
                path=scope["path"],
                status=status,
                milliseconds=milliseconds,
            )
            correlation_id.reset(token)
