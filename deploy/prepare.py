"""What is done once before the services start:

    python -m deploy.prepare PRIVATE PUBLIC ORDERS_PRIVATE ORDERS_PUBLIC

The keys with which the gateway says who is calling and those with which workflow-svc orders seals
(each pair in its private folder, the public one in the other as well), and what the services need
of the broker at TOPOLOGY_BUS_URL. Safe to repeat.
"""

import asyncio
import os
import shutil
import sys
from pathlib import Path

from allinone.topology import bindings
from shared.identity import create_identity_keys
from shared.messaging.rabbit import declare_topology
from shared.seal_order import create_order_keys


def main() -> None:
    private, public, orders_private, orders_public = map(Path, sys.argv[1:])
    _show(create_identity_keys(private)[1], public)
    _show(create_order_keys(orders_private)[1], orders_public)
    asyncio.run(declare_topology(os.environ["TOPOLOGY_BUS_URL"], bindings()))


def _show(public_key: Path, folder: Path) -> None:
    if public_key.parent != folder:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(public_key, folder / public_key.name)


if __name__ == "__main__":
    main()
