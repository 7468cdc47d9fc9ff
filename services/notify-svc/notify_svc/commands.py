"""`python -m notify_svc check-channels`: whether each channel could send now, without sending.

Our texts against what the providers have approved; the providers asked with our credentials; our
clock against theirs.
"""

import sys
from collections.abc import AsyncIterator, Sequence

from notify_svc.activation import problems_of_the_text
from notify_svc.channels import Carrier
from notify_svc.domain import Kind
from notify_svc.post_room import PostRoom
from shared.contracts.notify import Channel
from shared.service import Command, Runtime


async def check_channels(runtime: Runtime, _arguments: Sequence[str]) -> None:
    """Prints a line for each channel and for each problem. Exits with 1 when there is one."""
    post_room: PostRoom = runtime.own
    found = 0
    for channel in Channel:
        carrier = post_room.carriers.get(channel)
        if carrier is None:
            print(f"{channel}: no provider; nothing is sent by it")  # noqa: T201
            continue
        problems = [problem async for problem in problems_of(post_room, carrier)]
        found += len(problems)
        state = f"{len(problems)} problems" if problems else "ready"
        print(f"{channel}: {carrier.provider}: {state}")  # noqa: T201
        for problem in problems:
            print(f"  - {problem}")  # noqa: T201
    if found:
        sys.exit(1)


async def problems_of(post_room: PostRoom, carrier: Carrier) -> AsyncIterator[str]:
    """In words: of the texts, then of the provider."""
    for kind in Kind:
        if not post_room.templates.has(kind, carrier.channel):
            continue
        for problem in problems_of_the_text(post_room.templates, carrier, kind):
            yield f"{kind}: {problem}"
    for problem in await carrier.check():
        yield problem


COMMANDS = (Command("check-channels", "whether each channel could send now", check_channels),)
