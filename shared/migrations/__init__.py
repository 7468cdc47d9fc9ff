"""Migrations are the only way a schema comes to be, in every mode and on every database.

Two histories meet in a service's database: messaging's own (versions/ beside this file) and the
service's. Both are brought to their heads under a lock, so that replicas may start together.
"""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from shared.database import Database

HERE = Path(__file__).parent


async def upgrade(database: Database, versions: Path) -> None:
    """Brings the database to the newest schema. `versions` is the service's migrations folder."""
    async with database.migrating() as connection:
        await connection.run_sync(_upgrade, versions)


def _upgrade(connection: Connection, versions: Path) -> None:
    if set(MigrationContext.configure(connection).get_current_heads()) == _heads(versions):
        return
    config = _config(versions)
    config.attributes["connection"] = connection
    command.upgrade(config, "heads")


@cache
def _heads(versions: Path) -> frozenset[str]:
    """Alembic has to read every migration to know; none comes while a process runs."""
    return frozenset(ScriptDirectory.from_config(_config(versions)).get_heads())


def _config(versions: Path) -> Config:
    """Alembic's configuration for one service."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", f"{HERE / 'versions'}\n{versions / 'versions'}")
    return config
