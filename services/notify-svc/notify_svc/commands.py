"""`python -m notify_svc check-channels`: whether each channel could send now, without sending.

Our texts against what the providers have approved; the providers asked with our credentials; our
clock against theirs.
"""

import sys
from collections.abc import AsyncIterator, Sequence

from notify_svc.channels import Carrier
from notify_svc.domain import Kind
from notify_svc.post_room import PostRoom
from shared.contracts.notify import Channel
from shared.service import Command, Runtime

LONG = "长" * 60  # longer than any field


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
        for problem in _of_the_text(post_room, carrier, kind):
            yield f"{kind}: {problem}"
    for problem in await carrier.check():
        yield problem


def _of_the_text(post_room: PostRoom, carrier: Carrier, kind: Kind) -> Sequence[str]:
    """With the sample's words, and with words as long as people may write them."""
    sample = post_room.templates.sample(kind)
    longest = {
        name: LONG if isinstance(word, str) and name != "link" else word
        for name, word in sample.items()
    }
    found: list[str] = []
    for words in (sample, longest):
        message = post_room.templates.render(kind, carrier.channel, words)
        found += [one for one in carrier.problems(kind, message) if one not in found]
    return found


COMMANDS = (Command("check-channels", "whether each channel could send now", check_channels),)
