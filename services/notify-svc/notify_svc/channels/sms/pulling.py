"""Receipts that are asked for one by one, a few at a time: the services count their questions."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from notify_svc.channels import Receipt, Sent

AT_ONCE = 5


async def pulled(
    ask: Callable[[Sent], Awaitable[Sequence[Receipt]]], without: Sequence[Sent]
) -> Sequence[Receipt]:
    turns = asyncio.Semaphore(AT_ONCE)

    async def in_turn(sent: Sent) -> Sequence[Receipt]:
        async with turns:
            return await ask(sent)

    answers = await asyncio.gather(*(in_turn(sent) for sent in without))
    return [receipt for receipts in answers for receipt in receipts]
