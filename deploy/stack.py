"""The native stack: PostgreSQL, RabbitMQ and every service a process of this machine.

    python deploy/stack.py up [--folder var/stack] [--servers-only]    prints where everything is
    python deploy/stack.py down | status | env

    python deploy/stack.py do SERVICE|each COMMAND…    a service's own command, such as `waiting`

As a library: `with stack.servers() as servers, stack.services(servers) as services: …`.
Standard library only.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from deploy.native.process import StackError  # noqa: E402
from deploy.native.servers import Servers  # noqa: E402
from deploy.native.services import Services  # noqa: E402


class Stack:
    """Everything in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    @contextmanager
    def servers(self, *, durable: bool = True) -> Iterator[Servers]:
        """PostgreSQL and RabbitMQ for the length of a run; nothing of them is left but their logs.

        `durable`: see `PostgreSQL`; tests, which cut no power, do without.
        Not even when this process is killed: a guard notices and takes everything down.
        """
        servers = Servers(self.folder, durable=durable)
        with self._guarded():
            try:
                servers.start()
                yield servers
            finally:
                self.down()
                servers.remove()

    @contextmanager
    def services(
        self, servers: Servers, *, environment: Mapping[str, str] | None = None
    ) -> Iterator[Services]:
        """Every service and the gateway a process, ready; `environment` adds to their settings."""
        services = Services(servers, self.folder, environment=environment)
        try:
            services.start()
            yield services
        finally:
            services.stop()

    def up(self, *, servers_only: bool = False) -> None:
        """Starts what does not run yet; it stays until `down`."""
        servers = Servers(self.folder)
        servers.start()
        if not servers_only:
            Services(servers, self.folder).start()

    def down(self) -> None:
        """Stops whatever runs in the folder, whoever started it."""
        if not self.folder.exists():
            return
        servers = Servers(self.folder)
        try:
            Services(servers, self.folder).stop()
        finally:
            servers.stop()

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


def guard(stack: Stack) -> None:
    """Waits for the word of whoever started us; when it ends without one, takes the stack down."""
    if sys.stdin.buffer.read() != b"done":
        stack.down()
        Servers(stack.folder).remove()


def main() -> int:
    options = _parse()
    stack = Stack(options.folder)
    try:
        return _obey(options, stack)
    except StackError as trouble:
        print(trouble, file=sys.stderr)
        return 1


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=("up", "down", "status", "env", "do", "guard"))
    parser.add_argument("--folder", type=Path, default=ROOT / "var" / "stack")
    parser.add_argument("--servers-only", action="store_true")
    parser.add_argument("words", nargs="*", help="of `do`: service, command, arguments")
    return parser.parse_args()


def _obey(options: argparse.Namespace, stack: Stack) -> int:
    servers = Servers(stack.folder)
    services = Services(servers, stack.folder)
    match options.command:
        case "guard":
            guard(stack)
        case "down":
            stack.down()
        case "up":
            stack.up(servers_only=options.servers_only)
            print(f"{services.url}  (python deploy/stack.py env says the rest)")
        case "env":
            for name, value in {**servers.told, **services.told}.items():
                print(f"{name}={value}")
        case "do":
            name, *words = options.words
            chosen = list(services) if name == "each" else [services[name]]
            return max(service.do(*words) for service in chosen)
        case "status":
            _show(servers, services)
    return 0


def _show(servers: Servers, services: Services) -> None:
    for name, running, log in (
        ("postgres", servers.postgres.is_running(), servers.postgres.log),
        ("rabbitmq", servers.broker.is_running(), servers.broker.log),
    ):
        print(f"{name:10} {'up' if running else 'down':5} {log}")
    for service in services:
        state = "ready" if service.is_ready() else "up" if service.pid else "down"
        print(f"{service.name:10} {state:5} {service.log}")


if __name__ == "__main__":
    sys.exit(main())
