"""Visitors who, when they get no answer, do what people do: they try the same again."""

import asyncio
from collections.abc import Mapping

from demo.hall import Answer, Unexpected, Visitor

AWAY = {500, 502, 503, 504}
TRY_AGAIN_SECONDS = 0.2
TRIES = 300


class PersistentVisitor(Visitor):
    async def call(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The same request, with the same Idempotency-Key, until somebody answers it."""
        for attempt in range(TRIES):
            try:
                answer = await super().call(method, path, body=body, data=data, headers=headers)
            except Unexpected:
                answer = None
            if answer is not None and answer.status not in AWAY:
                return await self._known_outcome(method, path, answer, repeated=attempt > 0)
            await asyncio.sleep(TRY_AGAIN_SECONDS)
        raise Unexpected(f"{method} {path}: nobody answered")

    async def _known_outcome(
        self, method: str, path: str, answer: Answer, *, repeated: bool
    ) -> Answer:
        """A draft that was saved before the answer got lost is not in conflict with itself."""
        if repeated and method == "PUT" and answer.status == 409:
            return await self.call("GET", path)
        return answer
