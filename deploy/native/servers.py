"""PostgreSQL and RabbitMQ together: started side by side, stopped together."""

import json
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deploy.native.postgres import ADMINISTRATOR, PostgreSQL
from deploy.native.process import free_ports
from deploy.native.rabbitmq import RabbitMQ
from deploy.native.rights import BROKER_RIGHTS

OWNERS = ("request", "workflow", "notify", "document", "gateway")


class Servers:
    """Both servers of one folder. Ports and passwords are drawn once and kept there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        kept = _kept(folder / "servers.json")
        ports, passwords = kept["ports"], kept["passwords"]
        self.postgres = PostgreSQL(
            folder / "postgres",
            port=ports[0],
            passwords={name: passwords[name] for name in (ADMINISTRATOR, *OWNERS)},
        )
        self.broker = RabbitMQ(
            folder / "rabbitmq",
            port=ports[1],
            cluster_port=ports[2],
            passwords={name: passwords[name] for name in BROKER_RIGHTS},
            rights=BROKER_RIGHTS,
        )

    def database_url(self, owner: str) -> str:
        """Of the database that belongs to this service alone, with its own role."""
        return self.postgres.url(owner)

    def bus_url(self, user: str) -> str:
        """`user`: a service, or `topology`, who alone may declare exchanges and queues."""
        return self.broker.url(user)

    @property
    def administrator_database_url(self) -> str:
        return self.postgres.administrator_url

    def start(self) -> None:
        """Returns when both accept connections; when one fails, the other is stopped again."""
        try:
            _together(self.postgres.start, self.broker.start)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        _together(self.postgres.stop, self.broker.stop)

    def remove(self) -> None:
        """Deletes what they kept, not their logs."""
        self.postgres.remove()
        self.broker.remove()
        (self.folder / "servers.json").unlink(missing_ok=True)


def _together(*calls: Callable[[], None]) -> None:
    """All are made, and all have ended, before the first error is raised."""
    with ThreadPoolExecutor(len(calls)) as pool:
        results = [pool.submit(call) for call in calls]
    for result in results:
        result.result()


def _kept(file: Path) -> dict[str, dict[str, str] | list[int]]:
    if file.exists():
        return json.loads(file.read_text())
    drawn = {
        "ports": free_ports(3),
        "passwords": {
            name: secrets.token_hex(16) for name in {ADMINISTRATOR, *OWNERS, *BROKER_RIGHTS}
        },
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(json.dumps(drawn, indent=1))
    return drawn
