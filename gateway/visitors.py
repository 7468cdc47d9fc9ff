"""Who comes with a session id, remembered for a moment.

A page asks for several things at once, and each request would cost a transaction. Whoever is
signed out here is forgotten here at once; another replica of the gateway may know them for
`SECONDS` longer.
"""

import time

from gateway import actions
from gateway.domain import digest
from gateway.queries import Visitor
from shared.service import Runtime

SECONDS = 1.0
MOST = 10_000  # sessions remembered at once


class Visitors:
    def __init__(self) -> None:
        self._known: dict[str, tuple[Visitor, float]] = {}

    async def find(self, runtime: Runtime, session_id: str) -> Visitor | None:
        key, now = digest(session_id), time.monotonic()
        visitor, until = self._known.get(key, (None, 0.0))
        if visitor is not None and now < until:
            return visitor
        async with runtime.transaction() as tx:
            visitor = await actions.visit(tx, session_id)
        if visitor is None:
            self._known.pop(key, None)
            return None
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[key] = (visitor, now + SECONDS)
        return visitor

    def forget(self) -> None:
        """Some session has ended: all are asked for anew."""
        self._known.clear()
