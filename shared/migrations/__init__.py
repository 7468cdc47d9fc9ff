"""Migrations are the only way a schema comes to be, in every mode and on every database.

Two histories meet in a service's database: messaging's own (versions/ beside this file) and the
service's. Both are brought to their heads under a lock, so that replicas may start together.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from shared.database import Database

HERE = Path(__file__).parent


async def upgrade(database: Database, versions: Path) -> None:
    """Brings the database to the newest schema. `versions` is the service's migrations folder."""
    async with database.migrating() as connection:
        await connection.run_sync(_upgrade, versions)


def _upgrade(connection: Connection, versions: Path) -> None:
    command.upgrade(config(connection, versions), "heads")


def config(connection: Connection, versions: Path) -> Config:
    """Alembic's configuration for one service on an open connection."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", f"{HERE / 'versions'}\n{versions / 'versions'}")
    config.attributes["connection"] = connection
    return config
