"""PostgreSQL and RabbitMQ together: started side by side, stopped together."""

from pathlib import Path

from deploy.native.kept import Kept
from deploy.native.postgres import ADMINISTRATOR, PostgreSQL
from deploy.native.process import together
from deploy.native.rabbitmq import RabbitMQ
from deploy.native.rights import BROKER_RIGHTS, OWNERS, TOPOLOGY


class Servers:
    """Both servers of one folder. Ports and passwords are drawn once and kept there."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        """`durable`: see `PostgreSQL`."""
        self.folder = folder
        users = {ADMINISTRATOR, *OWNERS, *BROKER_RIGHTS}
        kept = Kept.of(folder / "servers.json", ports=3, secrets=users)
        self.postgres = PostgreSQL(
            folder / "postgres",
            port=kept.ports[0],
            passwords={name: kept.secrets[name] for name in (ADMINISTRATOR, *OWNERS)},
            durable=durable,
        )
        self.broker = RabbitMQ(
            folder / "rabbitmq",
            port=kept.ports[1],
            cluster_port=kept.ports[2],
            passwords={name: kept.secrets[name] for name in BROKER_RIGHTS},
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

    @property
    def told(self) -> dict[str, str]:
        """For whoever looks after them."""
        return {
            "ADMINISTRATOR_DATABASE_URL": self.administrator_database_url,
            "TOPOLOGY_BUS_URL": self.bus_url(TOPOLOGY),
        }

    def start(self) -> None:
        """Returns when both accept connections; when one fails, the other is stopped again."""
        try:
            together(self.postgres.start, self.broker.start)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        together(self.postgres.stop, self.broker.stop)

    def remove(self) -> None:
        """Deletes what they kept, not their logs."""
        self.postgres.remove()
        self.broker.remove()
        (self.folder / "servers.json").unlink(missing_ok=True)
