"""The native stack: PostgreSQL, RabbitMQ and every service a process of this machine.

    python deploy/stack.py up [--folder var/stack] [--servers-only]    prints where everything is
    python deploy/stack.py down | status | env

As a library: `with Stack(folder).servers() as servers: …`. Standard library only.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from deploy.native.process import StackError  # noqa: E402
from deploy.native.servers import OWNERS, Servers  # noqa: E402


class Stack:
    """Everything in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    @contextmanager
    def servers(self) -> Iterator[Servers]:
        """PostgreSQL and RabbitMQ for the length of a run; nothing of them is left but their logs.

        Not even when this process is killed: a guard notices and takes everything down.
        """
        servers = Servers(self.folder)
        with self._guarded():
            try:
                servers.start()
                yield servers
            finally:
                self.down()
                servers.remove()

    def up(self) -> Servers:
        servers = Servers(self.folder)
        servers.start()
        return servers

    def down(self) -> None:
        """Stops whatever runs in the folder, whoever started it."""
        Servers(self.folder).stop()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        guard = subprocess.Popen(
            [sys.executable, str(ROOT / "deploy/stack.py"), "guard", "--folder", str(self.folder)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            yield
        finally:
            if guard.stdin:
                guard.stdin.write(b"done")
                guard.stdin.close()
            guard.wait()


def environment(servers: Servers) -> dict[str, str]:
    """What `env` prints."""
    found = {"ADMINISTRATOR_DATABASE_URL": servers.administrator_database_url}
    for owner in OWNERS:
        found[f"{owner.upper()}_DATABASE_URL"] = servers.database_url(owner)
        found[f"{owner.upper()}_BUS_URL"] = servers.bus_url(owner)
    found["TOPOLOGY_BUS_URL"] = servers.bus_url("topology")
    return found


def guard(stack: Stack) -> None:
    """Waits for the word of whoever started us; when it ends without one, takes the stack down."""
    if sys.stdin.buffer.read() != b"done":
        stack.down()
        Servers(stack.folder).remove()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=("up", "down", "status", "env", "guard"))
    parser.add_argument("--folder", type=Path, default=ROOT / "var" / "stack")
    parser.add_argument("--servers-only", action="store_true")
    options = parser.parse_args()
    stack = Stack(options.folder)
    try:
        _obey(options, stack)
    except StackError as trouble:
        print(trouble, file=sys.stderr)
        return 1
    return 0


def _obey(options: argparse.Namespace, stack: Stack) -> None:
    if options.command == "guard":
        guard(stack)
    elif options.command == "down":
        stack.down()
    elif options.command == "up":
        stack.up()
    if options.command in ("up", "env"):
        for name, value in environment(Servers(stack.folder)).items():
            print(f"{name}={value}")
    if options.command == "status":
        servers = Servers(stack.folder)
        for name, server in (("postgres", servers.postgres), ("rabbitmq", servers.broker)):
            print(f"{name:10} {'up' if server.is_running() else 'down'}  {server.log}")


if __name__ == "__main__":
    sys.exit(main())
