"""What is done once before the services start: `python -m deploy.prepare PRIVATE PUBLIC`.

The keys with which the gateway says who is calling (the pair in the folder PRIVATE, the public one
in PUBLIC as well), and what the services need of the broker at TOPOLOGY_BUS_URL. Safe to repeat.
"""

import asyncio
import os
import shutil
import sys
from pathlib import Path

from allinone.topology import bindings
from shared.identity import create_identity_keys
from shared.messaging.rabbit import declare_topology


def main() -> None:
    private, public = map(Path, sys.argv[1:])
    _, public_key = create_identity_keys(private)
    if private != public:
        public.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(public_key, public / public_key.name)
    asyncio.run(declare_topology(os.environ["TOPOLOGY_BUS_URL"], bindings()))


if __name__ == "__main__":
    main()
