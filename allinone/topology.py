"""Declares what the services need of a broker: `python -m allinone.topology amqp://…`.

Run once before the services start, by a broker user who may configure; safe to repeat.
"""

import asyncio
import sys

from allinone.services import SERVICES
from shared.messaging.rabbit import declare_topology
from shared.messaging.topics import patterns


def bindings() -> dict[str, tuple[str, ...]]:
    """Service → topics that its queue is bound to."""
    return {service.name: patterns(service.handlers) for service in SERVICES if service.handlers}


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: python -m allinone.topology amqp://user:password@host/vhost")
    asyncio.run(declare_topology(sys.argv[1], bindings()))


if __name__ == "__main__":
    main()
